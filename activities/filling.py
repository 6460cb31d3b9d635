"""Filling: what the templates of emails and messages may refer to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activities.message import Sender
from runtime.evaluate import score
from runtime.facts import Facts


def context(facts: Facts, trigger: Mapping[str, Any], at: int) -> dict[str, Any]:
    """Return what a template may refer to. `at`: when it is asked; the score has a value at an instant."""
    standing = {"id": facts.contact_id, "score": score(facts, at), "stage": facts.stage}
    return {
        "contact": {**standing, **facts.contact},
        "account": dict(facts.account),
        "trigger": dict(trigger),
    }


def sender_context(sender: Sender) -> dict[str, str]:
    """Return what a template may refer to as `sender`."""
    shown = {"name": sender.name, "email": sender.address, "postal_address": sender.postal_address}
    return {**shown, "reply_to": sender.reply_to or sender.address}
