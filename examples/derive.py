"""Derive the sample of the whitepaper workspace from a synthetic CRM.

    python examples/derive.py --crm DIR [--seed N] [--out DIR]

`DIR` holds the tables of a leadforge bundle (see whitepaper/sample/README.md). Taken over: who works where
and as what, how active each lead was, when its web sessions were, and which accounts had an opportunity.
Made up here: names, addresses, time zones, and the time of day of everything, which the source does not
have. The same tables and the same seed always give the same files.

Behaviour must fit the mails it answers, so their times are estimated as the journey would send them:
day 2, 5, 10 and 20 of a run, in weekday hours of the contact's own clock.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from dsl import civil

PEOPLE = 50
START = int(datetime(2026, 3, 2, 8, tzinfo=UTC).timestamp())  # both changes of spring fall into the 90 days
HOUR, DAY = 3_600, 86_400
END = START + 90 * DAY
WORKSPACE_ZONE = "Europe/Berlin"
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
MQL = 65
REPS = ("nadia.brandt", "tom.okafor", "lucia.ferraz")

Role = Literal["requests a demo", "hot", "warm", "silent"]
# From the most active lead of the source to the least.
SHARES: dict[Role, int] = {"requests a demo": 5, "hot": 6, "warm": 25, "silent": 14}
ROLES: list[Role] = [role for role, share in SHARES.items() for _ in range(share)]

# (country, zone, given names, family names)
PLACES: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "Berlin": (
        "DE", "Europe/Berlin",
        ("Miriam", "Jonas", "Svenja", "Emre", "Katrin", "Lukas", "Leyla", "Henrik", "Aylin"),
        ("Brandner", "Osterloh", "Yildiz", "Kessling", "Reuther", "Vogelsang", "Tannert", "Lindqvist"),
    ),
    "London": (
        "GB", "Europe/London",
        ("Priya", "Callum", "Imogen", "Kwame", "Rhys", "Zara", "Fiona", "Dev", "Alice"),
        ("Ashdown", "Mensah", "Pemberley", "Kapoor", "Wetherby", "Llewellyn", "Okoro", "Harkness"),
    ),
    "Singapore": (
        "SG", "Asia/Singapore",
        ("Wei Ling", "Arjun", "Hui Min", "Farid", "Siti", "Jun Jie", "Meera", "Kai"),
        ("Tan", "Lim", "Nair", "Rahman", "Goh", "Chua", "Pillai", "Ong"),
    ),
    "New York": (
        "US", "America/New_York",
        ("Dana", "Marcus", "Elena", "Theo", "Renee", "Malik", "Grace", "Owen", "Tessa"),
        ("Whitlock", "Delgado", "Brightman", "Osei", "Farrow", "Castellan", "Nguyen", "Holloway"),
    ),
    "San Francisco": (
        "US", "America/Los_Angeles",
        ("Maya", "Ravi", "June", "Diego", "Hannah", "Kenji", "Noor", "Wyatt"),
        ("Castillo", "Iyer", "Marlowe", "Takeda", "Ferris", "Huang", "Sandoval", "Reyes"),
    ),
    "Sao Paulo": (
        "BR", "America/Sao_Paulo",
        ("Beatriz", "Rafael", "Camila", "Thiago", "Larissa", "Mateus", "Helena", "Caio"),
        ("Azevedo", "Moraes", "Teixeira", "Pacheco", "Figueira", "Barreto", "Couto", "Sampaio"),
    ),
}  # fmt: skip
REGIONS = {"UK": ("Berlin", "London", "Singapore"), "US": ("New York", "San Francisco", "Sao Paulo")}

# The case study has versions for Software and Fintech, which the source does not know: two of its
# industries take those names.
INDUSTRIES = {
    "professional_services": ("Software", ("Systems", "Cloud", "Labs", "Software")),
    "healthcare_non_clinical": ("Fintech", ("Pay", "Capital", "Ledger", "Finance")),
    "logistics": ("Logistics", ("Freight", "Cargo", "Logistics", "Lines")),
    "manufacturing": ("Manufacturing", ("Works", "Tooling", "Industries", "Components")),
}
STEMS = (
    "Alderbrook", "Brightmoor", "Cinderpath", "Dovetree", "Elmsway", "Fernhollow", "Greywick", "Heronsgate",
    "Inkwater", "Juniper Row", "Kestrelby", "Larkmead", "Mossbank", "Nettlecombe", "Oakhurst Vale",
    "Pinemarch", "Quillfield", "Rookdale", "Saltmere", "Thistledown", "Umberley", "Vinecross",
    "Willowfen", "Yarrowby", "Zephyr Hill", "Amberlow", "Birchwater", "Copperlea", "Driftholm", "Eastmarrow",
    "Foxglen", "Gorsefield", "Hazelmoor", "Ivywell", "Jasperton", "Kingfern", "Lindenby", "Marlpool",
    "Northwick", "Ottershaw", "Pebblebrook", "Ravensfold", "Silverbeck", "Tarnside", "Underbough",
    "Violet Bay", "Wrenfield", "Yewbarrow", "Ashcombe", "Bellwether Quay",
)  # fmt: skip


# ----------------------------------------------------------------------------------------------- the source


@dataclass(frozen=True, slots=True)
class Lead:
    """One lead of the source with what belongs to it. `sessions`: (day after the lead began, kind)."""

    contact: dict[str, str]
    account: dict[str, str]
    sessions: tuple[tuple[int, str], ...]
    activity: int
    opportunity: str | None


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def grouped(table: Iterable[dict[str, str]], key: str) -> dict[str, list[dict[str, str]]]:
    groups: dict[str, list[dict[str, str]]] = {}
    for row in table:
        groups.setdefault(row[key], []).append(row)
    return groups


def leads(folder: Path) -> list[Lead]:
    """Read the first leads of the source, one for each contact, the most active first."""
    contacts = {row["contact_id"]: row for row in rows(folder, "contacts")}
    accounts = {row["account_id"]: row for row in rows(folder, "accounts")}
    touches, sessions = (
        grouped(rows(folder, "touches"), "lead_id"),
        grouped(rows(folder, "sessions"), "lead_id"),
    )
    opportunities = {row["lead_id"]: row["opportunity_id"] for row in rows(folder, "opportunities")}
    chosen: dict[str, Lead] = {}
    for row in rows(folder, "leads"):
        if len(chosen) == PEOPLE:
            break
        if row["contact_id"] in chosen:
            continue
        began, id_ = date.fromisoformat(row["lead_created_at"]), row["lead_id"]
        visits = tuple(
            sorted(
                ((date.fromisoformat(s["session_timestamp"]) - began).days, s["session_type"])
                for s in sessions.get(id_, [])
            )
        )
        downloads = sum(t["touch_type"] == "content_download" for t in touches.get(id_, []))
        activity = 3 * len(visits) + 2 * downloads + len(touches.get(id_, []))
        chosen[row["contact_id"]] = Lead(
            contacts[row["contact_id"]], accounts[row["account_id"]], visits, activity, opportunities.get(id_)
        )
    return sorted(chosen.values(), key=lambda lead: (-lead.activity, lead.contact["contact_id"]))


# ----------------------------------------------------------------------------------- accounts and contacts


@dataclass(slots=True)
class Person:
    """A contact of the sample, with what decides its behaviour."""

    row: dict[str, str]
    lead: Lead
    role: Role
    entered: int
    rng: random.Random
    score: int = 10  # the journey's own points at the start
    leaves: int = END  # from then on the journey sends this person nothing
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def mailable(self) -> bool:
        return bool(self.row["consent"])

    def local(self) -> ZoneInfo:
        return civil.zone(self.row["time_zone"] or None, WORKSPACE_ZONE)

    def sent_on(self, day: int) -> int:
        """Estimate when the mail of that day goes: in weekday hours on the contact's clock."""
        return self.in_hours(civil.day_of_run(self.entered, day, None, self.local()))

    def in_hours(self, at: int) -> int:
        return civil.next_within(at, (0, 1, 2, 3, 4), "09:00", "17:00", self.local())

    def awake(self, at: int) -> int:
        """Move an instant to when people read mail: 07:00 to 22:00, with some minutes after seven."""
        moved = civil.next_within(at, EVERY_DAY, "07:00", "22:00", self.local())
        return at if moved == at else moved + self.rng.randrange(60, 5_400)

    def after(self, at: int, low: float, high: float) -> int:
        """Pick an instant between `low` and `high` hours after `at`, in waking hours."""
        return self.awake(at + self.rng.randrange(int(low * HOUR), int(high * HOUR)))

    def does(self, at: int, event: str, points: int = 0, machine: bool = False, **properties: str) -> bool:
        """Put an event on record, unless it would qualify somebody who is not meant to be."""
        if at >= END or (self.role in ("warm", "silent") and self.score + points >= MQL):
            return False
        self.score += points
        who = {"account": self.row["account_id"]} if event.startswith("Opp") else {"contact": self.row["id"]}
        made = {"machine": True} if machine else {}
        self.events.append({"at": at, "event": event, **who, "properties": properties, **made})
        return True

    def opened(self, email: str) -> bool:
        return any(
            event["event"] == "Email Opened" and event["properties"]["email"] == email
            for event in self.events
        )

    def engaged(self, since: int, until: int) -> bool:
        """Tell whether the person did more than open an email in that time."""
        return any(since < event["at"] < until and event["event"] != "Email Opened" for event in self.events)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability


