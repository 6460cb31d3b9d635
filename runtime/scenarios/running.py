"""Running scenarios: those of a workspace, on several processes where that pays, as plain results."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dsl.scenarios.script import Script
from runtime.scenarios.covering import Coverage, Hit, hits_of
from runtime.scenarios.playing import play
from runtime.scenarios.stage import Set
from runtime.scenarios.telling import Told, misses

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

PAYS = 150
"""So many scenarios take longer than a second process needs to come up and to send its results."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one scenario. `seconds`: of real time. `hits`: what of the journeys it has reached."""

    title: str
    file: str
    line: int
    seconds: float
    misses: tuple[Told, ...] = ()
    hits: frozenset[Hit] = field(default=frozenset(), repr=False)

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
    count = _workers(workers, len(scripts))
    found = _in_parallel(scripts, set_, count) if count > 1 else None
    if found is None:
        return Run([result(script, set_) for script in scripts])
    return Run(found)


def result(script: Script, set_: Set) -> Result:
    """Play one script."""
    began = time.perf_counter()
    played = play(script, set_)
    hits = frozenset(hits_of(played.stage))  # before time passes for the sake of what is told
    told = tuple(misses(played)) if played.misses else ()
    return Result(script.title, script.file, script.line, time.perf_counter() - began, told, hits)


def _workers(wanted: int, scripts: int) -> int:
    if not hasattr(os, "fork") or sys.platform == "darwin":
        return 1
    if wanted:
        return min(wanted, max(scripts, 1))
    return min(os.cpu_count() or 1, 1 + scripts // PAYS)


def _in_parallel(scripts: Sequence[Script], set_: Set, workers: int) -> list[Result] | None:
    """Deal the scripts out in turn; None if a process was lost, and then one process plays them all."""
    import multiprocessing

    context = multiprocessing.get_context("fork")
    helpers = []
    for number in range(1, workers):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_help, args=(scripts[number::workers], set_, theirs), daemon=True)
        process.start()
        theirs.close()
        helpers.append((process, ours))
    found: dict[int, list[Result]] = {0: [result(script, set_) for script in scripts[::workers]]}
    lost = False
    for number, (process, ours) in enumerate(helpers, 1):
        try:
            found[number] = ours.recv()
        except (EOFError, OSError):
            lost = True
        ours.close()
        process.join()
    if lost:
        return None
    return [found[n % workers][n // workers] for n in range(len(scripts))]


def _help(scripts: Sequence[Script], set_: Set, line: Connection) -> None:
    with line:
        line.send([result(script, set_) for script in scripts])
