"""Territories: whom a team's settings name for a value, against the values that the field can have."""

from __future__ import annotations

from dsl.checking import Checker
from dsl.constructs.values import Reference
from dsl.settings import FILE
from dsl.spelling import nearest, one_of

_SHOWN = 3


def check_territories(check: Checker, by: Reference, team: str, *, last: bool) -> None:
    """Report a team without territories, and territories and choices that do not meet.

    `last`: nothing else is tried after the territory.
    """
    settings = check.catalog.settings
    fields = check.catalog.fields_of(by.owner) if by.owner in ("contact", "account") else {}
    found = fields.get(by.name)
    if (
        settings is None
        or team not in settings.teams
        or found is None
        or found.type not in ("text", "choice")
    ):
        return
    named, called = settings.teams[team].territories, f"{by.owner}.{by.name}"
    if not named:
        message = f"The team “{team}” has no territories in {FILE}, so this finds nobody."
        fix = f'Write there, under [teams."{team}"], such as: territories = {{ DE = "ana@acme.example" }}'
        check.report.add("N418", by.span, message, fix)
    elif found.choices:
        if strange := [value for value in named if value not in found.choices]:
            guess = nearest(strange[0], found.choices)
            message = (
                f"{FILE} gives the team “{team}” the territory {_quoted(strange)}; {called} is never that."
            )
            fix = f'Write "{guess}" there.' if guess else f"Write there {_quoted(found.choices)}."
            check.report.add("N418", by.span, message, fix)
        missing = [value for value in found.choices if value not in named]
        if missing and last:
            message = f"The team “{team}” has nobody for {_quoted(missing)}, and nothing else is tried."
            fix = f"Name somebody in {FILE}, or add: , otherwise round robin"
            check.report.add("N418", by.span, message, fix)


def _quoted(values: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return one_of([f'"{value}"' for value in values[:_SHOWN]], "or") + more
