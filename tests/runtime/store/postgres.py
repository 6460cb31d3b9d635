"""The machine's own PostgreSQL, started for the tests in a folder that goes with them."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


def binaries() -> Path | None:
    """Find the newest installed server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name.split(".")[0]))
    return next((folder for folder in reversed(found) if (folder / "initdb").exists()), None)


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


@dataclass
class Server:
    """A running server. `template`: a database that new ones are copied from."""

    bin: Path
    folder: Path
    user: str | None
    port: int = 0
    template: str = "template1"
    made: int = 0

    def run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.bin / program), *arguments],
            user=self.user,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            stdout=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {(done.stdout or b'').decode(errors='replace')}")

    @classmethod
    def start(cls, bin_: Path) -> Server:
        folder = Path(tempfile.mkdtemp(prefix="nurture-pg-"))
        server = cls(bin_, folder, _somebody())
        if server.user is not None:
            shutil.chown(folder, server.user)
        data = str(folder / "data")
        server.run("initdb", "-D", data, "-U", "nurture", "--auth=trust", "-E", "UTF8", "--no-sync")
        for attempt in range(3):  # another program may take the port in between
            server.port = _free_port()
            options = f"-p {server.port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
            try:
                server.run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
                return server
            except RuntimeError:
                if attempt == 2:
                    raise
        raise AssertionError

    def database(self) -> str:
        """Make a database of its own and return its URL."""
        self.made += 1
        return self.create(f"test_{self.made}")

    def create(self, name: str) -> str:
        self.run(
            "createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "nurture", "-T", self.template, name
        )
        return f"postgresql://nurture@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)
