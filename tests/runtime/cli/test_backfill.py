"""`nurture backfill`: what it says, and that it goes on where it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runtime.cli import backfill as command
from runtime.published import Published
from runtime.store import Store
from tests.runtime.cli.conftest import Run

CONTACT = "cnt_000003"
NAMED = ("--map", "lead=contact", "--map", "what=form", "--map", "when=at", "--event", "Form Submitted")


def touches(folder: Path, number: int = 3) -> Path:
    file = folder / "touches.csv"
    rows = [f"{CONTACT},Whitepaper,2020-01-{n % 28 + 1:02}T{n // 28:02}:00" for n in range(number)]
    file.write_text("\n".join(["lead,what,when", *rows, "nobody,Whitepaper,2020-01-01"]) + "\n", "utf-8")
    return file


def test_the_past_is_brought_once(nurture: Run, database: str, tmp_path: Path) -> None:
    file = touches(tmp_path)
    dry = nurture("backfill", file, *NAMED, "--dry-run")
    assert (dry.code, dry.out.splitlines()[:2]) == (
        1,
        [f"Would bring 3 events of {file} on record.", "Nothing was changed."],
    )
    done = nurture("backfill", file, *NAMED)
    assert (done.code, done.out.splitlines()) == (
        1,
        [
            f"Brought 3 events of {file} on record.",
            f"Refused 1 row, kept aside in {tmp_path / 'touches.rejected.csv'}:",
            "  line 5: There is no contact nobody. Import it first, or look at how its id is written.",
        ],
    )
    shown = nurture("show", CONTACT, "--format", "json").json
    assert (shown["score"], shown["runs"]) == (45, [])
    assert shown["lines"][0]["text"].startswith("Submitted the form “Whitepaper”  [+15 points")
    again = nurture("backfill", file, *NAMED)
    assert (again.code, again.out) == (0, f"{file} was brought on record before; nothing was done.\n")
    assert "touches.csv: 3 events, 1 refused, done" in nurture("backfill", "--list").out


def test_recent_ones_start_journeys_if_that_is_asked_for(nurture: Run, database: str, tmp_path: Path) -> None:
    file = touches(tmp_path)
    ran = nurture("backfill", file, *NAMED, "--start", "--since", "2020-01-02", "--format", "json")
    assert (ran.json["recorded"], ran.json["started"]) == (3, 1)


def test_an_interrupted_one_goes_on_where_it_was(
    nurture: Run, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = touches(tmp_path, 250)
    bring, pages = command._Bringing.__call__, []

    async def twice(self: Any, rows: Any) -> Any:
        if len(pages) == 2:
            raise KeyboardInterrupt
        pages.append(len(rows))
        return await bring(self, rows)

    with monkeypatch.context() as patched:
        patched.setattr(command._Bringing, "__call__", twice)
        assert nurture("backfill", file, *NAMED).code == 130
    assert "stands at line 201; give it again to go on" in nurture("backfill", "--list").out
    ran = nurture("backfill", file, *NAMED)
    assert ran.out.splitlines()[0] == f"Brought 50 events of {file} on record, from line 202 on."
    assert nurture("show", CONTACT, "--format", "json").json["score"] == 250 * 15


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Name the file"),
        (("x.csv", "--start"), "--start and --since go together"),
        (("x.csv", "--since", "2020-01-01"), "--start and --since go together"),
        (("x.csv",), "There is no file x.csv."),
    ],
)
def test_what_cannot_be_brought_is_one_sentence(
    nurture: Run, database: str, arguments: tuple[str, ...], said: str
) -> None:
    ran = nurture("backfill", *arguments)
    assert (ran.code in (1, 2), ran.out, ran.err.count("\n")) == (True, "", 1)
    assert said in ran.err


def test_what_the_workspace_takes_for_too_late_starts_nothing(
    nurture: Run, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, published = touches(tmp_path), command.published

    async def with_lateness(store: Store) -> Published:
        found = await published(store)
        return replace(found, definitions=found.definitions.model_copy(update={"lateness": 86_400}))

    monkeypatch.setattr(command, "published", with_lateness)
    ran = nurture("backfill", file, *NAMED, "--start", "--since", "2020-01-02")
    assert (ran.code, ran.out) == (2, "")
    assert "By `late_events` in nurture.toml nothing starts by what happened before" in ran.err
