"""One contact goes through one journey, written as text, in virtual time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import dsl
from runtime.people import Account, Contact, RecordedEvent
from runtime.published import Published
from runtime.simulator import RunRecord, Simulator, World
from tests.dsl.workspaces import HEAD, workspace

BEGIN = 1_772_442_000  # monday 2 march 2026, 10:00 in Berlin
DAY = 86_400


@dataclass
class Life:
    """A world with contacts in it, who start by submitting the whitepaper's form."""

    world: World
    simulator: Simulator
    serial: int = 0
    fields: dict[str, Any] = field(default_factory=dict)

    def happens(self, name: str, at: int = BEGIN, contact: str = "ana", **properties: Any) -> None:
        """Let an event happen to a contact."""
        self.serial += 1
        self.simulator.schedule([RecordedEvent(f"e{self.serial}", name, at, contact, None, properties)])

    def run(self, days: int = 60) -> None:
        """Let time pass."""
        self.simulator.run(BEGIN + days * DAY)

    def record(self, contact: str = "ana") -> RunRecord:
        """The only run of the contact."""
        (found,) = (r for r in self.world.runs.values() if r.contact == contact)
        return found

    def rows(self, contact: str = "ana") -> list[str]:
        """What happened in the run: `kind step reason`, without what only waits."""
        rows = self.record(contact).rows
        told = [f"{r.kind} {r.step} {r.reason}".strip() for r in rows if r.kind not in ("waiting", "woke")]
        return [" ".join(row.split()) for row in told]


def life(body: str, head: str = HEAD, contacts: tuple[str, ...] = ("ana",), **files: bytes) -> Life:
    """Compile a journey and let contacts enter it at `BEGIN`."""
    found = dsl.compile_workspace(workspace(head + body, **files))
    assert found.ok, dsl.as_text(found.diagnostics)
    world = World(Published.of(found.definitions, found.plans.values()))
    people = [
        Contact(
            id=name,
            fields={"email": f"{name}@example.com"},
            account_id="acme",
            time_zone="Europe/Berlin",
            known_since=BEGIN - 365 * DAY,
            consents=frozenset({"Marketing"}),
        )
        for name in contacts
    ]
    world.populate(people, [Account("acme", {"name": "Acme", "employees": 300})])
    made = Life(world, Simulator(world))
    for name in contacts:
        made.happens("Form Submitted", contact=name, form="Whitepaper")
    return made
