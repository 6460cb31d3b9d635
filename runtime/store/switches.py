"""Switches: what people stop and let go on by hand, for a run, a contact, a journey or everything.

A pause is a switch, and word to each run that it concerns: an inbox row with a reserved meaning, so that
the machine stands still as it does for a `pause while`. Runs that enter later find the switch in their turn.
That sends are stopped is a switch alone: whoever decides about a send reads it in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, exists, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Effect, SendEmail, SendMessage
from runtime.machine import LOOK, PAUSED, RESUMED, STOPPED
from runtime.store import schema
from runtime.store.applying import put
from runtime.store.collecting import Rows
from runtime.store.errors import StoreError
from runtime.store.holding import hold
from runtime.store.interventions import note
from runtime.store.open import Store
from runtime.store.snapshot import RunSnapshot
from runtime.store.upserts import inserting
from runtime.turn import STOPPED_SENDS
from runtime.writes import InboxPut

_switches, _runs, _ledger = schema.switches, schema.runs, schema.ledger

PAUSE, SENDS = "pause", "sends"
SCOPES = ("all", "journey", "contact", "run")

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom it concerns. `kind`: all, journey, contact or run; `name`: which, "" for all."""

    kind: str = "all"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch that is set. `what`: `pause` or `sends`."""

    what: str
    scope: str
    name: str
    since: int
    by: str


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it. `changed`: whether it was not so before; `runs`: how many were told.

    `held`: effects that those who were stopped held, and that are dropped.
    """

    changed: bool
    runs: int
    held: int = 0


@dataclass(frozen=True, slots=True)
class InForce:
    """What the switches say of one run."""

    paused: bool = False
    sends_stopped: bool = False

    def holding(self, effect: Effect) -> str | None:
        """Return why an effect that may go otherwise is held, if it is."""
        if not isinstance(effect, SendEmail | SendMessage):
            return None
        if self.paused:
            return "paused"
        return STOPPED_SENDS if self.sends_stopped else None


async def switches(store: Store) -> list[Switch]:
    """Return what is set, the oldest first."""
    names = ("what", "scope", "name", "since", "by")
    query = select(*(_switches.c[name] for name in names))
    async with store.reading() as connection:
        rows = await connection.execute(query.order_by(_switches.c.since, *_switches.primary_key))
        return [Switch(*row) for row in rows]


async def of_run(connection: AsyncConnection, found: RunSnapshot) -> InForce:
    """Read what is set for a run, in the transaction that decides about it."""
    about = {"journey": found.row["journey"], "contact": found.facts.contact_id, "run": found.view.id}
    whats = set(await connection.scalars(_OF_RUN, about))
    return InForce(PAUSE in whats, SENDS in whats)


async def heal(connection: AsyncConnection, found: RunSnapshot, in_force: InForce, clock: int) -> None:
    """Pause a run that entered while it should not go on: nobody could tell it before it was there."""
    row = found.row
    if in_force.paused and row["by_hand"] is None and row["status"] == "open":
        at = clock if row["state"]["started"] else row["entered"]
        await put(connection, InboxPut(found.view.id, at, (PAUSED,)), None)
        await connection.execute(update(_runs).where(_runs.c.id == found.view.id).values(by_hand="paused"))


async def pause(store: Store, scope: Scope, by: str, at: int) -> Told:
    """Let runs stand still until `resume`. Raises `StoreError` if nobody is meant."""
    changed = await _set(store, PAUSE, scope, by, at)
    runs = _open(scope).where(_runs.c.by_hand.is_(None))
    return Told(changed, await _tell(store, runs, PAUSED, "paused", at))


async def resume(store: Store, scope: Scope, by: str, at: int) -> Told:
    """Let runs go on that nothing else pauses by hand."""
    changed = await _lift(store, PAUSE, scope, by, at)
    runs = _open(scope).where(_runs.c.by_hand == "paused", ~_set_for_run(PAUSE))
    return Told(changed, await _tell(store, runs, RESUMED, None, at))


async def stop(store: Store, scope: Scope, by: str, at: int) -> Told:
    """Let runs leave at once. What they hold is dropped; what is under way is finished."""
    await _known(store, scope)

    runs = _open(scope).where(or_(_runs.c.by_hand.is_(None), _runs.c.by_hand != "stopped"))

    async def work(connection: AsyncConnection) -> int:
        await note(connection, at, by, "stop", scope.kind, scope.name)
        held = select(func.count()).where(_ledger.c.status == "held", _ledger.c.run_id.in_(runs))
        return int(await connection.scalar(held) or 0)

    held = await store.transact(work)
    told = await _tell(store, runs, STOPPED, "stopped", at)
    return Told(told > 0, told, held)


