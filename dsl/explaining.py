"""The explanation: a journey told in numbered sentences, every default spelled out, with real dates.

It is built from the plan, so it tells what will run and not what was meant. Dates are those of somebody who
enters at a given moment; they are worked out in `dsl.moments`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from textwrap import wrap
from typing import Any
from zoneinfo import ZoneInfo

from dsl import civil
from dsl.heading import Head
from dsl.labels import Labels
from dsl.moments import Due, Moments, Stretch, moments
from dsl.naming import Names
from dsl.plan import Definitions, Plan, Ref
from dsl.proofs.figures import figures
from dsl.saying import MONTHS, WEEKDAYS, day, length, moment, ref
from dsl.spelling import one_of
from dsl.telling import Teller
from dsl.weave import Item, Way, walk, weave
from dsl.wording import Words

_LATE = {"skip": "left out", "at once": "at once", "exit": "the run ends"}
_PAST = {"skip": "it is left out", "exit": "the run ends there and then"}
_INDENT = 3
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Point:
    """A sentence or two. `number`: None for what only says when the points below it count."""

    number: int | None
    depth: int
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """Points under a heading. The numbers run through all sections."""

    heading: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A journey in words."""

    journey: str
    about: tuple[str, ...]
    sections: tuple[Section, ...]


def explain_plan(
    plan: Plan,
    definitions: Definitions,
    at: int,
    *,
    names: Names | None = None,
    dates: Mapping[str, str] | None = None,
) -> Explanation:
    """Tell a journey for somebody who enters at `at`, in the workspace's time zone.

    `names`: of segments and lists. `dates`: what fields hold, such as `contact.renewal` -> `2026-12-24`.
    """
    zone = civil.zone(None, definitions.time_zone)
    subjects = {name: event.subject for name, event in definitions.events.items()}
    names = names or Names()
    names.told.clear()
    words = Words(subjects, definitions.thresholds, names, anyone=plan.subject == "account")
    when = moments(plan, at, zone, definitions.policies, dates)
    head = Head(plan, definitions, words)
    alone = head.alone()
    whose = "in a run that begins" if alone else "to somebody who enters"
    writer = _Writer(plan, words, zone, when, Teller(plan, definitions, words), at, dates or {}, alone)
    sections = (
        Section("How it begins", tuple(writer.numbered(head.beginning()))),
        Section("What holds for every message", tuple(writer.numbered(head.messages()))),
        Section("How it ends early", tuple(writer.numbered(head.endings()))),
        Section("Whenever it happens", tuple(writer.handlers())),
        Section(f"What happens {whose} on {date(at, zone)}", tuple(writer.flow())),
        Section("In figures", tuple(writer.numbered(figures(plan, definitions)))),
    )
    about = [plan.description] if plan.description else []
    about += [f"{plan.owner} answers for it."] if plan.owner else []
    return Explanation(plan.journey, tuple(about), tuple(s for s in sections if s.points))


def dated_fields(plan: Plan) -> list[str]:
    """Return the fields whose dates a journey goes by, such as `contact.renewal`."""
    dated = [instant.ref for instant in plan.instants if instant.kind == "date"]
    return list(dict.fromkeys(f"{ref.of}.{ref.field}" for ref in dated))


def as_text(explanation: Explanation) -> str:
    """Write an explanation as plain text."""
    rows = [explanation.journey, "=" * len(explanation.journey), *explanation.about]
    for section in explanation.sections:
        rows += ["", section.heading]
        for point in section.points:
            indent = " " * (_INDENT * point.depth)
            mark = f"{point.number}. " if point.number else ""
            rows += wrap(
                mark + point.text,
                _WIDTH,
                initial_indent=indent,
                subsequent_indent=indent + " " * len(mark),
                break_long_words=False,
                break_on_hyphens=False,
            )
    return "\n".join(rows) + "\n"


def date(at: int, zone: ZoneInfo) -> str:
    """Write an instant: `Monday 2 March 2026 at 09:00`."""
    local = datetime.fromtimestamp(at, zone)
    day = f"{WEEKDAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year}"
    return f"{day} at {local:%H:%M}"


def _ref(field: str) -> Ref:
    owner, _, name = field.partition(".")
    return Ref.model_validate({"of": owner, "field": name})


