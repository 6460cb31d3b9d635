"""The cast: workers and intakes as processes, started by nests, killed by the weather, and started again."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

_AGAIN_AFTER = 0.3  # seconds, as a supervisor would


@dataclass
class Part:
    """One place in the cast. `pid` is of the process that fills it at the moment."""

    name: str
    what: Literal["worker", "intake"]
    nest: asyncio.subprocess.Process
    order: dict[str, Any]
    clock: Path
    pid: int | None = None
    frozen: bool = False

    def send(self, number: signal.Signals) -> None:
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def set_clock(self, off: int) -> None:
        """Let its clock be off by so many seconds."""
        self.clock.write_text(f"{off:<15}")


@dataclass
class Cast:
    """All parts. `ended` counts ends that nobody has wished for, by exit code."""

    folder: Path
    parts: dict[str, Part] = field(default_factory=dict)
    ended: Counter[int] = field(default_factory=Counter)
    starts: int = 0
    _stopping: bool = False
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _mine: set[int] = field(default_factory=set)

    @asynccontextmanager
    async def nest(self, root: Path) -> AsyncIterator[asyncio.subprocess.Process]:
        """Start a nest on a tree of the packages, while the block lasts."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.storm.nest"),
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root), "NO_PROXY": "*"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        listening = asyncio.create_task(self._listen(process))
        try:
            yield process
        finally:
            self._stopping = True
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # a session of its own: it and its children
            await process.wait()
            await listening

    def add(
        self, what: Literal["worker", "intake"], name: str, nest: asyncio.subprocess.Process, **order: Any
    ) -> None:
        """Add a part and start it. `order`: what the nest needs to know (`nest.main`)."""
        clock = self.folder / f"{name}.clock"
        common = {"what": what, "name": name, "log": str(self.folder / f"{name}.log"), "clock": str(clock)}
        part = Part(name, what, nest, {**common, **order}, clock)
        part.set_clock(0)
        self.parts[name] = part
        self._start(part)

    def of(self, what: str) -> list[Part]:
        """Return the parts of a kind that run."""
        return [part for part in self.parts.values() if part.what == what and part.pid is not None]

    def kill(self, part: Part) -> None:
        """kill -9; it is started again."""
        if part.pid is not None:
            self._mine.add(part.pid)
            part.send(signal.SIGKILL)

    @asynccontextmanager
    async def frozen(self, parts: list[Part] | None = None) -> AsyncIterator[None]:
        """Let parts stand still; what they have asked the database for is done by the time it begins."""
        chosen = self.of("worker") if parts is None else parts
        for part in chosen:
            part.send(signal.SIGSTOP)
        await asyncio.sleep(0.15)
        try:
            yield
        finally:
            for part in chosen:
                part.send(signal.SIGCONT)

    def _start(self, part: Part) -> None:
        assert part.nest.stdin is not None
        self.starts += 1
        with suppress(BrokenPipeError, ConnectionResetError):
            part.nest.stdin.write(json.dumps(part.order).encode() + b"\n")

    async def _again(self, part: Part) -> None:
        await asyncio.sleep(_AGAIN_AFTER)
        if not self._stopping:
            self._start(part)

    async def _listen(self, nest: asyncio.subprocess.Process) -> None:
        assert nest.stdout is not None
        async for line in nest.stdout:
            said = json.loads(line)
            if "name" in said:
                self.parts[said["name"]].pid = said["pid"]
                continue
            part = next((part for part in self.parts.values() if part.pid == said["pid"]), None)
            if said["pid"] not in self._mine:
                self.ended[said["ended"]] += 1
            if part is not None and not self._stopping:
                part.pid = None
                task = asyncio.create_task(self._again(part))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)


def numbered(names: str, of: int) -> list[str]:
    """Return so many names."""
    return [f"{names}-{n}" for n in itertools.islice(itertools.count(1), of)]
