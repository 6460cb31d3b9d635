"""Exploration: every choice that the world has, once, in a fixed order."""

from __future__ import annotations

from dsl.plan import After, Branch, DateField, Decide, End, Loop, Plan, Ref, Split, Variant
from runtime.explore import Bound, Path, along, paths
from tests.runtime.machine.build import DAY, arms, ending, plan, send, wait


def found(one: Plan, bound: Bound | None = None) -> list[Path]:
    return list(paths(one, bound))


def mailed(path: Path) -> list[tuple[str, int]]:
    return [(mail.email, mail.at // DAY) for mail in path.mails]


def decide(id_: str, next_: int | None, *ways: int | None, otherwise: int | None) -> Decide:
    branches = tuple(Branch(predicate=0, to=way) for way in ways)
    return Decide(id=id_, line=1, text=id_, next=next_, branches=branches, otherwise=otherwise)


def test_a_straight_plan_has_one_path_with_the_times_of_its_emails() -> None:
    (only,) = found(plan(send("a", 1), wait("w", 2), send("b", None)))
    assert only.steps == ("a", "w", "b")
    assert mailed(only) == [("a", 0), ("b", 1)]
    assert (only.seconds, only.ended) == (DAY, "completed")


def test_a_condition_goes_each_way() -> None:
    one = plan(decide("d", None, 1, otherwise=2), send("a", None), send("b", None))
    assert sorted(path.steps for path in found(one)) == [("d", "a"), ("d", "b")]


def test_an_event_comes_at_once_in_the_last_second_or_never() -> None:
    one = plan(arms("w", (0, 1), timeout=2), send("a", None), send("b", None))
    assert sorted(mailed(path)[0] for path in found(one)) == [("a", 0), ("a", 1), ("b", 1)]


def test_a_split_goes_to_each_variant() -> None:
    variants = (Variant(name="x", weight=50, to=1), Variant(name="y", weight=50, to=2))
    split = Split(id="s", line=1, text="s", next=None, name="s", variants=variants)
    one = plan(split, send("a", None), send("b", None))
    assert sorted(path.steps[-1] for path in found(one)) == ["a", "b"]


def test_rounds_are_all_gone_through() -> None:
    loop = Loop(id="l", line=1, text="l", next=None, body=1, times=3)
    (only,) = found(plan(loop, send("a", 2), wait("w", None)))
    assert mailed(only) == [("a", 0), ("a", 1), ("a", 2)]


def test_a_date_is_empty_past_or_to_come() -> None:
    instant = DateField(ref=Ref(of="contact", field="renewal"))
    one = plan(wait("w", 1), send("a", None), instants=(instant,))
    assert sorted(path.seconds // DAY for path in found(one)) == [0, 0, 30]


def test_goals_and_stops_come_only_if_they_are_wanted() -> None:
    one = plan(wait("w", 1), send("a", None), endings=(ending("goal", 0),))
    assert [path.ended for path in found(one)] == ["completed"]
    ended = {path.ended for path in found(one, Bound(interrupts=True))}
    assert ended == {"completed", "goal"}


def test_ways_to_one_state_are_one_path_unless_they_are_to_be_kept_apart() -> None:
    one = plan(decide("d", 1, 1, otherwise=1), decide("e", 2, 2, otherwise=2), send("a", None))
    assert len(found(one)) == 1
    assert len(found(one, Bound(distinct=True))) == 1  # the same steps were taken


def test_a_bound_on_paths_is_kept() -> None:
    one = plan(arms("w", (0, 1), timeout=2), send("a", None), send("b", None))
    assert len(found(one, Bound(paths=2))) == 2


def test_a_wait_without_end_is_a_path_without_end() -> None:
    one = plan(arms("w", timeout=None, until=None))
    (only,) = found(one)
    assert only.ended == ""


def test_an_end_is_told_as_the_machine_tells_it() -> None:
    one = plan(End(id="x", line=1, text="x", kind="exit", name="Done"))
    assert [path.ended for path in found(one)] == ["exit"]


def test_the_same_paths_come_in_the_same_order() -> None:
    one = plan(
        arms("w", (0, 1), (1, 2), timeout=2),
        decide("d", 2, 2, otherwise=None),
        send("a", None),
        instants=(After(amount=3, unit="day"),),
    )
    assert found(one) == found(one)


def test_the_machine_is_led_along_the_steps_that_are_named() -> None:
    one = plan(decide("d", None, 1, otherwise=2), send("a", 3), send("b", 3), wait("w", 4), send("c", None))
    path = along(one, ("d", "b", "w", "c"))
    assert path is not None
    assert (path.steps, mailed(path)) == (("d", "b", "w", "c"), [("b", 0), ("c", 1)])


def test_a_way_that_the_machine_does_not_go_is_not_found() -> None:
    one = plan(decide("d", None, 1, otherwise=2), send("a", None), send("b", None))
    assert along(one, ("d", "a", "b")) is None


def test_the_search_for_a_way_ends_at_its_bound() -> None:
    one = plan(*(wait(f"w{n}", n + 1) for n in range(20)), send("a", None))
    steps = (*(f"w{n}" for n in range(20)), "a")
    assert along(one, steps) is not None
    assert along(one, steps, Bound(happenings=10)) is None
