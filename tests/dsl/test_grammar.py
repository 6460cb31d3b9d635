"""The grammar of a line: strict, and its tables up to date."""

from __future__ import annotations

import pytest

import dsl.constructs  # noqa: F401
from dsl.nodes import CONDITIONS, LINES
from dsl.parser import Failure, Tree, parse
from dsl.span import Span
from dsl.tables import GRAMMAR, SCENARIOS, TABLES, build, tables


def line(text: str) -> Tree | Failure:
    return parse(text, Span("x", 1, 1, len(text) + 1))


def test_the_grammar_has_no_conflict_and_the_tables_are_up_to_date() -> None:
    # `build` compiles strictly: a shift/reduce or reduce/reduce conflict raises.
    assert TABLES.read_text(encoding="utf-8") == build(), "run: python -m dsl.tables"
    made = (SCENARIOS / TABLES.name).read_text(encoding="utf-8")
    assert made == build("scenario"), "run: python -m dsl.tables"


def test_every_line_of_the_grammar_has_a_reader() -> None:
    rules = {rule.name for rule in tables().rules}
    assert set(LINES) <= rules
    assert set(CONDITIONS) <= rules


def test_reserved_words_stand_in_the_grammar_in_lower_case() -> None:
    words = tables().words
    assert {"journey", "otherwise", "whenever"} <= words
    assert all(word.islower() for word in words)
    assert "else" not in words
    assert "%import" not in GRAMMAR.read_text(encoding="utf-8")


@pytest.mark.parametrize("word", sorted(tables().words))
def test_a_field_may_be_called_like_a_reserved_word(word: str) -> None:
    assert isinstance(line(f"field {word} is text"), Tree)
    assert isinstance(line(f"if contact.{word} is set"), Tree)


@pytest.mark.parametrize(
    "text", ["send email {STRING}", "wait {NUMERAL} days", "set {REF} to 3", "wait until {CLOCK}"]
)
def test_a_word_that_is_spelled_like_a_kind_of_token_is_only_a_word(text: str) -> None:
    word = text.split("{")[1].split("}")[0]
    found = line(text.replace("{", "").replace("}", ""))
    assert isinstance(found, Failure)
    assert found.token.text == word
    assert isinstance(line(f"field {word} is text"), Tree)


def test_a_failure_names_the_token_and_only_what_can_really_follow() -> None:
    found = line('send email "X" y')
    assert isinstance(found, Failure)
    assert found.token.text == "y"
    assert found.expected == {"$END", ","}


def test_parentheses_have_a_greatest_depth() -> None:
    found = line("if " + "(" * 500 + "score is at least 5" + ")" * 500)
    assert isinstance(found, Failure)
    assert not found.expected


def test_spans_are_those_of_the_words() -> None:
    found = line('if contact.title is "CTO" and score is at least 5')
    assert isinstance(found, Tree)
    both = found.trees()[0]
    assert (both.span.start, both.span.end) == (4, 50)
    assert [(t.span.start, t.span.end) for t in both.trees()] == [(4, 26), (31, 50)]
