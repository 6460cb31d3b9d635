"""The page of the semantics: fifty rows, each with tests that exist, and journeys that compile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dsl
from tests.dsl.workspaces import email, workspace

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "docs" / "semantics.md").read_text("utf-8")
_ROW = re.compile(r"^## (\d+)\. (.*?)(?=^## |\Z)", re.M | re.S)
_ROWS = {int(number): body for number, body in _ROW.findall(_PAGE)}
_EXAMPLES = re.findall(r"^```journey\n(.*?)^```$", _PAGE, re.M | re.S)
_TESTS = {
    name: file
    for file in (_ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^(?:async )?def (test_\w+)", file.read_text("utf-8"), re.M)
}


@pytest.fixture(autouse=True)
def _where_it_runs() -> None:
    """No database is touched here."""


def test_the_page_has_the_fifty_rows_in_their_order() -> None:
    assert list(_ROWS) == list(range(1, 51))
    assert len(re.findall(r"^## ", _PAGE, re.M)) == 50


@pytest.mark.parametrize("row", range(1, 51))
def test_a_row_has_tests_that_exist_and_bear_its_number(row: int) -> None:
    _, _, said = _ROWS[row].rpartition("\nTest")
    named = re.findall(r"`(test_\w+)`", said)
    assert [name for name in named if name not in _TESTS] == []
    assert any(name.startswith(f"test_row_{row:02}_") for name in named)


def test_every_test_of_a_row_is_named_on_the_page() -> None:
    here = (name for name, file in _TESTS.items() if file.parent == Path(__file__).parent)
    rows = (name for name in here if re.match(r"test_row_\d\d_", name))
    assert [name for name in rows if f"`{name}`" not in _PAGE] == []


@pytest.mark.parametrize("example", _EXAMPLES, ids=lambda text: text.split('"')[1])
def test_an_example_of_the_page_compiles(example: str) -> None:
    found = dsl.compile_workspace(workspace(example, **{"emails/hello.md": email("Hello")}))
    assert found.ok, dsl.as_text(found.diagnostics)
