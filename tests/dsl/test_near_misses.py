"""Lines as people write them who know English and other tools: each is answered with the right line.

Files under `near` hold `wrong => right`, where the edits of the one error write the right line; and
`wrong ~> right`, where it is only said in words. `@` tells where the lines stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import dsl
from dsl.fixing import is_safe
from tests.dsl.workspaces import DEFINITIONS, HEAD, MESSAGES
from tests.dsl.workspaces import workspace as plain

NEAR = Path(__file__).parent / "near"
_START = '  start when contact submits form "Whitepaper"\n'
_RUNS = "  runs once for each contact\n"
_DO = "add 1 to score\n"
_SPLIT = '  split "T"\n'
_SHORT = '    variant 50% "A"\n      send email "News"\n'
_SCORING = 'scoring "Lead score"\n  threshold "MQL" at 65\n'
_MORE = b"""
webinars "Product tour"
meetings "Demo"
holidays "Germany"
  closed on 1 january
journey "Back"
  start by hand
  runs again at any time
  reach goal "Back"
"""
_FILLED = re.compile(
    r"(if|otherwise if|when|whenever|as soon as|day|hour|repeat|section|\d+ \w+ (before|after)|at contact)\b"
)

# Where the line stands: what is above it, its indentation, what is below it.
_PLACES = {
    "doing": (HEAD + '  send email "Case", version by contact.industry\n', 2, ""),
    "variant": (HEAD + _SPLIT, 4, '      send email "News"\n    holdout 50%\n'),
    "holdout": (HEAD + _SPLIT + _SHORT, 4, ""),
    "winner": (HEAD + _SPLIT + _SHORT + "    holdout 50%\n", 4, ""),
    "arm": (HEAD + "  wait up to 5 days\n", 4, f"      {_DO}"),
    "last arm": (
        HEAD + f'  wait up to 5 days\n    when contact clicks email "News"\n      {_DO}',
        4,
        "      add 2 to score\n",
    ),
    "in a repeat": (HEAD + "  repeat up to 3 times\n    wait 1 day\n    if score is at least 5\n", 6, ""),
    "field": ("fields of contact\n", 2, ""),
    "field of an event": ('event "Z"\n', 2, ""),
    "text of a message": ('message "M" on in-app\n', 2, ""),
    "message": ("", 0, '  text "Hi"\n'),
    "segment": ('segment "Z"\n', 2, ""),
    "scoring": (_SCORING, 2, ""),
    "fit": (_SCORING + "  fit\n", 4, ""),
    "points": (_SCORING + "  engagement, halved every 30 days\n", 4, ""),
    "decay": (_SCORING, 2, "    add 1 when contact clicks any email\n"),
    "policy": ('policy "P"\n', 2, ""),
    "holidays": ('holidays "H"\n', 2, ""),
    "engagement": ("engagement\n", 2, ""),
}


def _source(place: str, line: str, right: str) -> tuple[str, int]:
    """Return a file with the line, and its number there."""
    if place in _PLACES:
        above, indent, below = _PLACES[place]
    elif place == "head":
        start, runs = right.startswith("start"), right.startswith("runs")
        filled = f"    {_DO}" if _FILLED.match(right) else ""
        above = 'journey "T"\n' + ("" if start else _START) + ("" if start or runs else _RUNS)
        indent, below = 2, filled + (_RUNS if start else "") + f"  {_DO}"
    elif place == "flow":
        above, indent, below = HEAD + '  send email "News"\n', 2, f"    {_DO}"
        if right.startswith("section"):
            above = HEAD + '  run section "S"\n'
        if right.startswith("split"):
            below = _SHORT + "    holdout 50%\n"
    elif place == "handoff":
        lines = ("assign to account.owner", "respond within 24 hours", 'notify team "SDR"')
        rest = [row for row in lines if row.split()[0] != right.split()[0]]
        above, indent, below = 'handoff "H"\n' + "".join(f"  {row}\n" for row in rest), 2, ""
    else:
        above, indent, below = "", 0, ""
        if right.startswith("fields"):
            below = "  field zz is text\n"
        if right.startswith("journey"):
            below = f"{_START}{_RUNS}  {_DO}"
    return f"{above}{' ' * indent}{line}\n{below}", above.count("\n") + 1


def _workspace(place: str, source: str, right: str) -> dict[str, bytes]:
    definitions = DEFINITIONS
    if place in ("scoring", "fit", "points", "decay"):
        definitions = re.sub(r"scoring (?:.*\n)(?:  .*\n)+", "", definitions)
    if place == "engagement":
        definitions = re.sub(r"engagement\n(?:  .*\n)+", "", definitions)
    if right.startswith("stages"):
        definitions = re.sub(r"stages .*\n", "", definitions)
    more = _MORE
    if not right.startswith("business hours"):
        more += b"business hours weekdays 09:00 to 17:00\n"
    if 'section "S"' in right and not right.startswith("section"):
        source += '  section "S"\n    add 1 to score\n'
    files = plain(source, **MESSAGES)
    return {**files, "more.journey": more, "definitions.journey": definitions.encode()}


def _cases() -> Iterator[tuple[str, str, str, str]]:
    for path in sorted(NEAR.glob("*.txt")):
        place = ""
        for row in path.read_text(encoding="utf-8").splitlines():
            if row.startswith("@"):
                place = row[1:]
            elif row and not row.startswith("#"):
                wrong, how, right = re.split(r" (=>|~>) ", row)
                yield place, wrong, how, right


CASES = list(_cases())
PLACES = sorted({place for place, *_ in CASES})


def test_there_are_many_lines() -> None:
    assert len(CASES) > 1000


@pytest.mark.parametrize("place", PLACES)
def test_a_near_miss_is_answered_once_with_the_right_line(place: str) -> None:
    for where, wrong, how, right in CASES:
        if where == place:
            _check(place, wrong, how, right)


def _check(place: str, wrong: str, how: str, right: str) -> None:
    source, number = _source(place, wrong, right)
    errors = [d for d in dsl.check_workspace(_workspace(place, source, right)) if d.severity == "error"]
    assert [d.span.line for d in errors] == [number], (wrong, errors)
    fix = errors[0].fix
    assert fix is not None, wrong
    if how == "~>":
        assert right in fix.text, (wrong, fix)
        assert not is_safe(errors[0]), (wrong, fix)  # “nurture check --fix” leaves the line as it is
        return
    row = source.split("\n")[number - 1]
    for edit in sorted(fix.edits, key=lambda e: e.span, reverse=True):
        row = row[: edit.span.start - 1] + edit.text + row[edit.span.end - 1 :]
    assert " ".join(row.split()) == right, (wrong, fix)
    mended = _workspace(place, source.replace(wrong, row.strip(), 1), right)
    assert not [d for d in dsl.check_workspace(mended) if d.code.startswith("N1")], (wrong, row)
