"""Workspaces of any size for measurements: varied, without errors, and the same on every run."""

from __future__ import annotations

from random import Random

from benchmarks.measure import EXAMPLE

_FIELDS = ("industry", "title", "country")
_INDUSTRIES = ("Software", "Fintech", "Logistics", "Manufacturing")
_PLACES = ("DE", "US", "FR", "NL")
_LONGEST = 60  # lines of a journey

_MORE = """
fields of contact
  field plan is text
  field employees is number
  field renewal is date

event "Webinar Registered"
  field webinar_id is text, key
  field starts_at is date and time

business hours weekdays 09:00 to 17:00

segment "Cold"
  score is at most 20
  contact has not engaged in the last 60 days

policy "Marketing email"
  require consent "Marketing"
  allow at most 7 emails in any 7 days, otherwise hold up to 3 days
"""


def workspace(journeys: int, emails: int) -> dict[str, bytes]:
    """Return the files of a workspace, each journey of sixty lines and with a start of its own."""
    dice = Random(1)
    definitions = (EXAMPLE / "definitions.journey").read_text("utf-8")
    events = "\n".join(f'event "Signal {n}"\n  field score is number' for n in range(journeys))
    files = {
        "nurture.toml": (EXAMPLE / "nurture.toml").read_bytes(),
        "definitions.journey": f"{definitions}\n{_MORE}\n{events}\n".encode(),
    }
    for n in range(emails):
        files[f"emails/{n}.md"] = _email(n).encode()
    for n in range(journeys):
        files[f"journeys/{n % 20}/{n}.journey"] = journey(n, emails, _LONGEST, dice).encode()
    return files


def journey(number: int, emails: int, lines: int, dice: Random) -> str:
    """Write a journey of so many lines; most constructs of a body come up in turn."""
    rows = [
        f'journey "Journey {number}"',
        '  owner "Demand generation"',
        f'  start when contact does "Signal {number}"',
        "  runs again 90 days after it ended",
        '  goal "Demo requested" when contact submits form "Demo request"',
        "  stop as soon as account has an open opportunity",
        "  sending hours weekdays 09:00 to 17:00 contact time",
        '  whenever contact visits page "/pricing", at most once every 7 days',
        '    notify team "SDR" "On the pricing page", high priority',
        "",
        "  add 10 to score",
    ]
    parts = list(_PARTS)
    dice.shuffle(parts)
    turn = 0
    while True:
        text = parts[turn % len(parts)].format(
            a=dice.randrange(emails),
            b=dice.randrange(emails),
            days=dice.randint(2, 9),
            points=dice.randint(1, 30),
            industry=dice.choice(_INDUSTRIES),
            place=dice.choice(_PLACES),
            field=dice.choice(_FIELDS),
            turn=turn,
        )
        more = ["  " + row for row in text.strip("\n").split("\n")]
        if len(rows) + len(more) > lines:
            break
        rows += more
        turn += 1
    rows += [f"  add {n + 1} to score" for n in range(lines - len(rows))]
    return "\n".join(rows) + "\n"


def nested(levels: int) -> str:
    """Write a journey with one question inside the other."""
    rows = [
        'journey "Nested"',
        '  start when contact submits form "Whitepaper"',
        "  runs once for each contact",
    ]
    rows += [f"{'  ' * (n + 1)}if contact.employees is at least {n}" for n in range(levels)]
    rows.append(f"{'  ' * (levels + 1)}add 1 to score")
    return "\n".join(rows) + "\n"


def _email(number: int) -> str:
    return f"""---
name: Email {number}
class: marketing
subject: "News {number} for you"
preheader: "What is new this week."
---
Hi {{{{ contact.first_name | default: "there" }}}},

this is what people at {{{{ account.name | default: "your company" }}}} ask us most.

[Read more](https://example.com/{number} "More") or [ask us](https://example.com/ask "Ask").
"""


_PARTS = (
    """
send email "Email {a}"
wait up to {days} days
  when contact clicks email "Email {a}"
    add {points} to score
  when contact replies to email "Email {a}"
    notify team "SDR" "A reply", high priority
  otherwise
    send email "Email {b}"
""",
    """
if contact.industry is "{industry}"
  add {points} to score
otherwise if contact.country is "{place}"
  add tag "topic: automation"
otherwise
  subtract 2 from score
""",
    """
wait {days} days
send email "Email {a}", subject "In case you missed it"
""",
    """
split "Test {turn}"
  variant 50% "One"
    send email "Email {a}"
  variant 30% "Two"
    wait {days} business days
  variant 20% "None"
    add {points} to score
""",
    """
repeat up to 3 times
  wait {days} days
  if contact has engaged in the last 14 days
    set stage to "Known"
""",
    """
if score is at least "MQL"
  hand off to "SDR"
wait until tuesday 10:00
sync to "CRM"
""",
    """
if (contact.{field} is set and contact.employees is between 10 and 500)
  send email "Email {a}"
  wait up to {days} days until contact downloads asset "Case study"
""",
    """
wait {days} business days
if contact is in segment "Cold"
  add {points} to score
otherwise
  send email "Email {b}"
""",
)
