"""One misspelt word costs one message, on its own line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import dsl
from tests.dsl.workspaces import example

FILE = "journeys/whitepaper.journey"
_WORD = re.compile(r'"[^"]*"|#.*|(?P<word>[a-z_]+)')
_NAME = re.compile(
    r'(?:form|email|asset|stage to|tag|team|sync to|off to|start journey|least) "(?P<word>[^"]+)"'
)


def _mistakes(pattern: re.Pattern[str]) -> Iterator[tuple[int, str, str]]:
    rows = example()[FILE].decode().split("\n")
    for number, row in enumerate(rows, 1):
        for match in pattern.finditer(row.split("#")[0]):
            word = match["word"]
            if not word:
                continue
            wrong = word[0] + word[:-1] + "x" if len(word) > 3 else word + "q"
            changed = row[: match.start("word")] + wrong + row[match.end("word") :]
            yield number, f"{number}:{word}", "\n".join([*rows[: number - 1], changed, *rows[number:]])


def _misspelt() -> list[tuple[int, str, str]]:
    return [*_mistakes(_WORD), *_mistakes(_NAME)]


MISTAKES = _misspelt()


def test_the_example_has_no_mistake() -> None:
    assert dsl.check_workspace(example()) == []


def test_there_are_many_words() -> None:
    assert len(MISTAKES) > 140


@pytest.mark.parametrize(
    ("number", "text"), [(n, t) for n, _, t in MISTAKES], ids=[i for _, i, _ in MISTAKES]
)
def test_a_misspelt_word_gives_one_error_on_its_line(number: int, text: str) -> None:
    found = dsl.check_workspace({**example(), FILE: text.encode()})
    assert [(d.span.file, d.span.line, d.severity) for d in found] == [(FILE, number, "error")]
