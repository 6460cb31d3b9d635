"""Previewing: whether what is to be sent can be written for a contact at all, asked without sending it.

A simulation asks, so that it tells of the contact for whom a template fails as a worker would (semantics
row 36). Only the templates are filled; what Markdown makes of them cannot fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from activities.host import EmailFile
from activities.message import Sender, deliverable
from activities.outcomes import PermanentFailure
from activities.rendering import choose, fill
from activities.sending import context, sender_context
from activities.templates import TemplateFailure, render_plain
from activities.writer import writer
from dsl.plan import Effect, MessageDefinition, SendEmail, SendMessage
from runtime.evaluate import RunView, value_of
from runtime.facts import Facts


@dataclass(frozen=True, slots=True)
class Preview:
    """The emails and messages of a workspace. `messages`: by channel and name."""

    emails: Mapping[str, EmailFile]
    messages: Mapping[tuple[str, str], MessageDefinition]
    sender: Sender

    def __call__(self, effect: Effect, facts: Facts, run: RunView, at: int) -> str | None:
        """Return the reason for which a worker would fail to write it for this contact, or None."""
        try:
            if isinstance(effect, SendEmail):
                self._email(effect, facts, run, at)
            elif isinstance(effect, SendMessage):
                found = self.messages[effect.channel, effect.message]
                if not render_plain(found.text, context(facts, run.trigger, at), at):
                    return "template: empty text"
        except TemplateFailure as failure:
            return f"template: {failure.reason}"
        except PermanentFailure as failure:
            return failure.reason
        return None

    def _email(self, effect: SendEmail, facts: Facts, run: RunView, at: int) -> None:
        email = self.emails[effect.email]
        by = effect.sender
        who = writer(self.sender, value_of(by, facts, run) if by is not None else None)
        wanted = value_of(effect.version_by, facts, run) if effect.version_by is not None else None
        known = context(facts, run.trigger, at) | {"sender": sender_context(who.sender)}
        fill(choose(email.default, email.versions, wanted), known, now=at, subject=effect.subject)
        deliverable(str(facts.contact.get("email") or ""))
