"""A mail server in a process of its own, as in life: it counts what it takes, and does little else."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter
from types import TracebackType

from aiosmtpd.smtp import SMTP, Envelope, Session

_SUBJECT = re.compile(rb"^Subject: (.*)$", re.MULTILINE | re.IGNORECASE)


class Mailbox:
    """The server, seen from the measurement. Use it with `async with`."""

    url: str

    async def __aenter__(self) -> Mailbox:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.mailbox", stdin=pipe, stdout=pipe
        )
        self.url = (await self._line()).strip()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def received(self) -> Counter[tuple[str, str]]:
        """Return how many messages each recipient got, by subject."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"received\n")
        rows = json.loads(await self._line())
        return Counter({(recipient, subject): count for recipient, subject, count in rows})

    async def _line(self) -> str:
        assert self._process.stdout is not None
        return (await self._process.stdout.readline()).decode()


class _Counting:
    def __init__(self) -> None:
        self.taken: Counter[tuple[str, str]] = Counter()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        found = _SUBJECT.search(content)
        subject = found[1].decode("latin-1").strip() if found else ""
        self.taken.update((recipient, subject) for recipient in envelope.rcpt_tos)
        return "250 2.0.0 Accepted"


async def serve() -> None:
    """Serve until standard input ends; answer each line of it with what was taken."""
    counting, loop = _Counting(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(counting, hostname="localhost", loop=loop), "127.0.0.1", 0)
    print(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps([[*who, count] for who, count in counting.taken.items()]), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
