"""`nurture test --watch`: after each change, those scenarios again that it can alter."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dsl.workspace import Recompiling
from runtime.cli.failures import FILES, Exit, code_of, sentence
from runtime.cli.output import console, note, show
from runtime.cli.testing import Loaded, Wanted, chosen, load, tell, tell_errors
from runtime.reporting.words import count
from runtime.scenarios.keeping import Change, Keeper, in_order
from runtime.scenarios.running import Result, played
from runtime.scenarios.watching import changes, look
from runtime.workspace import read_workspace

if TYPE_CHECKING:
    from dsl.scenarios.script import Script

_LOOK_EVERY = 0.2
"""Seconds between two looks for another change while scenarios are played."""
_NAMED = 2


def play_on_changes(wanted: Wanted) -> int:
    """Play everything, then again what a change can alter; a mistake while somebody writes is no end."""
    root, watch, code = read_workspace(wanted.path).root, _Watch(wanted), 0
    note("Waiting for changes. Interrupt to end.")
    try:
        for _ in changes(root):
            gc.disable()  # what is kept is large, and a round leaves little behind
            try:
                code = watch.round(root)
            except Exit as told:
                code = told.code
            except BrokenPipeError:
                raise
            except Exception as wrong:
                note(sentence(wrong))
                code = code_of(wrong)
            finally:
                gc.enable()
            sys.stdout.flush()
    except KeyboardInterrupt:
        pass
    return code


@dataclass(slots=True)
class _Watch:
    """What is known between two rounds. `files`: the workspace as it was; None before the first round.

    `scripts`: what there was to play; `broken`: the files that had mistakes; `clock`: tells the time of day.
    """

    wanted: Wanted
    compiler: Recompiling = field(default_factory=Recompiling)
    keeper: Keeper = field(default_factory=Keeper)
    files: dict[str, bytes] | None = None
    failed: frozenset[tuple[str, int]] = frozenset()
    scripts: int = 0
    broken: frozenset[str] = frozenset()
    clock: Callable[[], str] = lambda: time.strftime("%H:%M:%S")

    def round(self, root: Path) -> int:
        """Play what has to be played, and tell; return the exit code."""
        began, seen = time.perf_counter(), look(root)
        workspace = read_workspace(self.wanted.path)
        before, self.files = self.files, workspace.files
        loaded = load(workspace, self.compiler, noted=True)
        scripts = chosen(loaded, self.wanted.choose)
        change = Change() if loaded.set_ is None else self.keeper.move(loaded.set_)
        missing = [script for script in scripts if self.keeper.recall(script) is None]
        round_ = _Round(before or {}, loaded, change, missing, scripts, self.broken, self.scripts)
        if before is not None:
            self._say(f"\n{self.clock()}  {round_.line()}")
            self._remind(scripts)
        tell_errors(self.wanted, loaded)
        self.broken = frozenset(one.span.file for one in loaded.errors)
        if loaded.set_ is not None:
            self.scripts = len(scripts)
        missing = in_order(missing, round_.changed, self.failed)
        done = self._play(missing, root, seen)
        if done < len(missing):
            self._say(f"The files have changed again: {done} of these {len(missing)} were played.")
            return FILES
        made = self.keeper.run(scripts)
        if loaded.set_ is not None:
            self.failed = frozenset((one.file, one.line) for one in made.failed)
        return tell(self.wanted, made, loaded, time.perf_counter() - began, failures=False)

    def _play(self, scripts: Sequence[Script], root: Path, seen: object) -> int:
        """Play scripts and tell failures as they come; stop if the files change. Returns how many it were."""
        if not scripts:
            return 0
        assert self.keeper.set is not None
        done, looked = 0, time.monotonic()
        for number, result in played(scripts, self.keeper.set, workers=self.wanted.workers):
            self.keeper.keep(scripts[number], result)
            done += 1
            if not result.ok:
                self._tell(result)
            if time.monotonic() - looked > _LOOK_EVERY:
                if look(root) != seen:
                    break
                looked = time.monotonic()
        return done

    def _remind(self, scripts: Iterable[Script]) -> None:
        """Name what failed before and is not played again."""
        for script in scripts:
            result = self.keeper.recall(script)
            if result is not None and not result.ok:
                self._say(f"× {result.title}, {result.file}:{result.misses[0].line}, as before")

    def _tell(self, result: Result) -> None:
        if self.wanted.format == "text":
            from runtime.cli.render_scenarios import failure

            show(console(), failure(result))
            sys.stdout.flush()

    def _say(self, sentence: str) -> None:
        if self.wanted.format == "text":
            print(sentence, flush=True)
        else:
            note(sentence.strip())


@dataclass(frozen=True, slots=True)
class _Round:
    """What has changed since the round before, and what is played for it.

    `before`: the files as they were; `broken`: those that had mistakes then; `were`: how many scenarios there
    were to play.
    """

    before: Mapping[str, bytes]
    loaded: Loaded
    change: Change
    missing: Sequence[Script]
    scripts: Sequence[Script]
    broken: frozenset[str]
    were: int

    @property
    def changed(self) -> list[str]:
        """The files that are new, gone or different."""
        was, now = self.before, self.loaded.workspace.files
        return sorted(path for path in was.keys() | now.keys() if was.get(path) != now.get(path))

    def line(self) -> str:
        """Say in one line what has changed, and what is played for it."""
        played, all_ = len(self.missing), len(self.scripts)
        if not played:
            return f"{self._head()}: {self._why_none()}"
        if played == all_:
            whom = "the only scenario is" if all_ == 1 else f"all {all_} scenarios are"
            return f"{self._head()}: {whom} played again."
        are, those = ("is", "the one") if played == 1 else ("are", "those")
        return f"{self._head()}: {played} of {all_} scenarios {are} played again, {those} {self._which()}."

    def _head(self) -> str:
        changed = self.changed
        if not changed:
            return "Nothing has changed"
        named, more = ", ".join(changed[:_NAMED]), len(changed) - _NAMED
        files, are = self.loaded.workspace.files, "is" if len(changed) == 1 else "are"
        what = "changed"
        if all(path not in files for path in changed):
            what = f"{are} gone"
        elif all(path not in self.before for path in changed):
            what = f"{are} new"
        return f"{named}{f' and {more} more' if more > 0 else ''} {what}"

    def _why_none(self) -> str:
        now = {one.span.file for one in self.loaded.errors}
        if self.loaded.set_ is None:
            return "there is a mistake in the journeys, and until it is mended nothing is played."
        if now & set(self.changed):
            return "there is a mistake in it, and no other scenario hangs on that; none is played again."
        less = self.were - len(self.scripts)
        if less > 0:
            return f"{count(less, 'scenario')} less, none is played again."
        if self.broken - now:
            return "the mistake is mended, and all is as it was before it; none is played again."
        return "no scenario hangs on that, none is played again."

    def _which(self) -> str:
        names = sorted(self.change.journeys.keys() | self.change.emails)
        if not names:
            return f"that {'was' if len(self.missing) == 1 else 'were'} written anew"
        if not self.change.emails and None not in self.change.journeys.values():
            return f"that came to what is different in {_listed(names)}"
        return f"with {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    shown = [f"“{name}”" for name in names[:_NAMED]]
    more = len(names) - _NAMED
    return f"{', '.join(shown)} and {more} more" if more > 0 else " or ".join(shown)
