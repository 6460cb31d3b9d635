"""`nurture explain` tells journeys and codes; `nurture graph` draws."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runtime.cli.conftest import EXAMPLE, Run

WHITEPAPER = EXAMPLE / "journeys" / "whitepaper.journey"


def test_a_journey_is_told_with_dates_by_its_file_or_its_name(nurture: Run) -> None:
    by_file = nurture("explain", WHITEPAPER, "--at", "2026-03-02T09:00:00+01:00")
    assert by_file.code == 0
    assert "What happens to somebody who enters on Monday 2 March 2026 at 09:00" in by_file.out
    by_name = nurture("explain", "Whitepaper nurture", "--at", "2026-03-02T08:00:00Z", "--workspace", EXAMPLE)
    assert by_name.out == by_file.out


def test_without_a_moment_it_is_now(nurture: Run) -> None:
    assert "What happens to somebody who enters on" in nurture("explain", WHITEPAPER).out


def test_a_moment_that_is_none_is_refused(nurture: Run) -> None:
    ran = nurture("explain", WHITEPAPER, "--at", "soon")
    assert (ran.code, "is not a moment" in ran.err) == (1, True)


def test_the_page_of_a_code_is_printed(nurture: Run) -> None:
    ran = nurture("explain", "n104")
    assert ran.code == 0
    assert ran.out.startswith("# N104: written otherwise\n")


def test_a_code_or_journey_that_does_not_exist_is_refused(nurture: Run) -> None:
    ran = nurture("explain", "N999")
    assert (ran.code, ran.err) == (2, "nurture: There is no code N999.\n")
    ran = nurture("explain", "Whitepaper nutrure", "--workspace", EXAMPLE)
    assert (ran.code, 'Did you mean "Whitepaper nurture"?' in ran.err) == (1, True)


def test_a_file_without_a_journey_is_refused(nurture: Run) -> None:
    ran = nurture("explain", EXAMPLE / "definitions.journey")
    assert (ran.code, "holds no journey" in ran.err) == (1, True)


def test_a_workspace_with_mistakes_is_not_told(nurture: Run, workspace: Callable[..., Path]) -> None:
    ran = nurture("explain", workspace('journey "One"') / "a.journey")
    assert (ran.code, ran.out) == (1, "")


def test_a_date_to_try_gives_blocks_on_it_real_dates(nurture: Run) -> None:
    file = EXAMPLE.parent / "lifecycle" / "journeys" / "free-trial.journey"
    ran = nurture(
        "explain", file, "--at", "2026-03-02T09:00:00Z", "--with", "trigger.trial_ends_at=2026-03-16T16:00"
    )
    assert (ran.code, "“trial ends at”, Saturday 14 March 2026 at 16:00:" in ran.out) == (0, True)
    assert "--with trigger.trial_ends_at=" in nurture("explain", file).out
    none = nurture("explain", file, "--with", "contact.renewal=2026-03-16")
    assert (none.code, "There are: trigger.trial_ends_at." in none.err) == (2, True)
    assert nurture("explain", file, "--with", "trigger.trial_ends_at=soon").code == 2


def test_a_folder_is_told_journey_by_journey(nurture: Run) -> None:
    ran = nurture("explain", EXAMPLE)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("How it begins\n") == 3


def test_a_sound_journey_is_told_beside_a_file_with_errors(
    nurture: Run, workspace: Callable[..., Path]
) -> None:
    root = workspace('journey "One"\n  start by hand\n  runs again at any time\n  add 1 to score\n')
    (root / "wrong.journey").write_text('journey "Two"\n', encoding="utf-8")
    ran = nurture("explain", root / "a.journey")
    assert (ran.code, "Add 1 to the score" in ran.out, "wrong.journey" in ran.err) == (0, True, True)
    assert nurture("explain", "One", "--workspace", root).out == ran.out
    whole = nurture("explain", root)
    assert (whole.code, whole.out, "wrong.journey" in whole.err) == (1, ran.out, True)
    assert (
        nurture("explain", root / "wrong.journey").out,
        nurture("explain", "Two", "--workspace", root).code,
    ) == ("", 1)


@pytest.mark.parametrize(
    ("format", "begins"), [("mermaid", "%% Whitepaper"), ("dot", "digraph"), ("svg", "<svg")]
)
def test_a_journey_is_drawn(nurture: Run, format: str, begins: str) -> None:
    ran = nurture("graph", WHITEPAPER, "--format", format)
    assert (ran.code, ran.out.startswith(begins)) == (0, True)
    if format == "svg":
        ET.fromstring(ran.out)
