"""The corpus of mistakes in scenarios: what is reported is written beside each; one mistake, one message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import dsl
from dsl import check_workspace
from dsl.fixing import fix_workspace
from tests.dsl.golden import check_golden
from tests.dsl.workspaces import MESSAGES, SENDS, example, workspace

CORPUS = Path(__file__).parent / "bad"
HEAD = 'scenario "A"\n  given account "Acme"\n  given contact "Ana"\n  on day 2 10:00\n'
TAIL = '    expect no email to "Ana"\n'
_EXPECTED = re.compile(r"\s*#! (?P<codes>[NS]\d+(?: [NS]\d+)*)(?P<fix> ->(?P<text>.*))?$")


@dataclass(frozen=True)
class Case:
    source: str
    expected: tuple[tuple[int, str], ...]
    fixes: tuple[tuple[int, str], ...]


def case(text: str) -> Case:
    rows = text.split("\n")
    expected: list[tuple[int, str]] = []
    fixes: list[tuple[int, str]] = []
    for number, row in enumerate(rows, 1):
        if match := _EXPECTED.search(row):
            expected += [(number, code) for code in match["codes"].split()]
            fixes += [(number, match["text"].strip())] if match["fix"] else []
            rows[number - 1] = row[: match.start()]
    return Case("\n".join(rows), tuple(sorted(expected)), tuple(fixes))


def cases() -> Iterator[Case]:
    steps = (CORPUS / "steps.txt").read_text(encoding="utf-8")
    for row in steps.split("\n")[1:]:
        if row:
            yield case(f"{HEAD}    {row}\n{TAIL}")
    frames = (CORPUS / "frames.txt").read_text(encoding="utf-8").split("\n", 1)[1]
    yield from map(case, frames.split("---\n"))


CASES = list(cases())


def name(one: Case) -> str:
    return one.source.split("\n")[one.expected[0][0] - 1].strip()[:50] if one.expected else "?"


def found(source: str) -> list[dsl.Diagnostic]:
    files = workspace(**{"sends.journey": SENDS}, **MESSAGES)
    _, made = dsl.compile_scenarios(files | {"x.scenario": source.encode()})
    return made.diagnostics


@pytest.mark.parametrize("one", CASES, ids=name)
def test_a_mistake_is_reported_where_it_stands_and_nothing_else(one: Case) -> None:
    assert sorted((d.span.line, d.code) for d in found(one.source)) == list(one.expected)


@pytest.mark.parametrize("one", [c for c in CASES if c.fixes], ids=name)
def test_a_fix_writes_what_is_promised(one: Case) -> None:
    edits = [(d.span.line, d.fix.edits[0].text.strip()) for d in found(one.source) if d.fix and d.fix.edits]
    assert edits == list(one.fixes)


@pytest.mark.parametrize("one", CASES, ids=name)
def test_applying_a_fix_removes_what_it_fixes(one: Case) -> None:
    rows = one.source.split("\n")
    fixed = [d for d in found(one.source) if d.fix is not None and d.fix.edits]
    edits = [edit for diagnostic in fixed if diagnostic.fix is not None for edit in diagnostic.fix.edits]
    for edit in sorted(edits, key=lambda e: e.span, reverse=True):
        row = rows[edit.span.line - 1]
        rows[edit.span.line - 1] = row[: edit.span.start - 1] + edit.text + row[edit.span.end - 1 :]
    again = {(d.span.line, d.code) for d in found("\n".join(rows))}
    assert not again & {(d.span.line, d.code) for d in fixed}
    assert all(not code.startswith("N0") for _, code in again)


def test_a_mistake_in_a_journey_is_not_told_again_in_every_scenario() -> None:
    files = example("lifecycle", scenarios=True)
    for path in ("definitions.journey", "journeys/webinar.journey"):
        rows = files[path].decode().split("\n")
        for n, row in list(enumerate(rows))[::6]:
            if row.strip() and not row.lstrip().startswith("#"):
                text = "\n".join([*rows[:n], row.replace(" ", " x ", 1).replace('"', "", 1), *rows[n + 1 :]])
                told = [d for d in check_workspace({**files, path: text.encode()}) if d.severity == "error"]
                assert {d.span.file for d in told} <= {path}, dsl.as_text(told)


def test_what_is_mended_without_asking_leaves_files_that_are_formatted() -> None:
    source = f'{HEAD}    then expect no email to "Ana"\n    expect email "Offer" to "Ana" now\n'
    fixed = fix_workspace(
        workspace(**{"sends.journey": SENDS, "x.scenario": source.encode()}), check_workspace
    )
    assert fixed.files["x.scenario"].decode() == (
        f'{HEAD}    expect no email to "Ana"\n    expect email "Offer" to "Ana"\n'
    )


@pytest.mark.parametrize("one", CASES, ids=name)
def test_messages_are_sentences_without_the_parser_s_words(one: Case) -> None:
    for diagnostic in found(one.source):
        words = f"{diagnostic.message} {diagnostic.fix.text if diagnostic.fix else ''}"
        assert not re.search(r"\b(STRING|NUMERAL|REF|CLOCK|NAME|WORD|END|token|terminal)\b", words)
        assert diagnostic.message[-1] in ".?"
        assert diagnostic.consequence


def test_the_golden_text_of_all_diagnostics_is_what_a_person_read() -> None:
    check_golden("scenario-diagnostics.txt", "\n".join(dsl.as_text(found(one.source)) for one in CASES))
