"""A workspace and people for whom everything goes wrong, each with values that occur nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import dsl
from dsl import Compiled
from runtime.people import Account, Contact, RecordedEvent
from runtime.simulator import Outage
from tests.equality.case import Case, Step

START = int(datetime(2041, 3, 4, 10, tzinfo=UTC).timestamp())
HOUR = 3_600

FILES = {
    "nurture.toml": """
[workspace]
name = "Personal"
time_zone = "Europe/Berlin"
[email]
from = "Personal <hello@sender.example.com>"
postal_address = "1 Test Street"
unsubscribe = "unsubscribe@sender.example.com"
[teams."SDR"]
emails = ["sdr@sender.example.com"]
members = ["quentin.salesperson@sender.example.com"]
chat = "${CHAT}"
[sync."CRM"]
url = "${CRM}"
tasks = "${TASKS}"
[channels."sms"]
url = "${SMS}"
address = "nickname"
secret = "a secret of the people of people-xyzzy"
allow_private = true
[webhooks."Warehouse"]
url = "${WAREHOUSE}"
allow_private = true
[audiences."Retargeting"]
url = "${RETARGETING}"
allow_private = true
""",
    "definitions.journey": """
fields of contact
  field title is text
  field nickname is text
  field industry is choice of ("Software", "Cryptozoology")
  field budget is number
  field renewal is date

fields of account
  field name is text
  field employees is number

event "Webinar Registered"
  field webinar_id is text, key
  field question is text

forms "Demo request"
tags "hot"
audiences "Retargeting"

message "Hello" on sms
  text "{{ contact.first_name | default: 'You' }}, {{ trigger.question }}"

handoff "SDR"
  assign to round robin
  notify team "SDR"
  respond within 24 hours
""",
    "personal.journey": """
journey "Personal"
  start when contact does "Webinar Registered"
  runs once for each trigger.webinar_id
  goal "Demo" when contact submits form "Demo request"

  send email "Greeting", version by contact.industry
  send email "Fragile", from contact.nickname, high priority
  sync to "CRM"
  notify team "SDR" "Look at this", high priority
  hand off to "SDR"
  send sms "Hello"
  call webhook "Warehouse"
  add to audience "Retargeting"
  create task "Call them" for contact.nickname
  if contact.nickname is "Somebody else"
    add tag "hot"
  wait 2 days
  send email "Greeting"
  wait up to 90 days until contact does "Webinar Registered"
""",
    "emails/greeting.md": """---
name: Greeting
class: marketing
subject: '{{ contact.first_name | default: "You" }}, {{ trigger.question }}'
---
Dear {{ contact.title | default: "you" }} of {{ account.name | default: "nowhere" }}.
""",
    "emails/greeting.cryptozoology.md": """---
name: Greeting
version: Cryptozoology
class: marketing
subject: "{{ contact.first_name }} and {{ contact.nickname }}"
---
Dear {{ contact.title }} {{ contact.last_name }}, your budget is {{ contact.budget }}.
""",
    "emails/fragile.md": """---
name: Fragile
class: marketing
subject: "For {{ contact.nickname }}"
---
{{ contact.last_name }}, {{ contact.first_name }}: {{ contact.nickname | upcase }}
""",
}

ACCOUNT = Account("acc-1", {"name": "Brobdingnag Überseewerke", "employees": 48613})
ZOLTAN = Contact(
    "cnt-1",
    {
        "email": "zoltan.quixote@people-xyzzy.example.com",
        "first_name": "Zoltanímir",
        "last_name": "Kereszturyfy",
        "title": "Chief Plumbus Officer",
        "nickname": "Zolipolipoli",
        "industry": "Cryptozoology",
        "budget": 73912.25,
        "renewal": "2043-07-19",
    },
    account_id="acc-1",
    time_zone="Asia/Kathmandu",
    known_since=0,
    consents=frozenset({"Marketing"}),
)


def _person(id_: str, fields: dict[str, Any]) -> Contact:
    return Contact(id_, fields, None, time_zone=None, known_since=0, consents=frozenset({"Marketing"}))


REFUSED = _person(
    "cnt-2",
    {
        "email": "refused.wilhelmina@people-xyzzy.example.com",
        "first_name": "Wilhelminchen",
        "nickname": "Minchen",
    },
)
FAILING = _person(
    "cnt-3", {"email": "nameless.bartholomew@people-xyzzy.example.com", "last_name": "Bartholomewski"}
)
MISTYPED = _person(
    "cnt-4",
    {"email": "no-address-of-ermintrude", "first_name": "Ermintrudis", "nickname": "Trudi-Trudi"},
)
PEOPLE = (ZOLTAN, REFUSED, FAILING, MISTYPED)
QUESTION = "May I bring my grandmother Eusebia?"
WEBINAR = "webinar-of-kereszturyfy-778899"


def values() -> set[str]:
    """Return every value that is about a person, an account or a colleague."""
    found = {str(value) for person in (*PEOPLE, ACCOUNT) for value in person.fields.values()}
    found |= {QUESTION, WEBINAR, "Asia/Kathmandu", "quentin.salesperson", "people-xyzzy", "eusebia"}
    return found


def _compiled() -> Compiled:
    compiled = dsl.compile_workspace({path: text.encode() for path, text in FILES.items()})
    assert compiled.ok, "\n".join(f"{d.code} {d.message}" for d in compiled.diagnostics)
    return compiled


def case() -> Case:
    def event(number: int, after: int, contact: str) -> Step:
        at = START + after
        properties: dict[str, Any] = {"webinar_id": WEBINAR, "question": QUESTION}
        return Step(
            at, "event", RecordedEvent(f"e{number}", "Webinar Registered", at, contact, None, properties)
        )

    return Case(
        name="personal",
        compiled=_compiled(),
        contacts=tuple(replace(person, account_id=None) for person in PEOPLE),  # there is no account yet
        steps=tuple(event(n, n, person.id) for n, person in enumerate(PEOPLE)),
        # The greeting of day 2 meets a mail server that is down.
        outages=(Outage(START + 47 * HOUR, START + 50 * HOUR),),
        refused={REFUSED.id: "smtp 550"},
        start=START,
        until=START + 72 * HOUR,
        limit=0,
        expect=(),
    )
