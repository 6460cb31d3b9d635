"""Scripts by chance: people, what they do and when, and what goes wrong around them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

from runtime.simulator import World
from tests.equality.made import times
from tests.equality.made import vocabulary as words
from tests.equality.made.journeys import Journey

_NAMES = ("ana", "ben", "cle")
_OUT = ("send", "send", "sync", "webhook", "audience", "task", "message")


def moment(text: str) -> int:
    """Read a moment of a case file."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def people(choose: Random, data: dict[str, Any], anchor: str) -> None:
    """Invent one to three contacts, and their companies."""
    base = times.ANCHORS[anchor]
    contacts = []
    for name in _NAMES[: choose.choice((1, 1, 1, 2, 2, 3))]:
        contact: dict[str, Any] = {"id": name, "fields": _fields(choose, base)}
        zone = times.zone_of(anchor) if choose.random() < 0.5 else choose.choice(words.ZONES)
        if zone is not None:
            contact["time_zone"] = zone
        if choose.random() < 0.7:
            contact["account"] = choose.choice(("acme", "acme", "beta"))
        if choose.random() < 0.1:
            contact["consent"] = False
        contacts.append(contact)
    data["contacts"] = contacts
    data["accounts"] = {
        name: _some(
            choose,
            name="Head Office",
            employees=choose.choice((10, 250, 1000)),
            owner="Ana Lee <ana@sender.example.com>",
            signed=times.day(base + choose.randint(-3, 12) * times.DAY),
        )
        for name in sorted({contact["account"] for contact in contacts if "account" in contact})
    }


def _fields(choose: Random, base: int) -> dict[str, Any]:
    starts = base + choose.randint(-2, 8) * times.DAY + choose.choice((0, 1800, 7200))
    return _some(
        choose,
        title=choose.choice(("Head of IT", "Clerk", "head")),
        industry=choose.choice(("Software", "Fintech", "Other")),
        setup_complete=choose.random() < 0.5,
        seats=choose.choice((1, 5, 2.5)),
        renewal=times.day(base + choose.choice((0, 1, 2, 3, 8, 12, 30, 31, 60, -1)) * times.DAY),
        demo_starts=times.iso(starts),
        demo_ends=times.iso(starts + choose.choice((1800, -1800))),
        phone="+49 1 23",
        owner=choose.choice(("one@sender.example.com", "Ben Ode")),
        interests=["Mail"],
    )


def _some(choose: Random, **fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if choose.random() < 0.7}


def begin(choose: Random, data: dict[str, Any], anchor: str, journeys: Sequence[Journey]) -> None:
    """Let people come in, just so that something falls on the anchor."""
    base = times.ANCHORS[anchor]
    happens: list[dict[str, Any]] = []
    first = times.near(choose, base)
    for contact in data["contacts"]:
        at = first if choose.random() < 0.5 else times.near(choose, base)
        for journey in journeys:
            if journey.entries and choose.random() < 0.85:
                name, properties = _of(choose, journey.entries)
                when = at if choose.random() < 0.6 else times.near(choose, base)
                happens.append(_event(choose, contact, name, properties, when))
        if choose.random() < 0.3:
            name, properties = choose.choice(words.NOISE)
            happens.append(_event(choose, contact, name, properties, at - choose.choice((0, 1, 3600))))
    if not happens:
        happens.append(_event(choose, data["contacts"][0], "Pong", {}, first))
    data["happens"] = _in_order(happens)
    data["until"] = times.iso(first + choose.choice((6, 12, 20, 35)) * times.DAY)


def go_on(choose: Random, data: dict[str, Any], journeys: Sequence[Journey], world: World) -> None:
    """Let things happen where it is hard: at deadlines, a second before, a second after, and anywhere."""
    until = moment(data["until"])
    dues = [
        (row.due, record.contact, journey)
        for record in world.runs.values()
        for journey in journeys
        if journey.name == record.view.journey
        for row in record.rows
        if row.due is not None and row.due < until
    ]
    happens = list(data["happens"])
    first, last = moment(happens[0]["at"]), moment(happens[-1]["at"])
    contacts = {contact["id"]: contact for contact in data["contacts"]}
    for _ in range(choose.randint(1, 4)):
        journey, contact = choose.choice(journeys), choose.choice(data["contacts"])
        at = choose.randint(first, min(until - 60, last + 6 * times.DAY))
        if dues and choose.random() < 0.75:
            due, whose, journey = choose.choice(dues)
            contact = contacts[whose]
            at = due + choose.choice((-1, -1, 0, 0, 1, -60, 61, -3600))
        name, properties = choose.choice(words.NOISE)
        if (journey.mentions or journey.entries) and choose.random() < 0.75:
            name, properties = _of(choose, [*journey.mentions, *journey.mentions, *journey.entries])
        if at > first:
            event = _event(choose, contact, name, properties, at)
            runs = _runs(world, contact["id"], moment(event.get("occurred", event["at"])))
            if name.startswith("Email") and runs and choose.random() < 0.5:
                event["properties"] = {**event["properties"], "run": choose.choice(runs)}
            happens.append(event)
    data["happens"] = _in_order(happens)


