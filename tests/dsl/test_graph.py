"""Graphs of journeys: what stands in them, and the pictures made of them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

import dsl
from dsl.drawing import as_dot, as_mermaid
from dsl.graph import Edge, Graph, draw, safe
from dsl.picture import as_svg
from dsl.plan import Plan, Runs, Split, Start, Variant
from tests.dsl.golden import check_golden
from tests.dsl.workspaces import HEAD, example, workspace

EXAMPLE = dsl.compile_workspace(example())
LONG = HEAD + "".join(
    f'  if score is at least {n}\n    send email "News"\n    wait 1 day\n  otherwise\n    add {n} to score\n'
    for n in range(1, 16)
)


def graph(journey: str) -> Graph:
    found = dsl.compile_workspace(workspace(journey))
    assert found.ok, dsl.as_text(found.diagnostics)
    return draw(found.plans["Test"], found.definitions)


def edges(found: Graph) -> set[tuple[str, str, str]]:
    return {(e.tail, e.head, e.label) for e in found.edges}


@pytest.mark.parametrize("name", sorted(EXAMPLE.plans))
def test_the_golden_graph_of_an_example_is_what_a_person_read(name: str) -> None:
    found = draw(EXAMPLE.plans[name], EXAMPLE.definitions)
    slug = name.lower().replace(" ", "-")
    check_golden(f"graph-{slug}.mmd", as_mermaid(found))
    check_golden(f"graph-{slug}.dot", as_dot(found))
    check_golden(f"graph-{slug}.svg", as_svg(found))


@pytest.mark.parametrize("name", sorted(EXAMPLE.plans))
def test_every_step_is_a_node_called_by_its_id_and_every_edge_joins_nodes(name: str) -> None:
    plan = EXAMPLE.plans[name]
    ids = [node.id for node in draw(plan).nodes()]
    assert len(ids) == len(set(ids))
    assert {step.id for step in plan.steps if step.op != "schedule"} <= set(ids)
    assert {end for edge in draw(plan).edges for end in (edge.tail, edge.head)} <= set(ids)


def test_ways_part_and_meet_again() -> None:
    found = graph(HEAD + "  if score is at least 5\n    wait 1 day\n  add 1 to score\n")
    choice = "if:score-is-at-least-5"
    assert edges(found) == {
        ("start", choice, ""),
        (choice, "wait:1-day", "yes"),
        ("wait:1-day", "score:add-1", ""),
        (choice, "score:add-1", "no"),
        ("score:add-1", "end", ""),
    }


def test_several_conditions_stand_on_their_ways() -> None:
    found = graph(
        HEAD + '  if score is at least 5\n    exit "A"\n  otherwise if score is less than 2\n    exit "B"\n'
    )
    assert {label for _, _, label in edges(found)} == {
        "",
        "the score is at least 5",
        "the score is less than 2",
        "otherwise",
    }
    assert "Which is true first?" in {node.label for node in found.nodes()}


def test_a_wait_that_goes_on_alike_has_one_way_on() -> None:
    found = graph(HEAD + '  wait up to 2 days until contact visits page "/a"\n  add 1 to score\n')
    assert ("wait:up-to-2-days", "score:add-1", "") in edges(found)
    assert len(found.edges) == 3


def test_blocks_are_boxes_called_like_the_path_of_their_steps() -> None:
    found = graph(HEAD + '  day 0\n    send email "News"\n  day 5 10:00\n    send email "Offer"\n')
    assert edges(found) >= {
        ("start", "day-0", ""),
        ("day-0", "day-0/send:news", ""),
        ("day-0/send:news", "day-5-1000", ""),
    }


def test_rounds_lead_back_and_a_way_out_leads_on() -> None:
    found = graph(
        HEAD + "  repeat up to 3 times\n    wait 1 day\n    if score is at least 5\n      stop repeating\n"
        "  add 1 to score\n"
    )
    back = [edge for edge in found.edges if edge.back]
    assert back == [Edge("if:score-is-at-least-5", "repeat", "no", back=True)]
    assert ("stop-repeating", "score:add-1", "") in edges(found)
    assert ("repeat", "score:add-1", "rounds are over") in edges(found)
    assert as_svg(found).count("stroke-dasharray") == 2  # of frames in the style, and of the way back


def test_what_runs_beside_and_what_ends_a_run_stand_in_clusters() -> None:
    found = graph(
        HEAD + '  goal "Won" when contact submits form "Demo request"\n'
        '  whenever contact visits page "/pricing"\n    notify team "SDR" "Look"\n  send email "News"\n'
    )
    assert [c.title for c in found.clusters] == ["", "Beside everything else", "At any time"]
    assert as_mermaid(found).count("subgraph") == as_dot(found).count("subgraph") == 2


def test_signs_of_names_are_escaped() -> None:
    found = graph(HEAD + '  exit "a < b & #1 \\ end"\n')
    assert "Exit: a #lt; b & #35;1 \\ end" in as_mermaid(found)
    assert "Exit: a < b & #1 \\\\ end" in as_dot(found)
    ET.fromstring(as_svg(found))


def test_ids_differ_after_escaping() -> None:
    assert safe("a:b") != safe("a-b") != safe("a/b") != safe("a~b")
    assert re.fullmatch(r"\w+", safe("whenever:visit-to-/é~2"))


def test_boxes_of_a_picture_of_sixty_steps_never_overlap_and_stay_on_the_page() -> None:
    found = graph(LONG)
    picture = ET.fromstring(as_svg(found))
    space = "{http://www.w3.org/2000/svg}"
    boxes = [
        tuple(float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
        for rect in picture.iter(f"{space}rect")
        if "rx" in rect.attrib and rect.attrib.get("class") != "frame"
    ]
    assert len(boxes) >= 60
    for n, (x, y, w, h) in enumerate(boxes):
        assert x >= 0 <= y
        assert x + w <= float(picture.attrib["width"])
        assert y + h <= float(picture.attrib["height"])
        for a, b, c, d in boxes[n + 1 :]:
            assert x + w <= a or a + c <= x or y + h <= b or b + d <= y


def _lines(picture: ET.Element) -> list[list[tuple[float, float]]]:
    paths = [path.attrib["d"] for path in picture.iter("{http://www.w3.org/2000/svg}path")]
    points = [re.findall(r"(-?[\d.]+) (-?[\d.]+)", path) for path in paths if "L8 4" not in path]
    return [[(float(x), float(y)) for x, y in path] for path in points]


def _box(picture: ET.Element, id_: str) -> tuple[float, float, float]:
    """The middle, the top and the bottom of a box."""
    group = next(g for g in picture.iter() if g.attrib.get("id") == id_)
    x, y, w, h = (float(group[1].attrib[key]) for key in ("x", "y", "width", "height"))
    return x + w / 2, y, y + h


def test_the_flow_between_blocks_is_drawn_to_the_end() -> None:
    found = graph(HEAD + "".join(f"  day {n}\n    add {n + 1} to score\n    wait 1 hour\n" for n in range(9)))
    picture = ET.fromstring(as_svg(found))
    begins = {line[0] for line in _lines(picture)}
    ends = {line[-1] for line in _lines(picture)}
    for edge in found.edges:
        middle, _, bottom = _box(picture, edge.tail)
        assert (middle, bottom) in begins, edge
        middle, top, _ = _box(picture, edge.head)
        assert (middle, top) in ends, edge


def test_a_long_journey_is_as_wide_as_a_slide() -> None:
    picture = ET.fromstring(as_svg(graph(LONG)))
    assert 1.3 < float(picture.attrib["width"]) / float(picture.attrib["height"]) < 2.3


def test_all_ways_in_are_told_in_full() -> None:
    starts = "".join(f'  start when contact visits page "/a-very-long-page-{n}"\n' for n in range(12))
    found = graph(f'journey "Test"\n{starts}  runs again at any time\n  add 1 to score\n')
    picture = as_svg(found)
    assert all(
        f"/a-very-long-page-{n}”" in picture.split("</title>")[1].replace("</text>", "") for n in range(12)
    )
    assert as_mermaid(found).count("<br/>or when the contact visits page") == 11


def test_a_loop_is_left_by_a_line_to_where_it_goes_on() -> None:
    found = graph(
        HEAD + '  repeat up to 3 times\n    wait up to 1 day\n      when contact visits page "/a"\n'
        "        stop repeating\n  add 1 to score\n"
    )
    picture = ET.fromstring(as_svg(found))
    middle, _, bottom = _box(picture, "stop-repeating")
    goes_on, top, _ = _box(picture, "score:add-1")
    assert any(line[0] == (middle, bottom) and line[-1][0] == goes_on < top for line in _lines(picture))


def test_what_only_the_plan_knew_is_drawn_in_words() -> None:
    found = graph(
        'journey "Test"\n  start when contact books any meeting\n  runs again at any time\n'
        "  update trigger when contact books any meeting\n  pause while account has an open opportunity\n"
        '  send email "News"\n  send email "News", subject "Again", from account.owner\n'
        "  set contact.renewal to 24 december 2026\n"
        "  1 day before trigger.starts_at, skip if late\n    add 1 to score\n"
        "  at trigger.ends_at, exit if late\n    if contact.renewal is set\n      add 2 to score\n"
    )
    labels = {node.label for node in found.nodes()}
    assert labels >= {
        "Send email “News”",
        "Send email “News”, subject “Again”, from the account's owner",
        "Set the contact's renewal to 24 December 2026",
        "1 day before “starts at” (left out if late)",
        "At “ends at” (ends the run if late)",
        "If the contact's renewal is set?",
        "Pauses while the account has an open opportunity",
        "Takes the dates of a new event when the contact books any meeting",
    }


def test_an_end_that_nothing_reaches_is_not_drawn() -> None:
    assert "end" not in {node.id for node in graph(HEAD + '  exit "Done"\n').nodes()}


def test_a_section_is_drawn_once() -> None:
    found = graph(
        HEAD + '  whenever contact visits page "/a"\n    run section "S"\n  run section "S"\n  wait 1 day\n'
        '  run section "S"\n  section "S"\n    add 1 to score\n'
    )
    ids = [node.id for node in found.nodes()]
    assert len(ids) == len(set(ids))
    assert sum("(as drawn before)" in node.label for node in found.nodes()) == 2
    assert {end for edge in found.edges for end in (edge.tail, edge.head)} <= set(ids)


def test_drawing_takes_no_recursion() -> None:
    steps = tuple(
        Split(
            id=f"s{n}",
            line=n,
            text="Split",
            name=f"S{n}",
            variants=(Variant(name="A", weight=100, to=n + 1),),
        )
        for n in range(2_000)
    )
    last = Split(id="last", line=1, text="Split", name="L", variants=())
    plan = Plan(
        journey="Deep", starts=(Start(event="X"),), runs=Runs(kind="once"), entry=0, steps=(*steps, last)
    )
    found = draw(plan)
    assert len(list(found.nodes())) == 2_003
    assert len(as_svg(found)) > len(as_mermaid(found)) / 10