async def stop_sends(store: Store, scope: Scope, by: str, at: int) -> Told:
    """Let no email and no message go from the next decision on; they are held."""
    return Told(await _set(store, SENDS, scope, by, at), 0)


async def resume_sends(store: Store, scope: Scope, by: str, at: int) -> Told:
    """Let emails and messages go again. Runs that hold one look at it at once, and decide anew."""
    changed = await _lift(store, SENDS, scope, by, at)
    held = (
        exists()
        .where(_ledger.c.run_id == _runs.c.id, _ledger.c.status == "held", _ledger.c.reason == STOPPED_SENDS)
        .correlate(_runs)
    )
    runs = _open(scope).where(held, ~_set_for_run(SENDS))
    return Told(changed, await _tell(store, runs, LOOK, None, at, mark=False))


def _concerns(journey: Any, contact: Any, run: Any) -> Any:
    """A condition on switches: those that concern a run, given by values or by columns."""
    scope, name = _switches.c.scope, _switches.c.name
    return or_(
        scope == "all",
        and_(scope == "journey", name == journey),
        and_(scope == "contact", name == contact),
        and_(scope == "run", name == run),
    )


_OF_RUN = select(_switches.c.what).where(
    _concerns(*(bindparam(name, type_=_switches.c.name.type) for name in ("journey", "contact", "run")))
)


def _set_for_run(what: str) -> Any:
    """A condition on runs: such a switch is set for them."""
    concerning = _concerns(_runs.c.journey, _runs.c.contact_id, _runs.c.id)
    return exists().where(_switches.c.what == what, concerning).correlate(_runs)


def _open(scope: Scope) -> Select[Any]:
    columns = {"journey": _runs.c.journey, "contact": _runs.c.contact_id, "run": _runs.c.id}
    whose = true() if scope.kind == "all" else columns[scope.kind] == scope.name
    return select(_runs.c.id).where(_runs.c.status == "open", whose)


async def _set(store: Store, what: str, scope: Scope, by: str, at: int) -> bool:
    await _known(store, scope)

    async def work(connection: AsyncConnection) -> bool:
        row = {"what": what, "scope": scope.kind, "name": scope.name, "since": at, "by": by}
        new = inserting(connection, _switches).values(row).on_conflict_do_nothing()
        changed = bool((await connection.execute(new)).rowcount)
        if changed:
            await note(connection, at, by, _SAID[what, True], scope.kind, scope.name)
        return changed

    return await store.transact(work)


async def _lift(store: Store, what: str, scope: Scope, by: str, at: int) -> bool:
    here = _switches.c.what == what, _switches.c.scope == scope.kind, _switches.c.name == scope.name

    async def work(connection: AsyncConnection) -> bool:
        changed = bool((await connection.execute(delete(_switches).where(*here))).rowcount)
        if changed:
            await note(connection, at, by, _SAID[what, False], scope.kind, scope.name)
        return changed

    return await store.transact(work)


_SAID = {
    (PAUSE, True): "pause",
    (PAUSE, False): "resume",
    (SENDS, True): "stop sends",
    (SENDS, False): "resume sends",
}


async def _tell(
    store: Store, runs: Select[Any], interest: int, by_hand: str | None, at: int, *, mark: bool = True
) -> int:
    """Tell runs, some in each transaction, so that nobody waits for long. Done again, it goes on."""
    told, last = 0, ""

    async def some(connection: AsyncConnection) -> list[str]:
        query = runs.where(_runs.c.id > last).order_by(_runs.c.id).limit(_AT_ONCE)
        if store.postgres:
            found = select(_runs.c.contact_id).where(_runs.c.id.in_(query))
            await hold(connection, contacts=list(await connection.scalars(found)))
        ids = list(await connection.scalars(query.with_for_update()))
        rows = Rows(connection)
        for id_ in ids:
            rows.put(InboxPut(id_, at, (interest,)), None)
        await rows.write()
        if mark and ids:
            await connection.execute(update(_runs).where(_runs.c.id.in_(ids)).values(by_hand=by_hand))
        return ids

    while ids := await store.transact(some):
        told, last = told + len(ids), ids[-1]
    return told


async def _known(store: Store, scope: Scope) -> None:
    """Raises `StoreError` if nobody is meant."""
    contacts = schema.contacts
    columns = {"journey": schema.plans.c.journey, "contact": contacts.c.id, "run": _runs.c.id}
    if scope.kind == "all":
        return
    column = columns[scope.kind]
    async with store.reading() as connection:
        found = await connection.scalar(select(column).where(column == scope.name).limit(1))
    if found is None:
        raise StoreError(
            f"There is no {scope.kind} {scope.name}. Look at how it is written; nothing was done."
        )
