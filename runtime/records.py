"""Inner effects: those that change our own records only, in the transaction that follows the run."""

from __future__ import annotations

from typing import Literal

from dsl.plan import (
    AddScore,
    AddTag,
    AddToList,
    Effect,
    GrantConsent,
    LiftSuppression,
    RemoveFromList,
    RemoveTag,
    SetField,
    SetStage,
    Suppress,
    WithdrawConsent,
)
from runtime import scoring
from runtime.evaluate import RunView, value_of
from runtime.facts import Facts
from runtime.suppression import PERMANENT, strongest
from runtime.writes import (
    ConsentChanged,
    ContactSuppressed,
    FieldChanged,
    ListChanged,
    StageChanged,
    SuppressionLifted,
    TagChanged,
    Write,
)


def change(
    effect: Effect, facts: Facts, source: str, at: int, run: RunView | None = None
) -> tuple[Write, str]:
    """Change the snapshot by an inner effect; return the write and the key of what changed."""
    if isinstance(effect, AddScore):
        return scoring.add(effect.points, source, at, facts), "score"
    if isinstance(effect, AddTag):
        facts.tags.add(effect.tag)
        return TagChanged(effect.tag, True, at), "tag"
    if isinstance(effect, RemoveTag):
        facts.tags.discard(effect.tag)
        return TagChanged(effect.tag, False, at), "tag"
    if isinstance(effect, SetStage):
        facts.stage = effect.stage
        return StageChanged(effect.stage, at), "stage"
    if isinstance(effect, AddToList | RemoveFromList):
        present = isinstance(effect, AddToList)
        (facts.lists.add if present else facts.lists.discard)(effect.list)
        return ListChanged(effect.list, present, at), "list"
    if isinstance(effect, GrantConsent | WithdrawConsent):
        granted = isinstance(effect, GrantConsent)
        (facts.consents.add if granted else facts.consents.discard)(effect.consent)
        return ConsentChanged(effect.consent, granted, at), "consent"
    if isinstance(effect, Suppress):
        before = {facts.suppressed} if facts.suppressed is not None else set()
        facts.suppressed = strongest({effect.reason} | before)
        return ContactSuppressed(effect.reason, at), "suppression"
    if isinstance(effect, LiftSuppression):
        facts.suppressed = facts.suppressed if facts.suppressed in PERMANENT else None
        return SuppressionLifted(at), "suppression"
    assert isinstance(effect, SetField)
    of: Literal["contact", "account"] = "account" if effect.ref.of == "account" else "contact"
    fields, name = facts.account if of == "account" else facts.contact, effect.ref.field
    value = effect.value if effect.source is None else value_of(effect.source, facts, run)
    was = fields.get(name)
    if of == "account" and facts.account_id is None:
        value = None  # who has no account has nowhere to keep it
    else:
        fields[name] = value
    return FieldChanged(of, name, value, at, was), f"field:{of}.{name}"
