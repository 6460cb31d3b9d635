"""The machine's own PostgreSQL, started for the tests in a folder that goes with them."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

PLACES = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt/postgresql")

_BEGINS_WITHIN = 30.0
_SAID = "said"
# Many stores side by side, and no care for what a power cut would lose.
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}
# The server ends with whoever started it, even if that was killed: its end of the pipe is closed then.
# What it has served from goes with it.
_TETHERED = (
    '"$0" "$@" & server=$!; cat > /dev/null; kill -QUIT $server; wait $server; '
    'if [ -e served ]; then rm -rf "$PWD"; fi'
)


def let_in(folder: Path) -> None:
    """Let the server reach a folder of a test: it runs as somebody else where we are root.

    Nothing is done above what is the tests' own.
    """
    everybodys = Path(tempfile.gettempdir())
    for one in (folder, *folder.parents):
        if one == everybodys or not one.is_relative_to(everybodys):
            return
        one.chmod(0o755)


def binaries() -> Path | None:
    """Find the newest installed server's programs."""
    found = [folder for place in PLACES for folder in (*Path(place).glob("*/bin"), Path(place) / "bin")]
    found = [folder for folder in found if (folder / "initdb").exists()]
    return max(found, key=_version, default=None)


def _version(folder: Path) -> tuple[int, ...]:
    name = folder.parent.name
    return tuple(int(part) for part in name.split(".")) if name.replace(".", "").isdecimal() else (0,)


def _somebody() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A running server. `template`: a database that new ones are copied from. Use `start` and `stop`.

    `options`: settings that differ from those of tests, which forgo all safety.
    """

    def __init__(self, programs: Path, options: Mapping[str, str] | None = None) -> None:
        self.programs, self.user = programs, _somebody()
        self._options = {**_OPTIONS, **(options or {})}
        self.folder = Path(tempfile.mkdtemp(prefix="nurture-pg-"))
        self.port, self.template, self._made, self._asked = 0, "template1", 0, 0

    def start(self) -> Server:
        """Begin a cluster and serve it on a free port."""
        if self.user is not None:
            shutil.chown(self.folder, self.user)
        done = self._run("initdb", "-D", "data", "-U", "nurture", "--auth=trust", "-E", "UTF8", "--no-sync")
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stdout}")
        for _ in range(3):  # another program may take the port in between
            self.port = _free_port()
            self._server = self._serve()
            if self._answers():
                (self.folder / "served").touch()
                self._shell = self._talk()
                return self
            self._end(self._server)
        raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text('utf-8')}")

    def _serve(self) -> subprocess.Popen[bytes]:
        options = [f"--{name}={value}" for name, value in self._options.items()]
        place = ("-D", str(self.folder / "data"), "-p", str(self.port), "-k", str(self.folder))
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                ["/bin/sh", "-c", _TETHERED, str(self.programs / "postgres"), *place, *options],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user,
                cwd=self.folder,
                env=_environ(),
            )

    def _answers(self) -> bool:
        end = time.monotonic() + _BEGINS_WITHIN
        while time.monotonic() < end:
            if self._run("pg_isready", "-q", *self._address()).returncode == 0:
                return True
            if b"could not create any TCP/IP sockets" in (self.folder / "log").read_bytes():
                return False
            time.sleep(0.05)
        return False

    def _address(self) -> tuple[str, ...]:
        return ("-h", "127.0.0.1", "-p", str(self.port), "-U", "nurture")

    def _talk(self) -> subprocess.Popen[str]:
        """Keep one shell for all databases: it answers sooner than a program that is started each time."""
        return subprocess.Popen(
            [
                str(self.programs / "psql"),
                *self._address(),
                "-d",
                "postgres",
                "-qAtX",
                "-v",
                "ON_ERROR_STOP=1",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            user=self.user,
            cwd=self.folder,
            env=_environ(),
        )

    def say(self, statement: str) -> list[str]:
        """Execute a statement as the owner of all databases, and return the lines of its answer."""
        self._asked += 1
        said = f"{_SAID} {self._asked}"
        _in(self._shell).write(f"{statement};\n\\echo {said}\n")
        _in(self._shell).flush()
        lines: list[str] = []
        assert self._shell.stdout is not None
        while (line := self._shell.stdout.readline().rstrip("\n")) != said:
            if self._shell.poll() is not None:
                raise RuntimeError(f"{statement} failed: {' '.join([*lines, line])}")
            if line.startswith(f"{_SAID} "):
                lines.clear()  # the answer to a statement whose test ran out of time
            else:
                lines.append(line)
        return lines

    def database(self, template: str = "") -> str:
        """Make a copy of the template, or of another database, and return its URL."""
        self._made += 1
        return self.create(f"test_{self._made}", template or self.template)

    def create(self, name: str, template: str = "template1") -> str:
        """Copy a database under a name and return its URL."""
        self.say(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return f"postgresql://nurture@127.0.0.1:{self.port}/{name}"

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        self.say(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def stop(self) -> None:
        """End the server and forget all of it."""
        self._end(self._shell)
        self._end(self._server)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
        _in(process).close()
        process.wait(_BEGINS_WITHIN)
        if process.stdout is not None:
            process.stdout.close()

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.programs / program), *arguments],
            user=self.user,
            cwd=self.folder,
            env=_environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


def _in(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> IO[str]:
    assert process.stdin is not None
    return process.stdin  # type: ignore[return-value]


def _environ() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C"}
