"""Invented contacts fit the start of their journey, whatever it asks for."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

import dsl
from dsl.plan import Plan
from runtime.people import RecordedEvent
from runtime.populations.behaviour import Behaviour
from runtime.populations.crowd import Crowd, play
from runtime.populations.inventing import Inventor
from runtime.published import Published
from runtime.workspace import read_workspace

MONDAY = 1_772_438_400
DAY = 86_400
LIFECYCLE = Path(__file__).parents[3] / "examples" / "lifecycle"

DEFINITIONS = """
fields of contact
  field plan is text
  field employees is number
  field renewal is date
  field seen is date and time
  field tier is choice of ("Gold", "Silver", "None")
  field customer is yes or no
  field interests is list

fields of account
  field name is text
  field region is text

event "Signal"
  field kind is text
  field level is number
  field begins is date and time
  field ends is date and time

forms "Whitepaper"
tags "vip", "blocked"
stages "Known", "MQL"
list "Blocked" of ("x.example.com")

engagement
  when contact clicks any email
  when contact visits any page

scoring "Lead score"
  add 15 when contact submits form "Whitepaper"
  threshold "MQL" at 65

segment "Big"
  contact.employees is at least 500
  account.region is "EMEA"
"""

STARTS = (
    'start when contact does "Signal"',
    'start when contact does "Signal" if contact.plan is empty',
    'start when contact does "Signal" if contact.employees is between 10 and 20',
    'start when contact does "Signal" if (contact.tier is "Gold" or contact.tier is "Silver")',
    'start when contact does "Signal" if contact.tier is not "Gold"',
    'start when contact does "Signal" if contact.tier is one of ("Gold", "None")',
    'start when contact does "Signal" if contact.renewal is in the next 30 days',
    'start when contact does "Signal" if contact.seen is before today',
    'start when contact does "Signal" if contact.customer is yes',
    'start when contact does "Signal" if contact has tag "vip"',
    'start when contact does "Signal" if contact has no tag "vip"',
    'start when contact does "Signal" if score is at least "MQL"',
    'start when contact does "Signal" if contact is in stage "Known"',
    'start when contact does "Signal" if contact has engaged in the last 14 days',
    'start when contact does "Signal" if contact has not engaged in the last 60 days',
    'start when contact does "Signal" if contact has submitted form "Whitepaper" ever',
    'start when contact does "Signal" if contact.email_domain is "big.example.com"',
    'start when contact does "Signal" if account has an open opportunity',
    'start when contact does "Signal" if account has no open opportunity',
    'start when contact does "Signal" if contact is in segment "Big"',
    'start when contact does "Signal" where event.level is at least 7',
    'start when contact enters segment "Big"',
    'start with everyone in segment "Big"',
    'start when score reaches "MQL"',
    'start when contact reaches stage "MQL"',
)


def compiled(start: str) -> dsl.Compiled:
    """Compile a workspace with a journey that starts so."""
    files = {
        "nurture.toml": b'[workspace]\nname = "T"\ntime_zone = "Europe/Berlin"\n',
        "definitions.journey": DEFINITIONS.encode(),
        "a.journey": f'journey "A"\n  {start}\n  runs once for each contact\n  add tag "vip"\n'.encode(),
    }
    return dsl.compile_workspace(files)


def inventor(made: dsl.Compiled, plan: Plan, seed: int = 1) -> Inventor:
    known = list(made.plans.values())
    return Inventor.of(made.definitions, [plan], known, Behaviour(), seed, MONDAY, 10 * DAY)


def crowd(made: dsl.Compiled, one: Inventor, contacts: int) -> Crowd:
    published = Published.of(made.definitions, made.plans.values())
    behaviour = one.behaviour
    return Crowd(published, made.settings, None, behaviour, one, {}, one.seed, MONDAY, 90, contacts)


@pytest.mark.parametrize("start", STARTS)
def test_invented_contacts_enter_by_any_start(start: str) -> None:
    made = compiled(start)
    assert made.ok, dsl.as_text(made.diagnostics)
    one = inventor(made, made.plans["A"])

    played = play(crowd(made, one, 24), range(24))

    assert played.unfit == 0
    assert {record.contact for record in played.world.runs.values()} == set(played.world.facts)


def test_an_event_has_all_its_fields_and_its_dates_lie_ahead_in_order() -> None:
    made = compiled(STARTS[0])
    one = inventor(made, made.plans["A"])

    for number in range(50):
        entry = one.contact(number, one.account(number)).entry
        assert entry is not None
        assert set(entry.properties) == {"kind", "level", "begins", "ends"}
        assert _date(entry, "ends") > _date(entry, "begins") > entry.at


def _date(entry: RecordedEvent, name: str) -> int:
    return int(datetime.fromisoformat(entry.properties[name]).timestamp())


def test_contact_n_is_the_same_whoever_else_there_is() -> None:
    made = compiled(STARTS[2])
    one, other, another = (inventor(made, made.plans["A"], seed) for seed in (1, 1, 2))

    assert one.contact(7, one.account(3)) == other.contact(7, other.account(3))
    assert one.contact(7, one.account(3)).contact != another.contact(7, another.account(3)).contact


def test_most_of_every_journey_is_reached() -> None:
    made = dsl.compile_workspace(read_workspace(LIFECYCLE).files)
    plans = [plan for plan in made.plans.values() if any(not start.by_hand for start in plan.starts)]
    known = list(made.plans.values())
    one = Inventor.of(made.definitions, plans, known, Behaviour(), 1, MONDAY, 30 * DAY)

    played = play(crowd(made, one, 800), range(800))

    reached = {(run.view.journey, row.step) for run in played.world.runs.values() for row in run.rows}
    # A schedule writes rows of its blocks, and none of its own.
    steps = {(plan.journey, step.id) for plan in known for step in plan.steps if step.op != "schedule"}
    assert steps - reached == set()
