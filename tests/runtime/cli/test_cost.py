"""`nurture cost`: the figures of `runtime.costing`, for people and for programs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.runtime.cli.conftest import EXAMPLE, Run

PAGE = (Path(__file__).parents[3] / "docs" / "operations.md").read_text("utf-8")


def test_the_example_of_the_documentation_is_what_is_printed(nurture: Run) -> None:
    shown = re.search(r"^```\n\$ nurture (cost .*?)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert shown is not None
    ran = nurture(*shlex.split(shown[1]), "--workspace", EXAMPLE)
    assert (ran.code, ran.out) == (0, shown[2])


def test_the_figures_come_as_json(nurture: Run) -> None:
    found = nurture("cost", "Whitepaper nurture", "--workspace", EXAMPLE, "--format", "json").json
    assert found["journey"] == "Whitepaper nurture"
    assert found["paths"][0]["cost"]["events"] >= found["least"]
    assert {choice["given"] for choice in found["choices"]} == {False}


def test_shares_are_said_and_what_is_not_shown_is_counted(nurture: Run) -> None:
    name = "day-5/if:score-is-at-least-mql"
    ran = nurture("cost", EXAMPLE / "journeys" / "whitepaper.journey", "--share", f"{name}=2%", "--paths", 3)
    assert f"{name}: yes 2%, no 98%\n" in ran.out
    assert "day-2/wait:up-to-1-day: event 50%, timeout 50% (by default)" in ran.out
    assert re.search(r"^and \d+ paths more, [\d.]+% of all entrants together$", ran.out, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--share", "day-2"], "is no share. Write it so"),
        (["--share", "day-2=many"], "is no share. Write it so"),
        (["--share", "day-2=30%"], "day-2 is no branch of this journey. There are: day-2/wait:up-to-1-day,"),
        (["--share", "day-2/wait:up-to-1-day=nan"], "come to 100%"),
        (["--paths", "0"], "ask for at least 1"),
        (["--at", "soon"], "is not a moment"),
    ],
)
def test_what_cannot_be_asked_is_refused(arguments: list[str], said: str, nurture: Run) -> None:
    ran = nurture("cost", "Whitepaper nurture", "--workspace", EXAMPLE, *arguments)
    assert ran.code in (1, 2)
    assert said in ran.err


def test_a_file_of_several_journeys_needs_a_name(nurture: Run) -> None:
    ran = nurture("cost", EXAMPLE.parent / "lifecycle" / "journeys" / "webinar.journey")
    assert (ran.code, "Name one of them" in ran.err) == (2, True)
