"""The simulator: whitepaper runs of ninety days a second, on one core, with trace and ledger."""

from __future__ import annotations

import dataclasses
import gc

import dsl
from benchmarks.measure import EXAMPLE, Row, pace, seconds
from runtime.people import Contact, RecordedEvent, read_accounts, read_contacts, read_events
from runtime.published import Published
from runtime.simulator import Simulator, World
from runtime.workspace import read_workspace

_COPIES = 10  # of the sample's fifty contacts


def measure() -> list[Row]:
    """Simulate five hundred contacts for ninety days."""
    compiled = dsl.compile_workspace(read_workspace(EXAMPLE).files)
    published = Published.of(compiled.definitions, compiled.plans.values())
    accounts = read_accounts(EXAMPLE / "sample" / "accounts.csv", compiled.definitions)
    contacts = read_contacts(EXAMPLE / "sample" / "contacts.csv", compiled.definitions)
    events = read_events(EXAMPLE / "sample" / "events.jsonl")
    many = [c for n in range(_COPIES) for c in _renamed(contacts, n)]
    script = [e for n in range(_COPIES) for e in _of(events, n)]
    kept: list[World] = []

    def work() -> None:
        world = World(published)
        world.populate(many, accounts)
        simulator = Simulator(world)
        simulator.schedule(script)
        simulator.run(events[0].at + 90 * 86_400)
        kept[:] = [world]

    gc.collect()
    taken = seconds(work, 3)
    (world,) = kept
    whitepaper = sum(run.view.journey == "Whitepaper nurture" for run in world.runs.values())
    rows = sum(len(run.rows) for run in world.runs.values())
    rate = whitepaper / taken
    return [
        Row(
            f"simulator: {whitepaper} whitepaper runs ({len(world.runs)} runs in all, {rows:,} trace rows)",
            f"{rate:,.0f} whitepaper runs/s, {len(world.runs) / taken:,.0f} runs/s",
            "500 whitepaper runs/s",
            f"{rate / pace():,.0f} a million loop rounds",
        )
    ]


def _renamed(contacts: list[Contact], number: int) -> list[Contact]:
    return [dataclasses.replace(c, id=f"{c.id}-{number}") for c in contacts]


def _of(events: list[RecordedEvent], number: int) -> list[RecordedEvent]:
    # What happens to an account happens once, whoever its contacts are.
    return [
        dataclasses.replace(e, id=f"{e.id}-{number}", contact=f"{e.contact}-{number}") if e.contact else e
        for e in events
        if e.contact or number == 0
    ]
