"""Plans as data: written, read, hashed."""

from __future__ import annotations

from typing import Any

import pytest

from dsl.plan import AddTag, Always, Compare, Do, IsSet, Plan, Ref, RemoveTag, Runs, Start, content_hash


def plan(**more: Any) -> Plan:
    step = more.pop("step", Do(id="t", line=3, text="Add tag", effect=AddTag(tag="x")))
    values: dict[str, Any] = {"starts": (Start(event="Go"),), "runs": Runs(kind="once"), "entry": 0}
    return Plan(journey="J", steps=(step,), **(values | more)).sealed()


def test_a_plan_reads_back_as_it_was_written() -> None:
    ref = Ref(of="contact", field="industry")
    full = plan(
        predicates=(
            Always(value=True),
            Compare(left=ref, kind="eq", right="Software"),
            IsSet(left=ref, value=False),
        )
    )
    assert Plan.from_json(full.to_json()) == full


@pytest.mark.parametrize("more", [{"owner": "Somebody"}, {"description": "…"}])
def test_wording_does_not_change_the_hash(more: dict[str, Any]) -> None:
    assert content_hash(plan(**more)) == plan().hash


def test_lines_and_texts_do_not_change_the_hash() -> None:
    moved = Do(id="t", line=99, text="Otherwise said", effect=AddTag(tag="x"))
    assert plan(step=moved).hash == plan().hash


def test_effects_of_equal_fields_and_another_kind_differ_in_the_hash() -> None:
    removed = Do(id="t", line=3, text="Add tag", effect=RemoveTag(tag="x"))
    assert plan(step=removed).hash != plan().hash


def test_a_step_of_another_id_differs_in_the_hash() -> None:
    renamed = Do(id="u", line=3, text="Add tag", effect=AddTag(tag="x"))
    assert plan(step=renamed).hash != plan().hash
