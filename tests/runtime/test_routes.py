"""Routes: the paths of a plan for people, the longest of them, those to a step, and the bound."""

from __future__ import annotations

import pytest

import dsl
from dsl.plan import Arms, Plan
from runtime import routes
from runtime.explore import Bound
from runtime.routes import UnknownStep
from tests.runtime.why.living import DAY, workspace

HEAD = """journey "Reader"
  start when contact submits form "Whitepaper"
  runs once for each contact

"""
SHARED = """fields of contact
  field plan is text

forms "Whitepaper", "Demo"
"""


def plan(body: str) -> Plan:
    found = dsl.compile_workspace(workspace(HEAD + body, SHARED))
    assert found.ok, dsl.as_text(found.diagnostics)
    return found.plans["Reader"]


CHOICES = """  send email "First"
  wait up to 2 days
    when contact clicks email "First"
      send email "Clicked"
    otherwise
      wait 3 days
  if contact.plan is "Pro"
    send email "Pro"
  if contact has clicked email "First"
    send email "Reader"
"""


def mails(route: routes.Route) -> list[str]:
    return [mail.email for mail in route.path.mails]


def test_every_way_is_told_and_none_denies_what_it_has_seen() -> None:
    found = routes.find(plan(CHOICES), Bound())
    assert not found.partial
    told = {(tuple(mails(route)), route.path.seconds // DAY) for route in found.routes}
    # Who clicked has clicked. Who did not click while it was waited for may have clicked since.
    assert {days for sent, days in told if "Clicked" in sent} == {0, 2}
    assert all("Reader" in sent for sent, _ in told if "Clicked" in sent)
    assert (("First",), 5) in told
    assert (("First", "Pro", "Reader"), 5) in told


def test_ways_that_differ_in_what_a_team_hears_are_told_apart_and_those_in_nothing_are_not() -> None:
    body = '  if contact.plan is "Pro"\n    {}\n  otherwise\n    {}\n'
    files = workspace(HEAD + body.format('notify team "SDR" "One"', 'notify team "SDR" "Other"'), SHARED)
    files["nurture.toml"] += b'[teams."SDR"]\nemails = ["sdr@example.com"]\n'
    told = dsl.compile_workspace(files).plans["Reader"]
    assert len(routes.find(told, Bound()).routes) == 2
    same = plan(body.format("add 1 to score", "add 2 to score"))
    assert len(routes.find(same, Bound()).routes) == 1


def test_the_longest_the_shortest_and_the_one_with_the_most_emails() -> None:
    found = routes.find(plan(CHOICES), Bound()).routes
    assert routes.longest(found).path.seconds == 5 * DAY
    assert routes.shortest(found).path.seconds == 0
    assert mails(routes.most_emails(found)) == ["First", "Clicked", "Pro", "Reader"]


@pytest.mark.parametrize("name", ["Pro", "12", "send:pro", "Send email “Pro”"])
def test_a_route_to_a_step_ends_there(name: str) -> None:
    made = plan(CHOICES)
    found = routes.find(made, Bound(), routes.step_named(made, name))
    assert {mails(route)[-1] for route in found.routes} == {"Pro"}
    assert {route.path.ended for route in found.routes} == {""}
    assert not found.partial


def test_a_step_that_a_handler_takes_is_come_to_by_it() -> None:
    made = plan(
        '  whenever contact submits form "Demo", at most once every 7 days\n'
        '    send email "Beside"\n\n  send email "First"\n  wait 5 days\n'
    )
    found = routes.find(made, Bound(paths=50), routes.step_named(made, "Beside"))
    assert mails(routes.shortest(found.routes))[-1] == "Beside"


def test_an_unknown_step_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UnknownStep, match="Did you mean “Clicked”"):
        routes.step_named(plan(CHOICES), "Clickd")
    with pytest.raises(UnknownStep, match="There are: “First”, “Clicked”, “Pro”, “Reader”"):
        routes.step_named(plan(CHOICES), "zzz")


def test_more_paths_than_anybody_can_list_end_at_the_bound() -> None:
    body = "".join(
        f'  if contact.plan is "{n}"\n    send email "Mail {n}"\n  wait 1 day\n' for n in range(30)
    )
    found = routes.find(plan(body), Bound(paths=100))
    assert (len(found.routes), found.partial) == (100, True)


def test_a_wait_without_an_end_is_no_end() -> None:
    made = plan(CHOICES)
    steps = [s.model_copy(update={"until": None}) if isinstance(s, Arms) else s for s in made.steps]
    found = routes.find(made.model_copy(update={"steps": tuple(steps)}), Bound()).routes
    # The machine waits for ever: the event may come, and may not.
    assert all(route.path.ended == "completed" for route in found if "Clicked" in mails(route))
    assert all(route.path.seconds == 0 for route in found)


def test_a_way_that_is_given_up_is_endless() -> None:
    body = '  repeat up to 50 times\n    send email "First"\n    wait 1 day\n'
    (route,) = routes.find(plan(body), Bound(happenings=20)).routes
    assert (route.open_end, route.path.ended) == ("endless", "")
    (whole,) = routes.find(plan(body), Bound()).routes
    assert (whole.open_end, len(whole.path.mails)) == ("", 50)
