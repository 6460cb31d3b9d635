"""Lines of one head that get in each other's way.

Handlers that an end forestalls, pauses that nothing ends, starts that ask for the absence of their own event.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dsl.checking import Checker
from dsl.constructs.ends import Goal, StopWhen
from dsl.constructs.entry import StartWhen
from dsl.constructs.events import Event, Happening
from dsl.constructs.facts import HasTag, InStage
from dsl.constructs.history import HasDone
from dsl.constructs.lists import IsInList
from dsl.constructs.logic import All
from dsl.constructs.marks import AddTagLine, RemoveTagLine, SetStageLine
from dsl.constructs.standing import ChangeList
from dsl.constructs.watching import PauseWhile
from dsl.constructs.whenever import HandlerLine, Whenever
from dsl.nodes import ConditionNode, LineNode
from dsl.span import Span

if TYPE_CHECKING:
    from dsl.constructs.journey import Journey


def check_overlaps(check: Checker, journey: Journey) -> None:
    """Report the lines of a journey's head that get in each other's way."""
    _check_forestalled(check, journey)
    for pause in journey.all(PauseWhile):
        _check_pause(check, journey, pause)
    for start in journey.all(StartWhen):
        _check_start(check, start)


def _check_forestalled(check: Checker, journey: Journey) -> None:
    """Report handlers whose event ends the run before they could run."""
    ends: list[Goal | StopWhen] = [goal for goal in journey.all(Goal) if not goal.stay]
    ends += journey.all(StopWhen)
    for handler in journey.all(Whenever):
        end = next((e for e in ends if _covers(check, e.event, handler.event)), None)
        if end is None:
            continue
        does = f'reach goal "{end.name.text}"' if isinstance(end, Goal) else 'exit "…"'
        message = (
            f"Line {end.span.line} ends the run at this event, so what stands under this line never runs."
        )
        fix = f"Remove line {end.span.line}, and end the lines under this one with: {does}"
        check.report.add("N505", handler.span, message, fix)


def _covers(check: Checker, wide: Event, narrow: Event) -> bool:
    """Whether whatever is the narrow event is the wide one, too."""
    same = wide.what.event == narrow.what.event and wide.what.points == narrow.what.points
    if not same or not wide.what.args.items() <= narrow.what.args.items():
        return False
    if wide.what.verb == "score_reaches" and wide.what.names != narrow.what.names:
        return _names(wide.what) == _names(narrow.what)
    return wide.what.where is None or _text(check, wide.what.where) == _text(check, narrow.what.where)


def _names(what: Happening) -> list[str]:
    return [name.text for name in what.names]


def _text(check: Checker, where: ConditionNode | None) -> str | None:
    return None if where is None else _written(check, where.span)


def _written(check: Checker, span: Span) -> str:
    return " ".join(check.report.sources[span.file][span.line - 1][span.start - 1 : span.end - 1].split())


def _check_pause(check: Checker, journey: Journey, pause: PauseWhile) -> None:
    """Report lines that begin a pause and are to end it: they stand still themselves."""
    for body in _bodies(journey):
        begins: LineNode | None = None
        for found in (line for statement in body for line in statement.walk()):
            if begins is None and _makes(found, pause.condition, True):
                begins = found
            elif begins is not None and _makes(found, pause.condition, False):
                first, last = begins.span.line, found.span.line
                message = (
                    f"The run pauses itself in line {first}, and line {last}, which would let it go on, is "
                    "never come to: while a run pauses, its own lines stand still."
                )
                fix = f'Put lines {first} to {last} into another journey, and here: start journey "…"'
                check.report.add("N506", pause.span, message, fix)
                return


def _bodies(journey: Journey) -> Iterator[tuple[LineNode, ...]]:
    """Yield what runs one line after the other: under each line of the head, and the main flow."""
    main: list[LineNode] = []
    for found in journey.body:
        if isinstance(found, HandlerLine):
            yield found.body
        else:
            main.append(found)
    yield tuple(main)


def _makes(line: LineNode, fact: ConditionNode, truth: bool) -> bool:
    """Whether a line makes a fact true (or false) that stands alone."""
    if isinstance(fact, HasTag):
        kind = AddTagLine if truth != fact.negated else RemoveTagLine
        return isinstance(line, kind) and line.name.text == fact.tag.text
    if isinstance(fact, IsInList) and fact.field is None:
        return (
            isinstance(line, ChangeList)
            and line.name.text == fact.list.text
            and line.add == (truth != fact.negated)
        )
    if isinstance(fact, InStage) and isinstance(line, SetStageLine):
        return (line.name.text == fact.stage.text) == (truth != fact.negated)
    return False


def _check_start(check: Checker, start: StartWhen) -> None:
    """Report a start that asks that its own event has not happened: it is on record by then."""
    condition = start.condition
    parts = condition.conditions if isinstance(condition, All) else (condition,)
    for part in parts:
        if not isinstance(part, HasDone) or not part.negated or part.sent or part.times != 1:
            continue
        what = part.what
        if what.event != start.event.what.event or what.made:
            continue
        alike = what.where is None or _text(check, what.where) == _text(check, start.event.what.where)
        if alike and what.args.items() <= start.event.what.args.items():
            message = (
                "The event that starts the run has happened by then and counts, so nobody ever comes in."
            )
            fix = "For the first time only, ask that it has not happened twice: … at least 2 times ever"
            check.report.add("N507", part.span, message, fix)


__all__ = ["check_overlaps"]
