"""`nurture show`: one contact's story, and where its runs stand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime.cli.database import database, now
from runtime.cli.output import Format, console, plain, print_json
from runtime.cli.output import show as print_out
from runtime.reporting import Timeline, level, tell
from runtime.reporting.from_store import person
from runtime.store import (
    Doubt,
    Handoff,
    RunRow,
    StoreError,
    doubts,
    find_contact,
    list_handoffs,
    list_runs,
    load_published,
)
from runtime.store.open import Store


def show(contact: str, *, full: bool = False, format: Format = "text") -> int:
    """Tell a contact's story: what it did, what it was sent and why not, where it stands, and who has it.

    Parameters
    ----------
    contact
        The contact's id or email address.
    full
        Also tell what lies between: waits, branches, blocks.
    format
        What to print: text for people, JSON for programs.
    """
    found = asyncio.run(_find(contact))
    if format == "json":
        doubtful = {"doubts": [{"key": doubt.key, **plain(doubt)} for doubt in found.doubts]}
        runs = {"runs": plain(found.runs), "handoffs": _handoffs(found)}
        print_json({**plain(found.timeline), **runs, **doubtful})
    else:
        _print_text(found, full)
    return 0


@dataclass(frozen=True, slots=True)
class _Found:
    timeline: Timeline
    runs: list[RunRow]
    handoffs: list[Handoff]
    places: dict[str, str]
    at: int
    doubts: list[Doubt]
    damaged: frozenset[str]


def _handoffs(found: _Found) -> list[dict[str, Any]]:
    return [{**plain(one), "sla": plain(level(one, found.at))} for one in found.handoffs]


async def _find(contact: str) -> _Found:
    async with database() as store:
        id_ = await find_contact(store, contact)
        at = now()
        timeline = tell(await person(store, id_, await _time_zone(store), at))
        handoffs = await list_handoffs(store, id_)
        runs = await list_runs(store, contact=id_)
        plans = (store.plans[run.plan] for run in runs if run.plan in store.plans)  # loaded with the story
        places = {step.id: step.text for plan in plans for step in plan.steps}
        damaged = frozenset(run.plan for run in runs) - store.plans.keys()
        return _Found(timeline, runs, handoffs, places, at, await doubts(store, id_), damaged)


async def _time_zone(store: Store) -> str:
    try:
        return (await load_published(store)).definitions.time_zone
    except StoreError:
        return "UTC"  # contacts were imported, and nothing is published yet


_DAMAGED = " (waits, for its plan is damaged in the database; deploy the version that it was made from)"
_BY_HAND = {"paused": " (paused by hand)", "stopped": " (about to leave, stopped by hand)"}


def _print_text(found: _Found, full: bool) -> None:
    from rich.text import Text

    from dsl import civil
    from runtime.cli import render
    from runtime.reporting.words import count, moment

    out = console()
    zone = civil.zone(found.timeline.time_zone, "UTC")
    print_out(out, render.timeline(found.timeline, full=full))

    def clock(at: int | None) -> str:
        return "" if at is None else moment(at, zone, 0)

    for run in found.runs:
        if run.status == "open":
            place = ", ".join(found.places.get(step, step) for step in run.position) or "about to begin"
            due = f", until {clock(run.due)}" if run.due is not None else ""
            due += _BY_HAND.get(run.by_hand or "", "")
            due += _DAMAGED if run.plan in found.damaged else ""
            print_out(out, Text(f"Inside “{run.journey}” since {clock(run.entered)}: {place}{due}."))
    if found.doubts:
        print_out(out, Text(f"In doubt: {count(len(found.doubts), 'effect')}; see `nurture doubts`."))
    if found.handoffs:
        year = datetime.fromtimestamp(found.at, zone).year
        stands = [(one, level(one, found.at)) for one in found.handoffs]
        print_out(out, render.handoffs(stands, lambda at: moment(at, zone, year)))
