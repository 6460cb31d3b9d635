"""Figures: the funnel of a journey and its counts, from a tally."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from dsl.plan import Arms, Decide, Definitions, Do, Loop, Plan, Schedule, Spawn
from dsl.plan.steps import AnyStep, Call, Split
from runtime.reporting.record import CLICKED, OPENED, Tally

_SENT = ("sent", "skipped", "failed", "in doubt")


AGAIN = "some several times"
"""Said of a step to which some came more than once."""


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """A step or block, in the order of the file.

    `runs`: how many came to it. `ways`: what came of it, in words, with how often; `opened`, `clicked`: how
    many of the emails sent here, None where nothing is sent.
    """

    step: str
    text: str
    depth: int
    runs: int
    block: bool = False
    ways: dict[str, int] = field(default_factory=dict)
    held: int = 0
    opened: int | None = None
    clicked: int | None = None

    @property
    def again(self) -> bool:
        """Whether some came to it several times: what came of it is counted each time."""
        return sum(self.ways.values()) > self.runs


@dataclass(frozen=True, slots=True)
class Funnel:
    journey: str
    entered: int
    rows: tuple[FunnelRow, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of one journey, or of several together.

    `skipped`, `held`, `failed`, `in_doubt`: emails, by reason. `thresholds`: contacts at or above each.
    """

    contacts: int
    entered: int
    open: int
    refused: dict[str, int]
    completed: int
    goals: dict[str, int]
    exits: dict[str, int]
    sent: int
    skipped: dict[str, int]
    held: dict[str, int]
    failed: dict[str, int]
    in_doubt: dict[str, int]
    notices: int
    synced: int
    handoffs: dict[str, int]
    average_score: float
    thresholds: dict[str, int]
    stages: dict[str, int]


def counts(tally: Tally, definitions: Definitions) -> Counts:
    """Count what the runs of a journey did."""
    mail: dict[str, Counter[str]] = defaultdict(Counter)
    done: Counter[str] = Counter()
    handoffs: Counter[str] = Counter()
    goals: Counter[str] = Counter()
    for (step, kind, reason), n in tally.outcomes.items():
        effect = tally.effects.get(step)
        if effect == "send":
            mail[kind][reason] += n
        elif effect is not None and kind == "sent":
            done[effect] += n
        elif kind == "handed off":
            handoffs[reason] += n
        elif kind == "goal":
            goals[reason] += n
    scores = tally.scores
    return Counts(
        contacts=tally.contacts,
        entered=tally.entered,
        open=tally.open,
        refused=_by_size(tally.refused),
        completed=sum(n for (kind, _), n in tally.ended.items() if kind == "completed"),
        goals=_by_size(goals),
        exits=_by_size({reason: n for (kind, reason), n in tally.ended.items() if kind == "exit"}),
        sent=mail["sent"].total(),
        skipped=_by_size(mail["skipped"]),
        held=_by_size(mail["held"]),
        failed=_by_size(mail["failed"]),
        in_doubt=_by_size(mail["in doubt"]),
        notices=done["notify"],
        synced=done["sync"],
        handoffs=_by_size(handoffs),
        average_score=round(sum(s * n for s, n in scores.items()) / scores.total(), 1) if scores else 0.0,
        thresholds={
            name: sum(n for score, n in scores.items() if score >= points)
            for name, points in sorted(definitions.thresholds.items(), key=lambda item: item[1])
        },
        stages={stage: tally.stages[stage] for stage in definitions.stages if tally.stages[stage]},
    )


def _by_size(found: dict[str, int] | Counter[str]) -> dict[str, int]:
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def funnel(tally: Tally) -> Funnel:
    """Count, for each step of the journey's latest plan, who came to it and what came of it."""
    answered = tally.answered + answers(tally)
    rows = [
        FunnelRow(place.id, place.text, place.depth, tally.reached[place.id], block=True)
        if place.step is None
        else _row(place.step, place.depth, tally, answered)
        for place in _places(tally.plan)
    ]
    return Funnel(tally.plan.journey, tally.entered, tuple(rows))


