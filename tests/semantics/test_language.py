"""What the checker says before anybody is in a journey: rows 7, 8, 37 and 40."""

from __future__ import annotations

import pytest

import dsl
from dsl.diagnostics import Diagnostic
from tests.dsl.workspaces import workspace

_HEAD = 'journey "Row"\n  start when contact submits form "Whitepaper"\n  runs once for each contact\n\n'


@pytest.fixture(autouse=True)
def _where_it_runs() -> None:
    """No database is touched here."""


def _told(text: str) -> list[Diagnostic]:
    """Return what the checker says about a workspace with this journey."""
    return [found for found in dsl.check_workspace(workspace(text)) if found.severity == "error"]


def _fix(lines: str) -> tuple[str, str]:
    """Return the one code that these lines get, and its fix."""
    (found,) = _told(_HEAD + lines)
    assert found.fix is not None
    return found.code, found.fix.text


def test_row_07_no_months_in_waits() -> None:
    assert _fix("  wait 1 month\n  add 5 to score\n") == ("N104", "Write “wait 30 days”.")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("4 hrs", "4 hours"), ("2 dyas", "days"), ("1 days", "1 day")],
)
def test_row_08_mistyped_unit(written: str, meant: str) -> None:
    _, fix = _fix(f"  wait {written}\n  add 5 to score\n")
    assert fix.removesuffix(".").replace("“", "").replace("”", "") == f"Write {meant}"


def test_row_08_a_number_alone_is_no_time() -> None:
    assert _fix("  wait 3\n  add 5 to score\n") == ("N101", "Write “wait 3 days” or “wait 3 hours”.")


def test_row_37_loops_of_journeys() -> None:
    again = "  start by hand\n  runs again at any time\n"
    found = _told(
        f'journey "A"\n{again}  wait 1 day\n  start journey "B"\n'
        f'journey "B"\n{again}  start journey "C"\n'
        f'journey "C"\n{again}  start journey "A"\n'
    )
    assert [(one.code, one.message) for one in found] == [
        ("N548", "These journeys start each other for ever: “A” → “B” → “C” → “A”.")
    ]
    # A circle that lets each contact in once ends by itself.
    once = "  start by hand\n  runs once for each contact\n"
    assert not _told(f'journey "A"\n{again}  start journey "B"\njourney "B"\n{once}  start journey "A"\n')


def test_row_40_a_fact_without_a_scope_is_an_error() -> None:
    code, fix = _fix('  if contact has visited page "/pricing"\n    add 5 to score\n')
    assert (code, fix) == ("N407", "Add “since the start”, or such as “in the last 30 days”.")
    # About the emails of this journey the run is meant.
    assert not _told(
        _HEAD
        + '  send service email "Receipt"\n  if contact has clicked email "Receipt"\n    add 5 to score\n'
    )
    # About those of another one, how far back is said.
    other = _HEAD.replace("Row", "Other") + '  send service email "Receipt"\n'
    found = _told(other + _HEAD + '  if contact has clicked email "Receipt"\n    add 5 to score\n')
    assert [one.code for one in found] == ["N407"]
