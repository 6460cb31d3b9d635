"""Whole processes: `nurture check` of the example, start-up included, and the demo."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import simulator
from benchmarks.measure import EXAMPLE, NURTURE, ROOT, Row, bare_python, process


def check() -> list[Row]:
    """Time `nurture check` of the example workspace."""
    bare = bare_python()
    cold = process([NURTURE, "check", EXAMPLE], NURTURE_CACHE="off")
    again = process([NURTURE, "check", EXAMPLE])
    return [
        Row(
            "nurture check of the example, nothing kept from before",
            f"{cold:.2f} s",
            "0.6 s",
            f"{cold / bare:.1f} × a bare python",
        ),
        Row("the same, nothing changed", f"{again:.2f} s", "0.6 s", f"{again / bare:.1f} × a bare python"),
    ]


def demo() -> list[Row]:
    """Time the whole demo: fifty contacts, ninety days, on the time-skipping server."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        done = subprocess.run(
            [NURTURE, "demo", "--out", f"{folder}/demo", "--format", "json"],
            check=True,
            capture_output=True,
            cwd=ROOT,
        )
        taken = time.perf_counter() - start
    result = json.loads(done.stdout)
    simulated = simulator.on_the_sample()
    return [
        Row(
            f"nurture demo: 50 contacts × 90 days, {result['runs']} runs",
            f"{taken:.1f} s",
            "45 s",
            f"{result['runs'] / taken:.1f} runs/s",
        ),
        Row(
            "the same cases on the simulator",
            f"{simulated * 1000:.0f} ms",
            "300 × the time-skipping server",
            f"{taken / simulated:,.0f} × (the demo's start and mail included)",
        ),
    ]


def backtest() -> list[Row]:
    """Time `nurture backtest` of two versions on a record of six hundred leads over ninety days."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        newer = place / "newer"
        shutil.copytree(EXAMPLE, newer)
        journey = newer / "journeys" / "whitepaper.journey"
        journey.write_text(journey.read_text("utf-8").replace("  day 5\n", "  day 6\n"), "utf-8")
        contacts, events = place / "contacts.csv", place / "events.csv"
        _leads(contacts, events)
        files = ("--events", events, "--contacts", contacts)
        taken = process([NURTURE, "backtest", EXAMPLE, newer, *files], 3)
    return [
        Row(
            f"nurture backtest: two versions, {_LEADS} leads, {_LEADS * 4:,} events over 90 days",
            f"{taken:.1f} s",
            "3 s",
            f"{taken / bare_python():.0f} × a bare python",
        )
    ]


_LEADS = 600


def _leads(contacts: Path, events: Path) -> None:
    """Write a record: who asks for the whitepaper, and looks at prices, opens and clicks later."""
    people = [f"c{n},c{n}@example.com,Ana,Software,Marketing" for n in range(_LEADS)]
    contacts.write_text("\n".join(["id,email,first_name,industry,consent", *people]) + "\n", "utf-8")
    rows = ["contact,event,at,form,page,email"]
    for n in range(_LEADS):
        begun = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(hours=n * 3 % 1_400)
        for days, row in (
            (0, "Form Submitted,{},Whitepaper,,"),
            (3, "Page Viewed,{},,/pricing,"),
            (6, "Email Opened,{},,,Case study"),
            (9, "Email Clicked,{},,,Related blog post"),
        ):
            rows.append(f"c{n}," + row.format((begun + timedelta(days=days)).isoformat()))
    events.write_text("\n".join(rows) + "\n", "utf-8")
