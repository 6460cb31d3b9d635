"""Workers that die: `python -m tests.faults.doomed SPEC…`, each a JSON object (`Spec`).

Each is a process of its own, a real worker in all but one function, which is patched so that the process
kills itself (SIGKILL) before or after it. A line of JSON tells how each worker ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
from temporalio.client import Client

from activities import calling, sending, turning
from runtime import relay as relays
from runtime.store import open_store, parts
from runtime.store.errors import StaleAttempt
from runtime.store.ledger import Claim
from runtime.worker import working
from tests.faults.workspace import host

STALLED, GO_ON, CONTINUED = "stalled", "go-on", "continued"


@dataclass(frozen=True, slots=True)
class Spec:
    """One worker. `point`: where it dies, a name of `POINTS`. `urls`: of its mail server and webhooks."""

    name: str
    point: str
    journey: str
    target: str
    queue: str
    database: str
    folder: str
    urls: dict[str, str]


def main(specs: list[Spec]) -> None:
    """Start all workers, and tell how each ends. One import for all: it takes a second."""
    names = {}
    for spec in specs:
        pid = os.fork()  # nothing has started a thread yet
        if pid == 0:
            POINTS[spec.point](spec)
            asyncio.run(_work(spec))
            os._exit(0)
        names[pid] = spec.name
    while names:
        pid, status = os.waitpid(-1, 0)
        print(json.dumps({"name": names.pop(pid), "ended": os.waitstatus_to_exitcode(status)}), flush=True)


async def _work(spec: Spec) -> None:
    store = await open_store(spec.database)
    client = await Client.connect(spec.target)
    relay = relays.Relay(store, client, lambda: int(time.time()), spec.queue)
    async with httpx2.AsyncClient(timeout=5) as http:
        worker = host(spec.journey, store, http, spec.urls, relay.nudge)
        async with working(client, worker, relay, spec.queue):
            await asyncio.get_running_loop().create_future()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


Wanted = Callable[..., bool]


def _always(*_seen: Any) -> bool:
    return True


def _before(module: ModuleType, name: str, wanted: Wanted = _always, nth: int = 1) -> Callable[[Spec], None]:
    """Die instead of the nth call whose arguments are wanted."""

    def patch(_spec: Spec) -> None:
        real, left = getattr(module, name), [nth]

        async def patched(*args: Any, **kwargs: Any) -> Any:
            if wanted(*args):
                left[0] -= 1
                if not left[0]:
                    _die()
            return await real(*args, **kwargs)

        setattr(module, name, patched)

    return patch


def _after(module: ModuleType, name: str, wanted: Wanted = _always, nth: int = 1) -> Callable[[Spec], None]:
    """Die as the nth call whose result (and arguments) is wanted returns."""

    def patch(_spec: Spec) -> None:
        real, left = getattr(module, name), [nth]

        async def patched(*args: Any, **kwargs: Any) -> Any:
            result = await real(*args, **kwargs)
            if wanted(result, *args):
                left[0] -= 1
                if not left[0]:
                    _die()
            return result

        setattr(module, name, patched)

    return patch


def _stall_before_offer(spec: Spec) -> None:
    """Let the first attempt stand still before its offer, beating no more, until it is told to go on."""
    real, folder, stalled = sending.offer, Path(spec.folder), []

    async def patched(*args: Any, **kwargs: Any) -> None:
        if stalled:
            return await real(*args, **kwargs)
        stalled.append(True)
        (folder / STALLED).touch()
        while not (folder / GO_ON).exists():  # noqa: ASYNC110  another process makes the file
            await asyncio.sleep(0.05)
        said = "offered"
        try:
            await real(*args, **kwargs)
        except StaleAttempt:
            said = "fenced"
            raise
        finally:
            whole = folder / f"{CONTINUED} whole"  # whoever sees the file reads all of it
            whole.write_text(said)
            whole.rename(folder / CONTINUED)
            _die()

    sending.offer = patched
    turning._HEARTBEAT = 10_000.0


def _deliver_only(spec: Spec) -> None:
    """Die before the first word is crossed off; no turn is taken, so that nothing else is under way."""

    async def never(*_args: Any, **_kwargs: Any) -> None:
        await asyncio.get_running_loop().create_future()

    turning.take_turn = never
    _before(relays, "delivered")(spec)


def _outer(*args: Any) -> bool:
    return len(args) > 4 and bool(args[4])


def _claimed(result: object, *_args: Any) -> bool:
    return isinstance(result, Claim)


def _booked(result: object, *args: Any) -> bool:
    return not isinstance(result, Claim) and not _outer(*args)


def _of(kind: str) -> Wanted:
    return lambda _store, claim, *_rest: claim.effect.kind == kind


def _done_of(kind: str) -> Wanted:
    return lambda _result, _store, claim, *_rest: claim.effect.kind == kind


POINTS: dict[str, Callable[[Spec], None]] = {
    "before the claim": _before(turning, "take_turn", _outer),
    "claimed": _after(turning, "take_turn", _claimed),
    "offered": _after(sending, "offer"),
    "accepted": _before(turning, "settle_turn", _of("send")),
    "settled": _after(turning, "settle_turn", _done_of("send")),
    "first booking committed": _after(turning, "take_turn", _booked),
    "last email settled": _after(turning, "settle_turn", _done_of("send"), nth=2),
    "word delivered": _deliver_only,
    "stalled": _stall_before_offer,
    "mail of the notice claimed": _after(parts, "begin"),
    "mail of the notice offered": _after(parts, "offer"),
    "mail of the notice accepted": _before(parts, "settle"),
    "mail of the notice settled": _after(parts, "settle"),
    "chat claimed": _after(parts, "begin", nth=2),
    "chat offered": _after(parts, "offer", nth=2),
    "chat taken": _before(parts, "settle", nth=2),
    "notice settled": _after(turning, "settle_turn", _done_of("notify")),
    "sync posted": _before(turning, "settle_turn", _of("sync")),
    "sync settled": _after(turning, "settle_turn", _done_of("sync")),
    "message offered": _after(calling, "offer"),
    "message taken": _before(turning, "settle_turn", _of("message")),
    "message settled": _after(turning, "settle_turn", _done_of("message")),
    "webhook called": _before(turning, "settle_turn", _of("webhook")),
    "owner's mail accepted": _before(parts, "settle"),
}


if __name__ == "__main__":
    main([Spec(**json.loads(argument)) for argument in sys.argv[1:]])