def _runs(world: World, contact: str, at: int) -> list[str]:
    """Name the runs of a contact whose emails it can have had by then."""
    ours = [(id_, run) for id_, run in world.runs.items() if run.contact == contact]
    return [id_ for id_, run in ours if run.view.entered < at]


def trouble(choose: Random, data: dict[str, Any], world: World) -> None:
    """Let providers be down, addresses be wrong, people step in by hand, and histories be short."""
    rows = [row for record in world.runs.values() for row in record.rows]
    moments = [row.at for row in rows] or [moment(data["happens"][0]["at"])]
    if choose.random() < 0.15:
        at = choose.choice(moments) - choose.choice((0, 60))
        lasts = choose.choice((1800, 5 * times.HOUR, times.DAY, 3 * times.DAY))
        outage: dict[str, Any] = {"from": times.iso(at), "to": times.iso(at + lasts)}
        kind = choose.choice(_OUT)
        if kind != "send":
            outage["kind"] = kind
            if choose.random() < 0.3:
                outage["retry_after"] = choose.choice((60, 5400))
        data["outages"] = [outage]
    if choose.random() < 0.06:
        data["refused"] = {choose.choice(data["contacts"])["id"]: "smtp 550"}
    if choose.random() < 0.12:
        data["limit"] = choose.choice((8, 15))
    if choose.random() < 0.15:
        data["happens"] = _in_order([*data["happens"], *_by_hand(choose, data, world, moments)])


def _by_hand(
    choose: Random, data: dict[str, Any], world: World, moments: Sequence[int]
) -> list[dict[str, Any]]:
    at = choose.choice(moments) + choose.choice((-1, 0, 1, 3600))
    at = max(at, moment(data["happens"][0]["at"]) + 1)
    what = choose.choice(("pause", "pause", "stop", "stop sends"))
    scope = choose.choice(("all", "journey", "contact", "run"))
    names = {
        "all": [""],
        "journey": sorted({record.view.journey for record in world.runs.values()}) or ["One"],
        "contact": [contact["id"] for contact in data["contacts"]],
        "run": sorted(id_ for id_, record in world.runs.items() if record.view.entered < at),
    }[scope]
    if not names:
        return []
    act = {"by_hand": what, "scope": scope, "name": choose.choice(names)}
    found = [{"at": times.iso(at), **act}]
    if what != "stop" and choose.random() < 0.8:
        again = {"pause": "resume", "stop sends": "resume sends"}[what]
        later = at + choose.choice((1, 3600, times.DAY, 2 * times.DAY))
        found.append({"at": times.iso(later), **act, "by_hand": again})
    return found


def _of(choose: Random, said: Sequence[words.Said]) -> tuple[str, dict[str, Any]]:
    _text, name, properties = choose.choice(said)
    return name, properties[0] if choose.random() < 0.7 else choose.choice(properties)


def _event(
    choose: Random, contact: dict[str, Any], name: str, properties: dict[str, Any], at: int
) -> dict[str, Any]:
    event: dict[str, Any] = {"at": times.iso(at), "event": name}
    account = contact.get("account")
    if account and (name in words.OF_ACCOUNT and (name == "Signed" or choose.random() < 0.7)):
        event["account"] = account
    else:
        event["contact"] = contact["id"]
    event["properties"] = {key: _value(value, at) for key, value in properties.items()}
    if "opportunity" in properties:  # its id tells it from those of every other company
        event["properties"]["opportunity"] += f" of {account or contact['id']}"
    if choose.random() < 0.15:
        event["occurred"] = times.iso(at - choose.choice((1, 60, times.HOUR, times.DAY, 4 * times.DAY)))
    if choose.random() < 0.04:
        event["machine"] = True
    return event


def _value(value: Any, at: int) -> Any:
    """Make a moment of `+3d`: so many days after the event."""
    if isinstance(value, str) and value.startswith("+"):
        return times.iso(at + int(float(value[1:-1]) * times.DAY))
    return value


def _in_order(happens: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(happens, key=lambda happening: moment(happening["at"]))
