"""The development server: Temporal with its web UI on this machine, on a SQLite file that outlives it."""

from __future__ import annotations

import asyncio
import fcntl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client
from temporalio.service import RPCError

from runtime import tethered
from runtime.embedded import server_path
from runtime.sockets import bound

HOST = "127.0.0.1"

_BEGINS_WITHIN = 60.0
_ENDS_WITHIN = 25.0
_FREE_WITHIN = 10.0
_LOOK = 0.1


class DevelopmentError(Exception):
    """The development server did not start. The message names the place and the remedy."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running development server. `address`: for Temporal clients; `ui`: for a browser."""

    client: Client
    address: str
    ui: str


@asynccontextmanager
async def serving(folder: Path, port: int, ui_port: int) -> AsyncIterator[Server]:
    """Run the server while the block lasts; what it knows stays in `folder`.

    Args:
        port, ui_port: 0 takes a free one.

    Raises:
        ServerMissing: its program is not installed.
        PortTaken: another program listens there.
        DevelopmentError: it did not come up.
    """
    log = folder / "temporal.log"
    with (folder / "lock").open("ab") as lock, log.open("ab") as said:
        await _only(lock.fileno(), folder)
        port, ui_port = _free(port), _free(ui_port)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(Path(tethered.__file__)), *_command(folder, port, ui_port)),
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(lock.fileno(),),  # held for as long as the server runs, even if we are killed
        )
    try:
        client = await _reached(process, f"{HOST}:{port}", log)
        yield Server(client, f"{HOST}:{port}", f"http://{HOST}:{ui_port}")
    finally:
        await _stop(process)


async def _only(lock: int, folder: Path) -> None:
    """Hold the folder. A server whose parent was killed takes a moment to leave it."""
    end = asyncio.get_running_loop().time() + _FREE_WITHIN
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if asyncio.get_running_loop().time() > end:
                raise DevelopmentError(
                    f"Another `nurture dev` runs on the folder {folder}. Stop it, or name another folder "
                    "with --data."
                ) from None
            await asyncio.sleep(_LOOK)
        else:
            return


def _command(folder: Path, port: int, ui_port: int) -> list[str]:
    place = ("--ip", HOST, "--port", str(port), "--ui-port", str(ui_port), "--ui-disable-news-fetch")
    pragmas = ("--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=1")
    # Without it each timer takes about a second more.
    prompt = ("--dynamic-config-value", 'history.timerProcessorMaxTimeShift="1ms"')
    file = ("--db-filename", str(folder / "temporal.db"), "--log-level", "error")
    return [server_path("temporal"), "server", "start-dev", *place, *file, *pragmas, *prompt]


def _free(port: int) -> int:
    """Return the port if it is free, or a free one for 0. Raises `PortTaken`."""
    with bound(HOST, port) as sock:
        return int(sock.getsockname()[1])


async def _reached(process: asyncio.subprocess.Process, address: str, log: Path) -> Client:
    end = asyncio.get_running_loop().time() + _BEGINS_WITHIN
    while process.returncode is None and asyncio.get_running_loop().time() < end:
        try:
            return await Client.connect(address)
        except (RuntimeError, RPCError):
            await asyncio.sleep(_LOOK)
    raise DevelopmentError(
        f"Temporal's development server did not start. {log} says why; if its file temporal.db beside it is "
        "damaged, move it away and start again."
    )


async def _stop(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(_ENDS_WITHIN):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
