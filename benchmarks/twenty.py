"""The simulator's yardstick: a journey of twenty steps and ninety days, policies, contacts who react."""

from __future__ import annotations

import dsl
from benchmarks.measure import EXAMPLE
from runtime.people import Account, Contact, RecordedEvent
from runtime.published import Published

DAY = 86_400
MORNING = 1_772_438_400  # 2 March 2026, 08:00 UTC
_ZONES = ("Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo")

_DEFINITIONS = """
business hours weekdays 09:00 to 17:00

policy "Marketing email"
  require consent "Marketing"
  allow at most 3 emails in any 7 days, otherwise hold up to 3 days
  hold between 20:00 and 08:00 contact time
  skip while account has an open opportunity
"""

JOURNEY = """
journey "Twenty steps"
  owner "Demand generation"
  start when contact submits form "Whitepaper"
  runs again 90 days after it ended
  goal "Demo requested" when contact submits form "Demo request"
  stop as soon as account has an open opportunity
  sending hours weekdays 09:00 to 17:00 contact time

  whenever contact visits page "/pricing", at most once every 7 days
    notify team "SDR" "On the pricing page", high priority

  send email "Welcome"
  add tag "topic: automation"
  add 10 to score
  set stage to "Known"
  wait 3 days
  send email "One"
  wait up to 4 days
    when contact clicks email "One"
      add 5 to score
    otherwise
      send email "Two"
  wait 7 days
  if contact.industry is "Software"
    send email "Three"
  otherwise
    send email "Four"
  wait 10 days
  if contact has engaged in the last 14 days
    add 10 to score
  send email "Five"
  wait 20 days
  if score is at least "MQL"
    hand off to "SDR"
  wait up to 14 days until contact has clicked email "Five"
  send email "Six"
  wait 20 days
  sync to "CRM"
"""


def published() -> Published:
    """Compile the workspace."""
    definitions = (EXAMPLE / "definitions.journey").read_text("utf-8")
    files = {
        "nurture.toml": (EXAMPLE / "nurture.toml").read_bytes(),
        "definitions.journey": f"{definitions}\n{_DEFINITIONS}".encode(),
        "journeys/twenty.journey": JOURNEY.encode(),
    }
    for name in ("Welcome", "One", "Two", "Three", "Four", "Five", "Six"):
        files[f"emails/{name}.md"] = _email(name).encode()
    compiled = dsl.compile_workspace(files)
    if not compiled.ok:
        raise ValueError(dsl.as_text(compiled.diagnostics))
    return Published.of(compiled.definitions, compiled.plans.values())


def people(number: int) -> tuple[list[Contact], list[Account]]:
    """Return so many contacts, two in each account."""
    accounts = [Account(f"a{n}", {"name": f"Company {n}", "employees": n}) for n in range((number + 1) // 2)]
    contacts = [
        Contact(
            f"c{n}",
            {
                "email": f"c{n}@example.com",
                "first_name": "Ana",
                "industry": ("Software", "Fintech")[n % 2],
            },
            f"a{n // 2}",
            _ZONES[n % 4],
            MORNING - 30 * DAY,
            frozenset({"Marketing"}),
        )
        for n in range(number)
    ]
    return contacts, accounts


def events(number: int) -> list[RecordedEvent]:
    """Return what so many contacts do: each enters, and of four one clicks, one looks at prices."""
    found = []
    for n in range(number):
        entered = MORNING + n % 5 * DAY + n % 997
        about = [("Form Submitted", 0, {"form": "Whitepaper"}), ("Email Opened", DAY, {"email": "Welcome"})]
        if n % 4 == 0:
            about.append(("Email Clicked", 5 * DAY, {"email": "One"}))
        if n % 4 == 1:
            about.append(("Page Viewed", 9 * DAY, {"page": "/pricing"}))
        if n % 4 == 2:
            about += [("Email Opened", 4 * DAY, {"email": "One"}), ("Page Viewed", 20 * DAY, {"page": "/"})]
        for name, later, properties in about:
            at = entered + later
            found.append(RecordedEvent(f"{n}/{name}/{at}", name, at, f"c{n}", None, dict(properties)))
    return found


def _email(name: str) -> str:
    return f"---\nname: {name}\nclass: marketing\nsubject: Hello\n---\nHello {{{{ contact.first_name }}}}\n"
