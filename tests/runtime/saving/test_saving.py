"""Paths as scenarios: what is written passes `nurture check` and `nurture test`, and shows what it is for."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from dsl.plan import Plan
from dsl.scenarios.script import Script
from dsl.workspace import compile_scenarios
from runtime import routes
from runtime.explore import Bound
from runtime.saving import Unwritable, counterexamples, scenario
from runtime.scenarios.playing import Played, play
from runtime.scenarios.stage import Set
from tests.runtime.why.living import workspace

HEAD = """journey "Reader"
  start when contact submits form "Whitepaper"
  runs once for each contact

"""
TWICE = """  send email "First"
  wait up to 2 days
    when contact clicks email "First"
      send email "Second"
    otherwise
      add tag "silent"
  if contact.plan is "Pro"
    send email "Second"
  send email "Second"
  if score is at least 50
    wait 3 days
    send email "Third"
  send email "Third"
"""
SHARED = """fields of contact
  field plan is text
  field seats is number
  field renewal is date
fields of account
  field size is number
tags "silent"
stages "Known", "MQL"
forms "Whitepaper", "Demo"
policy "Marketing email"
  allow at most 2 emails in any 7 days, otherwise skip
scoring "Lead score"
  add 15 when contact submits form "Whitepaper"
"""


def reader(body: str, head: str = HEAD) -> tuple[dict[str, bytes], Plan]:
    """Return a workspace with one journey, and its plan."""
    files = workspace(head + body, SHARED)
    return files, compile_scenarios(files)[0].plans["Reader"]


def played(files: Mapping[str, bytes], text: str) -> Played:
    compiled, found = compile_scenarios({**files, "x.scenario": text.encode()})
    assert [d.message for d in found.diagnostics if d.severity == "error"] == []
    scripts: list[Script] = [script for script in found.scripts if script.file == "x.scenario"]
    (script,) = scripts
    return play(script, Set.of(compiled))


def sent(made: Played) -> list[str]:
    return [entry.name for entry in made.stage.world.ledger.values() if entry.outcome == "sent"]


def test_the_counterexamples_of_the_proofs_are_played_and_pass() -> None:
    files = workspace(HEAD + TWICE, SHARED)
    found = list(counterexamples(files))
    assert [(one.code, one.line) for one in found] == [("N571", 12), ("N571", 13), ("N571", 17), ("N550", 17)]
    for one in found:
        assert one.why == ""
        assert one.text.startswith(f"# a.journey:{one.line}: {one.code}: ")
        assert played(files, one.text).ok
    pro = found[0]
    assert '  given contact "Ana" with plan "Pro"\n' in pro.text
    assert '    contact "Ana" clicks email "First"\n' in pro.text
    # The limit keeps the second from going twice: so the scenario tells what the contact gets.
    assert sent(played(files, pro.text)) == ["First", "Second"]


def test_a_scenario_that_was_saved_fails_when_the_journey_changes() -> None:
    files = workspace(HEAD + TWICE, SHARED)
    text = next(iter(counterexamples(files))).text
    other = workspace(HEAD + TWICE.replace('clicks email "First"', 'submits form "Demo"'), SHARED)
    made = played(other, text)
    assert not made.ok


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ('contact.plan is "Pro"', 'contact "Ana" with plan "Pro"'),
        ("contact.seats is more than 5", 'contact "Ana" with seats 6'),
        ('contact.plan is one of ("Pro", "Team")', 'contact "Ana" with plan "Pro"'),
        ("contact.plan is set", 'contact "Ana" with plan "something"'),
        ("contact.seats is set", 'contact "Ana" with seats 1'),
        ("account.size is at least 200", 'account "Acme" with size 200'),
        ("score is at least 50", 'contact "Ana" with score 50'),
        ('contact is in stage "MQL"', 'contact "Ana" with stage "MQL"'),
        ('contact has tag "silent"', 'contact "Ana" with tag "silent"'),
        ('contact has no consent "Marketing"', 'contact "Ana" with no consent "Marketing"'),
        ('(contact.plan is "Pro" and contact.seats is at least 3)', 'contact "Ana" with plan "Pro", seats 3'),
        ('(contact.renewal is set or contact.plan is "Pro")', 'contact "Ana" with plan "Pro"'),
    ],
)
def test_who_the_contact_must_be_is_given(line: str, given: str) -> None:
    body = f'  if {line}\n    send service email "Is so"\n  otherwise\n    send service email "Is not"\n'
    files, plan = reader(body)
    route = routes.shortest(routes.find(plan, Bound(), routes.step_named(plan, "Is so")).routes)
    text = scenario(files, plan, route, "Yes")
    assert f"  given {given}\n" in text
    assert sent(played(files, text)) == ["Is so"]
    other = routes.shortest(routes.find(plan, Bound(), routes.step_named(plan, "Is not")).routes)
    assert sent(played(files, scenario(files, plan, other, "No"))) == ["Is not"]


def test_what_the_contact_has_done_happens_before_it_is_asked() -> None:
    body = (
        '  send service email "First"\n  wait 3 days\n  if contact has clicked email "First"\n'
        '    send service email "Is so"\n'
    )
    files, plan = reader(body)
    route = routes.shortest(routes.find(plan, Bound(), routes.step_named(plan, "Is so")).routes)
    assert sent(played(files, scenario(files, plan, route, "Yes"))) == ["First", "Is so"]


def test_the_contact_is_one_who_draws_the_variant() -> None:
    body = (
        '  split "Half"\n    variant 50% "A"\n      send service email "One"\n'
        '    variant 50% "B"\n      send service email "Two"\n'
    )
    files, plan = reader(body)
    for email in ("One", "Two"):
        route = routes.shortest(routes.find(plan, Bound(), routes.step_named(plan, email)).routes)
        assert sent(played(files, scenario(files, plan, route, email))) == [email]


def test_a_path_that_contradicts_itself_is_refused() -> None:
    body = (
        '  if contact.plan is "Pro"\n    send service email "One"\n  wait 1 day\n'
        '  if contact.plan is "Team"\n    send service email "Two"\n'
    )
    files, plan = reader(body)
    (both,) = [r for r in routes.find(plan, Bound(distinct=True)).routes if len(r.path.mails) == 2]
    with pytest.raises(Unwritable, match="two values of the field “plan”"):
        scenario(files, plan, both, "Both")


QUIET = """  send service email "First"
  wait up to 2 days until contact clicks email "First"
  if contact has clicked email "First"
    send service email "Second"
  otherwise
    exit "Quiet"
