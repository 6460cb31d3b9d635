"""The Pygments lexer: nothing is lost, and words are marked for what they are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.highlighting import JourneyLexer, ScenarioLexer
from tests.dsl.test_docs import EXAMPLES


def marked(text: str) -> list[tuple[str, str]]:
    found: Any = JourneyLexer().get_tokens_unprocessed(text)
    return [(str(kind).removeprefix("Token."), piece) for _, kind, piece in found if piece.strip()]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("\n")[0])
def test_the_examples_of_the_reference_hold_no_error(example: str) -> None:
    assert "Error" not in {kind for kind, _ in marked(example)}


def test_scenarios_have_words_of_their_own() -> None:
    found: Any = ScenarioLexer().get_tokens_unprocessed('  expect email "Hello" to "Ana"  # so')
    told = [(str(kind).removeprefix("Token."), piece) for _, kind, piece in found if piece.strip()]
    assert told == [
        ("Keyword", "expect"),
        ("Keyword.Pseudo", "email"),
        ("Literal.String.Double", '"Hello"'),
        ("Keyword.Pseudo", "to"),
        ("Literal.String.Double", '"Ana"'),
        ("Comment.Single", "# so"),
    ]
    text = 'given contact "Ana" with score 5, title "VP"'
    marks = {piece: str(kind) for _, kind, piece in ScenarioLexer().get_tokens_unprocessed(text)}
    assert (marks["score"], marks["title"]) == ("Token.Keyword.Pseudo", "Token.Name")


@given(st.text(alphabet='ab "#().,5:\n\r\t\x0b\u2028é>', max_size=60))
def test_the_pieces_together_are_the_text(text: str) -> None:
    pieces: Any = list(JourneyLexer().get_tokens_unprocessed(text))
    assert "".join(piece for _, _, piece in pieces) == text
    assert all(text[at : at + len(piece)] == piece for at, _, piece in pieces)


def test_words_names_fields_and_comments_are_told_apart() -> None:
    assert marked('  if contact.title is "x#y" and score is at least 5  # why') == [
        ("Keyword", "if"),
        ("Name.Attribute", "contact.title"),
        ("Operator.Word", "is"),
        ("Literal.String.Double", '"x#y"'),
        ("Operator.Word", "and"),
        ("Keyword.Pseudo", "score"),
        ("Operator.Word", "is"),
        ("Keyword.Pseudo", "at"),
        ("Keyword.Pseudo", "least"),
        ("Literal.Number", "5"),
        ("Comment.Single", "# why"),
    ]


def test_a_field_called_like_a_word_of_the_language_is_a_name() -> None:
    assert marked("field day is text")[1] == ("Name", "day")
    assert ("Keyword.Pseudo", "days") in marked("wait 2 days")


def test_signs_that_the_language_does_not_have_are_errors() -> None:
    assert ("Error", ">=") in marked("if score >= 5")
