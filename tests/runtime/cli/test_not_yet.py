"""What the language can say and the runtime cannot do yet is refused in sentences, before anything starts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dsl.plan import Plan
from runtime import support
from tests.runtime.cli.conftest import Run

LIFECYCLE = Path(__file__).parents[3] / "examples" / "lifecycle"


def everyone(plan: Plan) -> Iterator[tuple[int, str]]:
    """Refuse what runs, as if it did not."""
    return ((start.line, "“start with everyone”") for start in plan.starts if start.everyone is not None)


@pytest.mark.parametrize(
    "command",
    [
        ("simulate", "Free trial", "--workspace", str(LIFECYCLE)),
        ("demo", "--workspace", str(LIFECYCLE)),
        ("worker", "--workspace", str(LIFECYCLE)),
    ],
    ids=lambda command: command[0],
)
def test_a_command_that_would_run_it_names_journey_line_and_construct(
    command: tuple[str, ...], nurture: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(support, "REFUSALS", (everyone,))
    ran = nurture(*command)
    assert ran.code == 1
    assert "Journey “Executive track”, line 30: “start with everyone” cannot run yet." in ran.err
    assert "Nothing was done" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_checking_it_is_fine(nurture: Run) -> None:
    assert nurture("check", str(LIFECYCLE)).code == 0


def test_everyone_in_a_segment_goes_through_the_simulator(nurture: Run) -> None:
    ran = nurture("simulate", "Executive track", "--workspace", str(LIFECYCLE))
    assert (ran.code, "Executive track   10 entered" in ran.out) == (0, True), ran.out + ran.err
