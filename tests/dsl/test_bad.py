"""The corpus of mistakes: what is reported is written beside each mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import dsl
from tests.dsl.golden import check_golden
from tests.dsl.workspaces import HEAD, MESSAGES
from tests.dsl.workspaces import workspace as plain


def workspace(source: str) -> dict[str, bytes]:
    """Return the workspace of a case."""
    return plain(source, **MESSAGES)


CORPUS = Path(__file__).parent / "bad"
_EXPECTED = re.compile(r"\s*#! (?P<codes>N\d+(?: N\d+)*)(?P<fix> ->(?P<text>.*))?$")


@dataclass(frozen=True)
class Case:
    source: str
    expected: tuple[tuple[int, str], ...]
    fixes: tuple[tuple[int, str], ...]


def _case(chunk: str, head: str) -> Case:
    rows = (head + chunk).split("\n")
    expected: list[tuple[int, str]] = []
    fixes: list[tuple[int, str]] = []
    for number, row in enumerate(rows, 1):
        if match := _EXPECTED.search(row):
            expected += [(number, code) for code in match["codes"].split()]
            if match["fix"]:
                fixes.append((number, match["text"].strip()))
            rows[number - 1] = row[: match.start()]
    return Case("\n".join(rows), tuple(sorted(expected)), tuple(fixes))


def _cases() -> Iterator[Case]:
    for path in sorted(CORPUS.glob("*.journey")):
        text = re.sub(r"\A(#.*\n)+", "", path.read_text(encoding="utf-8"))
        for chunk in text.split("---\n"):
            yield _case(chunk, HEAD if chunk.startswith(" ") else "")


CASES = list(_cases())


def _name(case: Case) -> str:
    rows = case.source.split("\n")
    return rows[case.expected[0][0] - 1].strip()[:50] if case.expected else "?"


def _found(case: Case) -> list[dsl.Diagnostic]:
    return [d for d in dsl.check_workspace(workspace(case.source)) if d.span.file == "x.journey"]


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_a_mistake_is_reported_where_it_stands_and_nothing_else(case: Case) -> None:
    everything = dsl.check_workspace(workspace(case.source))
    assert sorted((d.span.line, d.code) for d in everything) == list(case.expected)


@pytest.mark.parametrize("case", [c for c in CASES if c.fixes], ids=_name)
def test_a_fix_writes_what_is_promised(case: Case) -> None:
    edits = [
        (d.span.line, d.fix.edits[0].text.strip()) for d in _found(case) if d.fix is not None and d.fix.edits
    ]
    assert edits == list(case.fixes)


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_applying_a_fix_removes_what_it_fixes(case: Case) -> None:
    rows = case.source.split("\n")
    fixed = [d for d in _found(case) if d.fix is not None and d.fix.edits]
    for diagnostic in fixed:
        assert diagnostic.fix is not None
        for edit in sorted(diagnostic.fix.edits, key=lambda e: e.span, reverse=True):
            row = rows[edit.span.line - 1]
            rows[edit.span.line - 1] = row[: edit.span.start - 1] + edit.text + row[edit.span.end - 1 :]
    again = {(d.span.line, d.code) for d in dsl.check_workspace(workspace("\n".join(rows)))}
    assert not again & {(d.span.line, d.code) for d in fixed}


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_messages_are_sentences_without_the_parser_s_words(case: Case) -> None:
    for found in _found(case):
        words = f"{found.message} {found.fix.text if found.fix else ''}"
        assert not re.search(r"\b(STRING|NUMERAL|REF|CLOCK|NAME|WORD|END|token|terminal)\b", words)
        assert found.message[0].isupper() or not found.message[0].isalpha() or "." in found.message.split()[0]
        assert found.message[-1] in ".?"
        assert found.consequence


def test_the_golden_text_of_all_diagnostics_is_what_a_person_read() -> None:
    text = "\n".join(dsl.as_text(_found(case)) for case in CASES)
    check_golden("diagnostics.txt", text)


@pytest.mark.parametrize(("uses", "more"), [(6, "1 more place."), (7, "2 more places.")])
def test_the_places_that_are_not_shown_are_counted(uses: int, more: str) -> None:
    source = HEAD + '  sync to "CMR"\n' * uses
    (found,) = dsl.check_workspace(workspace(source))
    assert found.message.endswith(f"and {more}")
