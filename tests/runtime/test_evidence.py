"""Evidence: what a way has seen it does not deny, and what could not go unheard it does not claim."""

from __future__ import annotations

import pytest

import dsl
from dsl.plan import Plan
from runtime import routes
from runtime.explore import Bound
from tests.runtime.test_routes import HEAD
from tests.runtime.why.living import DAY, workspace

SHARED = """fields of contact
  field plan is text
forms "Whitepaper", "Demo"
assets "Guide"
engagement
  when contact clicks any email
"""


def ways(body: str, head: str = "") -> list[tuple[list[str], int, str]]:
    """Return the emails, the days and the end of each way."""
    found = dsl.compile_workspace(workspace(f"{HEAD}{head}\n{body}", SHARED))
    assert not [d for d in found.diagnostics if d.severity == "error"], dsl.as_text(found.diagnostics)
    plan: Plan = found.plans["Reader"]
    return [
        ([mail.email for mail in one.path.mails], one.path.seconds // DAY, one.path.ended)
        for one in routes.find(plan, Bound()).routes
    ]


def test_who_let_a_wait_for_a_click_run_out_has_not_clicked() -> None:
    found = ways(
        '  send email "First"\n  wait up to 2 days until contact clicks email "First"\n'
        '  if contact has clicked email "First"\n    send email "Did"\n  otherwise\n    send email "Not"\n'
    )
    # At once, in the last second, and never.
    assert found == [
        (["First", "Did"], 0, "completed"),
        (["First", "Did"], 2, "completed"),
        (["First", "Not"], 2, "completed"),
    ]


def test_between_two_waits_there_is_time_to_click() -> None:
    found = ways(
        '  send email "First"\n  wait up to 2 days until contact clicks email "First"\n  wait 3 days\n'
        '  if contact has clicked email "First"\n    send email "Did"\n  otherwise\n    send email "Not"\n'
    )
    assert [one for one in found if one[1] == 5] == [
        (["First", "Did"], 5, "completed"),
        (["First", "Not"], 5, "completed"),
    ]


def test_what_came_before_the_wait_may_have_come() -> None:
    found = ways(
        '  send email "First"\n  wait 1 day\n  wait up to 2 days until contact downloads asset "Guide"\n'
        '  if contact has downloaded asset "Guide" since the start\n    send email "Did"\n'
        '  otherwise\n    send email "Not"\n'
    )
    assert {tuple(mails) for mails, days, _ in found if days == 3} == {("First", "Did"), ("First", "Not")}


def test_who_was_asked_for_a_click_before_is_not_asked_otherwise() -> None:
    found = ways(
        '  send email "First"\n  wait 1 day\n  if contact has clicked email "First"\n    send email "Did"\n'
        '  wait 1 day\n  if contact has clicked email "First"\n    send email "Still"\n'
    )
    assert (["First", "Did"], 2, "completed") not in found
    assert (["First", "Did", "Still"], 2, "completed") in found
    assert (["First", "Still"], 2, "completed") in found


def test_an_email_that_was_not_sent_is_not_clicked() -> None:
    found = ways(
        '  if contact.plan is "Pro"\n    send email "First"\n    wait 1 day\n'
        '  if contact has clicked email "First"\n    send email "Did"\n'
    )
    assert ["Did"] not in [mails for mails, _, _ in found]
    assert ["First", "Did"] in [mails for mails, _, _ in found]


def test_what_was_done_within_a_length_of_time_is_known() -> None:
    found = ways(
        '  send email "First"\n  wait up to 3 days until contact clicks email "First"\n  wait 5 days\n'
        '  if contact has engaged in the last 14 days\n    send email "Did"\n'
        '  otherwise\n    send email "Not"\n'
    )
    assert ("First", "Not") not in {tuple(mails) for mails, days, _ in found if days == 5}
    assert ("First", "Not") in {tuple(mails) for mails, days, _ in found if days == 8}


@pytest.mark.parametrize("line", ['contact.plan is "Pro"', "score is at least 50", "contact.plan is empty"])
def test_what_is_asked_twice_in_one_moment_is_answered_alike(line: str) -> None:
    asked = [f'  if {line}\n    send email "{name}"\n' for name in ("First", "Did")]
    assert [mails for mails, _, _ in ways("".join(asked))] == [["First", "Did"], []]
    assert len(ways("  wait 1 day\n".join(asked))) == 4


def test_a_goal_that_a_wait_waits_for_is_reached() -> None:
    found = ways(
        '  send email "First"\n  wait up to 2 days\n    when contact clicks email "First"\n'
        '      send email "Did"\n    otherwise\n      send email "Not"\n',
        '  goal "Clicked" when contact clicks email "First"\n',
    )
    assert ["First", "Did"] not in [mails for mails, _, _ in found]
    assert {ended for _, _, ended in found} == {"goal", "completed"}


def test_a_stop_that_a_click_brings_is_not_overlooked() -> None:
    found = ways(
        '  send email "First"\n  wait up to 2 days\n    when contact clicks email "First"\n'
        '      send email "Did"\n    otherwise\n      send email "Not"\n',
        '  stop as soon as contact has clicked email "First"\n',
    )
    assert sorted({(tuple(mails), ended) for mails, _, ended in found}) == [
        (("First",), "exit"),
        (("First", "Not"), "completed"),
    ]
