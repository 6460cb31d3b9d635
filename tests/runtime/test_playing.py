"""What the machine tells of the path that a proof names."""

from __future__ import annotations

import dsl
from dsl.diagnostics import as_dict
from dsl.rendering import as_github, as_sarif
from runtime.checking import player
from tests.dsl.workspaces import HEAD, workspace

ROUNDS = HEAD + '  repeat up to 3 times\n    send email "News"\n'
CAPPED = (
    HEAD
    + """
  day 0
    send email "News"
  day 3
    send email "Offer"
    send email "News"
"""
)
LIMIT = "  allow at most 2 emails in any 7 days, otherwise skip\n"


def found(source: str) -> list[dsl.Diagnostic]:
    return [d for d in dsl.check_workspace(workspace(source), player()) if d.path]


def test_a_path_is_told_with_the_days_and_hours_of_its_emails() -> None:
    source = CAPPED.replace("\n\n", "\n" + LIMIT + "\n", 1)
    (only,) = found(source)
    assert only.code == "N550"
    assert only.times == (
        "enters Monday 10:00 → “News” Monday 10:00 "
        "→ “Offer” Thursday 10:00 (day 3) → “News” Thursday 10:00 (day 3)"
    )


def test_what_is_held_is_told_when_it_goes_out() -> None:
    hours = '  sending hours weekdays 12:00 to 18:00 "UTC" time\n'
    (only,) = found(ROUNDS.replace("  repeat", hours + "  repeat"))
    assert only.times == "enters Monday 10:00 → “News” Monday 12:00 → “News” Monday 12:00"


def test_times_are_in_every_format() -> None:
    (only,) = found(ROUNDS)
    assert f"  times: {only.times}\n" in dsl.as_text([only])
    assert as_dict(only)["times"] == only.times
    assert f"Times: {only.times}" in as_sarif([only])
    assert f"Times: {only.times}" in as_github([only])


def test_nothing_is_told_where_no_time_passes_and_one_email_goes_out() -> None:
    (only,) = found(HEAD + '  send email "News"\n  start journey "Test"\n')
    assert (only.code, only.times) == ("N547", "")


def test_the_compiler_alone_plays_nothing() -> None:
    assert [d.times for d in dsl.check_workspace(workspace(ROUNDS))] == [""]


def test_a_check_plays_four_thousand_steps_and_no_more() -> None:
    rounds = '  repeat up to 2 times\n    send email "News"\n  wait 1 day\n'
    times = [d.times for d in found(HEAD + 110 * rounds) if d.code == "N541"]
    assert all(times[:50])
    assert times[-1] == ""
