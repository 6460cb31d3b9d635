"""Choosing scenarios by name."""

from __future__ import annotations

import pytest

from runtime.scenarios.choosing import ExpressionError, chooser

NAMES = ["One who asks", "One who is forgotten", "The pricing page"]


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ("", [0, 1, 2]),
        ("one", [0, 1]),
        ("ONE who", [0, 1]),
        ("one and not forgotten", [0]),
        ("asks or pricing", [0, 2]),
        ("not (asks or pricing)", [1]),
        ("one and (asks or page)", [0]),
        ('"who is"', [1]),
        ("not not one", [0, 1]),
        ("nobody", []),
    ],
)
def test_names_are_chosen(expression: str, chosen: list[int]) -> None:
    chooses = chooser(expression)
    assert [n for n, name in enumerate(NAMES) if chooses(name)] == chosen


@pytest.mark.parametrize("expression", ["one and", "or", "(one", "one)", 'a "b', "not", "()"])
def test_what_cannot_be_read_is_said_in_words(expression: str) -> None:
    with pytest.raises(ExpressionError, match=r"^-k "):
        chooser(expression)
