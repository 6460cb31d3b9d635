"""`nurture simulate` with many contacts: figures on the terminal, as JSON and as a page."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.cli.conftest import EXAMPLE, Run

JOURNEY = "Whitepaper nurture"
LIFECYCLE = EXAMPLE.parent / "lifecycle"
SAMPLE = EXAMPLE / "sample"


def test_figures_of_many_contacts(nurture: Run, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    ran = nurture("simulate", JOURNEY, "--workspace", EXAMPLE, "--contacts", 300, "--report", page)
    said = " ".join(ran.out.split())

    assert ran.code == 0
    assert "300 contacts" in said
    assert "300 entered" in said
    assert "All journeys together" in said
    assert "emails in a week of a contact" in said
    assert "the built-in behaviour" in said
    assert f"The report is in {page}." in " ".join(ran.err.split())
    written = page.read_text("utf-8")
    assert "What becomes of them, step by step" in written
    assert ">week of the simulation</text>" in written
    assert ">emails</text>" in written
    # Some visit the page of prices twice, and are counted once among those who came.
    assert "sent, some several times" in said
    assert "sent, some several times" in written


def test_the_same_seed_tells_the_same_figures(nurture: Run) -> None:
    def told(seed: int) -> str:
        options = ("--contacts", 150, "--seed", seed, "--days", 30, "--format", "json")
        return nurture("simulate", "--all", "--workspace", LIFECYCLE, *options).out

    assert told(3) == told(3)
    assert told(3) != told(4)


def test_contacts_come_in_by_every_journey(nurture: Run) -> None:
    options = ("--contacts", 200, "--days", 60, "--format", "json")
    found = nurture("simulate", "--all", "--workspace", LIFECYCLE, *options).json

    assert {"Free trial", "Webinar", "Strategic account"} <= set(found["journeys"])
    assert all(found["counts"][journey]["entered"] for journey in ("Free trial", "Webinar"))


def test_the_behaviour_of_the_workspace_counts(nurture: Run, tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(EXAMPLE, folder)
    (folder / "behaviour.toml").write_text("[emails]\nopen = 0\nmachine = 0\n[contacts]\nbounce = 0\n")
    other = tmp_path / "other.toml"
    other.write_text("[emails]\nopen = 100\n")

    def opened(*options: object) -> int:
        asked = ("--workspace", folder, "--contacts", 100, "--format", "json", *options)
        found = nurture("simulate", JOURNEY, *asked).json
        rows = [row for funnel in found["funnels"] for row in funnel["rows"]]
        return sum(row["opened"] or 0 for row in rows)

    assert opened() == 0
    assert opened("--behaviour", other) > 100


def test_contacts_are_drawn_from_a_record(nurture: Run) -> None:
    record = ("--recorded", SAMPLE / "events.jsonl", "--people", SAMPLE / "contacts.csv")
    options = ("--accounts", SAMPLE / "accounts.csv", "--contacts", 200, "--workspace", EXAMPLE)
    ran = nurture("simulate", *record, *options, "--format", "json")

    assert ran.code == 0, ran.err
    assert ran.json["counts"][JOURNEY]["entered"] == 200
    assert "drawn from a record of 360 events" in ran.json["source"]


def test_ten_people_react_as_the_behaviour_says(nurture: Run, tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(EXAMPLE, folder)
    shutil.rmtree(folder / "sample")
    silent = tmp_path / "silent.toml"
    silent.write_text(
        "[emails]\nopen = 0\nmachine = 0\n[answers]\notherwise = 0\nunprompted = 0\nasked = 0\n"
    )

    told = nurture("simulate", JOURNEY, "--workspace", folder, "--behaviour", silent, "--format", "json").json

    kinds = {
        line["text"] for contact in told["contacts"] for line in contact["lines"] if line["kind"] == "event"
    }
    assert kinds == {"Submitted the form “Whitepaper”  [+15 points, now 15]"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((JOURNEY, "--contacts", 0), "There is nobody to simulate: --contacts is 1 or more."),
        ((JOURNEY, "--contacts", -5), "There is nobody to simulate"),
        ((JOURNEY, "--contacts", 10**12), "contacts would take for ever: --contacts is 10,000,000 at most."),
        ((JOURNEY, "--all", "--contacts", 10), "Name a journey or write --all, not both."),
        ((JOURNEY, "--all", "--contacts", "people.csv"), "--contacts names a file here."),
        (("--all", "--events", "e.jsonl"), "--events tells what some contacts do."),
        ((JOURNEY, "--people", "p.csv"), "--people and --map belong to a record."),
        ((JOURNEY, "--contacts", 5, "--people", "p.csv"), "--people and --map belong to a record."),
        ((JOURNEY, "--contacts", 5, "--behaviour", "no.toml"), "There is no file no.toml."),
        ((JOURNEY, "--contacts", 5, "--report", "nowhere/r.html"), "The report cannot be written to nowhere"),
        ((JOURNEY, "--contacts", 5, "--days", 0), "days"),
        (("--recorded", "no.jsonl", "--people", "p.csv"), "There is no file"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    nurture: Run, options: tuple[object, ...], sentence: str
) -> None:
    ran = nurture("simulate", *options, "--workspace", EXAMPLE)

    assert ran.code in (1, 2)
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


def test_who_arrives_after_the_end_is_told(nurture: Run, tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text('[contacts]\nwithin = "30 days"\n')
    options = ("--contacts", 5, "--days", 10, "--behaviour", tmp_path / "b.toml")

    ran = nurture("simulate", JOURNEY, "--workspace", EXAMPLE, *options)

    assert ran.code == 1
    assert (
        f"{tmp_path / 'b.toml'}, [contacts], within: contacts arrive over 30 days, and 10 are "
        "simulated. Simulate more --days." in ran.err
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            (JOURNEY, "--contacts", "10k"),
            "--contacts 10k is neither a whole number nor a file that is there.",
        ),
        ((JOURNEY, "--contacts", "1.5"), "--contacts 1.5 is neither a whole number"),
        ((JOURNEY, "--contacts", ""), "--contacts is empty. Name a CSV of contacts, or say how many"),
        ((JOURNEY, "--contacts", "1.csv"), "There is no file 1.csv."),
        ((JOURNEY, "--contacts", 5, "--accounts", "a.csv"), "--accounts belongs to contacts of a file"),
        ((JOURNEY, "--recorded", "no.jsonl"), "There is no file no.jsonl. Check the path."),
        ((JOURNEY, "--recorded", SAMPLE / "events.jsonl"), "Say who the contacts are: --people FILE.csv"),
        (
            (JOURNEY, "--recorded", SAMPLE / "events.jsonl", "--contacts", SAMPLE / "contacts.csv"),
            "Name the file of those in the record with --people.",
        ),
        (
            (JOURNEY, "--recorded", SAMPLE / "events.jsonl", "--people", SAMPLE / "events.jsonl"),
            "events.jsonl is JSON, not CSV",
        ),
        ((JOURNEY, "--recorded", "."), ". is a folder. Name a file in it."),
        ((JOURNEY, "--recorded", "mysql://x"), "--recorded mysql://… is no database URL."),
        ((JOURNEY, "--contacts", 5, "--behaviour", "."), ". is a folder. Name a file in it."),
    ],
)
def test_a_slip_on_the_command_line_is_told_with_the_right_remedy(
    nurture: Run, options: tuple[object, ...], sentence: str
) -> None:
    ran = nurture("simulate", *options, "--workspace", EXAMPLE)

    assert ran.code in (1, 2)
    assert sentence in ran.err


def test_a_number_may_be_written_in_groups_of_digits(nurture: Run) -> None:
    found = nurture(
        "simulate", JOURNEY, "--workspace", EXAMPLE, "--contacts", "1,000", "--format", "json"
    ).json

    assert found["contacts"] == 1000


def test_ten_contacts_of_a_file_have_their_choices_as_declared(nurture: Run, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,email,industry\nana,ana@example.com,LOGISTICS\n")

    ran = nurture("simulate", JOURNEY, "--workspace", EXAMPLE, "--contacts", tmp_path / "people.csv")

    assert ran.code == 0
    assert "1 of 1 values of contact.industry differ from its choices in capitals alone." in ran.err


def test_what_scoring_says_of_who_a_contact_is_counts_at_the_end(nurture: Run) -> None:
    # Nobody visits prices or asks for a demo in this journey: all points are those of the company.
    options = ("--workspace", LIFECYCLE, "--contacts", 100, "--days", 30, "--format", "json")
    found = nurture("simulate", "Free trial", *options).json

    assert set(map(int, found["scores"])) == {0, 15, 20, 35}
    assert found["counts"]["Free trial"]["average_score"] > 10
    few = nurture("simulate", "Free trial", "--workspace", LIFECYCLE, "--format", "json").json
    assert few["counts"]["average_score"] > 10


def test_owners_are_told_with_their_shares_and_the_others_together(nurture: Run, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    options = ("--workspace", LIFECYCLE, "--contacts", 300, "--report", page)
    said = " ".join(nurture("simulate", "Free trial", *options).out.split())
    found = nurture("simulate", "Free trial", *options, "--format", "json").json["owners"]

    total, first = sum(found.values()), next(iter(found.values()))
    rest = total - sum(list(found.values())[:5])
    assert f"owners {100 * first / total:.1f} %" in said
    assert f"{100 * rest / total:.1f} % {len(found) - 5} others" in said
    assert len(found) < 20
    assert f'<td class="n">{100 * first / total:.1f} %</td>' in page.read_text("utf-8")


def test_who_is_still_inside_at_the_end_is_told(nurture: Run, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    options = ("--workspace", EXAMPLE, "--contacts", 50, "--report", page)

    short = nurture("simulate", JOURNEY, *options, "--days", 20).out
    told = page.read_text("utf-8")
    long = nurture("simulate", JOURNEY, *options, "--days", 300).out

    assert f"! “{JOURNEY}”: " in short
    assert "who entered are still inside after 20 days" in " ".join(short.split())
    assert "are still inside after 20 days" in told
    assert "Simulate more --days" not in long


def test_ten_years_are_told_in_some_figures(nurture: Run, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    options = ("--workspace", EXAMPLE, "--contacts", 20, "--days", 3650, "--report", page)
    said = " ".join(nurture("simulate", JOURNEY, *options).out.split())

    assert "marketing emails by 8 weeks" in said or "marketing emails by 7 weeks" in said
    assert "and none in the 3" in said
    assert "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0" not in said
    assert "Sent in each week<" not in page.read_text("utf-8")


def test_a_single_hold_is_told_as_one(nurture: Run) -> None:
    options = ("--workspace", LIFECYCLE, "--contacts", 300)
    said = " ".join(nurture("simulate", "Free trial", *options).out.split())

    assert re.search(r"1 time, \d+ h", said)
    assert "1 times" not in said
    assert "within 0" not in said


def test_kinds_of_events_that_a_record_never_holds_are_told(nurture: Run, tmp_path: Path) -> None:
    lines = (SAMPLE / "events.jsonl").read_text("utf-8").splitlines()
    (tmp_path / "e.jsonl").write_text("\n".join(line for line in lines if '"Email ' not in line))
    (tmp_path / "b.toml").write_text("[emails]\nopen = 50\nclick = 40\n")
    record = ("--recorded", tmp_path / "e.jsonl", "--people", SAMPLE / "contacts.csv")
    options = (JOURNEY, *record, "--contacts", 100, "--workspace", EXAMPLE, "--format", "json")

    silent = nurture("simulate", *options)
    said = nurture("simulate", *options, "--behaviour", tmp_path / "b.toml")

    assert "The record holds no “Email Opened”, “Email Clicked”" in silent.err
    assert "is taken as never done" in silent.err
    assert "The record holds no “Email Opened” or “Email Clicked”; the behaviour says how often." in said.err

    def opened(found: dict[str, Any]) -> int:
        return sum(row["opened"] or 0 for funnel in found["funnels"] for row in funnel["rows"])

    assert opened(silent.json) == 0
    assert opened(said.json) > 50


def test_shares_of_journeys_without_all_are_told(nurture: Run, tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(f'[starts]\n"{JOURNEY}" = 80\n')
    options = ("--workspace", EXAMPLE, "--behaviour", tmp_path / "b.toml", "--contacts", 5)

    assert "[starts] of the behaviour counts with --all" in nurture("simulate", JOURNEY, *options).err
    assert "[starts]" not in nurture("simulate", "--all", *options).err


def test_what_a_record_tells_itself_is_told(nurture: Run, tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(
        '[emails]\nopen = 50\nreply = 2\n[contacts]\nconsent = 50\n[[group]]\nname = "A"\nshare = 5\n'
    )
    record = ("--recorded", SAMPLE / "events.jsonl", "--people", SAMPLE / "contacts.csv")
    options = ("--contacts", 5, "--workspace", EXAMPLE, "--behaviour", tmp_path / "b.toml")

    said = nurture("simulate", JOURNEY, *record, *options).err

    assert "counts for nothing: [[group]], [contacts] consent, [emails] open" in said


def test_what_is_drawn_from_a_part_of_a_record_is_labelled(nurture: Run, tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text((SAMPLE / "events.jsonl").read_text("utf-8") + "{\n")
    page = tmp_path / "report.html"
    record = ("--recorded", tmp_path / "e.jsonl", "--people", SAMPLE / "contacts.csv", "--report", page)

    ran = nurture("simulate", JOURNEY, *record, "--contacts", 5, "--workspace", EXAMPLE, "--format", "json")

    assert ran.code == 1
    assert ran.json["partial"] is True
    assert "This result is partial: 1 row could not be read" in ran.err
    assert "This result is partial: 1 row could not be read" in page.read_text("utf-8")
    assert any("is not JSON" in sentence for sentence in ran.json["doubts"])
