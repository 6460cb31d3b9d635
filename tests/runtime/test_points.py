"""What is left of points that fade: whole numbers, the same in whatever order they came."""

from __future__ import annotations

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from runtime.points import capped, left, share

DAY = 86_400
HALF = 30 * DAY
ONE = 1 << 64


def test_half_is_left_after_each_half_life_and_all_at_once() -> None:
    assert [share(n * HALF, HALF) for n in range(4)] == [ONE, ONE // 2, ONE // 4, ONE // 8]
    assert share(-5, HALF) == ONE
    assert left([(25, 0)], HALF, HALF) == 12_500
    assert left([(25, 0), (10, HALF)], 2 * HALF, HALF) == 6_250 + 5_000


def test_what_is_left_is_written_down_so_that_no_machine_can_differ() -> None:
    awards = [(25, 0), (10, 7 * DAY), (-4, 20 * DAY + 1), (2.5, 33 * DAY + 59)]
    assert [left(awards, n * DAY, HALF) for n in (0, 7, 40, 100, 4_000)] == [33_500, 29_767, 14_193, 3_548, 0]


@given(st.integers(0, 400 * DAY), st.integers(DAY, 400 * DAY))
def test_the_share_is_that_of_the_formula_and_never_grows(age: int, half_life: int) -> None:
    assert math.isclose(share(age, half_life) / ONE, 2 ** (-age / half_life), abs_tol=1e-9)
    assert share(age + 1, half_life) <= share(age, half_life)


@given(st.lists(st.tuples(st.integers(-100, 100), st.integers(0, 100 * DAY)), max_size=30), st.randoms())
def test_the_order_in_which_awards_come_makes_no_difference(
    awards: list[tuple[int, int]], luck: random.Random
) -> None:
    before = left(awards, 101 * DAY, HALF)
    luck.shuffle(awards)
    assert left(awards, 101 * DAY, HALF) == before


def test_a_cap_gives_the_first_of_a_day_what_there_is() -> None:
    assert capped([3, 1, 2], 20, 50) == {1: 20_000, 2: 20_000, 3: 10_000}
    assert capped([1, 1, 1], -20, 50) == {1: -50_000}
