"""`nurture simulate` tells what would happen, the same each time, and refuses damaged files by line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runtime.cli.conftest import EXAMPLE, Run, golden

JOURNEY = "Whitepaper nurture"
CONTACTS = "id,email,first_name,last_name,time_zone,consent,created_at\n"
ANA = "ana,ana@example.com,Ana,Moreau,Europe/Paris,Marketing,2026-01-05\n"

HAPPENED = (
    ("2026-03-02T20:30:00Z", "Form Submitted", {"form": "Whitepaper"}),
    ("2026-03-03T07:00:00Z", "Email Opened", {"email": "Whitepaper delivery"}),
    ("2026-03-05T09:10:00Z", "Page Viewed", {"page": "/pricing"}),
    ("2026-03-07T08:00:00Z", "Email Opened", {"email": "Case study"}),
    ("2026-03-10T15:00:00Z", "Asset Downloaded", {"asset": "Case study"}),
    ("2026-03-11T15:00:00Z", "Form Submitted", {"form": "Whitepaper"}),
)
EVENTS = "".join(
    json.dumps(
        {
            "at": at,
            "event": name,
            "contact": "ana",
            "properties": about,
            "machine": at.startswith("2026-03-07"),
        }
    )
    + "\n"
    for at, name, about in HAPPENED
)


@pytest.fixture
def ana(tmp_path: Path) -> list[object]:
    """Simulate one contact."""
    (tmp_path / "contacts.csv").write_text(CONTACTS + ANA, "utf-8")
    (tmp_path / "events.jsonl").write_text(EVENTS, "utf-8")
    options = ("--contacts", tmp_path / "contacts.csv", "--events", tmp_path / "events.jsonl")
    return ["simulate", JOURNEY, "--workspace", EXAMPLE, *options]


def test_golden_one_contacts_story_and_the_figures(nurture: Run, ana: list[object]) -> None:
    ran = nurture(*ana)
    assert (ran.code, ran.err) == (0, "")
    assert max(map(len, ran.out.splitlines())) <= 100
    golden("simulated.txt", ran.out)


def test_json_holds_every_line_with_its_step_and_the_figures(nurture: Run, ana: list[object]) -> None:
    told = nurture(*ana, "--format", "json").json
    assert told["journey"] == JOURNEY
    assert told["start"] == 1_772_483_400
    assert told["until"] == told["start"] + 90 * 86_400
    assert told["seed"] is None
    (contact,) = told["contacts"]
    assert (contact["contact"], contact["name"], contact["time_zone"]) == (
        "ana",
        "Ana Moreau",
        "Europe/Paris",
    )
    first = next(line for line in contact["lines"] if line["kind"] == "sent")
    assert first["step"] == "day-0/send:whitepaper-delivery"
    assert first["local"] == "Mon 2 Mar 21:30"
    assert any(line["kind"] == "waiting" and line["due"] and line["detail"] for line in contact["lines"])
    assert told["funnel"]["entered"] == told["counts"]["entered"] == 1
    assert told["counts"]["refused"] == {"too soon": 1}
    row = next(row for row in told["funnel"]["rows"] if row["step"] == "day-0/send:whitepaper-delivery")
    assert (row["runs"], row["ways"], row["opened"], row["clicked"]) == (1, {"sent": 1}, 1, 0)


def test_fewer_days_leave_people_inside(nurture: Run, ana: list[object]) -> None:
    told = nurture(*ana, "--days", "3", "--format", "json").json
    assert told["counts"]["open"] == 1
    assert told["counts"]["completed"] == 0


def test_a_start_moves_what_was_recorded(nurture: Run, ana: list[object]) -> None:
    told = nurture(*ana, "--start", "2027-05-03T10:00:00+02:00", "--format", "json").json
    assert told["start"] == 1_809_331_200
    assert told["contacts"][0]["lines"][0]["local"] == "Mon 3 May 10:00"


def test_the_sample_of_a_workspace_is_taken_and_a_file_names_its_journey(nurture: Run) -> None:
    file = EXAMPLE / "journeys" / "whitepaper.journey"
    told = nurture("simulate", file, "--format", "json").json
    assert told["journey"] == JOURNEY
    assert len(told["contacts"]) == told["counts"]["entered"] == 50


def test_a_seed_tells_the_same_story_again_and_another_one_another(nurture: Run) -> None:
    def told(seed: int) -> str:
        ran = nurture(
            "simulate", JOURNEY, "--workspace", EXAMPLE, "--seed", seed, "--days", 30, "--format", "json"
        )
        assert ran.json["seed"] == seed
        assert ran.json["counts"]["sent"] > 50
        return ran.out

    first = told(5)
    assert told(5) == first
    assert told(6) != first


def test_without_any_data_ten_invented_contacts_go_through(
    nurture: Run, workspace: Callable[..., Path]
) -> None:
    folder = workspace(
        'event "Trial Started"',
        "  field plan is text",
        'tags "tried"',
        'journey "Trial"',
        '  start when contact does "Trial Started"',
        "  runs once for each trigger.plan",
        "  wait 2 days",
        '  add tag "tried"',
    )
    told = nurture("simulate", "Trial", "--workspace", folder, "--format", "json").json
    assert told["counts"]["entered"] == told["counts"]["completed"] == 10
    assert {contact["name"] for contact in told["contacts"]} >= {"Ana Moreau", "Jun Tanaka"}


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("contacts.csv", CONTACTS + ANA + "ben,only\n", "contacts.csv, line 3 has more or fewer columns"),
        ("contacts.csv", "email\nx@example.com\n", "contacts.csv has no column `id`"),
        ("events.jsonl", EVENTS + "{nonsense\n", "events.jsonl, line 7 is not JSON."),
        ("events.jsonl", '{"event": "X", "contact": "ana"}\n', "events.jsonl, line 1: None is not a moment."),
        ("events.jsonl", "\n", "events.jsonl holds no event."),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(
    nurture: Run, ana: list[object], tmp_path: Path, file: str, text: str, sentence: str
) -> None:
    (tmp_path / file).write_text(text, "utf-8")
    ran = nurture(*ana)
    assert (ran.code, ran.out) == (1, "")
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


def test_a_journey_that_is_not_there_gets_a_guess(nurture: Run) -> None:
    ran = nurture("simulate", "Whitepaper nurtur", "--workspace", EXAMPLE)
    assert ran.code == 1
    assert ran.err == (
        'nurture: There is no journey "Whitepaper nurtur" in this workspace. '
        'Did you mean "Whitepaper nurture"?\n'
    )
    ran = nurture("simulate", EXAMPLE / "definitions.journey")
    assert ran.code == 1
    assert "holds no journey" in ran.err


def test_a_workspace_with_errors_is_not_simulated(nurture: Run, workspace: Callable[..., Path]) -> None:
    ran = nurture("simulate", "One", "--workspace", workspace('journey "One"', "  sned nothing"))
    assert (ran.code, ran.out) == (1, "")
    assert "workspace/a.journey:2:3: error" in ran.err
    assert "Nothing was done: " in ran.err.splitlines()[-1]


def test_events_out_of_order_are_noted_by_line_and_taken_by_their_time(
    nurture: Run, ana: list[object], tmp_path: Path
) -> None:
    lines = EVENTS.splitlines(keepends=True)
    disordered = tmp_path / "disordered.jsonl"
    disordered.write_text("".join([lines[1], lines[0], *lines[2:]]), "utf-8")
    ran = nurture(*ana[:-1], disordered)
    assert ran.err.startswith(
        f"nurture: {disordered}, line 2: earlier than the line before it. They are taken"
    )
    assert ran.out == nurture(*ana).out


def test_events_about_strangers_are_noted(nurture: Run, ana: list[object], tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").write_text(CONTACTS + ANA.replace("ana,", "eva,", 1), "utf-8")
    ran = nurture(*ana)
    assert ran.code == 0
    assert ran.err.startswith(
        "nurture: 6 of 6 events are about nobody in the files of contacts and accounts ("
    )
    assert "(ana in line 1); they were left out." in ran.err


def test_a_bounce_of_an_unknown_kind_is_refused_with_its_line(nurture: Run, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text(
        '{"event": "Email Bounced", "contact": "c1", "at": "2026-03-02T09:00:00Z", '
        '"properties": {"kind": "bouncy"}}\n'
    )
    contacts = tmp_path / "contacts.csv"
    contacts.write_text("id,email,consent\nc1,c1@example.com,Marketing\n")
    ran = nurture(
        *("simulate", "Whitepaper nurture", "--workspace", EXAMPLE),
        *("--contacts", contacts, "--events", events),
    )
    assert ran.code == 1
    assert (
        "events.jsonl, line 1: \"kind\" of the event “Email Bounced” is hard or soft, not 'bouncy'."
        in ran.err
    )
