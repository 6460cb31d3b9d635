"""The nest: `python -m tests.faults.storm.nest`, a process that forks workers and intakes as told.

A start takes the fork and no import, so that many can be killed. Each child is the real thing: `nurture
worker` as a person starts it, or the intake's endpoint with its receiver. Two things of its surroundings
differ: what it takes for the time (a file holds by how much it is off), and holds after trouble of a
provider, which last minutes and here seconds. In a small storm there is a third: how long an attempt that has
offered is waited for.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import httpx2
from temporalio.client import Client
from temporalio.worker import Worker

import runtime.cli.worker
from activities import turning
from runtime import dispatch
from runtime.cli.app import run
from runtime.config import load_config
from runtime.endpoint import Endpoint
from runtime.receiving import Receiver
from runtime.store import StoreError, open_store

_FASTER = 300
"""By how much holds after trouble are shorter: 15 minutes are 3 seconds. None is longer than `_LONGEST`."""
_LONGEST = 6

_ANSWERS_WITHIN = 8.0
"""Seconds for which a small storm waits for an attempt that has offered; nothing stands still so long."""

_WARM = (httpx2, Client, Worker, runtime.cli.worker)


def main() -> None:
    """Fork what the lines on standard input ask for, and tell on standard output who began and who ended."""
    unread = b""
    while True:
        if select.select([0], [], [], 0.1)[0]:
            read = os.read(0, 65_536)
            if not read:
                os.killpg(0, signal.SIGKILL)  # a session of its own: it and its children
            *orders, unread = (unread + read).split(b"\n")
            for order in orders:
                _begin(json.loads(order))
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                _say(pid=ended[0], ended=os.waitstatus_to_exitcode(ended[1]))


def _say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def _begin(order: dict[str, Any]) -> None:
    pid = os.fork()  # nothing has started a thread yet
    if pid == 0:
        _be(order)
    _say(pid=pid, name=order["name"])


def _be(order: dict[str, Any]) -> NoReturn:
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    null = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, null), (1, log), (2, log)):
        os.dup2(source, target)
    os.environ.update(order["environment"])
    _tell_time_by(order["clock"])
    _hold_briefly()
    if order["brief"]:
        _wait_briefly()
    code = 1
    try:
        if order["what"] == "worker":
            code = run(["worker", "--workspace", order["workspace"], "--log-format", "json"])
        else:
            code = asyncio.run(_take_events(order["port"]))
    finally:
        os._exit(code)


def _tell_time_by(file: str) -> None:
    """Let the process's clock be off by as many seconds as the file says at the moment."""
    real, opened = time.time, os.open(file, os.O_RDONLY)
    time.time = lambda: real() + float(os.pread(opened, 16, 0))


def _hold_briefly() -> None:
    real = dispatch.after_trouble

    def after_trouble(*args: Any, **kwargs: Any) -> dispatch.Hold | dispatch.Fail:
        verdict, at = real(*args, **kwargs), args[3]
        if isinstance(verdict, dispatch.Hold):
            return dispatch.Hold(verdict.reason, at + min(_LONGEST, max(1, (verdict.until - at) // _FASTER)))
        return verdict

    dispatch.after_trouble = after_trouble


def _wait_briefly() -> None:
    real = turning.answered

    async def answered(look: Any, within: float) -> Any:
        return await real(look, min(within, _ANSWERS_WITHIN))

    turning.answered = answered


async def _take_events(port: int) -> int:
    """Take events as `nurture dev` does; the workers' relays deliver what follows from them."""

    async def nobody() -> None:
        return

    try:
        store = await open_store(load_config().database_url.get_secret_value())
    except StoreError as problem:
        print(problem, file=sys.stderr, flush=True)
        return 2
    with Endpoint({("POST", "/events"): Receiver(store, lambda: int(time.time()), nobody)}, port):
        await asyncio.get_running_loop().create_future()
    return 0


def changed_copy(root: Path, copy: Path) -> Path:
    """Copy the packages, and change what a later or earlier release may have otherwise.

    The beat of activities, how much of a timeline a run keeps, words for people: none of it may matter to
    a run that two such workers carry in turn.
    """
    for package in ("dsl", "runtime", "workflows", "activities", "tests"):
        shutil.copytree(root / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file, old, new in (
        ("activities/turning.py", "_HEARTBEAT = 5.0", "_HEARTBEAT = 4.0"),
        ("workflows/journey.py", "TIMELINE = 200", "TIMELINE = 20"),
        ("workflows/journey.py", 'summary="Bookkeeping"', 'summary="Keeping the books"'),
        ("runtime/relay.py", "_AT_ONCE = 16", "_AT_ONCE = 3"),
    ):
        text = (copy / file).read_text()
        assert old in text, f"{file} has no {old!r} any more: change something else."
        (copy / file).write_text(text.replace(old, new))
    return copy


if __name__ == "__main__":
    main()
