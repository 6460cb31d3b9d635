"""`nurture status`: which switches are set, and how everything stands."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from runtime.admitting import NextRound, next_rounds
from runtime.cli import letting_in
from runtime.cli.database import database, now
from runtime.cli.output import Format, note, plain, print_json
from runtime.reporting.words import count, reason_of
from runtime.store import Store
from runtime.store.admissions import Admission, admissions
from runtime.store.errors import StoreError
from runtime.store.interventions import Intervention, interventions
from runtime.store.publishing import find_published
from runtime.store.standing import Standing, standing
from runtime.store.switches import Switch, switches


def status(*, watch: bool = False, format: Format = "text") -> int:
    """Tell what people have paused or stopped, and how many runs are open, held, waiting and in doubt.

    Parameters
    ----------
    watch
        Show how everyone in a segment is let in, until all are.
    format
        What to print: text for people, JSON for programs.
    """
    if watch:
        asyncio.run(_watch())
        return 0
    at = now()
    set_, found, acts, coming, rounds = asyncio.run(_look(at))
    if format == "json":
        figures = plain(found) | {"effects": _listed(found)}
        admitted = {"admissions": plain(coming), "next_rounds": plain(rounds)}
        print_json({"switches": plain(set_), **figures, "interventions": plain(acts), **admitted})
        return 0
    for switch in set_:
        print(f"{_said(switch)} since {_moment(switch.since)} by {switch.by}.")
    print("\n".join([*_lines(found, bool(set_)), *map(letting_in.coming, coming), *map(_next, rounds)]))
    return 0


async def _watch() -> None:
    async with database() as store:
        await letting_in.watch(lambda: admissions(store))


async def _look(
    at: int,
) -> tuple[list[Switch], Standing, list[Intervention], list[Admission], list[NextRound]]:
    async with database() as store:
        found = await switches(store), await standing(store, at), await interventions(store)
        return (*found, await admissions(store), await _rounds(store, at))


async def _rounds(store: Store, at: int) -> list[NextRound]:
    """Return the next rounds; none, with the reason, where what is in force is damaged: all else is told."""
    try:
        published = await find_published(store)
    except StoreError as problem:
        note(str(problem))
        return []
    return [] if published is None else next_rounds(published, at)


def _said(switch: Switch) -> str:
    whom = {"all": "Everything", "journey": f"The journey “{switch.name}”"}.get(
        switch.scope, f"The {switch.scope} {switch.name}"
    )
    return f"{whom}: {'paused' if switch.what == 'pause' else 'sends stopped'}"


def _lines(found: Standing, any_switch: bool) -> list[str]:
    held = ", ".join(f"{number} ({reason_of(reason)})" for reason, number in found.held.items())
    lag = f", the oldest for {found.lag} s" if found.waiting else ""
    leaving = f", {found.leaving} about to leave" if found.leaving else ""
    lines = [] if any_switch else ["Nothing is paused or stopped by hand."]
    return [
        *lines,
        f"Runs open     {found.open:,}, {found.paused:,} of them paused, {found.by_hand:,} by hand{leaving}",
        f"Held          {held or '0'}",
        f"In doubt      {found.doubts:,}" + ("; see `nurture doubts`" if found.doubts else ""),
        f"For Temporal  {count(found.waiting, 'word')} not delivered yet{lag}",
    ]


def _next(one: NextRound) -> str:
    return f"Next round    “{one.journey}”: everyone in “{one.segment}”, {_moment(one.at)}"


def _listed(found: Standing) -> list[dict[str, object]]:
    return [{"kind": kind, "outcome": out, "count": n} for (kind, out), n in found.effects.items()]


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
