"""The schema, the same on SQLite and PostgreSQL. Instants are whole seconds since the Unix epoch.

INVARIANT: personal data lives only in `contacts`, `accounts`, `events`, `ledger.detail`, `runs.trigger`,
`handoffs.rejected_as`, `aliases.email` and `overrides.reason`; all else is ids, names from the
workspace, enumerations, numbers and instants.
Who acts by hand is named in `switches.by`, `interventions.by`, `ledger.answered_by`, `aliases.by` and
`overrides.by`, and nowhere in a history, log or metric.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column that is called INTEGER.
_Serial = BigInteger().with_variant(Integer(), "sqlite")


def _json(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, JSON(none_as_null=True), nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger(), nullable=nullable)


def _text(name: str, *, nullable: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Text(), nullable=nullable, server_default=default)


def _contact(*, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    return Column("contact_id", Text(), ForeignKey("contacts.id"), primary_key=primary_key, nullable=nullable)


def _run(*, primary_key: bool = False) -> Column[str]:
    return Column("run_id", Text(), ForeignKey("runs.id"), primary_key=primary_key, nullable=False)


def _serial() -> Column[int]:
    return Column("id", _Serial, primary_key=True, autoincrement=True)


def _key(name: str, *, integer: bool = False) -> Column[object]:
    return Column(name, Integer() if integer else Text(), primary_key=True)


# ------------------------------------------------------------------------------------- what is deployed

plans = Table("plans", metadata, _key("hash"), _text("journey"), _text("plan"), _instant("at"))

# The row with the highest id is in force; the others are its history. `follows`: the row that was in force
# before; `how`: publish, deploy, rollback; `restores`: whose contents a rollback has put in force again;
# `words`: of each journey, the plan with the texts of that time; `texts`: the digest of each email, and the
# letterhead, or null from before they were deployed.
published = Table(
    "published",
    metadata,
    _serial(),
    _text("definitions"),
    _json("active"),
    _instant("at"),
    _text("digest"),
    _instant("follows", nullable=True),
    _text("how", default="publish"),
    _instant("restores", nullable=True),
    _json("words", nullable=True),
    _json("texts", nullable=True),
)
# INVARIANT: of two who deploy at once, one follows the row that both have seen.
Index("uq_published_follows", published.c.follows, unique=True)

# A plan's hash leaves its texts out, so that people inside are not touched by them: here it is with them.
plan_words = Table("plan_words", metadata, _key("words"), _text("plan"))

# The emails that were ever deployed, with all their versions, by the digest that names them.
email_texts = Table("email_texts", metadata, _key("digest"), _text("email"))

# ------------------------------------------------------------------------------------- people and companies

accounts = Table("accounts", metadata, _key("id"), _json("fields"), _instant("known_since"))

contacts = Table(
    "contacts",
    metadata,
    _key("id"),
    Column("account_id", Text(), ForeignKey("accounts.id"), index=True),
    Column("email", Text(), index=True),
    _json("fields"),
    _text("time_zone", nullable=True),
    _instant("known_since"),
    # The points that last; those that fade are in `score_changes`, those of fit follow from facts.
    Column("score", Float(), nullable=False, server_default="0"),
    # The whole score as it was when it last changed.
    Column("score_seen", Float()),
    _text("stage", nullable=True),
    # Nothing is left of an erased contact but its id, its runs and what the ledger knows.
    _instant("erased_at", nullable=True),
)

tags = Table("tags", metadata, _contact(primary_key=True), _key("tag"), _instant("at"))

consents = Table(
    "consents",
    metadata,
    _contact(primary_key=True),
    _key("consent"),
    Column("granted", Boolean(), nullable=False),
    _instant("at"),
)

list_members = Table("list_members", metadata, _contact(primary_key=True), _key("list"), _instant("at"))

suppressions = Table("suppressions", metadata, _contact(primary_key=True), _key("reason"), _instant("at"))

# An id is that of its account, or of a contact that has none: two CRMs may give one twice.
opportunities = Table(
    "opportunities",
    metadata,
    Column("number", _Serial, primary_key=True, autoincrement=True),
    _text("id"),
    Column("account_id", Text(), ForeignKey("accounts.id"), index=True),
    Column("contact_id", Text(), ForeignKey("contacts.id"), index=True),
    Column("open", Boolean(), nullable=False),
    _instant("at"),
)
for _owner, _where in (
    ("account", opportunities.c.account_id.is_not(None)),
    ("contact", opportunities.c.account_id.is_(None)),
):
    Index(
        f"uq_opportunities_of_{_owner}",
        *(opportunities.c[f"{_owner}_id"], opportunities.c.id),
        unique=True,
        sqlite_where=_where,
        postgresql_where=_where,
    )

# Who was erased. `digest`: of an address, with the workspace's key; it stops another import, and tells
# nothing.
tombstones = Table("tombstones", metadata, _key("digest"), _contact(), _instant("at"))

# What the workspace's secret is known by, since its first use; nothing of it follows from that.
secrets = Table("secrets", metadata, _key("use"), _text("digest"), _instant("at"))

# What came for an erased contact and was not taken in. `what`: import or event.
turned_away = Table(
    "turned_away", metadata, _serial(), _contact(), _text("what"), _instant("at"), Index(None, "contact_id")
)

# The ids of contacts that were merged into another one, and the addresses by which they were known.
aliases = Table(
    "aliases",
    metadata,
    _key("alias"),
    Column("contact_id", Text(), ForeignKey("contacts.id"), nullable=False, index=True),
    Column("email", Text(), index=True),
    _instant("at"),
    _text("by"),
)

# What a person has decided about one contact. `what`: suppressed, or let through.
overrides = Table(
    "overrides",
    metadata,
    _contact(primary_key=True),
    _text("what"),
    _instant("until", nullable=True),
    _text("reason"),
    _instant("at"),
    _text("by"),
)

# ------------------------------------------------------------------------------------- what happened

events = Table(
    "events",
    metadata,
    _serial(),
    Column("message_id", Text(), nullable=False, unique=True),
    _text("name"),
    _contact(nullable=True),
    Column("account_id", Text(), ForeignKey("accounts.id")),
    _instant("at"),
    _instant("occurred"),
    _json("properties"),
    Column("machine", Boolean(), nullable=False),
    # Decisions ask for some names, and how far back they look at them.
    Index(None, "contact_id", "name", "at"),
    Index(None, "account_id", "name", "at"),
)

score_changes = Table(
    "score_changes",
    metadata,
    _serial(),
    _contact(),
    Column("points", Float(), nullable=False),
    Column("total", Float(), nullable=False),
    _text("source"),
    _instant("at"),
    _text("kind", default="lasting"),
    _instant("occurred", nullable=True),
    Index(None, "contact_id", "at"),
)

stage_changes = Table(
    "stage_changes",
    metadata,
    _serial(),
    _contact(),
    _text("stage"),
    _instant("at"),
    Index(None, "contact_id", "at"),
)

# ------------------------------------------------------------------------------------- runs

runs = Table(
    "runs",
    metadata,
    _key("id"),
    _text("journey"),
    _text("subject_kind"),
    _text("subject"),
    _text("entry_key"),
    Column("ordinal", Integer(), nullable=False),
    _contact(),
    Column("plan", Text(), ForeignKey("plans.hash"), nullable=False),
    _instant("entered"),
    _json("trigger"),
    _text("status", default="open"),
    _instant("ended", nullable=True),
    _text("end_kind", nullable=True),
    _text("end_reason", nullable=True),
    # How far the run is: turns done, what the last one answered, and the one that an effect interrupts.
    _json("state"),
    Column("turn_no", Integer(), nullable=False, server_default="0"),
    _json("transcript", nullable=True),
    _json("partial", nullable=True),
    _json("in_flight", nullable=True),
    _json("position", nullable=True),
    _instant("due", nullable=True),
    Column("inbox_next", Integer(), nullable=False, server_default="1"),
    # What a person has told it: "paused" or "stopped".
    _text("by_hand", nullable=True),
    UniqueConstraint("journey", "subject_kind", "subject", "entry_key", "ordinal"),
    Index(None, "contact_id", "status"),
    Index(None, "status", "plan"),
    Index(None, "subject_kind", "subject"),
)

# Runs moved to another version together. `targets`: where those go whose step is gone.
moves = Table(
    "moves",
    metadata,
    _serial(),
    _text("journey"),
    _text("plan"),
    _json("targets"),
    _instant("at"),
    _instant("undone", nullable=True),
)

# `plan` and `state`: what the run had before. `n`: the journal's row that tells of the move.
moved_runs = Table(
    "moved_runs",
    metadata,
    Column("move_id", BigInteger(), ForeignKey("moves.id"), primary_key=True),
    _run(primary_key=True),
    _text("plan"),
    _json("state"),
    Column("n", Integer(), nullable=False),
    _instant("at"),
    _instant("undone", nullable=True),
    Index(None, "run_id"),
)

run_inbox = Table(
    "run_inbox",
    metadata,
    _run(primary_key=True),
    _key("n", integer=True),
    Column("event_id", BigInteger(), ForeignKey("events.id")),
    _instant("at"),
    _json("interests"),
)

journal = Table(
    "journal",
    metadata,
    _run(primary_key=True),
    _key("n", integer=True),
    _instant("at"),
    _text("step"),
    Column("visit", Integer(), nullable=False),
    _text("kind"),
    _text("reason"),
    _instant("due", nullable=True),
)

goals = Table(
    "goals", metadata, _serial(), _run(), _contact(), _text("journey"), _text("goal"), _instant("at")
)

entries_refused = Table(
    "entries_refused",
    metadata,
    _serial(),
    _contact(),
    _text("journey"),
    _text("entry_key"),
    _text("reason"),
    _instant("at"),
    # In how many rounds of `start with everyone` it was so, the last one at `at`; else it was one trigger.
    Column("rounds", Integer()),
    Index(None, "contact_id"),
)

# ------------------------------------------------------------------------------------- the outside world

ledger = Table(
    "ledger",
    metadata,
    _run(primary_key=True),
    _key("step"),
    _key("visit", integer=True),
    _contact(),
    _text("journey"),
    _text("kind"),
    _text("name"),
    Column("service", Boolean(), nullable=False),
    _text("status"),
    Column("attempt", Integer(), nullable=False),
    _instant("lease_until", nullable=True),
    _text("outcome", nullable=True),
    _text("reason", default=""),
    _text("detail", nullable=True),
    _text("message_id", nullable=True),
    _instant("at"),
    _instant("until", nullable=True),
    _instant("offered_at", nullable=True),
    _instant("settled_at", nullable=True),
    # What a person said of an effect in doubt.
    _text("answer", nullable=True),
    _text("answered_by", nullable=True),
    _instant("answered_at", nullable=True),
    Index(None, "contact_id", "kind", "at"),
    # All that is counted for the metrics.
    Index(None, "status", "kind", "outcome"),
)
IN_DOUBT = ledger.c.outcome == literal_column("'in doubt'")
"""Written out, not a parameter: else neither database knows that the index below has the rows."""
Index(
    "ix_ledger_doubts",
    *(ledger.c.outcome, ledger.c.at, ledger.c.run_id),
    sqlite_where=IN_DOUBT,
    postgresql_where=IN_DOUBT,
)

outbox = Table(
    "outbox",
    metadata,
    _serial(),
    _text("kind"),
    _text("target"),
    Column("n", Integer(), nullable=False),
    _json("payload"),
    _instant("created_at"),
    _instant("delivered_at", nullable=True),
)
_waiting = outbox.c.delivered_at.is_(None)
# Nearly all rows are delivered; only the others are ever looked for.
Index("ix_outbox_waiting", outbox.c.id, sqlite_where=_waiting, postgresql_where=_waiting)

handoffs = Table(
    "handoffs",
    metadata,
    _key("id"),
    _run(),
    _contact(),
    _text("handoff"),
    _text("priority"),
    _text("status"),
    _text("owner", nullable=True),
    _instant("opened_at"),
    _instant("due_at"),
    _instant("assigned_at", nullable=True),
    _instant("accepted_at", nullable=True),
    _instant("overdue_at", nullable=True),
    _instant("half_at", nullable=True),
    _instant("reminded_at", nullable=True),
    _instant("rejected_at", nullable=True),
    _text("rejected_as", nullable=True),
    Index(None, "contact_id"),
    Index(None, "status", "due_at"),
)

# ------------------------------------------------------------------------------------- what people do by hand

# What is set now. `what`: "pause" or "sends"; `scope`: all, journey, contact, run; `name`: whose, "" for all.
switches = Table(
    "switches", metadata, _key("what"), _key("scope"), _key("name"), _instant("since"), _text("by")
)

interventions = Table(
    "interventions",
    metadata,
    _serial(),
    _instant("at"),
    _text("by"),
    _text("what"),
    _text("scope"),
    _text("name"),
)

# Whose turn it is when a team's contacts go round.
rotations = Table("rotations", metadata, _key("team"), Column("taken", Integer(), nullable=False))

# -------------------------------------------------------------------------------- who is let in, being there

# One row for each round of each `start with everyone`: `way` names the start, `round` is 0 for its first
# publication (once: the admission itself), else the instant at which it was due. `cursor`: the last contact
# that was looked at.
admissions = Table(
    "admissions",
    metadata,
    _key("journey"),
    _key("way"),
    Column("round", BigInteger(), primary_key=True, autoincrement=False),
    _instant("at"),
    _text("cursor"),
    Column("looked", Integer(), nullable=False),
    Column("admitted", Integer(), nullable=False),
    Column("refused", Integer(), nullable=False),
    _instant("done_at", nullable=True),
)

# Past events brought on record from a file. `digest`: of its bytes and how it is read; `line`: the last one
# that is done; `known`: events that were on record already.
backfills = Table(
    "backfills",
    metadata,
    _key("digest"),
    _text("file"),
    _instant("line"),
    *(Column(name, Integer(), nullable=False) for name in ("recorded", "known", "refused", "started")),
    _instant("at"),
    _instant("done_at", nullable=True),
)
