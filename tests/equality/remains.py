"""What a driver leaves behind, as lines of text: two drivers are equal if theirs are.

Besides the traces, to the second: handoffs, what was turned away, who was not let in and why, the ledger,
goals, and what is true of each contact at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import or_, select

from runtime.evaluate import score
from runtime.facts import Facts
from runtime.handoffs import Handoff
from runtime.simulator import World
from runtime.store import Store, list_handoffs, list_runs, schema, trace
from runtime.store.snapshot import of_contact
from runtime.trace import TraceRow
from tests.equality.case import Case

_OF_ACCOUNT = schema.contacts.c.account_id == schema.events.c.account_id
_LEDGER = ("run_id", "step", "visit", "contact_id", "kind", "outcome", "reason", "at")


def of_world(world: World, case: Case) -> list[str]:
    """Tell what the simulator leaves behind."""
    found = traces({id_: record.rows for id_, record in world.runs.items()})
    found += handoffs(world.sales.handoffs.values())
    found += [f"turned away {event}: {why}" for event, why in world.turned_away]
    found += _sorted(f"refused {contact} {w.journey} {w.reason} {w.at}" for contact, w in world.refused)
    found += _sorted(f"goal {write.run} {write.goal} {write.at}" for write in world.goals)
    for id_, record in sorted(world.runs.items()):
        ended = record.state.at if record.state.ended is not None else None
        found.append(f"run {id_} {record.contact} {record.view.entered} {ended} {_set(record.view.trigger)}")
    entries = world.ledger.values()
    found += _sorted(
        _effect((e.run, e.step, e.visit, e.contact, e.kind, e.outcome, e.reason, e.at)) for e in entries
    )
    for contact in case.contacts:
        if contact.id not in world.aliases:
            found += facts(world.facts[contact.id], case.until)
    happened = ((e.at, e.occurred, n) for f in world.facts.values() for n, es in f.events.items() for e in es)
    return [*found, *_sorted(map(str, happened))]


async def of_store(store: Store, case: Case, turned_away: Iterable[tuple[str, str]]) -> list[str]:
    """Tell what real Temporal has left in the database."""
    found = traces({run.id: await trace(store, run.id) for run in await list_runs(store)})
    found += handoffs(await list_handoffs(store))
    found += [f"turned away {event}: {why}" for event, why in turned_away]
    async with store.reading() as connection:
        refused, goals, ledger = schema.entries_refused, schema.goals, schema.ledger
        rows = await connection.execute(
            select(refused.c.contact_id, refused.c.journey, refused.c.reason, refused.c.at)
        )
        found += _sorted(f"refused {contact} {journey} {why} {at}" for contact, journey, why, at in rows)
        rows = await connection.execute(select(goals.c.run_id, goals.c.goal, goals.c.at))
        found += _sorted(f"goal {run} {goal} {at}" for run, goal, at in rows)
        runs = (schema.runs.c[name] for name in ("id", "contact_id", "entered", "ended", "trigger"))
        for id_, contact, entered, ended, trigger in await connection.execute(select(*runs).order_by("id")):
            found.append(f"run {id_} {contact} {entered} {ended} {_set(trigger)}")
        columns = [ledger.c[name] for name in _LEDGER if name != "outcome"]
        # A notice is several messages, each with a row of its own: `notify:sdr#mail-1`, `handoff:…/half#…`.
        effects = select(*columns, ledger.c.outcome, ledger.c.status).where(~ledger.c.step.contains("#"))
        rows = await connection.execute(effects)
        found += _sorted(_effect(_row(row._mapping)) for row in rows)
        merged = set(await connection.scalars(select(schema.aliases.c.alias)))
        for contact in case.contacts:
            if contact.id not in merged:
                found += facts((await of_contact(store, connection, contact.id)).facts, case.until)
        events = schema.events
        of_either = or_(schema.contacts.c.id == events.c.contact_id, _OF_ACCOUNT)
        rows = await connection.execute(
            select(events.c.at, events.c.occurred, events.c.name).join(schema.contacts, of_either)
        )
        found += _sorted(str(tuple(row)) for row in rows)
    return found


def _row(row: Mapping[str, Any]) -> tuple[Any, ...]:
    outcome = row["outcome"] or row["status"]
    return tuple(outcome if name == "outcome" else row[name] for name in _LEDGER)


def _effect(row: tuple[Any, ...]) -> str:
    return " ".join(["effect", *map(str, row)])


def _sorted(lines: Iterable[str]) -> list[str]:
    return sorted(lines)


def traces(found: Mapping[str, Iterable[TraceRow]]) -> list[str]:
    """Tell traces, row by row in their order."""
    return [
        f"{run} {row.n} {row.at} {row.step} {row.visit} {row.kind} {row.reason!r} {row.due}"
        for run, rows in sorted(found.items())
        for row in rows
    ]


def handoffs(found: Iterable[Handoff]) -> list[str]:
    """Tell what became of handoffs."""
    return [repr(handoff) for handoff in sorted(found, key=lambda handoff: handoff.id)]


def facts(found: Facts, at: int) -> list[str]:
    """Tell what is true of a contact at the end."""
    who = found.contact_id
    said = {
        "score": score(found, at),
        "stage": found.stage,
        "tags": sorted(found.tags),
        "lists": sorted(found.lists),
        "consents": sorted(found.consents),
        "suppressed": found.suppressed,
        "opportunities": sorted(found.open_opportunities),
        "time zone": found.time_zone,
        "fields": [pair for pair in _set(found.contact) if pair[0] != "time_zone"],
        "account": _set(found.account),
        "waiting": sorted((w.until, w.run, w.step, w.visit) for w in found.waiting),
    }
    return [f"{who} {about}: {what}" for about, what in said.items()]


def _set(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted((name, value) for name, value in values.items() if value is not None)
