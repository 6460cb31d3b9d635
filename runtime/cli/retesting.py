"""`nurture test --watch`: after each change, those scenarios again that it can alter."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dsl.workspace import Recompiling
from runtime.cli.failures import FILES, Exit, code_of, sentence
from runtime.cli.output import console, note, show
from runtime.cli.testing import Wanted, chosen, load, tell
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
    """What is known between two rounds. `files`: the workspace as it was; None before the first round."""

    wanted: Wanted
    compiler: Recompiling = field(default_factory=Recompiling)
    keeper: Keeper = field(default_factory=Keeper)
    files: dict[str, bytes] | None = None
    failed: frozenset[tuple[str, int]] = frozenset()

    def round(self, root: Path) -> int:
        """Play what has to be played, and tell; return the exit code."""
        began, seen = time.perf_counter(), look(root)
        workspace = read_workspace(self.wanted.path)
        before, self.files = self.files, workspace.files
        scripts, set_ = load(workspace, self.compiler, noted=True)
        scripts = chosen(scripts, self.wanted.choose)
        change = self.keeper.move(set_)
        missing = [script for script in scripts if self.keeper.recall(script) is None]
        changed = _changed(before, workspace.files)
        if before is not None:
            self._say(_line(changed, change, missing, scripts))
            self._remind(scripts)
        missing = in_order(missing, changed, self.failed)
        done = self._play(missing, root, seen)
        if done < len(missing):
            self._say(f"The files have changed again: {done} of these {len(missing)} were played.")
            return FILES
        made = self.keeper.run(scripts)
        self.failed = frozenset((one.file, one.line) for one in made.failed)
        return tell(self.wanted, made, set_, time.perf_counter() - began, failures=False)

    def _play(self, scripts: Sequence[Script], root: Path, seen: object) -> int:
        """Play scripts and tell failures as they come; stop if the files change. Returns how many it were."""
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
            note(sentence)


def _changed(before: dict[str, bytes] | None, now: dict[str, bytes]) -> list[str]:
    was = before or {}
    return sorted(path for path in was.keys() | now.keys() if was.get(path) != now.get(path))


def _line(
    changed: Sequence[str], change: Change, missing: Sequence[Script], scripts: Sequence[Script]
) -> str:
    """Say in one line what has changed, and what is played for it."""
    named, more = ", ".join(changed[:_NAMED]), len(changed) - _NAMED
    head = f"{named}{f' and {more} more' if more > 0 else ''} changed" if changed else "Nothing has changed"
    if not missing:
        return f"{head}: no scenario hangs on that, none is played again."
    if len(missing) == len(scripts):
        return f"{head}: all {len(scripts)} scenarios are played again."
    names = sorted(change.journeys.keys() | change.emails)
    why = f"those with {_listed(names)}" if names else "those that were written anew"
    if names and not change.emails and None not in change.journeys.values():
        why = f"those that came to what is different in {_listed(names)}"
    return f"{head}: {len(missing)} of {len(scripts)} scenarios are played again, {why}."


def _listed(names: Sequence[str]) -> str:
    shown = [f"“{name}”" for name in names[:_NAMED]]
    more = len(names) - _NAMED
    return f"{', '.join(shown)} and {more} more" if more > 0 else " or ".join(shown)
