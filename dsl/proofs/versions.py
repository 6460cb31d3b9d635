"""Versions of emails against the choices of the field that chooses them."""

from __future__ import annotations

from collections.abc import Iterator

from dsl.emails import Email
from dsl.plan import Definitions, Ref
from dsl.proofs.subject import Finding, Subject
from dsl.spelling import nearest, one_of


def versions(subject: Subject) -> Iterator[Finding]:
    """Find versions that no choice fits, and a choice that has been forgotten among many versions."""
    told: set[tuple[str, str, str]] = set()
    for journey in subject.journeys.values():
        for number, effect in journey.plan.sends():
            email, by = subject.emails.get(effect.email), effect.version_by
            choices = _choices(subject.definitions, by) if by else ()
            if email is None or by is None or not choices:
                continue
            for code, message, fix in _compare(email, by, choices):
                if (code, email.name, by.field) not in told:
                    told.add((code, email.name, by.field))
                    yield Finding(code, journey.plan.journey, journey.steps[number].line, message, fix)


def _choices(definitions: Definitions, ref: Ref) -> tuple[str, ...]:
    owner = {"contact": definitions.contact_fields, "account": definitions.account_fields}.get(ref.of, {})
    found = owner.get(ref.field)
    return found.choices if found is not None and found.type == "choice" else ()


def _compare(email: Email, by: Ref, choices: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    field = f"{by.of}.{by.field}"
    unknown = sorted(version for version in email.versions if version not in choices)
    if unknown:
        guess = nearest(unknown[0], choices)
        message = f"{field} is never “{unknown[0]}”, so nobody gets that version of “{email.name}”."
        known = one_of(f"“{choice}”" for choice in choices)
        path = email.versions[unknown[0]].path
        yield "N553", message, f"Write version: {guess} in {path}." if guess else f"Name one of {known}."
    missing = [choice for choice in choices if choice not in email.versions]
    # With few versions the default is meant for the rest; with most of them, one was forgotten.
    if missing and not unknown and 2 * len(missing) < len(choices):
        named = one_of((f"“{choice}”" for choice in missing), "and")
        message = f"“{email.name}” has no version for {named}; these contacts get the default."
        yield "N552", message, "Add a file with this version, or leave it if the default is meant for them."
