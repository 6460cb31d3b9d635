"""Previewing: what is to be sent, written for a contact as a worker would, without sending it.

A simulation asks whether it can be written at all, so that it tells of the contact for whom a template fails
(semantics row 36); a scenario also reads what it says. Only the templates are filled; what Markdown makes of
them cannot fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from activities.filling import context, sender_context
from activities.markdown import Body
from activities.message import Sender, deliverable
from activities.outcomes import PermanentFailure
from activities.rendering import Filled, Version, choose, fill, try_out
from activities.templates import TemplateFailure, render_plain
from activities.writer import writer
from dsl.plan import Effect, MessageDefinition, SendEmail, SendMessage
from runtime.evaluate import RunView, value_of
from runtime.facts import Facts

if TYPE_CHECKING:
    from activities.host import EmailFile
    from dsl import Compiled


@lru_cache(maxsize=512)
def _text(marked: str, values: tuple[str, ...]) -> str:
    """Return a body as text. Scenarios read the same one again and again: what they play has few contacts."""
    return Body(marked, values).text()


@dataclass(frozen=True, slots=True)
class Letter:
    """What a contact reads. `subject`: of an email; `body`: the text of a message, or that of an email."""

    subject: str
    body: str | Filled

    @property
    def text(self) -> str:
        """All that can be read, below each other: subject, preheader, text."""
        if isinstance(self.body, str):
            return self.body
        return "\n".join((self.subject, self.body.preheader, _text(*self.body.body.parts)))


@dataclass(frozen=True, slots=True)
class Preview:
    """The emails and messages of a workspace. `messages`: by channel and name."""

    emails: Mapping[str, EmailFile]
    messages: Mapping[tuple[str, str], MessageDefinition]
    sender: Sender

    @classmethod
    def of(cls, compiled: Compiled) -> Preview | None:
        """Take them from a compiled workspace; None if its settings do not say who sends."""
        letterhead = compiled.texts().letterhead if compiled.settings is not None else None
        if letterhead is None:
            return None
        messages: dict[tuple[str, str], MessageDefinition] = {
            (m.channel, m.name): m for m in compiled.definitions.messages
        }
        return cls(compiled.emails, messages, Sender.of(letterhead, compiled.definitions.workspace, None))

    def __call__(self, effect: Effect, facts: Facts, run: RunView, at: int) -> str | None:
        """Return the reason for which a worker would fail to write it for this contact, or None."""
        try:
            if isinstance(effect, SendEmail):
                version, known = self._version(effect, facts, run, at)
                try_out(version, known, now=at, subject=effect.subject)
                deliverable(str(facts.contact.get("email") or ""))
            elif isinstance(effect, SendMessage) and not self._message(effect, facts, run, at):
                return _EMPTY
        except TemplateFailure as failure:
            return f"template: {failure.reason}"
        except PermanentFailure as failure:
            return failure.reason
        return None

    def letter(self, effect: Effect, facts: Facts, run: RunView, at: int) -> Letter | str | None:
        """Write an email or a message, or return why that fails; None for what is neither."""
        try:
            if isinstance(effect, SendEmail):
                return self._email(effect, facts, run, at)
            if isinstance(effect, SendMessage):
                text = self._message(effect, facts, run, at)
                return Letter("", text) if text else _EMPTY
        except TemplateFailure as failure:
            return f"template: {failure.reason}"
        except PermanentFailure as failure:
            return failure.reason
        return None

    def _message(self, effect: SendMessage, facts: Facts, run: RunView, at: int) -> str:
        found = self.messages[effect.channel, effect.message]
        return render_plain(found.text, context(facts, run.trigger, at), at)

    def _email(self, effect: SendEmail, facts: Facts, run: RunView, at: int) -> Letter:
        version, known = self._version(effect, facts, run, at)
        filled = fill(version, known, now=at, subject=effect.subject)
        deliverable(str(facts.contact.get("email") or ""))
        return Letter(filled.subject, filled)

    def _version(
        self, effect: SendEmail, facts: Facts, run: RunView, at: int
    ) -> tuple[Version, dict[str, Any]]:
        email = self.emails[effect.email]
        by = effect.sender
        who = writer(self.sender, value_of(by, facts, run) if by is not None else None)
        wanted = value_of(effect.version_by, facts, run) if effect.version_by is not None else None
        known = context(facts, run.trigger, at) | {"sender": sender_context(who.sender)}
        return choose(email.default, email.versions, wanted), known


_EMPTY = "template: empty text"
