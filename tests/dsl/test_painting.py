"""Painting coverage on a graph: what was reached bears a tick, what not a ring; the rest stays as it is."""

from __future__ import annotations

import dsl
from dsl.drawing import as_dot, as_mermaid
from dsl.graph import draw
from dsl.painting import paint
from dsl.picture import as_svg
from tests.dsl.workspaces import SENDS, workspace

PLAN = dsl.compile_workspace(workspace(**{"sends.journey": SENDS})).plans["Sends"]
WAIT = "day-2/wait:up-to-3-days"
POINTS = {
    ("day 0", ""): True,
    ("day 2", ""): False,
    (WAIT, ""): True,
    (WAIT, "arm 1"): True,
    (WAIT, "timeout"): False,
    ("goal:asked", ""): False,
}


def test_boxes_and_ways_bear_their_signs() -> None:
    painted = paint(draw(PLAN), PLAN, POINTS)
    marks = {node.id: (node.mark, node.label[:2]) for node in painted.nodes()}
    assert marks["day-0"] == ("reached", "✓ ")
    assert marks["day-2"] == ("missed", "○ ")
    assert marks["goal:asked"] == ("missed", "○ ")
    assert marks["start"][0] == ""
    assert [edge.label for edge in painted.edges if edge.tail == WAIT] == ["✓ it happens", "○ time is over"]


def test_every_format_shows_them_without_colour_too() -> None:
    painted = paint(draw(PLAN), PLAN, POINTS)
    for written in (as_svg(painted), as_mermaid(painted), as_dot(painted)):
        assert "✓ Day 0" in written
        assert "○ Day 2" in written
        assert "#c0392b" in written


def test_a_graph_that_is_not_painted_is_as_before() -> None:
    drawn = draw(PLAN)
    assert paint(drawn, PLAN, {}) == drawn
    assert "#c0392b" not in as_mermaid(drawn)
