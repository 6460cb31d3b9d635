"""Differing: what is different between what is deployed and a workspace, and whom it concerns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Literal

from dsl.plan import Definitions, Ending, Handler, Plan, Schedule, plain, without_places, wording_hash
from dsl.settings import FILE
from runtime.machine.migration import StepMap
from runtime.versions import resolving
from runtime.versions.aligning import align
from runtime.versions.change import TIERS, Change, Changed, Contents, Tier
from runtime.versions.needing import Standing, sections_called, still_needed, stood_on
from runtime.versions.rewording import reworded


def compare(old: Contents, new: Contents, standing: Iterable[Standing]) -> list[Changed]:
    """Return what is different, by journey.

    Args:
        standing: the versions that people are inside of, those of journeys that were withdrawn too.
    """
    inside = list(standing)
    found: list[Changed] = []
    anything = old.active or inside
    shared: tuple[Change, ...] = ()
    if anything:
        shared = (*_shared(old.definitions, new.definitions), *reworded(old, new, inside))
        shared += tuple(_called(old, new, inside))
    if shared:
        found.append(Changed("", "changed", 0, False, shared))
    for journey in sorted({*old.active, *new.active, *(one.plan.journey for one in inside)}):
        before, after = old.active.get(journey), new.active.get(journey)
        here = [one for one in inside if one.plan.journey == journey]
        changes = list(_journey(before, after, here))
        changes += [Change("unsafe", what, "", n) for what, n in still_needed(here, old, new)]
        if after is not None and after.inside == "move":
            changes += _stranded(after, here)
        if changes:
            people = sum(one.people for one in here)
            kind: Literal["new", "changed", "gone"] = "changed"
            kind = "new" if before is None else "gone" if after is None else kind
            moves = after is not None and after.inside == "move"
            ordered = tuple(sorted(changes, key=lambda change: TIERS.index(change.tier)))
            found.append(Changed(journey, kind, people, moves, ordered))
    return found


def _called(old: Contents, new: Contents, inside: Iterable[Standing]) -> Iterator[Change]:
    """Find what workers were not asked for so far: their settings are their own, and none can be asked."""
    before = [*old.active.values(), *(one.plan for one in inside)]
    known = set(sections_called(old.definitions, before))
    for section in sorted(set(sections_called(new.definitions, new.active.values())) - known):
        what = f"workers need {section} in their {FILE}; start again with it those that lack it"
        yield Change("entering", what)


def _journey(old: Plan | None, new: Plan | None, here: list[Standing]) -> Iterator[Change]:
    people = sum(one.people for one in here)
    if old is not None and new is not None:
        yield from _Versions(old, new, here).changes()
    elif new is not None:
        yield Change("entering", "a new journey")
        if people and new.inside == "move":
            yield Change("inside", "people inside an older version move to it", "", people)
    elif old is not None:
        yield Change("entering", "gone: nobody enters any more, and people inside finish it", "", people)


class _Versions:
    def __init__(self, old: Plan, new: Plan, here: list[Standing]) -> None:
        self.old, self.new, self.here = old, new, here
        self.map = align(old, new)
        self.tier: Tier = "inside" if new.inside == "move" and here else "entering"

    def changes(self) -> Iterator[Change]:
        told = [*self._head(), *self._steps()]
        yield from told
        # Whatever has no words of its own is told all the same: nothing is deployed unseen.
        if self.old.hash != self.new.hash and all(change.tier == "wording" for change in told):
            if self.old.emails == self.new.emails:
                yield Change(self.tier, "something in how it runs")
        elif not told and wording_hash(self.old) != wording_hash(self.new):
            yield Change("wording", "its texts")

    def _head(self) -> Iterator[Change]:
        old, new = self.old, self.new
        if (old.owner, old.description) != (new.owner, new.description):
            yield Change("wording", "its owner or description")
        for name in sorted(old.emails.keys() & new.emails.keys()):
            if old.emails[name] != new.emails[name]:
                yield Change("wording", f"the text of the email “{name}”")
        heads: tuple[tuple[str, object, object], ...] = (
            ("who enters, and by what", old.starts, new.starts),
            ("how often it runs", old.runs, new.runs),
        )
        for words, one, other in heads:
            if _plain(one) != _plain(other):
                yield Change("entering", words)
        bodies: tuple[tuple[str, object, object], ...] = (
            ("its sending hours", old.sending_hours, new.sending_hours),
            ("its limits", old.limits, new.limits),
            ("its priority", old.priority, new.priority),
            ("what a new version means for people inside", old.inside, new.inside),
        )
        for words, one, other in bodies:
            if _plain(one) != _plain(other):
                yield Change(self.tier, words)
        yield from self._watchers(old.endings, new.endings)
        yield from self._watchers(old.handlers, new.handlers)
        if _pauses(old) != _pauses(new):
            yield Change(self.tier, "its pauses or updates of the trigger")

    def _watchers(self, old: Iterable[Ending | Handler], new: Iterable[Ending | Handler]) -> Iterator[Change]:
        before, after = {w.id: w for w in old}, {w.id: w for w in new}
        for id_ in dict.fromkeys([*before, *after]):
            if id_ not in after:
                yield Change(self.tier, f"{_quoted(before[id_].text)} is gone")
            elif id_ not in before:
                yield Change(self.tier, f"{_quoted(after[id_].text)} is new")
            elif resolving.watcher(self.old, before[id_]) != resolving.watcher(self.new, after[id_]):
                yield Change(self.tier, _now(before[id_].text, after[id_].text))
            elif before[id_].text != after[id_].text:
                yield Change("wording", _now(before[id_].text, after[id_].text))

    def _steps(self) -> Iterator[Change]:
        known = set(self.map.steps.values())
        for number, step in enumerate(self.old.steps):
            people = stood_on(self.here, step.id)
            if number not in self.map.steps:
                tier: Tier = "entering" if self.tier == "entering" or not people else "inside"
                yield Change(tier, f"{_quoted(step.text)} is gone", step.id, people)
                continue
            after = self.new.steps[self.map.steps[number]]
            if resolving.step(self.old, step) != resolving.step(self.new, after):
                yield Change(self.tier, _now(step.text, after.text), step.id, people)
            elif step.text != after.text:
                yield Change("wording", _now(step.text, after.text), step.id, people)
            if isinstance(step, Schedule) and isinstance(after, Schedule):
                yield from self._blocks(number, step, after)
            if self._flow(number) is False:
                yield Change(
                    self.tier, f"{_quoted(step.text)} is followed by something else", step.id, people
                )
        for number, step in enumerate(self.new.steps):
            if number not in known:
                yield Change(self.tier, f"{_quoted(step.text)} is new, line {step.line}", step.id)

    def _blocks(self, number: int, old: Schedule, new: Schedule) -> Iterator[Change]:
        taken = set()
        for place, block in enumerate(old.blocks):
            people = stood_on(self.here, block.label)
            to = self.map.blocks.get((number, place))
            if to is None:
                yield Change(self.tier, f"the block “{block.label}” is gone", block.label, people)
                continue
            taken.add(to)
            after = new.blocks[to]
            if resolving.block(self.old, block) != resolving.block(self.new, after):
                what = f"the block “{block.label}” comes at another time"
                if block.label != after.label:
                    what = f"the block “{block.label}” is now “{after.label}”"
                yield Change(self.tier, what, block.label, people)
        for place, block in enumerate(new.blocks):
            if place not in taken:
                yield Change(self.tier, f"the block “{block.label}” is new", block.label)

    def _flow(self, number: int) -> bool:
        """Whether a step leads where it led, steps left aside that are new or gone."""
        before, after = self.old.steps[number], self.new.steps[self.map.steps[number]]
        ways = dict([*resolving.flow(after), *resolving.bodies(after)])
        known = set(self.map.steps.values())
        for name, to in [*resolving.flow(before), *resolving.bodies(before)]:
            if name not in ways:
                continue
            one = _skip(self.old, to, self.map.steps)
            other = _skip(self.new, ways[name], known)
            if (None if one is None else self.map.steps[one]) != other:
                return False
        return True


def _stranded(new: Plan, here: Iterable[Standing]) -> Iterator[Change]:
    """Find the steps on which people stand and that have no counterpart: they cannot be moved."""
    for one in here:
        if one.plan.hash == new.hash:
            continue
        for id_, people in stranded(one, align(one.plan, new)):
            text = next((s.text for s in one.plan.steps if s.id == id_), id_)
            yield Change(
                "unsafe",
                f"{_quoted(text)} is gone, so who stands on it stays on the old version",
                id_,
                people,
            )


def stranded(one: Standing, steps: StepMap) -> list[tuple[str, int]]:
    """Return the steps of a version on which people stand and which the map does not know."""
    known = {one.plan.steps[n].id for n in (*steps.steps, *steps.targets)}
    labels = {b.label for s in one.plan.steps if isinstance(s, Schedule) for b in s.blocks}
    return [(id_, n) for id_, n in one.places.items() if id_ not in known and id_ not in labels]


def _shared(old: Definitions, new: Definitions) -> Iterator[Change]:
    """Compare what all journeys share. It holds for everybody as soon as it is deployed."""
    told = list(_of_shared(old, new))
    yield from told
    if not told and without_places(old) != without_places(new):
        yield Change("inside", "something in the shared definitions has changed")


def _of_shared(old: Definitions, new: Definitions) -> Iterator[Change]:
    if old.time_zone != new.time_zone:
        yield Change("inside", f"the time zone of the workspace is now {new.time_zone}")
    for words, attribute in _NAMED:
        before, after = getattr(old, attribute), getattr(new, attribute)
        if not isinstance(before, dict):
            before, after = ({one.name: one for one in each} for each in (before, after))
        for name in dict.fromkeys([*before, *after]):
            if name not in before:
                yield Change("entering", f"{words} “{name}” is new")
            elif name not in after:
                yield Change("inside", f"{words} “{name}” is gone")
            elif before[name] != after[name]:
                tier: Tier = "wording" if attribute == "messages" else "inside"
                yield Change(tier, f"{words} “{name}” has changed")
    for words, attribute in _WHOLE:
        if getattr(old, attribute) != getattr(new, attribute):
            yield Change("inside", f"{words} changed")


_NAMED = (
    ("the field of contacts", "contact_fields"),
    ("the field of accounts", "account_fields"),
    ("the event", "events"),
    ("the threshold", "thresholds"),
    ("the handoff", "handoffs"),
    ("the message", "messages"),
    ("the policy", "policies"),
    ("the segment", "segments"),
)
_WHOLE = (
    ("what counts as engagement has", "engaged"),
    ("the stages have", "stages"),
    ("the points for events have", "scoring"),
    ("the points of fit have", "fit"),
    ("how points fade has", "half_life"),
    ("how late an event may come has", "lateness"),
)


def _skip(plan: Plan, number: int | None, known: Collection[int]) -> int | None:
    seen: set[int] = set()
    while number is not None and number not in known and number not in seen:
        seen.add(number)
        number = plan.steps[number].next
    return None if number in seen else number


def _pauses(plan: Plan) -> list[object]:
    pauses = [resolving.watcher(plan, pause) for pause in plan.pauses]
    return [*pauses, *(resolving.watcher(plan, update) for update in plan.updates)]


def _now(before: str, after: str) -> str:
    if before == after:
        return f"{_quoted(before)} refers to something else"
    return f"{_quoted(before)} is now {_quoted(after)}"


def _quoted(text: str) -> str:
    """Quote a line of a journey; one that quotes stands for itself."""
    return text if "“" in text else f"“{text}”"


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value if isinstance(value, str) or value is None else plain(value)  # type: ignore[arg-type]
