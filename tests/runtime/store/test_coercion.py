"""Coercion: a value of another type is refused, never made to fit."""

from __future__ import annotations

from typing import Any

import pytest

from dsl.catalog import BUILT_IN_EVENTS
from dsl.plan import EventDefinition, FieldDefinition
from runtime.store import StoreError
from runtime.store.coercion import coerce, read_properties

FIELDS = {
    "note": FieldDefinition(type="text"),
    "seats": FieldDefinition(type="number"),
    "topics": FieldDefinition(type="list"),
    "plan": FieldDefinition(type="choice", choices=("Small", "Large")),
}


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("note", "5", "5"),
        ("note", 5, "5"),
        ("note", 5.0, "5"),
        ("note", 5.5, "5.5"),
        ("note", "  ", None),
        ("seats", "12", 12),
        ("topics", "a; b", ["a", "b"]),
        ("topics", ["a", 2], ["a", "2"]),
        ("topics", 7, ["7"]),
        ("plan", "large", "Large"),
    ],
)
def test_what_is_meant_is_read(name: str, value: Any, read: Any) -> None:
    assert coerce({name: value}, FIELDS, "contact c") == {name: read}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("note", ["Whitepaper"], "note of contact c is a text, not a list."),
        ("note", {"a": 1}, "note of contact c is a text, not an object."),
        ("note", True, "note of contact c is a text, not yes or no."),
        ("note", float("nan"), 'note of contact c is a text, not "nan".'),
        ("seats", 10**400, "seats of contact c is a number"),
        ("seats", [1], "seats of contact c is a number"),
        ("topics", {"a": 1}, "topics of contact c is a list of texts, not an object."),
        ("topics", [["a"]], "each of topics of contact c is a text, not a list."),
        ("plan", ["Large"], "plan of contact c is one of its choices, not a list."),
    ],
)
def test_what_is_of_another_type_is_refused(name: str, value: Any, said: str) -> None:
    with pytest.raises(StoreError) as raised:
        coerce({name: value}, FIELDS, "contact c")
    assert str(raised.value).startswith(said)


@pytest.mark.parametrize(
    ("declared", "kind", "read"),
    [
        (BUILT_IN_EVENTS["Email Bounced"], "Hard", "hard"),
        (BUILT_IN_EVENTS["Email Bounced"], " SOFT ", "soft"),
        (BUILT_IN_EVENTS["Email Bounced"], "", None),
        (None, "HARD", "hard"),
    ],
)
def test_the_kind_of_a_bounce_is_read_as_it_is_written(
    declared: EventDefinition | None, kind: str, read: str | None
) -> None:
    assert read_properties("Email Bounced", {"kind": kind}, declared) == {"kind": read}


def test_an_unknown_kind_of_bounce_is_refused() -> None:
    with pytest.raises(StoreError, match=r'^kind of event "Email Bounced" is hard or soft, not "hrd"\.$'):
        read_properties("Email Bounced", {"kind": "hrd"}, None)
