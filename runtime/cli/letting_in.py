"""How everyone in a segment is let in, watched: a bar for each round until all are looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from runtime.cli.output import console, note
from runtime.reporting.words import count
from runtime.store.admissions import Admission

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_EVERY = 1.0


def coming(one: Admission) -> str:
    """Tell how far everyone in a segment has been let in."""
    return (
        f"Letting in    “{one.journey}”: {one.looked:,} of {count(one.looked + one.left, 'contact')} looked "
        f"at, {one.admitted:,} let in, {one.refused:,} refused"
    )


async def watch(look: Callable[[], Awaitable[list[Admission]]]) -> None:
    """Show the rounds until none is under way; a line for each change where nobody can see a bar.

    A round belongs to a worker: this only looks, and may be ended at any time.
    """
    found = await look()
    if not found:
        print("Nobody is being let in.")
        return
    bars = _Bars() if console(error=True).is_terminal else None
    last: list[str] = []
    try:
        while found:
            if bars is not None:
                bars.show(found)
            elif (lines := [coming(one) for one in found]) != last:
                print("\n".join(lines), flush=True)
                last = lines
            await asyncio.sleep(_EVERY)
            found = await look()
    finally:
        if bars is not None:
            bars.end()
    note("Everyone has been looked at.")


class _Bars:
    """A bar for each round, on the terminal."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(30),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        self._progress: Progress = Progress(*columns, console=console(error=True))
        self._tasks: dict[tuple[str, str, int], TaskID] = {}
        self._progress.start()

    def show(self, found: list[Admission]) -> None:
        """Move the bars; one whose round is over is full."""
        seen = set()
        for one in found:
            key = (one.journey, one.way, one.round)
            seen.add(key)
            if key not in self._tasks:
                self._tasks[key] = self._progress.add_task(f"“{one.journey}”", total=None)
            self._progress.update(self._tasks[key], total=one.looked + one.left, completed=one.looked)
        for key in self._tasks.keys() - seen:
            self._fill(self._tasks[key])

    def end(self) -> None:
        """Leave the bars as they stand."""
        self._progress.stop()

    def _fill(self, task: TaskID) -> None:
        total = next(one.total for one in self._progress.tasks if one.id == task)
        self._progress.update(task, completed=total or 0)
