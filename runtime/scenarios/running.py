"""Running scenarios: those of a workspace, on several processes where that pays, as plain results."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dsl.scenarios.script import Script
from runtime.scenarios.covering import Coverage, Hit, hits_of
from runtime.scenarios.playing import play
from runtime.scenarios.stage import Set, Stage
from runtime.scenarios.telling import Told, misses
from runtime.scenarios.touching import Touched

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

PAYS = 300
"""So many scenarios take longer than a second process needs to come up and to send its results."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one scenario. `seconds`: of real time. `hits`: what of the journeys it has reached.

    `journeys`: those that ran or let nobody in; `emails`: those that were written, or were to be. `touched`:
    what was looked at of the plans, by journey, if that was asked.
    """

    title: str
    file: str
    line: int
    seconds: float
    misses: tuple[Told, ...] = ()
    hits: frozenset[Hit] = field(default=frozenset(), repr=False)
    journeys: frozenset[str] = field(default=frozenset(), repr=False)
    emails: frozenset[str] = field(default=frozenset(), repr=False)
    touched: Mapping[str, Touched] | None = field(default=None, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether everything was as expected."""
        return not self.misses


@dataclass(slots=True)
class Run:
    """The results of several scenarios, in their order."""

    results: list[Result] = field(default_factory=list)

    @property
    def failed(self) -> list[Result]:
        """Those in which something was otherwise than expected."""
        return [one for one in self.results if not one.ok]

    def coverage(self) -> Coverage:
        """Return what all of them together have reached."""
        return Coverage(set().union(*(one.hits for one in self.results)))


def run(scripts: Sequence[Script], set_: Set, *, workers: int = 1) -> Run:
    """Play scripts. `workers`: processes; 0: as many as pay."""
    return Run([one for _, one in sorted(played(scripts, set_, workers=workers), key=lambda pair: pair[0])])


def played(scripts: Sequence[Script], set_: Set, *, workers: int = 1) -> Iterator[tuple[int, Result]]:
    """Play scripts and yield each result as it comes, with the place of its script."""
    count = _workers(workers, len(scripts))
    if count > 1:
        yield from _in_parallel(scripts, set_, count)
    else:
        yield from ((number, result(script, set_)) for number, script in enumerate(scripts))


def result(script: Script, set_: Set) -> Result:
    """Play one script."""
    began = time.perf_counter()
    if set_.notes is not None:
        set_.notes.begin()
    found = play(script, set_)
    stage = found.stage
    hits = frozenset(hits_of(stage))  # before time passes for the sake of what is told
    told = tuple(misses(found)) if found.misses else ()
    seconds = time.perf_counter() - began
    journeys = stage.journeys()
    emails = frozenset(stage.post.written)
    touched = set_.notes.touched(_came(stage)) if set_.notes is not None else None
    return Result(script.title, script.file, script.line, seconds, told, hits, journeys, emails, touched)


def _came(stage: Stage) -> dict[str, set[str]]:
    """Return the ids of the steps to which runs have come, by the hashes of their plans."""
    found: dict[str, set[str]] = {}
    for run in stage.world.runs.values():
        known = stage.set.steps[run.view.plan]
        found.setdefault(run.view.plan, set()).update(row.step for row in run.rows if row.step in known)
    return found


def _workers(wanted: int, scripts: int) -> int:
    if not hasattr(os, "fork") or sys.platform == "darwin":
        return 1
    if wanted:
        return min(wanted, max(scripts, 1))
    return min(os.cpu_count() or 1, 1 + scripts // PAYS)


def _in_parallel(scripts: Sequence[Script], set_: Set, workers: int) -> Iterator[tuple[int, Result]]:
    """Deal the scripts out in turn. What a process that is lost has not told is played here."""
    import multiprocessing
    from multiprocessing.connection import wait

    context = multiprocessing.get_context("fork")
    helpers, lines = [], []
    left = set(range(len(scripts)))
    for first in range(1, workers):
        ours, theirs = context.Pipe(duplex=False)
        share = range(first, len(scripts), workers)
        process = context.Process(target=_help, args=(scripts, share, set_, theirs), daemon=True)
        process.start()
        theirs.close()
        helpers.append(process)
        lines.append(ours)
    try:
        for number in range(0, len(scripts), workers):
            left.discard(number)
            yield number, result(scripts[number], set_)
            for one in _told(wait(lines, 0), lines):
                left.discard(one[0])
                yield one
        while lines:
            for one in _told(wait(lines), lines):
                left.discard(one[0])
                yield one
    finally:
        for process in helpers:
            if lines:  # whoever asked wants no more
                process.terminate()
            process.join()
    yield from ((number, result(scripts[number], set_)) for number in sorted(left))


def _told(ready: Sequence[object], lines: list[Connection]) -> Iterator[tuple[int, Result]]:
    """Take one result of each helper that has told something; forget those that have no more."""
    for line in [line for line in lines if line in ready]:
        try:
            yield line.recv()
        except (EOFError, OSError):
            line.close()
            lines.remove(line)


def _help(scripts: Sequence[Script], share: Sequence[int], set_: Set, line: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started this process ends it
    with line:
        for number in share:
            line.send((number, result(scripts[number], set_)))
