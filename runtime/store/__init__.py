"""The store: everything that must outlive a process, on SQLite or PostgreSQL.

Decisions are pure functions elsewhere (`runtime.intake`, `runtime.turn`); here they are made on a snapshot
inside one transaction and written down in the same one. See `docs/architecture.md`.
"""

from runtime.handoffs import Handoff
from runtime.store.contacts import import_accounts, import_contacts
from runtime.store.doubtful import Doubt, doubts, settle_doubt
from runtime.store.errors import ErasedError, StaleAttempt, StoreError
from runtime.store.events import Arrived, Recorded, Unrecorded, enter_journey, record_event, record_events
from runtime.store.handoffs import (
    accept,
    assign,
    get_handoff,
    list_handoffs,
    progress,
)
from runtime.store.identifying import find_contact
from runtime.store.ledger import Claim, offer
from runtime.store.open import Store, open_store
from runtime.store.outbox import Word, delivered, pending
from runtime.store.publishing import load_published, publish
from runtime.store.reports import Counts, counts
from runtime.store.runs import RunRow, get_run, inbox, list_runs, trace
from runtime.store.turns import Taken, settle_turn, take_turn

__all__ = [
    "Arrived",
    "Claim",
    "Counts",
    "Doubt",
    "ErasedError",
    "Handoff",
    "Recorded",
    "RunRow",
    "StaleAttempt",
    "Store",
    "StoreError",
    "Taken",
    "Unrecorded",
    "Word",
    "accept",
    "assign",
    "counts",
    "delivered",
    "doubts",
    "enter_journey",
    "find_contact",
    "get_handoff",
    "get_run",
    "import_accounts",
    "import_contacts",
    "inbox",
    "list_handoffs",
    "list_runs",
    "load_published",
    "offer",
    "open_store",
    "pending",
    "progress",
    "publish",
    "record_event",
    "record_events",
    "settle_doubt",
    "settle_turn",
    "take_turn",
    "trace",
]