@dataclass(slots=True)
class _Writer:
    plan: Plan
    words: Words
    zone: ZoneInfo
    when: Moments
    teller: Teller
    entered: int
    dates: Mapping[str, str]
    alone: bool  # whether there is no contact in the run
    count: int = 0
    numbers: dict[int, int] = field(default_factory=dict)
    told: dict[int, Item] = field(default_factory=dict)  # where each step was told first
    counted: dict[int, int] = field(default_factory=dict)  # numbers of items, by their identity

    def numbered(self, sentences: Iterator[str]) -> Iterator[Point]:
        """Number sentences at the top level."""
        for text in sentences:
            self.count += 1
            yield Point(self.count, 0, text)

    # --------------------------------------------------------------------------------------------- body

    def handlers(self) -> Iterator[Point]:
        """Tell what runs beside the main flow."""
        for handler in self.plan.handlers:
            self.count += 1
            every = self.plan.instants[handler.every] if handler.every is not None else None
            amount, unit = getattr(every, "amount", 0), getattr(every, "unit", "")
            limit = (
                f"at most once every {length(amount, unit) if amount != 1 else unit}"
                if every
                else "each time"
            )
            told = f"{self._occasion(handler)}, {limit}, beside everything else"
            yield Point(self.count, 0, f"{told}{self._goal_first(handler)}:")
            yield from self._points(weave(self.plan, handler.body, self.words), 1)

    def _occasion(self, handler: Any) -> str:
        if handler.predicate is not None:
            fact = self.words.condition(self.plan.predicates[handler.predicate])
            return f"As soon as {fact} (also if that is so at the start, and again only after it was false)"
        return f"Whenever {self.words.interest(self.plan.interests[handler.interest])}"

    def _goal_first(self, handler: Any) -> str:
        """Tell that an event which ends the run is not heard by a handler as well."""
        mine = self.plan.interests[handler.interest]
        if handler.predicate is not None or not mine.event:
            return ""
        for ending in self.plan.endings:
            other = self.plan.interests[ending.interest]
            if ending.stay or ending.predicate is not None or other.event != mine.event:
                continue
            if all(mine.args.get(key, value) == value for key, value in other.args.items()):
                what = f"the goal “{ending.name}”" if ending.kind == "goal" else "the end of the run"
                return f" (where the same event means {what}, that comes first, and nothing of this is done)"
        return ""

    def flow(self) -> Iterator[Point]:
        """Tell the main flow, and what is left when it is over."""
        yield Point(None, 0, self._zones())
        yield from self._dates()
        yield from self._points(weave(self.plan, self.plan.entry, self.words), 0)
        self.count += 1
        yield Point(self.count, 0, "When nothing is left to do, the run ends.")

    def _zones(self) -> str:
        """Tell by whose clock times of day are meant, and the dates that follow."""
        zone = self.zone.key
        if self.alone:
            return f"Times of day, and the dates below, are told in {zone} time."
        clock = "Times of day are those of the contact's own clock; where their time zone is not known, "
        return f"{clock}{zone} counts. The dates below are told in {zone} time."

    def _dates(self) -> Iterator[Point]:
        """Tell how to see dates where only a contact has them."""
        wanted = [name for name in dated_fields(self.plan) if name not in self.dates]
        for known in dated_fields(self.plan):
            if known in self.dates:
                value = ref(_ref(known))
                yield Point(None, 0, f"For the dates, {value} is taken to be {day(self.dates[known])}.")
        if wanted:
            some = datetime.fromtimestamp(self.entered + 30 * 86_400, self.zone).date().isoformat()
            whole = self.teller.whole_day
            given = [f"--with {name}={some}{'' if whole(_ref(name)) else 'T16:00'}" for name in wanted]
            told = (
                "Some moments hang on dates that only a contact or an event has. To see them as real dates, "
            )
            yield Point(None, 0, f"{told}add a date to try: nurture explain FILE {' '.join(given)}")

    def _points(self, items: list[Item], depth: int) -> Iterator[Point]:
        """Number items; ways on stand between them, without a number. (A stack: plans may be deep.)"""
        stack: list[tuple[int, Iterator[Item | _Entry]]] = [(depth, iter(items))]
        while stack:
            depth, rest = stack[-1]
            part = next(rest, None)
            if part is None:
                stack.pop()
            elif isinstance(part, Item):
                self.count += 1
                yield Point(self.count, depth, self._item(part))
                self.counted[id(part)] = self.count
                if not part.again:
                    self.numbers.setdefault(part.number, self.count)
                    self.told.setdefault(part.number, part)
                stack.extend(self._below(part, depth))
            else:
                yield Point(None, depth, part.text)
                stack.append((depth + 1, iter(part.way.body)))

    def _item(self, item: Item) -> str:
        if item.again:
            return f"{Labels(self.plan, self.words).label(item.step)}{self._as_before(item)}."
        if _chooses(item):
            return _if(item.ways[0], first=True)
        told = self.teller.step(item)
        at, done = self.when.at.get(item.number), self.when.done.get(item.number)
        if item.number in self.when.never:
            why = one_of(self.when.why.get(item.number, ()), "and")
            whom = "a run that" if self.alone else "somebody who"
            return f"{told} For {whom} comes here then it is left out: {why}."
        if done is None or at is None:
            return told
        until = getattr(item.step, "until", None)
        if isinstance(until, int):
            return self._waited(item, told, (at, done), self.plan.instants[until])
        if done.early != at.early:
            why = one_of(self.when.why.get(item.number, ()), "and")
            until = date(done.early, self.zone) + ("" if done.exact else " at the earliest")
            return f"{told} It is held until {until}" + (f" ({why})." if why else ".")
        return told

    def _as_before(self, item: Item) -> str:
        """Tell where a step, and all that follows it, was told before."""
        first = self.numbers[item.number]
        below = walk([self.told[item.last]]) if item.last in self.told else ()
        last = max((self.counted.get(id(one), 0) for one in below), default=0)
        if item.last != item.number and last <= first:
            return f", and what follows: as in {first} and what follows there"
        return f", and what follows: as in {first} to {last}" if last > first else f": as in {first}"

    def _waited(self, item: Item, told: str, when: tuple[Stretch, Stretch], until: Any) -> str:
        """Tell until when a wait lasts."""
        at, done = when
        if done == at and until.kind in ("on", "date"):
            return f"{Labels(self.plan, self.words).label(item.step)}: that is past, so it goes on at once."
        over = date(done.early, self.zone) + ("" if done.exact else " at the earliest")
        if until.kind == "on":
            return f"Wait until {over}."
        latest = ", unless it happens before" if item.ways else ""
        return f"{told} That is until {over}{latest}."

    def _below(self, item: Item, depth: int) -> Iterator[tuple[int, Iterator[Item | _Entry]]]:
        """Yield what is told below an item, the last first."""
        if item.again:
            return
        if _chooses(item):
            # Whoever fits nowhere goes on below: that goes without saying.
            rest = [way for way in item.ways[1:] if way.body or way.part]
            yield depth, iter([_Entry(_if(way), way) for way in rest])
            yield depth + 1, iter(item.ways[0].body)
        elif len(item.ways) == 1 and item.ways[0].kind == "body":
            yield depth + 1, iter(item.ways[0].body)
        elif any(way.body for way in item.ways):
            yield depth + 1, iter([self._entry(item, n, way) for n, way in enumerate(item.ways)])

    def _entry(self, item: Item, number: int, way: Way) -> _Entry:
        due = self.when.blocks.get((item.number, number))
        label = way.label[:1].upper() + way.label[1:]
        if way.asks in ("event", "fact"):
            label = f"{'When' if way.asks == 'event' else 'As soon as'} {way.label}"
        elif way.kind == "timeout":
            label = "When the time is over"
        if getattr(way.part, "dated", False):
            label = self._dated(way.part, due, self.when.at.get(item.number))
        elif due:
            label = f"{label}, {self._begins(due)}"
        return _Entry(f"{label}:" if way.body else f"{label}, it goes on below.", way)

    def _begins(self, due: Due) -> str:
        """Tell when a block begins, and when it was due if that is earlier."""
        told = date(due.begins.early, self.zone)
        if due.begins.early > due.due.early:
            told += f" (due on {date(due.due.early, self.zone)}, but the block before it is busy until then)"
        if not due.begins.exact:
            told += (
                " or later, when the block before it is over"
                if due.begins.early == due.due.early
                else " at the earliest"
            )
        return told

    def _dated(self, block: Any, when: Due | None, start: Stretch | None) -> str:
        """Tell a block on a date: when it is due, and when it is not. `start`: when blocks are scheduled."""
        due: Any = self.plan.instants[block.at]
        told = moment(due, whole_day=self.teller.whole_day(due.ref))
        label = told[:1].upper() + told[1:] if due.amount else f"At {told}"
        late = _LATE.get(block.late, block.late)
        if when and when.past and block.late != "at once":
            return f"{label}, {date(when.due.early, self.zone)}: past at the start, so {_PAST[block.late]}"
        if when and when.past:
            told = f"{label}, {date(when.due.early, self.zone)}: past at the start, so at once"
            if start is not None and when.begins.early > start.early:
                told += f", which is {date(when.begins.early, self.zone)} for what comes before it"
            return told
        if when:
            return f"{label}, {self._begins(when)}"
        if block.late == "skip":
            return f"{label} (left out if that is past at the start, or there is no date)"
        return f"{label} ({late} if that is past at the start; left out if there is no date)"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A way on, as told."""

    text: str
    way: Way


def _chooses(item: Item) -> bool:
    """Whether the ways of an item are conditions, so that it can be told as `if … otherwise`."""
    return bool(item.ways) and item.ways[0].asks == "condition"


def _if(way: Way, *, first: bool = False) -> str:
    word = "If" if first else "Otherwise, if"
    label = f"{word} {way.label}" if way.part else "Otherwise"
    return f"{label}:" if way.body else f"{label}{',' if way.part else ''} it goes on below."
