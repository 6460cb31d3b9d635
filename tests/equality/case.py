"""A case: a journey, people, and what happens, as a TOML file. `README.md` beside it tells the format."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dsl
from dsl import Compiled
from runtime.people import Account, Contact, RecordedEvent
from runtime.simulator import Outage
from runtime.simulator.by_hand import ByHand

_HERE = Path(__file__).parent
FOUND = _HERE / "found"
CASES = sorted((_HERE / "cases").glob("*.toml")) + sorted(FOUND.glob("*.toml"))

_ZONE = "Europe/Berlin"
_SETTINGS = """
[workspace]
name = "Equality"
time_zone = "TIME ZONE"
[email]
from = "Equality <hello@sender.example.com>"
postal_address = "1 Test Street"
[teams."SDR"]
emails = ["sdr@sender.example.com"]
members = ["one@sender.example.com", "two@sender.example.com"]
territories = { DE = "dora@sender.example.com", FR = "fay@sender.example.com" }
[teams."Sales managers"]
emails = ["managers@sender.example.com"]
[sync."CRM"]
url = "${CRM}"
tasks = "${TASKS}"
[webhooks."Warehouse"]
url = "${WAREHOUSE}"
secret = "${WAREHOUSE_SECRET}"
allow_private = true
[channels."sms"]
url = "${SMS}"
secret = "${SMS_SECRET}"
address = "phone"
allow_private = true
[channels."in-app"]
url = "${IN_APP}"
allow_private = true
[channels."chat"]
url = "${CHAT}"
allow_private = true
[channels."direct mail"]
url = "${LETTERS}"
allow_private = true
[channels."survey"]
url = "${SURVEYS}"
allow_private = true
[audiences."Retargeting"]
url = "${RETARGETING}"
allow_private = true
"""

LEAD = 30
"""So many seconds before the first thing happens, the journeys are put in force."""

DEFINITIONS = (_HERE / "definitions.journey").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens at a second: an event, what a person does by hand, a forgotten history."""

    at: int
    kind: str
    event: RecordedEvent | None = None
    delivered: int | None = None
    by_hand: ByHand | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What both drivers run."""

    name: str
    compiled: Compiled
    contacts: tuple[Contact, ...]
    steps: tuple[Step, ...]
    outages: tuple[Outage, ...]
    refused: dict[str, str]
    start: int
    until: int
    limit: int
    expect: tuple[str, ...]
    files: dict[str, bytes] = field(default_factory=dict)
    companies: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def published(self) -> int:
        """When the journeys are put in force: just before the first thing happens."""
        return self.start - LEAD

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The accounts of the contacts."""
        named = sorted({c.account_id for c in self.contacts if c.account_id})
        return tuple(Account(id_, self.companies.get(id_, {})) for id_ in named)


def load(path: Path) -> Case:
    """Read a case and compile its journeys."""
    return read(path.stem, tomllib.loads(path.read_text("utf-8")))


def read(name: str, data: dict[str, Any]) -> Case:
    """Read a case from what its file holds."""
    compiled = dsl.compile_workspace(workspace(data))
    assert compiled.ok, "\n".join(f"{d.code} {d.message}" for d in compiled.diagnostics)
    return case_of(name, data, compiled)


def case_of(name: str, data: dict[str, Any], compiled: Compiled) -> Case:
    """Return the case that data in the format of the files tells, its workspace compiled."""
    steps = sorted((_step(s, n) for n, s in enumerate(data["happens"])), key=lambda s: s.at)
    return Case(
        name=name,
        compiled=compiled,
        contacts=tuple(_contact(c) for c in data["contacts"]),
        steps=tuple(steps),
        outages=tuple(outage for entry in data.get("outages", []) for outage in _outages(entry)),
        refused=data.get("refused", {}),
        start=steps[0].at,
        until=_moment(data["until"]),
        limit=data.get("limit", 0),
        expect=tuple(data.get("expect", ())),
        files=workspace(data),
        companies=data.get("accounts", {}),
    )


def _outages(data: dict[str, Any]) -> list[Outage]:
    """Read an outage: of the mail server, or of what takes another kind of effect, which answers 503."""
    start, end = _moment(data["from"]), _moment(data["to"])
    if "kind" not in data:
        return [Outage(start, end), Outage(start, end, "notify")]  # a team is told by mail, too
    return [Outage(start, end, data["kind"], "http 503", data.get("retry_after"))]


def workspace(data: dict[str, Any]) -> dict[str, bytes]:
    """Return the files of a case's workspace."""
    zone, more = data.get("time_zone", _ZONE), data.get("workspace", "")
    files = _workspace(data["journey"], data.get("definitions", DEFINITIONS), more, zone)
    return files | {f"emails/{name}.md": text.encode() for name, text in data.get("emails", {}).items()}


def _workspace(journey: str, definitions: str, more: str = "", zone: str = _ZONE) -> dict[str, bytes]:
    """Write a workspace. `more`: lines of the settings' section `[workspace]`."""
    settings = _SETTINGS.replace("TIME ZONE", zone).replace("[email]", f"{more}\n[email]")
    files = {
        "nurture.toml": settings.encode(),
        "definitions.journey": definitions.encode(),
        "case.journey": journey.encode(),
    }
    for service, name in set(re.findall(r'send (service )?email "([^"]+)"', journey)):
        kind = "service" if service else "marketing"
        text = (
            f"---\nname: {name}\nclass: {kind}\nsubject: {name}\n---\nHello {{{{ contact.first_name }}}}.\n"
        )
        files[f"emails/{name.lower().replace(' ', '-')}.md"] = text.encode()
    return files


def _contact(data: dict[str, Any]) -> Contact:
    fields = {"email": f"{data['id']}@people.example.com", "first_name": data["id"].title()}
    return Contact(
        id=data["id"],
        fields=fields | data.get("fields", {}),
        account_id=data.get("account"),
        time_zone=data.get("time_zone"),
        known_since=_moment(data["known"]) if "known" in data else 0,
        consents=frozenset({"Marketing"} if data.get("consent", True) else ()),
    )


def _step(data: dict[str, Any], number: int) -> Step:
    at = _moment(data["at"])
    if "by_hand" in data:
        act = ByHand(
            data["by_hand"],
            data.get("scope", "all"),
            data.get("name", ""),
            data.get("into", ""),
            _moment(data["until"]) if "until" in data else None,
        )
        return Step(at, "by hand", by_hand=act)
    if "event" not in data:
        return Step(at, data["do"])
    event = RecordedEvent(
        id=f"event-{number}",
        name=data["event"],
        at=at,
        contact=data.get("contact"),
        account=data.get("account"),
        properties=data.get("properties", {}),
        machine=data.get("machine", False),
        occurred=_moment(data["occurred"]) if "occurred" in data else None,
    )
    delivered = _moment(data["delivered"]) if "delivered" in data else None
    return Step(at, "event", event, delivered)


def _moment(value: Any) -> int:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