def account_rows(people: list[Lead], seed: int) -> dict[str, dict[str, str]]:
    """Make one row for each account. Some have no owner, so that a handoff takes its second choice."""
    rng = random.Random(f"{seed}:accounts")  # noqa: S311
    stems, made = rng.sample(STEMS, len(STEMS)), {}
    for number, account in enumerate({lead.account["account_id"]: lead.account for lead in people}.values()):
        industry, endings = INDUSTRIES[account["industry"]]
        places = REGIONS[account["region"]]
        low = int(account["employee_band"].split("-")[0].rstrip("+"))
        made[account["account_id"]] = {
            "id": account["account_id"],
            "name": f"{stems[number]} {rng.choice(endings)}",
            "industry": industry,
            "employees": str(low + rng.randrange(low // 2)),
            "owner": f"{rng.choice(REPS)}@acme.example.com" if number % 5 else "",
            "country": PLACES[places[number % len(places)]][0],
            "place": places[number % len(places)],  # not written
        }
    return made


def contact_row(lead: Lead, account: dict[str, str], number: int, rng: random.Random) -> dict[str, str]:
    country, zone, given, family = PLACES[account["place"]]
    id_ = lead.contact["contact_id"]
    known = int(datetime.fromisoformat(lead.contact["created_at"]).replace(tzinfo=UTC).timestamp())
    # The source's contacts are two to three years old; here they are known for up to a year.
    created = (START // DAY - known // DAY % 365 - 1) * DAY + rng.randrange(8 * HOUR, 17 * HOUR)
    return {
        "id": id_,
        "email": f"{id_}@example.{('com', 'org', 'net')[number % 3]}",
        "first_name": "" if number % 13 == 7 else rng.choice(given),
        "last_name": rng.choice(family),
        "title": lead.contact["job_title"],
        "industry": account["industry"],
        "country": country,
        # Two that a real import has too: nothing, and what somebody typed into a form.
        "time_zone": {18: "", 22: "Central European Time"}.get(number, zone),
        "account_id": account["id"],
        "consent": "" if number in (24, 41, 46) else "Marketing",
        "created_at": stamp(created),
    }


def entry(number: int, zone: ZoneInfo, rng: random.Random) -> int:
    """Spread the forms over the first ten days, a few late at night, also on both weekend days."""
    picked = START + number * 7 % 10 * DAY + rng.randrange(10 * HOUR)
    begin, end = ("22:30", "23:59") if number % 17 == 3 else ("07:30", "20:30")
    awake = civil.next_within(picked, EVERY_DAY, begin, end, zone)
    at = awake if awake == picked else awake + rng.randrange(80 * 60)
    return min(at, START + 10 * DAY - rng.randrange(60, HOUR))


# ------------------------------------------------------------------------------------------------ behaviour


def reads(
    person: Person, email: str, sent: int, opens: float, clicks: float, within: float = 18
) -> int | None:
    """Let the person open, and perhaps click, an email; return when it was clicked."""
    if not person.mailable or sent >= person.leaves or not person.chance(opens):
        return None
    opened = person.after(sent, 0.3, within)
    if opened >= person.leaves:
        return None
    person.does(opened, "Email Opened", email=email)
    clicked = opened + person.rng.randrange(20, 400)
    if person.chance(clicks) and person.does(clicked, "Email Clicked", 10, email=email):
        return clicked
    return None


def visits(person: Person) -> None:
    """Turn the web sessions of the source into page views, on the same days of the lead's life.

    Who is merely warm looks at the prices once.
    """
    if person.role == "silent":
        return
    pages = {"pricing_page": "/pricing", "demo_page": "/demo", "website": "/product"}
    priced = False
    for day, kind in person.lead.sessions:
        page = pages[kind]
        if page == "/pricing" and priced and person.role == "warm":
            page = "/product"
        at = person.after(person.entered + day * DAY, 1, 12)
        if person.does(at, "Page Viewed", 25 if page == "/pricing" else 0, page=page):
            priced = priced or page == "/pricing"


def before_day_ten(person: Person) -> int:
    """Play whitepaper, blog post and case study; return when the journey has done with the case study."""
    keen = {"requests a demo": 0.9, "hot": 1.0, "warm": 0.6, "silent": 0.0}[person.role]
    if person.chance(0.3 if person.role == "silent" else 0.75):
        person.does(person.after(person.entered, 0.02, 5), "Email Opened", email="Whitepaper delivery")
    blog, study = person.sent_on(2), person.sent_on(5)
    if reads(person, "Related blog post", blog, keen, 0.35 if person.role == "warm" else keen):
        person.score += 5
    if not person.opened("Related blog post"):  # then it comes a second time, and the next mail a day later
        again = person.in_hours(civil.add(blog, 1, "day", person.local()))
        study = max(study, person.in_hours(civil.add(again, 1, "day", person.local())))
        reads(person, "Related blog post", again, keen / 2, 0.3)
    clicked = reads(person, "Case study", study, keen, keen if person.role == "hot" else 0.4, within=40)
    if clicked and (person.role == "hot" or person.chance(0.8)):
        downloaded = clicked + person.rng.randrange(40, 900)
        if person.does(downloaded, "Asset Downloaded", 30, asset="Case study"):
            return downloaded
    return study + 5 * DAY


def from_day_ten(person: Person, case_study_done: int) -> None:
    """Play the demo invitation, then the newsletter for who engaged, or the last mail for who did not."""
    if person.role == "hot":  # handed to sales: the journey ended with the download
        return
    keen = 0.0 if person.role == "silent" else 0.45
    reads(person, "Demo invitation", max(person.sent_on(10), person.in_hours(case_study_done)), keen, 0.4)
    fork = person.sent_on(20)
    if person.engaged(fork - 14 * DAY, fork):
        for month in range(3):
            reads(person, "Monthly newsletter", person.sent_on(22 + 30 * month), 0.65, 0.3, within=30)
    elif person.role == "silent":
        last = person.in_hours(civil.add(fork, 60, "day", person.local()))
        reads(person, "We miss you", last, 0.5, 0.6, within=30)


def demo_request(person: Person, day: float) -> None:
    """Ask for a demo: the goal. The journey sends nothing more."""
    at = person.after(person.entered + int(day * DAY), 0, 6)
    person.leaves = at
    person.does(at - person.rng.randrange(60, 600), "Page Viewed", 25, page="/pricing")
    person.does(at, "Form Submitted", 50, form="Demo request")


def machines(person: Person) -> None:
    """Let a mail proxy open, and a link scanner click, within a minute of the sending: nobody read it."""
    for email, day in (("Related blog post", 2), ("Case study", 5)):
        at = person.sent_on(day) + person.rng.randrange(5, 50)
        person.does(at, "Email Opened", email=email, machine=True)
    person.does(person.sent_on(5) + 55, "Email Clicked", email="Case study", machine=True)


def behave(people: list[Person]) -> None:
    """Play everybody. Exceptions first: they decide who still gets a mail."""
    of = {role: [person for person in people if person.role == role] for role in ROLES}
    for person in people:
        person.does(person.entered, "Form Submitted", form="Whitepaper")
    for person, day in zip(of["requests a demo"], (0.2, 3.5, 6.2, 8.4, 11.6), strict=True):
        demo_request(person, day)
    deals(people)
    warm = [person for person in of["warm"] if person.leaves == END and person.mailable]
    bounced, unsubscribed, again = warm[-1], warm[-2], warm[:2]
    bounced.leaves = bounced.sent_on(2) + 40
    bounced.does(bounced.leaves, "Email Bounced", email="Related blog post", kind="hard")
    unsubscribed.leaves = unsubscribed.after(unsubscribed.sent_on(5) + DAY, 1, 4)
    unsubscribed.does(unsubscribed.leaves, "Unsubscribed", email="Case study")
    for person in people:
        done = before_day_ten(person)
        visits(person)
        from_day_ten(person, done)
    for person in again:  # the form once more, while the run goes on: refused, and the reason is recorded
        person.does(person.after(person.entered + 6 * DAY, 1, 9), "Form Submitted", form="Whitepaper")
    for person in of["silent"][1:12:3]:
        if person.mailable:
            machines(person)


def deals(people: list[Person]) -> None:
    """Open three opportunities: two stop runs half way, one follows a handoff. One is lost later."""
    accounts = [person.row["account_id"] for person in people]
    open_to = [person for person in people if person.lead.opportunity]
    warm = [person for person in open_to if person.role == "warm"]
    shared = next(person for person in warm if accounts.count(person.row["account_id"]) > 1)
    alone = next(person for person in warm if person.row["account_id"] != shared.row["account_id"])
    sold = next(person for person in open_to if person.role == "hot")
    for person, day in ((alone, 6), (shared, 9), (sold, 16)):
        due = person.entered + day * DAY
        at = civil.next_within(due, (0, 1, 2, 3, 4), "10:00", "16:00", person.local())
        at += person.rng.randrange(HOUR)
        person.does(at, "Opportunity Opened", opportunity=str(person.lead.opportunity))
        for colleague in people:
            if colleague.row["account_id"] == person.row["account_id"]:
                colleague.leaves = min(colleague.leaves, at)
    lost = civil.add(alone.leaves, 5, "week", alone.local())
    alone.does(lost, "Opportunity Closed", opportunity=str(alone.lead.opportunity), outcome="lost")


# ---------------------------------------------------------------------------------------------------- files


def stamp(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def numbered(people: list[Person]) -> Iterator[dict[str, Any]]:
    events = sorted(
        (event for person in people for event in person.events),
        key=lambda event: (event["at"], event.get("contact", ""), event["event"]),
    )
    for number, event in enumerate(events, 1):
        yield {"id": f"evt_{number:04d}", **event, "at": stamp(event["at"])}


def write_table(path: Path, table: list[dict[str, str]], leave_out: str = "") -> None:
    columns = [column for column in table[0] if column != leave_out]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(table, key=lambda row: row["id"]))


def main() -> None:
    parser = argparse.ArgumentParser(description="Derive the sample from a synthetic CRM.")
    parser.add_argument("--crm", type=Path, required=True, help="folder with the tables as CSV files")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "whitepaper" / "sample")
    arguments = parser.parse_args()

    chosen = leads(arguments.crm)
    accounts = account_rows(chosen, arguments.seed)
    people = []
    for number, (lead, role) in enumerate(zip(chosen, ROLES, strict=True)):
        rng = random.Random(f"{arguments.seed}:{lead.contact['contact_id']}")  # noqa: S311
        row = contact_row(lead, accounts[lead.account["account_id"]], number, rng)
        zone = civil.zone(row["time_zone"], WORKSPACE_ZONE)
        people.append(Person(row, lead, role, entry(number, zone, rng), rng))
    behave(people)

    write_table(arguments.out / "contacts.csv", [person.row for person in people])
    write_table(arguments.out / "accounts.csv", list(accounts.values()), leave_out="place")
    with (arguments.out / "events.jsonl").open("w", encoding="utf-8") as file:
        for event in numbered(people):
            file.write(json.dumps(event) + "\n")
    qualified = sum(person.score >= MQL for person in people)
    print(f"{len(people)} contacts, {len(accounts)} accounts, {qualified} of them reach {MQL} points")


if __name__ == "__main__":
    main()
