"""Texts: the words of a notice to a team, as mail and as a chat message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from activities.templates import one_line

_CHAT_TEXT_LIMIT = 3_000  # characters of one block


@dataclass(frozen=True, slots=True)
class Notice:
    """What a team is told.

    `message`: the journey's words. `why`: what led to it, in words (`Journey "Whitepaper nurture": contact
    visits page "/pricing"`). `due`: by when, in words, for a handoff. `link`: where to look.
    """

    message: str
    contact: str
    company: str | None = None
    email: str | None = None
    title: str | None = None
    score: float | None = None
    stage: str | None = None
    why: str | None = None
    due: str | None = None
    link: str | None = None
    high: bool = False

    def subject(self) -> str:
        """Return the subject of the mail."""
        whom = f"{self.contact} ({self.company})" if self.company else self.contact
        return one_line(f"{'Urgent: ' if self.high else ''}{self.message}: {whom}")

    def body(self) -> str:
        """Return the mail's text."""
        lines = [f"{label}: {value}" for label, value in self._facts()]
        return "\n".join([f"{one_line(self.message)}.", "", *lines, ""])

    def chat(self) -> dict[str, Any]:
        """Return the payload of a chat incoming webhook. No name in it can address people or make a link."""
        head = f"{'🔴 ' if self.high else ''}{self.subject()}"
        facts = "\n".join(f"{label}: {value}" for label, value in self._facts())
        return {"text": _escape(head), "blocks": [_block(head), _block(facts)]}

    def _facts(self) -> Iterator[tuple[str, str]]:
        score = None if self.score is None else f"{self.score:g}"
        for label, value in (
            ("Contact", self.contact),
            ("Title", self.title),
            ("Company", self.company),
            ("Email", self.email),
            ("Score", score),
            ("Stage", self.stage),
            ("Why", self.why),
            ("Respond by", self.due),
            ("Open", self.link),
        ):
            if value:
                yield label, one_line(value)


def _escape(text: str) -> str:
    # The three characters that begin markup in chat messages; `<!channel>` would call everyone.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _block(text: str) -> dict[str, Any]:
    # plain_text: markup in a contact's name is shown, not obeyed.
    return {"type": "section", "text": {"type": "plain_text", "text": text[:_CHAT_TEXT_LIMIT], "emoji": True}}
