"""Paths through the example's whitepaper journey, as cases for the equality harness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dsl
from dsl import Compiled
from runtime.people import Contact, RecordedEvent
from runtime.simulator import Outage
from tests.equality.case import Case, Step

EXAMPLE = Path(__file__).parents[2] / "examples" / "whitepaper"
JOURNEY = "Whitepaper nurture"
DAY = 86_400
MONDAY = int(datetime(2041, 3, 4, 10, tzinfo=UTC).timestamp())
SATURDAY = int(datetime(2041, 3, 2, 10, tzinfo=UTC).timestamp())

_FORM = "Form Submitted"
ENTRY = (0, _FORM, {"form": "Whitepaper"})


def workspace() -> dict[str, bytes]:
    """Return the example's files, its CRM where the harness has one."""
    files = {
        path.relative_to(EXAMPLE).as_posix(): path.read_bytes()
        for path in sorted(EXAMPLE.rglob("*"))
        if path.suffix in (".journey", ".md", ".toml") and "sample" not in path.parts
    }
    files["nurture.toml"] = files["nurture.toml"].replace(b"${NURTURE_CRM_URL}", b"${CRM}")
    return files


def compiled() -> Compiled:
    """Compile the example."""
    found = dsl.compile_workspace(workspace())
    assert found.ok, "\n".join(d.message for d in found.diagnostics)
    return found


def path(
    name: str,
    *happens: tuple[float, str, dict[str, Any]],
    start: int = MONDAY,
    days: int = 100,
    outages: tuple[tuple[float, float], ...] = (),
    limit: int = 0,
    journeys: Compiled | None = None,
    contact: str = "ana",
) -> Case:
    """One contact's path. `happens`: (days after entry, event, properties); `outages` in such days too."""

    def at(after: float) -> int:
        return start + round(after * DAY)

    events = [
        RecordedEvent(f"{contact}-{n}", event, at(after), contact, None, properties)
        for n, (after, event, properties) in enumerate(happens)
    ]
    person = Contact(
        contact,
        {"email": f"{contact}@people.example.com", "first_name": contact.title(), "industry": "Software"},
        account_id=None,
        time_zone="Europe/Berlin",
        known_since=0,
        consents=frozenset({"Marketing"}),
    )
    return Case(
        name=name,
        compiled=journeys or compiled(),
        contacts=(person,),
        steps=tuple(Step(event.at, "event", event) for event in events),
        outages=tuple(Outage(at(begin), at(end)) for begin, end in outages),
        refused={},
        start=events[0].at,
        until=at(days),
        limit=limit,
        expect=(),
    )


def together(cases: Sequence[Case]) -> Case:
    """Let paths of several contacts happen side by side."""
    steps = sorted((step for case in cases for step in case.steps), key=lambda step: step.at)
    return replace(
        cases[0],
        contacts=tuple(contact for case in cases for contact in case.contacts),
        steps=tuple(steps),
        start=steps[0].at,
        until=max(case.until for case in cases),
    )
