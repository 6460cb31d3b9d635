"""The explanation: a journey told in numbered sentences, every default spelled out, with real dates.

It is built from the plan, so it tells what will run and not what was meant. Dates are those of somebody who
enters at a given moment; they are worked out in `dsl.moments`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from textwrap import wrap
from typing import Any
from zoneinfo import ZoneInfo

from dsl import civil
from dsl.heading import WEEKDAYS, Head
from dsl.moments import Moments, Stretch, moments
from dsl.plan import Definitions, Plan
from dsl.telling import Teller
from dsl.weave import Item, Way, weave
from dsl.wording import Words, length, moment

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


_LATE = {"skip": "left out", "at once": "at once", "exit": "the run ends without success"}
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


def explain_plan(plan: Plan, definitions: Definitions, at: int) -> Explanation:
    """Tell a journey for somebody who enters at `at`, in the workspace's time zone."""
    zone = civil.zone(None, definitions.time_zone)
    subjects = {name: event.subject for name, event in definitions.events.items()}
    words = Words(subjects, definitions.thresholds)
    writer = _Writer(plan, words, zone, moments(plan, at, zone), Teller(plan, definitions))
    head = Head(plan, definitions, words)
    sections = (
        Section("How it begins", tuple(writer.numbered(head.beginning()))),
        Section("What holds for every message", tuple(writer.numbered(head.messages()))),
        Section("How it ends early", tuple(writer.numbered(head.endings()))),
        Section("Whenever it happens", tuple(writer.handlers())),
        Section(f"What happens to somebody who enters on {date(at, zone)}", tuple(writer.flow())),
    )
    about = [plan.description] if plan.description else []
    about += [f"{plan.owner} answers for it."] if plan.owner else []
    return Explanation(plan.journey, tuple(about), tuple(s for s in sections if s.points))


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
    day = f"{WEEKDAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{day} at {local:%H:%M}"


def stretch(when: Stretch, zone: ZoneInfo) -> str:
    """Write a stretch of time."""
    if when.exact:
        return date(when.early, zone)
    if when.late is None:
        return f"{date(when.early, zone)} or later"
    return f"between {date(when.early, zone)} and {date(when.late, zone)}"


@dataclass(slots=True)
class _Writer:
    plan: Plan
    words: Words
    zone: ZoneInfo
    when: Moments
    teller: Teller
    count: int = 0
    numbers: dict[int, int] = field(default_factory=dict)

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
            yield Point(self.count, 0, f"{self._occasion(handler)}, {limit}, beside everything else:")
            yield from self._points(weave(self.plan, handler.body, self.words), 1)

    def _occasion(self, handler: Any) -> str:
        if handler.predicate is not None:
            return f"As soon as {self.words.condition(self.plan.predicates[handler.predicate])}"
        return f"Whenever {self.words.interest(self.plan.interests[handler.interest])}"

    def flow(self) -> Iterator[Point]:
        """Tell the main flow, and what is left when it is over."""
        yield from self._points(weave(self.plan, self.plan.entry, self.words), 0)
        self.count += 1
        yield Point(self.count, 0, "When nothing is left to do, the run ends.")

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
                self.numbers.setdefault(part.number, self.count)
                stack.extend(self._below(part, depth))
            else:
                yield Point(None, depth, part.text)
                stack.append((depth + 1, iter(part.way.body)))

    def _item(self, item: Item) -> str:
        if item.again:
            return f"{item.step.text}: as in {self.numbers[item.number]}."
        if _chooses(item):
            return _if(item.ways[0], first=True)
        told = self.teller.step(item)
        at, done = self.when.at.get(item.number), self.when.done.get(item.number)
        if done is None or at is None:
            return told
        if isinstance(getattr(item.step, "until", None), int):
            until = date(done.early, self.zone) + ("" if done.exact else " or later")
            latest = ", unless it happens before" if item.ways else ""
            return f"{told} That is until {until}{latest}."
        if done != at:
            return f"{told} It is held until {stretch(done, self.zone)}."
        return told

    def _below(self, item: Item, depth: int) -> Iterator[tuple[int, Iterator[Item | _Entry]]]:
        """Yield what is told below an item, the last first."""
        if item.again:
            return
        if _chooses(item):
            yield depth, iter([_Entry(_if(way), way) for way in item.ways[1:]])
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
        elif due:
            label = f"{label}, {stretch(due, self.zone)}"
        if getattr(way.part, "dated", False):
            label = self._dated(way.part)
        return _Entry(f"{label}:" if way.body else f"{label}, it goes on below.", way)

    def _dated(self, block: Any) -> str:
        """Tell a block on a date: when it is due, and when it is not."""
        due: Any = self.plan.instants[block.at]
        told = moment(due, whole_day=self.teller.whole_day(due.ref))
        label = told[:1].upper() + told[1:] if due.amount else f"At {told}"
        if block.late == "skip":
            return f"{label} (left out if that is past at the start, or there is no date)"
        late = _LATE.get(block.late, block.late)
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
