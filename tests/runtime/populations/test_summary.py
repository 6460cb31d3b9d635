"""A summary tells many figures in few, and leaves none of them out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import dsl
from runtime.populations.behaviour import Behaviour
from runtime.populations.crowd import simulate
from runtime.populations.report import page
from runtime.populations.summary import by_weeks, summarize
from tests.runtime.populations.test_crowd import compiled, made

__all__ = ["compiled"]


def test_weeks_are_put_together_where_there_are_many() -> None:
    year = dict.fromkeys(range(52), 1)

    assert by_weeks({0: 4, 1: 0, 2: 5}) == (1, [("1", 4), ("2", 0), ("3", 5)])
    width, bars = by_weeks(year)
    assert (width, len(bars), sum(n for _, n in bars)) == (2, 26, 52)
    assert bars[0] == ("1–2", 2)


def test_weeks_of_nothing_at_the_end_of_many_are_left_out() -> None:
    assert by_weeks({week: int(week < 3) for week in range(500)}) == (1, [("1", 1), ("2", 1), ("3", 1)])
    assert by_weeks(dict.fromkeys(range(500), 0)) == (1, [])


def test_the_owners_beyond_those_that_are_named_are_summed_up(compiled: dsl.Compiled) -> None:
    crowd = made(compiled, Behaviour(), contacts=200)
    found = summarize(crowd, simulate(crowd, workers=1), "")
    handoffs = sum(found.handoffs.values())
    assert handoffs > 5
    owners = {f"owner {n:02}": 1 for n in range(25)}

    told = page(replace(found, owners=owners, handoffs={"overdue": 25}))

    assert '<td>owner 19</td><td class="n">1</td><td class="n">4.0 %</td>' in told
    assert "owner 20" not in told
    assert '<td>and 5 others</td><td class="n">5</td><td class="n">20.0 %</td>' in told


def test_salespeople_are_few(compiled: dsl.Compiled) -> None:
    crowd = made(compiled, Behaviour(), contacts=400)
    owners: Counter[str] = simulate(crowd, workers=1).owners

    assert 1 < len(owners) < 15
