"""What the storm kills: PostgreSQL and Temporal, on files that outlive them and on ports that stay theirs.

Both keep their files on one small disk, so that it can be full (`Disk`).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom

from temporalio.client import Client
from temporalio.service import RPCError

from runtime.embedded import server_path
from tests.postgres import binaries

_BEGINS_WITHIN = 120.0
_MOUNTS_WITHIN = 5.0


class Missing(Exception):
    """Something that the storm needs is not on this machine."""


def free_port() -> int:
    """Return a port that stays free while its server is dead.

    Not one that the system gives to outgoing connections: whoever tries to reach a dead server might be given
    the server's own port, and then the server cannot come back.
    """
    while True:
        port = SystemRandom().randrange(12_000, 32_000)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


@dataclass
class Disk:
    """A file system of its own in memory, of so many megabytes; `own` is false where none may be mounted."""

    folder: Path
    megabytes: int
    own: bool = False

    def __enter__(self) -> Disk:
        self.folder.mkdir(parents=True)
        options = f"size={self.megabytes}m,mode=0777"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "none", str(self.folder)],
            capture_output=True,
            check=False,
        )
        self.own = done.returncode == 0
        return self

    def __exit__(self, *_: object) -> None:
        end = time.monotonic() + _MOUNTS_WITHIN
        while self.own and time.monotonic() < end:
            self.own = (
                subprocess.run(["umount", str(self.folder)], check=False, capture_output=True).returncode != 0
            )
            time.sleep(0.1)

    def fill(self) -> None:
        """Leave not a byte free."""
        ballast = os.open(self.folder / "ballast", os.O_WRONLY | os.O_CREAT)
        with suppress(OSError):
            os.posix_fallocate(ballast, 0, max(1, shutil.disk_usage(self.folder).free))
        with suppress(OSError):
            os.lseek(ballast, 0, os.SEEK_END)
            while True:
                os.write(ballast, bytes(4096))
        os.close(ballast)

    def free(self) -> None:
        """Make room again."""
        (self.folder / "ballast").unlink(missing_ok=True)


@dataclass
class Postgres:
    """The machine's own PostgreSQL, with nothing turned off that makes it safe."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    @property
    def url(self) -> str:
        return f"postgresql://nurture@127.0.0.1:{self.port}/nurture"

    def prepare(self) -> None:
        """Make the cluster, and a database in it."""
        self.folder.mkdir()
        if self._user() is not None:
            shutil.chown(self.folder, self._user())
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "nurture", "--auth=trust", "-E", "UTF8")

    async def start(self) -> None:
        """Start it, and wait until it takes connections: after a kill it waits for its children to go."""
        end = time.monotonic() + _BEGINS_WITHIN
        while not await asyncio.to_thread(self.answers):
            if not self.alive():
                self._begin()
            if time.monotonic() > end:
                raise TimeoutError(f"PostgreSQL does not start; see {self.folder / 'log'}.")
            await asyncio.sleep(0.1)
        if self.starts == 0:
            self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "nurture", "nurture")
        self.starts += 1

    def kill(self) -> None:
        """kill -9 of the postmaster."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def answers(self) -> bool:
        """Whether it takes connections: not while it recovers."""
        ready = [str(_pg() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "nurture"]
        return self.alive() and subprocess.run(ready, check=False).returncode == 0

    def refusals(self) -> int:
        """Return how often it found no room on the disk."""
        return (self.folder / "log").read_text(errors="replace").count("No space left on device")

    def stop(self) -> None:
        if self.process is not None and self.alive():
            self.process.send_signal(signal.SIGQUIT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def _begin(self) -> None:
        # No socket in the file system: the path of one may be too long.
        place = ["-D", str(self.folder / "data"), "-p", str(self.port), "-c", "unix_socket_directories="]
        # Little WAL is kept ahead, so that a full disk is felt soon.
        wal = ["-c", "min_wal_size=32MB", "-c", "max_wal_size=64MB"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(_pg() / "postgres"), *place, "-c", "listen_addresses=127.0.0.1", *wal],
                user=self._user(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(_pg() / program), *arguments],
            user=self._user(),
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.decode(errors='replace')}")

    def _user(self) -> str | None:
        return "postgres" if os.geteuid() == 0 else None  # it refuses to run as root


def _pg() -> Path:
    found = binaries()
    if found is None:
        raise Missing("No PostgreSQL server is installed under /usr/lib/postgresql.")
    return found


@dataclass
class Temporal:
    """The development server on a SQLite file with WAL, as `nurture dev` starts it."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> Client:
        """Start it, and wait until it answers."""
        end = time.monotonic() + _BEGINS_WITHIN
        while True:
            if not self.alive():
                self._begin()
            try:
                return await Client.connect(self.address)
            except (RuntimeError, RPCError):
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(0.1)

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _begin(self) -> None:
        pragmas = ["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=1"]
        prompt = ["--dynamic-config-value", 'history.timerProcessorMaxTimeShift="1ms"']
        place = ["--ip", "127.0.0.1", "--port", str(self.port), "--headless"]
        file = ["--db-filename", str(self.folder / "temporal.db"), "--log-level", "error"]
        with (self.folder / "temporal.log").open("ab") as log:
            self.process = subprocess.Popen(
                [server_path("temporal"), "server", "start-dev", *place, *file, *pragmas, *prompt],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
