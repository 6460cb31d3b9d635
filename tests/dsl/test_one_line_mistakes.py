"""One line that stands wrongly, is missing, joined or broken costs one message.

Every line of the examples is moved, taken away, joined with the next and broken in two. What may come of it
is one error, on its line; or a file that is still sound. What a line that is gone declared is missed where
it is used, and a line that lacks another under it is told so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import dsl
from dsl.workspace import Rechecking
from tests.dsl.workspaces import EXAMPLE, example

EXAMPLES = sorted(path.name for path in EXAMPLE.parent.iterdir() if path.is_dir())
Change = Callable[[list[str], int], list[str]]


def _said(row: str) -> str:
    return row.split("#")[0].strip()


def _deeper(rows: list[str], n: int) -> list[str]:
    return [*rows[:n], "  " + rows[n], *rows[n + 1 :]]


def _odd(rows: list[str], n: int) -> list[str]:
    return [*rows[:n], " " + rows[n], *rows[n + 1 :]]


def _shallower(rows: list[str], n: int) -> list[str]:
    return [*rows[:n], rows[n].removeprefix("  "), *rows[n + 1 :]]


def _less_odd(rows: list[str], n: int) -> list[str]:
    return [*rows[:n], rows[n].removeprefix(" "), *rows[n + 1 :]]


def _at_the_margin(rows: list[str], n: int) -> list[str]:
    return [*rows[:n], rows[n].lstrip(), *rows[n + 1 :]]


def _a_tab(rows: list[str], n: int) -> list[str]:
    return [*rows[:n], ("\t" if rows[n].startswith(" ") else "") + rows[n].lstrip(), *rows[n + 1 :]]


def _without_last_quote(rows: list[str], n: int) -> list[str]:
    before, _, behind = rows[n].partition("#")[0].rpartition('"')
    return [*rows[:n], before + behind, *rows[n + 1 :]]


def _without_first_quote(rows: list[str], n: int) -> list[str]:
    return [*rows[:n], rows[n].partition("#")[0].replace('"', "", 1), *rows[n + 1 :]]


def _joined(rows: list[str], n: int) -> list[str]:
    if n + 1 == len(rows) or not _said(rows[n + 1]):
        return rows
    return [*rows[:n], f"{rows[n].partition('#')[0].rstrip()} {rows[n + 1].lstrip()}", *rows[n + 2 :]]


def _broken(rows: list[str], n: int) -> list[str]:
    row = rows[n].partition("#")[0].rstrip()
    before, _, behind = row.rpartition(" ")
    if not before.strip():
        return rows
    return [*rows[:n], before, row[: len(row) - len(row.lstrip())] + behind, *rows[n + 1 :]]


CHANGES: tuple[Change, ...] = (
    *(_deeper, _odd, _shallower, _less_odd, _at_the_margin, _a_tab),
    *(_without_last_quote, _without_first_quote, _joined, _broken),
)


def _changed(files: dict[str, bytes], change: Change) -> Iterator[tuple[str, int, list[dsl.Diagnostic]]]:
    again = Rechecking()
    for path in files:
        if not path.endswith(".journey"):
            continue
        rows = files[path].decode().split("\n")
        for n, row in enumerate(rows):
            new = change(rows, n)
            if _said(row) and new != rows:
                found = again.check({**files, path: "\n".join(new).encode()})
                yield path, n + 1, [d for d in found if d.severity == "error"]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_line_that_stands_wrongly_costs_one_error(name: str, change: Change) -> None:
    files = example(name)
    elsewhere: list[str] = []
    for path, number, found in _changed(files, change):
        shown = dsl.as_text(found)
        assert len(found) <= 1, f"{path}:{number}\n{shown}"
        if found and (found[0].span.file, found[0].span.line) != (path, number):
            elsewhere.append(shown)
    # Moved left, a line is missed by the one above it, or parts others, or what it says holds for more
    # contacts. Broken in two, the first half may be a whole line.
    fair = ("N204", "N211", "N54") if change is _shallower else ("N101",) if change is _broken else ()
    assert all(any(code in shown for code in fair) for shown in elsewhere), "\n".join(elsewhere)


def _missing(rows: list[str], n: int) -> list[str]:
    return [*rows[:n], *rows[n + 1 :]]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_line_that_is_missing_is_missed_at_its_place_or_where_it_is_used(name: str) -> None:
    files = example(name)
    many = 0
    for path, number, found in _changed(files, _missing):
        fitting = [d for d in found if d.code.startswith(("N0", "N1", "N2")) and d.code != "N201"]
        assert len(fitting) <= 1, dsl.as_text(fitting)
        assert all(d.code in ("N204", "N205") or _near(d, path, number) for d in fitting), dsl.as_text(
            fitting
        )
        many += len(found) > 1
    # One line may declare several names, and each is missed.
    assert many <= 10


def _near(found: dsl.Diagnostic, path: str, number: int) -> bool:
    return found.span.file == path and abs(found.span.line - number) <= 1


def _moved(rows: list[str], first: int, last: int, by: int) -> list[str]:
    """Move rows, the first and last counted from 1, to the right or to the left."""
    some = [" " * by + row if by > 0 else row[-by:] for row in rows[first - 1 : last]]
    return [*rows[: first - 1], *some, *rows[last:]]


JOURNEY = "journeys/whitepaper.journey"
ROWS = example()[JOURNEY].decode().rstrip().split("\n")
DAY_2, DAY_5 = (next(n for n, row in enumerate(ROWS, 1) if row == f"  day {day}") for day in (2, 5))
BLOCKS = {
    "the body of the journey left": (2, len(ROWS), -2, 2),
    "its head left": (2, 7, -2, 2),
    "its head right": (2, 7, 2, 2),
    "a block left": (DAY_2, DAY_5 - 1, -2, DAY_2),
    "a block right": (DAY_2, DAY_5 - 1, 2, DAY_2),
    "the body of a block left": (DAY_2 + 1, DAY_5 - 1, -2, DAY_2 + 1),
    "three lines left": (DAY_2 - 5, DAY_2 - 3, -2, DAY_2 - 5),
    "three lines right": (DAY_2 - 5, DAY_2 - 3, 2, DAY_2 - 5),
}


@pytest.mark.parametrize(("first", "last", "by", "told"), BLOCKS.values(), ids=BLOCKS)
def test_lines_that_were_moved_together_cost_one_error(first: int, last: int, by: int, told: int) -> None:
    changed = "\n".join(_moved(ROWS, first, last, by))
    found = [
        d for d in dsl.check_workspace({**example(), JOURNEY: changed.encode()}) if d.severity == "error"
    ]
    assert [(d.span.file, d.span.line) for d in found] == [(JOURNEY, told)], dsl.as_text(found)


def test_a_file_that_has_lost_its_indentation_is_told_so_once() -> None:
    flat = "\n".join(row.lstrip() for row in ROWS)
    found = dsl.check_workspace({**example(), JOURNEY: flat.encode()})
    assert [(d.span.line, d.code) for d in found] == [(1, "N010")]
