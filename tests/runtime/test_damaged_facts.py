"""Facts of the wrong type: an edited schema, another tool's hand in the database. Nothing ever raises."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.plan import Compare, DateField, DateIs, DateWithin, HasDone, IsSet, OneOf, Ref, Scope
from runtime.evaluate import RunView, instant, truth
from runtime.facts import Facts, Happened

NOW = 1_800_000_000

anything: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=True)
    | st.text(max_size=20)
    | st.sampled_from(
        ["soon", "2026-13-45", "9999-12-31", "0001-01-01", "9999-12-31T23:59:59+00:00", "1e9", "١٢"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
zones = st.sampled_from(
    [None, "", "Mars/Olympus", "../../etc/passwd", "Europe/Berlin", "Pacific/Kiritimati", "\x00"]
)
ours = st.sampled_from(["contact", "account", "trigger"]).map(lambda of: Ref(of=of, field="x"))  # type: ignore[arg-type]
scalars = st.text(max_size=5) | st.integers(-5, 5) | st.booleans() | st.floats(-5, 5)
kinds = st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge", "contains", "starts", "ends"])
sides = st.sampled_from(["before", "after", "on"])
units = st.sampled_from(["minute", "hour", "day", "week"])
conditions = st.one_of(
    st.builds(Compare, left=ours, kind=kinds, right=scalars | ours),
    st.builds(DateIs, left=ours, side=sides, right=st.sampled_from(["today", "2026-01-31"]) | ours),
    st.builds(
        DateWithin,
        left=ours,
        side=st.sampled_from(["next", "last", "ago"]),
        amount=st.integers(1, 100),
        unit=units,
    ),
    st.builds(OneOf, left=ours, values=st.lists(scalars, max_size=3).map(tuple), negated=st.booleans()),
    st.builds(IsSet, left=ours, value=st.booleans()),
)


def somebody(value: Any, zone: str | None) -> tuple[Facts, RunView]:
    facts = Facts("cnt_1", None, {"x": value, "email": value}, {"x": value}, zone, NOW - 10)
    facts.events["Done"] = [Happened("Done", NOW - 5, NOW - 5, {"x": value}, False)]
    return facts, RunView("run", "Journey", "plan", NOW - 10, {"x": value})


@settings(deadline=None)
@given(conditions, anything, zones)
def test_every_condition_has_a_truth_whatever_the_facts_hold(
    condition: Any, value: Any, zone: str | None
) -> None:
    facts, run = somebody(value, zone)
    assert truth(condition, facts, run, NOW, "Europe/Berlin") in (True, False)
    done = HasDone(event="Done", args={"x": "y"}, where=condition, scope=Scope(kind="ever"))
    assert truth(done, facts, run, NOW, "Europe/Berlin") in (True, False)


@settings(deadline=None)
@given(anything, zones, st.integers(-40, 40), units | st.just("month"), st.sampled_from([None, "10:00"]))
def test_a_date_that_is_none_has_no_instant(
    value: Any, zone: str | None, amount: int, unit: Any, clock: str | None
) -> None:
    facts, run = somebody(value, zone)
    question = DateField(ref=Ref(of="contact", field="x"), amount=amount, unit=unit, clock=clock)
    found = instant(question, facts, run, NOW, "Europe/Berlin", None)
    assert found is None or isinstance(found, int)
    if value == "soon":
        assert found is None