"""


def test_every_way_that_is_listed_becomes_a_scenario_that_goes_it() -> None:
    files, plan = reader(QUIET)
    found = routes.find(plan, Bound()).routes
    assert [(len(route.path.mails), route.path.seconds // 86_400) for route in found] == [
        (2, 0),
        (2, 2),
        (1, 2),
    ]
    for route in found:
        made = played(files, scenario(files, plan, route, "Way"))
        (run,) = made.stage.world.runs.values()
        ours, theirs = (
            [row.reason for row in rows if row.kind in routes.CHOICES] for rows in (run.rows, route.rows)
        )
        assert (made.ok, ours) == (True, theirs)
        assert run.rows[-1].at - route.rows[-1].at in (0, 60)  # who answers at once takes a minute
    assert "on 7 january 2026 10:00\n    contact" in scenario(files, plan, found[1], "In the last second")


def test_a_saved_way_tells_how_it_ends() -> None:
    files, plan = reader(QUIET)
    text = scenario(files, plan, routes.find(plan, Bound()).routes[2], "In vain")
    assert 'expect contact "Ana" leaves journey "Reader" because "Quiet"' in text
    other = workspace(HEAD + QUIET.replace("    exit", "    wait 1 day\n    exit"), SHARED)
    assert not played(other, text).ok


def test_a_way_that_the_contact_does_not_go_names_the_turn() -> None:
    body = (
        '  send service email "First"\n  wait 1 day\n  if score is at least 50\n    '
        'send service email "Second"\n  wait 1 day\n  if score is at least 50\n    exit "Keen"\n'
    )
    files, plan = reader(body)
    (way,) = [
        r for r in routes.find(plan, Bound()).routes if len(r.path.mails) == 2 and r.path.ended != "exit"
    ]
    turn = (
        "“Score is at least 50: no” (line 10), and when it is played, it comes to "
        "“Score is at least 50: yes” (line 10)"
    )
    with pytest.raises(Unwritable, match=re.escape(turn)):
        scenario(files, plan, way, "Cooled down")


def test_goals_and_handlers_come_where_the_way_has_them() -> None:
    head = HEAD.replace("\n\n", '\n  goal "Demo" when contact submits form "Demo"\n\n')
    files, plan = reader(QUIET, head)
    ways = [r for r in routes.find(plan, Bound(interrupts=True)).routes if r.path.ended == "goal"]
    assert len(ways) == 2
    for way in ways:
        text = scenario(files, plan, way, "Goal")
        assert 'expect contact "Ana" reaches goal "Demo"' in text
        assert played(files, text).ok


@pytest.mark.parametrize("rejects", ['reject only as ("No budget", "Student")', ""])
def test_sales_answers_the_handoff_of_the_way_and_rejects_it_for_a_reason_that_it_knows(rejects: str) -> None:
    rules = ['notify team "SDR"', "assign to round robin", "respond within 24 hours", rejects]
    handoff = "".join(f"  {rule}\n" for rule in rules if rule)
    body = """  hand off to "Sales"
  wait up to 4 days
    when contact does "Handoff Rejected"
      exit "Rejected"
    when contact does "Handoff Accepted"
      exit "Accepted"
"""
    files = workspace(HEAD + body, f'{SHARED}handoff "Sales"\n{handoff}')
    files["nurture.toml"] += b'[teams."SDR"]\nemails = ["sdr@example.com"]\nmembers = ["one@example.com"]\n'
    compiled = compile_scenarios(files)[0]
    plan = compiled.plans["Reader"]
    texts = [scenario(files, plan, way, "Way") for way in routes.find(plan, Bound()).routes]
    because = ' because "No budget"' if rejects else ""
    assert {line.strip() for text in texts for line in text.splitlines() if "sales" in line} == {
        f'sales rejects "Ana"{because}',
        'sales accepts "Ana"',
    }
    assert all(played(files, text).ok for text in texts)


def test_the_value_of_a_date_field_is_a_day() -> None:
    body = '  wait until 3 days before contact.renewal\n  send service email "First"\n'
    files, plan = reader(body)
    way = routes.longest(routes.find(plan, Bound()).routes)
    text = scenario(files, plan, way, "Renewal")
    assert 'given contact "Ana" with renewal 4 february 2026\n' in text


def test_a_workspace_with_errors_is_played_by_nobody() -> None:
    files = workspace(HEAD + TWICE + '  send email "Fourth"\n', SHARED)
    del files["emails/fourth.md"]
    found = list(counterexamples(files))
    assert all("has errors" in one.why for one in found)
