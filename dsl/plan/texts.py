"""Texts: the emails of a workspace and what stands around them, deployed beside plans and definitions.

No plan refers to a text, only to an email's name: a text may change under people inside.
"""

from __future__ import annotations

import hashlib

from pydantic import Field

from dsl.plan.base import PlanModel


class EmailText(PlanModel):
    """One text of an email: Liquid in all parts, Markdown in the body."""

    subject: str
    preheader: str | None = None
    body: str


class EmailDefinition(PlanModel):
    """An email by its name. `versions` are chosen by the value of a field; else `default` goes."""

    name: str
    service: bool
    default: EmailText
    versions: dict[str, EmailText] = Field(default_factory=dict)

    def digest(self) -> str:
        """Return the digest that names it: equal ones are equal in every character."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Letterhead(PlanModel):
    """Who emails come from, and what stands under them: the settings `[email]`."""

    sender: str
    reply_to: str | None = None
    postal_address: str | None = None
    unsubscribe: str | None = None


class Texts(PlanModel):
    """All emails of a workspace by their names, and their letterhead."""

    emails: dict[str, EmailDefinition] = Field(default_factory=dict)
    letterhead: Letterhead | None = None

    def digests(self) -> dict[str, str]:
        """Return the digest of each email."""
        return {name: email.digest() for name, email in sorted(self.emails.items())}
