"""The simulator: runs of ninety days a second on one core, populations on all of them, and their memory."""

from __future__ import annotations

import dataclasses
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import dsl
from activities.previewing import Preview
from benchmarks import twenty
from benchmarks.measure import EXAMPLE, ROOT, Row, seconds
from runtime.people import Account, Contact, RecordedEvent, read_accounts, read_contacts, read_events
from runtime.populations.behaviour import Behaviour
from runtime.populations.crowd import Crowd, figures, simulate
from runtime.populations.inventing import Inventor
from runtime.published import Published
from runtime.simulator import Simulator, World
from runtime.workspace import read_workspace

_COPIES = 10  # of the sample's fifty contacts
_SIZES = (500, 1_000, 2_000, 4_000)
_DAY = 86_400
_TIMES = 3
_FEW = 1_000


def measure() -> list[Row]:
    """Measure the simulator by the processor's time, beside the machine's pace in the same moments."""
    return [*_twenty(), _whitepaper(), *_population()]


def _rate(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """Return runs a second of the processor's time, and a million loop rounds; medians of some times."""
    rates, ratios = [], []
    for _ in range(_TIMES):
        rounds = _pace()
        start = time.process_time()
        work()
        rate = runs / (time.process_time() - start)
        rates.append(rate)
        ratios.append(rate / ((rounds + _pace()) / 2))
    return statistics.median(rates), statistics.median(ratios)


def _pace() -> float:
    """Return millions of plain loop rounds a second of the processor's time."""
    rounds, total = 2_000_000, 0
    start = time.process_time()
    for number in range(rounds):
        total += number & 7
    return rounds / (time.process_time() - start) / 1e6


def rate_of_twenty(size: int) -> tuple[float, float]:
    """Return runs of the journey of twenty steps a second, and a million loop rounds."""
    published = twenty.published()
    contacts, accounts = twenty.people(size)
    events = twenty.events(size)

    until = twenty.MORNING + 100 * _DAY
    return _rate(lambda: _played(published, contacts, accounts, events, until), size)


def _played(
    published: Published,
    contacts: Sequence[Contact],
    accounts: Sequence[Account],
    events: Sequence[RecordedEvent],
    until: int,
) -> World:
    """Let these people do this, in a new world."""
    world = World(published)
    world.populate(contacts, accounts)
    simulator = Simulator(world)
    simulator.schedule(events)
    simulator.run(until)
    return world


def _twenty() -> list[Row]:
    rates = [rate_of_twenty(size) for size in _SIZES]
    found = statistics.linear_regression(
        [math.log(size) for size in _SIZES],
        [math.log(size / ratio) for size, (_, ratio) in zip(_SIZES, rates, strict=True)],
    )
    rate, ratio = rates[1]
    return [
        Row(
            "simulator, one core: a journey of twenty steps and ninety days, policies, ledger and trace on",
            f"{rate:,.0f} runs/s",
            "3,000 runs/s",
            f"{ratio:,.0f} a million loop rounds",
        ),
        Row(
            f"the same with {' / '.join(f'{size:,}' for size in _SIZES)} runs at once",
            " / ".join(f"{rate:,.0f}" for rate, _ in rates) + " runs/s",
            "linear",
            f"time grows with exponent {found.slope:.2f}",
        ),
    ]


def _whitepaper() -> Row:
    published, contacts, accounts, events = _sample()
    many = [c for n in range(_COPIES) for c in _renamed(contacts, n)]
    script = [e for n in range(_COPIES) for e in _of(events, n)]
    until = events[0].at + 90 * _DAY
    world = _played(published, many, accounts, script, until)
    whitepaper = sum(run.view.journey == "Whitepaper nurture" for run in world.runs.values())
    rows = sum(len(run.rows) for run in world.runs.values())
    rate, ratio = _rate(lambda: _played(published, many, accounts, script, until), whitepaper)
    all_ = rate * len(world.runs) / whitepaper
    return Row(
        f"simulator: {whitepaper} whitepaper runs ({len(world.runs)} runs in all, {rows:,} trace rows)",
        f"{rate:,.0f} whitepaper runs/s, {all_:,.0f} runs/s",
        "500 whitepaper runs/s",
        f"{ratio:,.0f} a million loop rounds",
    )


def crowd(contacts: int) -> Crowd:
    """Let so many contacts go through the example workspace for ninety days."""
    compiled = dsl.compile_workspace(read_workspace(EXAMPLE).files)
    plans, behaviour = list(compiled.plans.values()), Behaviour()
    span = 30 * _DAY
    inventor = Inventor.of(compiled.definitions, plans, plans, behaviour, 1, twenty.MORNING, span)
    published = Published.of(compiled.definitions, plans)
    links = {name: email.links for name, email in compiled.emails.items()}
    preview = Preview.of(compiled)
    about = (published, compiled.settings, preview, behaviour, inventor, links)
    return Crowd(*about, seed=1, start=twenty.MORNING, days=90, contacts=contacts)


def _population(size: int = 10_000) -> list[Row]:
    one = crowd(400)
    rate, ratio = _rate(lambda: figures(one, range(400)), 400)
    cores = os.cpu_count() or 1
    begun = time.perf_counter()
    simulate(crowd(size))
    taken = time.perf_counter() - begun
    before, grown = _memory(_FEW), _memory(size)
    return [
        Row(
            "population: contacts of the example workspace, ninety days, templates tried out, one core",
            f"{rate:,.0f} contacts/s; 100,000 on {cores} cores in {100_000 / rate / cores:,.0f} s",
            "60 s",
            f"{ratio:,.0f} a million loop rounds",
        ),
        Row(
            f"the same, {size:,} contacts by the clock, {cores} processes",
            f"{size / taken:,.0f} contacts/s, so 100,000 in {100_000 * taken / size:,.0f} s",
            "60 s",
            "the clock, with whatever else the machine does",
        ),
        Row(
            f"memory of a process through which {_FEW:,} and {size:,} contacts go",
            f"{before:,.0f} and {grown:,.0f} MB at the most",
            "flat",
            f"{grown / before:.2f} ×",
        ),
    ]


def _memory(contacts: int) -> float:
    """Return the most memory of a process of its own that simulates so many contacts, in MB."""
    told = subprocess.run(
        [sys.executable, "-c", _ALONE, str(contacts)], check=True, capture_output=True, cwd=ROOT, text=True
    )
    return int(told.stdout) / 1024


# Of the process's own memory: what `getrusage` tells holds that of the parent from which it was forked.
_ALONE = """
import sys
from benchmarks.simulator import crowd
from runtime.populations.crowd import simulate
simulate(crowd(int(sys.argv[1])), workers=1)
print(next(row.split()[1] for row in open("/proc/self/status") if row.startswith("VmHWM")))
"""


def on_the_sample() -> float:
    """Return the seconds in which the simulator plays the example's own sample, as the demo does."""
    published, contacts, accounts, events = _sample()

    until = events[0].at + 90 * _DAY
    return seconds(lambda: _played(published, contacts, accounts, events, until), 5)


def _sample() -> tuple[Published, list[Contact], list[Account], list[RecordedEvent]]:
    compiled = dsl.compile_workspace(read_workspace(EXAMPLE).files)
    published = Published.of(compiled.definitions, compiled.plans.values())
    accounts = read_accounts(EXAMPLE / "sample" / "accounts.csv", compiled.definitions)
    contacts = read_contacts(EXAMPLE / "sample" / "contacts.csv", compiled.definitions)
    return published, contacts, accounts, read_events(EXAMPLE / "sample" / "events.jsonl")


def _renamed(contacts: list[Contact], number: int) -> list[Contact]:
    return [dataclasses.replace(c, id=f"{c.id}-{number}") for c in contacts]


def _of(events: list[RecordedEvent], number: int) -> list[RecordedEvent]:
    # What happens to an account happens once, whoever its contacts are.
    return [
        dataclasses.replace(e, id=f"{e.id}-{number}", contact=f"{e.contact}-{number}") if e.contact else e
        for e in events
        if e.contact or number == 0
    ]