def _row(step: AnyStep, depth: int, tally: Tally, answered: Counter[tuple[str, str]]) -> FunnelRow:
    of = {(kind, reason): n for (id_, kind, reason), n in tally.outcomes.items() if id_ == step.id}
    sends = isinstance(step, Do) and step.effect.kind == "send"
    return FunnelRow(
        step.id,
        step.text,
        depth,
        tally.reached[step.id],
        ways=_ways(step, of),
        held=sum(n for (kind, _), n in of.items() if kind == "held"),
        opened=answered[step.id, OPENED] if sends else None,
        clicked=answered[step.id, CLICKED] if sends else None,
    )


def _ways(step: AnyStep, of: dict[tuple[str, str], int]) -> dict[str, int]:
    """Say what came of a step, each way once."""
    if isinstance(step, Decide):
        return _summed(of, lambda kind, reason: "no" if reason == "otherwise" else _branch(step, reason))
    if isinstance(step, Arms):
        return _summed(of, lambda kind, _: {"met": "in time", "timeout": "in vain"}.get(kind))
    if isinstance(step, Split):
        return _summed(of, lambda kind, reason: reason)
    if isinstance(step, Spawn):
        return _summed(of, lambda kind, _: kind)
    if isinstance(step, Do) and step.effect.outer:
        found = _summed(of, lambda kind, _: kind if kind in _SENT else None)
        return {kind: found[kind] for kind in _SENT if kind in found}
    return {}


def _branch(step: Decide, reason: str) -> str:
    return "yes" if len(step.branches) == 1 else reason.replace("branch ", "way ")


def _summed(of: dict[tuple[str, str], int], say: Callable[[str, str], str | None]) -> dict[str, int]:
    found: dict[str, int] = {}
    for (kind, reason), n in sorted(of.items()):
        name = say(kind, reason)
        if name is not None:
            found[name] = found.get(name, 0) + n
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """A step, or a heading above some: a block, a handler."""

    id: str
    text: str
    depth: int
    step: AnyStep | None = None


def _places(plan: Plan) -> Iterator[_Place]:
    """Walk a plan as its file is read."""
    for handler in sorted(plan.handlers, key=lambda h: h.line):
        yield _Place(handler.id, handler.text, 0)
        yield from _body(plan, handler.body, frozenset(), 1)
    yield from _body(plan, plan.entry, frozenset(), 0)


def _body(plan: Plan, first: int | None, stops: frozenset[int], depth: int) -> Iterator[_Place]:
    """Walk a body until a step of `stops`: the last step of an inner body goes on in an outer one."""
    number = first
    while number is not None and number not in stops:
        step = plan.steps[number]
        inside = stops if step.next is None else stops | {step.next}
        if isinstance(step, Schedule):
            for block in step.blocks:
                yield _Place(block.label, block.label, depth)
                yield from _body(plan, block.body, inside, depth + 1)
        else:
            yield _Place(step.id, step.text, depth, step)
            for body in _bodies(step):
                yield from _body(plan, body, inside, depth + 1)
        number = step.next


def _bodies(step: AnyStep) -> Iterable[int | None]:
    match step:
        case Decide():
            return [*(branch.to for branch in step.branches), step.otherwise]
        case Arms():
            return dict.fromkeys([*(arm.to for arm in step.arms), step.timeout])
        case Split():
            return [variant.to for variant in step.variants]
        case Loop() | Call():
            return [step.body]
        case _:
            return []


def answers(tally: Tally) -> Counter[tuple[str, str]]:
    """Count opens and clicks by the step whose email they answer: the latest of that name before them."""
    sent: dict[tuple[str, str], list[tuple[int, tuple[str, str, int]]]] = defaultdict(list)
    for mail in tally.mails:
        sent[mail.contact, mail.email].append((mail.at, (mail.run, mail.step, mail.visit)))
    for mails in sent.values():
        mails.sort()
    found = set()
    for answer in tally.answers:
        mails = sent.get((answer.contact, answer.email), [])
        place = bisect_right(mails, answer.at, key=lambda mail: mail[0])
        if place:
            found.add((mails[place - 1][1], answer.event))
    return Counter((step, event) for (_run, step, _visit), event in found)
