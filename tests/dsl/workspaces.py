"""A small workspace that tests add files to."""

from __future__ import annotations

from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "whitepaper"

SETTINGS = """
[workspace]
name = "Test"
time_zone = "Europe/Berlin"

[email]
from = "Test <test@example.com>"

[teams."SDR"]
emails = ["sdr@example.com"]

[teams."Sales managers"]

[sync."CRM"]
url = "${CRM_URL}"
tasks = "${CRM_TASKS_URL}"

[webhooks."Warehouse"]
url = "${WAREHOUSE_URL}"

[audiences."Retargeting"]
url = "${RETARGETING_URL}"

[channels."in-app"]
url = "${IN_APP_URL}"
"""

DEFINITIONS = """
fields of contact
  field title is text
  field industry is choice of ("Software", "Fintech", "Other")
  field setup_complete is yes or no
  field renewal is date
fields of account
  field name is text
  field employees is number
  field owner is text
event "Webinar Registered"
  field webinar_id is text, key
  field minutes is number
event "Webinar Cancelled"
  field webinar_id is text, key
event "Contract Signed" of account
forms "Whitepaper", "Demo request"
assets "Case study"
tags "topic: automation"
stages "Anonymous", "Known", "MQL"
segment "Managers"
  contact.title contains "manager"
engagement
  when contact clicks any email
  when contact visits any page
scoring "Lead score"
  add 25 when contact visits page "/pricing"
  threshold "MQL" at 65
handoff "SDR"
  assign to account.owner, otherwise round robin
  notify team "SDR"
  respond within 24 hours, high priority within 2 hours
  escalate to team "Sales managers" when overdue
"""

HEAD = """journey "Test"
  start when contact submits form "Whitepaper"
  runs once for each contact
"""


# Messages, lists and audiences, as a file to add.
MESSAGES = {
    "messages.journey": b"""
message "Tour" on in-app
  text "Look around, {{ contact.first_name }}"
message "Code" on in-app, service
  text "Your code"
audiences "Retargeting", "Partners"
list "Guests" of contacts
list "Rivals" of ("rival.example", "other.example")
"""
}

# A journey that scenarios can be about, as a file to add.
SENDS = b"""
journey "Sends"
  start when contact submits form "Whitepaper"
  runs once for each contact
  goal "Asked" when contact submits form "Demo request"
  day 0
    send service email "Receipt"
    add tag "topic: automation"
  day 2
    send email "Offer"
    wait up to 3 days
      when contact clicks link "Yes" in email "Offer"
        notify team "SDR" "Worth a call"
        hand off to "SDR"
      otherwise
        send email "Case", version by contact.industry
  day 9
    exit "Through"
"""


def email(name: str, body: str = "Hello.", **front: str) -> bytes:
    """Write an email; front matter may be given."""
    values = {"name": name, "class": "marketing", "subject": f'"About {name}"', **front}
    head = "".join(f"{key}: {value}\n" for key, value in values.items())
    return f"---\n{head}---\n{body}\n".encode()


def workspace(journey: str = "", **more: bytes) -> dict[str, bytes]:
    """Return the files of a workspace with one journey file."""
    files = {
        "nurture.toml": SETTINGS.encode(),
        "definitions.journey": DEFINITIONS.encode(),
        "emails/news.md": email("News"),
        "emails/offer.md": email("Offer", "[Yes](https://example.com/yes) or [No](https://example.com/no)"),
        "emails/case.md": email("Case"),
        "emails/case.fintech.md": email("Case", version="Fintech"),
        "emails/receipt.md": email("Receipt", **{"class": "service"}),
    }
    if journey:
        files["x.journey"] = journey.encode()
    return files | more


def example(name: str = EXAMPLE.name, *, scenarios: bool = False) -> dict[str, bytes]:
    """Return the files of an example workspace; with its scenarios if they are asked for."""
    kinds = (".journey", ".md", ".toml", *((".scenario",) if scenarios else ()))
    root = EXAMPLE.parent / name
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.suffix in kinds
    }
