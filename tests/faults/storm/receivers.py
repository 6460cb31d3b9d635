"""Who receives: a mail server and HTTP receivers that behave badly now and then, and remember everything."""

from __future__ import annotations

import asyncio
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path
from typing import Literal

from aiosmtpd.smtp import SMTP, Envelope, Session

from runtime.sink import MailSink
from runtime.sites import Sites

Bad = Literal["cut", "lose", "refuse", "hang"]
"""cut: before anything is taken. lose: after it was. refuse: 503. hang: no answer for a while."""


class StormSink(MailSink):
    """`unanswered`: Message-IDs of which the sender never learnt what became of them, because of a rule."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.unanswered: set[str] = set()
        self.refused: Counter[str] = Counter()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        kind, _, _ = address.partition("-")
        if kind == "nobody":
            self.refused[address] += 1
            return f"550 5.1.1 <{address}>: Recipient address rejected"
        if kind == "busy" and self.refused[address] < 2:
            self.refused[address] += 1
            return "451 4.2.1 Mailbox busy"
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        recipient = str(envelope.rcpt_tos[0])
        if recipient.startswith("unwanted-"):
            self.refused[recipient] += 1
            return "554 5.7.1 Message refused"
        rule = next((rule for rule in self._rules if rule.stage == "DATA" and rule.times != 0), None)
        if rule is not None and rule.act in ("hang", "drop"):
            content = envelope.content or b""
            message = message_from_bytes(
                content if isinstance(content, bytes) else content.encode(), policy=policy.default
            )
            self.unanswered.add(str(message["Message-ID"]))
        return await super().handle_DATA(server, session, envelope)


class StormSites(Sites):
    """`taken` counts what was taken by path and key; `unanswered`: keys whose sender has no answer."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: Counter[tuple[str, str]] = Counter()
        self.unanswered: set[str] = set()
        self._bad: dict[str, list[Bad]] = {}

    def misbehave(self, url: str, how: Bad, times: int) -> None:
        """Treat the next so many calls of this address so."""
        with self._lock:
            self._bad.setdefault("/" + url.split("/", 3)[3], []).extend([how] * times)

    def behave(self) -> None:
        with self._lock:
            self._bad.clear()

    def handle(
        self, path: str, key: str | None, body: bytes, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], str] | None:
        with self._lock:
            left = self._bad.get(path)
            how = left.pop() if left else None
            if how in ("cut", "lose", "hang"):
                self.unanswered.add(key or "")
            if how in (None, "lose"):
                self.taken[path, key or ""] += 1
        if how == "refuse":
            return 503, {}, ""
        if how == "cut":
            return None
        if how == "hang":
            self._closing.wait(25)
            return None
        answer = super().handle(path, key, body, headers)
        return None if how == "lose" else answer


async def settle_down(sink: StormSink, sites: StormSites) -> None:
    """Behave from now on."""
    sink.behave()
    sites.behave()
    await sink.up()
    await asyncio.sleep(0)
