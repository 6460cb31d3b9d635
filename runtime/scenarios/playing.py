"""Playing a script: what it tells happens, and what is asked of an instant is looked at in that instant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dsl.scenarios.script import Departure, Effect, Expectation, Fact, Handed, Place, Pressure, Script
from runtime.scenarios.judging import Miss, judge, look, unfounded
from runtime.scenarios.stage import Set, Stage


@dataclass(slots=True)
class Played:
    """A script that was played.

    `misses`: what was otherwise than expected, or could not happen as it is told, in the order of the lines.
    """

    script: Script
    stage: Stage
    misses: list[Miss] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything was as expected."""
        return not self.misses


def play(script: Script, set_: Set) -> Played:
    """Let everything of a script happen, and judge."""
    read = any(isinstance(e.what, Effect) and (e.what.subject or e.what.says) for e in script.expectations)
    stage = Stage.of(set_, script.people, script.companies, script.start, past=script.past, letters=read)
    played = Played(script, stage)
    for act in script.acts:
        stage.do(act)
    looked: dict[int, Miss | None] = {}
    for number, one in _asked(script):
        stage.pass_to(one.stretch.until)
        looked[number] = look(one, stage) if _is_state(one) else judge(one, stage)
    stage.pass_to(script.until)
    for number, one in enumerate(script.expectations):
        miss = looked[number] if number in looked else judge(one, stage)
        if miss is not None:
            played.misses.append(miss)
    played.misses = sorted([*(unfounded(one, stage) for one in stage.missing), *played.misses], key=_line)
    return played


def _line(miss: Miss) -> int:
    return miss.expectation.line


def _asked(script: Script) -> Iterator[tuple[int, Expectation]]:
    """Yield what must be looked at in its instant, in order of time: afterwards it may be otherwise.

    Where contacts go, that is everything: what was a contact's is nobody's then, or another one's.
    """
    all_ = any(isinstance(act.what, Departure) for act in script.acts)
    found = [
        (number, one)
        for number, one in enumerate(script.expectations)
        if _is_state(one) or (all_ and not isinstance(one.what, Pressure))
    ]
    yield from sorted(found, key=lambda pair: pair[1].stretch.until)


def _is_state(one: Expectation) -> bool:
    """Whether it is asked how something stands, and not what has happened."""
    return isinstance(one.what, Fact | Place) or (isinstance(one.what, Handed) and bool(one.what.answer))
