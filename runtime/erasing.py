"""Erasing: what is left of a contact that asked to be forgotten (semantics row 38). Pure.

Its id, its runs and what it was sent stay, for the ledger must know what has happened; nothing else does.
"""

from __future__ import annotations

from runtime.facts import Facts
from runtime.suppression import ERASED


def blank(facts: Facts) -> None:
    """Forget everything about the contact of these facts but its id, its runs and what it was sent."""
    facts.account_id, facts.time_zone, facts.stage, facts.seen = None, None, None, None
    facts.contact, facts.account, facts.events = {}, {}, {}
    facts.known_since, facts.score, facts.latest = 0, 0.0, 0
    facts.tags, facts.consents, facts.lists, facts.open_opportunities = set(), set(), set(), set()
    facts.awards, facts.peers = [], []
    facts.suppressed, facts.override = ERASED, None
    for run in facts.runs:
        run.trigger = {}
