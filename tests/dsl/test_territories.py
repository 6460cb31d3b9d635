"""Territories: whom a team names for a value, against the values that the field can have."""

from __future__ import annotations

import pytest

import dsl
from tests.dsl.workspaces import SETTINGS, workspace

_CHOICE = 'choice of ("DE", "FR")'


def said(kind: str, territories: str, after: str = ", otherwise round robin") -> list[str]:
    handoff = (
        f"fields of contact\n  field country is {kind}\n"
        f'handoff "Executives"\n  assign to territory by contact.country{after}\n'
        '  notify team "SDR"\n  respond within 24 hours\n'
    )
    settings = SETTINGS.replace('[teams."SDR"]\n', f'[teams."SDR"]\n{territories}\n')
    found = dsl.check_workspace(workspace(handoff, **{"nurture.toml": settings.encode()}))
    assert {d.code for d in found} <= {"N418"}
    return [d.message for d in found]


def test_territories_for_every_choice_are_fine() -> None:
    assert said(_CHOICE, 'territories = { DE = "a@x.example", FR = "b@x.example" }', "") == []


def test_a_text_may_have_any_territory() -> None:
    assert said("text", 'territories = { DE = "a@x.example" }', "") == []


def test_a_team_without_territories_is_reported() -> None:
    assert said("text", "") == ["The team “SDR” has no territories in nurture.toml, so this finds nobody."]


def test_a_territory_that_the_field_never_has_is_reported() -> None:
    (message,) = said(_CHOICE, 'territories = { DEU = "a@x.example" }')
    assert message == 'nurture.toml gives the team “SDR” the territory "DEU"; contact.country is never that.'


@pytest.mark.parametrize(
    ("after", "reported"),
    [("", True), (", otherwise round robin", False), (", otherwise account.owner", False)],
)
def test_a_choice_without_a_territory_is_reported_where_nothing_else_is_tried(
    after: str, reported: bool
) -> None:
    found = said(_CHOICE, 'territories = { DE = "a@x.example" }', after)
    assert found == ['The team “SDR” has nobody for "FR", and nothing else is tried.'] * reported
