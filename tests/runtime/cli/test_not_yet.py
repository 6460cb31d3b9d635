"""What the language can say and the runtime cannot do yet is refused in sentences, before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runtime.cli.conftest import Run

LIFECYCLE = Path(__file__).parents[3] / "examples" / "lifecycle"


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
    command: tuple[str, ...], nurture: Run, tmp_path: Path
) -> None:
    ran = nurture(*command)
    assert ran.code == 1
    assert "Journey “Executive track”, line 30: “start with everyone” cannot run yet." in ran.err
    assert "Nothing was done" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_checking_it_is_fine(nurture: Run) -> None:
    assert nurture("check", str(LIFECYCLE)).code == 0
