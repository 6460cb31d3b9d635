"""Why it matters: what is said of a missing name or line fits what it is."""

from __future__ import annotations

import pytest

import dsl
from tests.dsl.workspaces import HEAD, MESSAGES, workspace


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ('  add tag "none"\n', "nobody would find who has it"),
        ('  hand off to "Nobody"\n', "who takes the contact over"),
        ('  grant consent "None"\n', "Nobody can have agreed to it"),
        ('  set contact.industry to "Steel"\n', "The field would hold a value"),
    ],
)
def test_the_consequence_fits_the_kind_of_name(lines: str, why: str) -> None:
    errors = [d for d in dsl.check_workspace(workspace(HEAD + lines, **MESSAGES)) if d.severity == "error"]
    assert len(errors) == 1
    assert why in errors[0].consequence


def test_a_handoff_without_a_time_says_that_nobody_would_know_by_when() -> None:
    source = 'handoff "Z"\n  assign to account.owner\n  notify team "SDR"\n'
    errors = [d for d in dsl.check_workspace(workspace(source)) if d.severity == "error"]
    assert [d.consequence for d in errors] == ["Nobody would know by when sales must answer."]


def test_a_field_that_the_trigger_lacks_is_answered_with_those_it_has() -> None:
    source = HEAD + "  1 day before trigger.starts_at, skip if late\n    add 1 to score\n"
    errors = [d for d in dsl.check_workspace(workspace(source)) if d.severity == "error"]
    assert len(errors) == 1
    assert errors[0].fix is not None
    assert "trigger.form" in errors[0].fix.text
