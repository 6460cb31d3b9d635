"""The commands that work on the database: import, enter, event, show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.databases import execute
from tests.runtime.cli.conftest import EXAMPLE, Run

JOURNEY = "Whitepaper nurture"
CONTACT = "cnt_000003"


def test_an_entered_contact_is_shown_with_its_run(nurture: Run, database: str) -> None:
    entered = nurture("enter", JOURNEY, f"{CONTACT}@example.net", "--format", "json")
    assert entered.code == 0
    assert entered.json["entered"] is True
    assert entered.json["contact"] == CONTACT
    assert entered.json["run"] == f"whitepaper-nurture/{CONTACT}/-/1"
    shown = nurture("show", CONTACT)
    assert shown.code == 0
    assert shown.out.splitlines()[0] == f"Mateus Azevedo   {CONTACT} · America/Sao_Paulo · 0 points"
    assert "Inside “Whitepaper nurture” since" in shown.out


def test_a_second_entry_is_refused_with_the_reason(nurture: Run, database: str) -> None:
    assert nurture("enter", JOURNEY, CONTACT).out == (
        f"{CONTACT} entered “{JOURNEY}”: run whitepaper-nurture/{CONTACT}/-/1.\n"
    )
    again = nurture("enter", JOURNEY, CONTACT)
    assert (again.code, again.out) == (2, "")
    assert again.err == f"nurture: {CONTACT} did not enter “{JOURNEY}”: already in the journey.\n"
    assert nurture("enter", JOURNEY, CONTACT, "--format", "json").json["reason"] == "already running"


def test_an_event_scores_starts_and_is_taken_once(nurture: Run, database: str) -> None:
    event = ("event", "Form Submitted", "--contact", CONTACT, "--property", "form=Whitepaper", "--id", "m1")
    first = nurture(*event)
    assert first.code == 0
    assert first.out == f"Recorded “Form Submitted” (m1).\nEntered: run whitepaper-nurture/{CONTACT}/-/1.\n"
    assert nurture(*event).out == "An event with the id m1 is on record already; nothing changed.\n"
    second = nurture(*event[:-2], "--at", "2026-03-02T09:00:00Z", "--format", "json").json
    assert second["status"] == "recorded"
    assert second["refused"] == [{"journey": JOURNEY, "reason": "already running"}]
    shown = nurture("show", CONTACT, "--format", "json").json
    assert shown["score"] == 30
    assert [line["text"] for line in shown["lines"] if line["kind"] == "event"] == [
        "Submitted the form “Whitepaper”  [+15 points, now 15]",
        "Submitted the form “Whitepaper” (happened Mon 2 Mar 06:00)  [+15 points, now 30]",
    ]
    assert shown["runs"][0]["status"] == "open"
    assert shown["handoffs"] == []


def test_an_account_may_be_what_an_event_is_about(nurture: Run, database: str) -> None:
    about = ("event", "Opportunity Opened", "--account", "acct_000013", "--property", "opportunity=o1")
    assert nurture(*about).code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("show", "nobody"), "There is no contact nobody. Import it first"),
        (("enter", "Whitepaper nurtur", CONTACT), 'Did you mean "Whitepaper nurture"?'),
        (("enter", JOURNEY, "nobody"), "There is no contact nobody."),
        (("event", "Form Submited", "--contact", CONTACT), 'Did you mean "Form Submitted"?'),
        (("event", "Form Submitted"), "Name it with --contact or --account."),
        (("event", "Form Submitted", "--contact", CONTACT, "--property", "form"), "written name=value"),
        (("event", "Opportunity Opened", "--account", "acct_none"), "There is no account acct_none."),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    nurture: Run, database: str, arguments: tuple[str, ...], sentence: str
) -> None:
    ran = nurture(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


def test_a_moment_that_is_none_is_refused(nurture: Run, database: str) -> None:
    ran = nurture("event", "Form Submitted", "--contact", CONTACT, "--at", "yesterday")
    assert ran.code == 1
    assert "--at: 'yesterday' is not a moment. Write it like" in ran.err


def test_a_first_import_names_its_workspace(nurture: Run, tmp_path: Path) -> None:
    file = EXAMPLE / "sample" / "accounts.csv"
    ran = nurture("import", "accounts", file)
    assert ran.code == 2
    assert not (tmp_path / "nurture.db").exists()
    ran = nurture("import", "accounts", file, "--workspace", EXAMPLE)
    assert (ran.code, ran.out) == (0, f"Imported 48 accounts from {file}: 48 new, 0 changed, 0 unchanged.\n")
    ran = nurture("import", "accounts", file)
    assert ran.err.startswith("nurture: Nothing is published yet")


def test_a_missing_database_is_not_begun_by_looking(nurture: Run, tmp_path: Path) -> None:
    ran = nurture("show", CONTACT)
    assert ran.code == 2
    assert ran.err.startswith("nurture: There is no database nurture.db here. Say where it is with NURTURE_")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://u:hush@127.0.0.1:1/x", "The database postgresql://u:***@127.0.0.1:1/x cannot be used"),
        ("mysql://u:hush@h/x", "NURTURE_DATABASE_URL is no database URL"),
    ],
)
def test_an_unreachable_database_is_one_sentence_without_the_password(
    nurture: Run, monkeypatch: pytest.MonkeyPatch, url: str, sentence: str
) -> None:
    monkeypatch.setenv("NURTURE_DATABASE_URL", url)
    ran = nurture("show", CONTACT)
    assert ran.code == 2
    assert sentence in ran.err
    assert "hush" not in ran.err
    assert ran.err.count("\n") == 1


def test_a_newer_database_is_left_alone(nurture: Run, database: str) -> None:
    execute(database, "update alembic_version set version_num = '9999'")
    ran = nurture("show", CONTACT)
    assert ran.code == 2
    assert "newer" in ran.err
    assert ran.err.count("\n") == 1


def test_a_damaged_database_is_one_sentence(
    nurture: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.db").write_bytes(b"no database at all" * 100)
    monkeypatch.setenv("NURTURE_DATABASE_URL", "sqlite:///broken.db")
    ran = nurture("show", CONTACT)
    assert ran.code == 2
    assert "sqlite:///broken.db cannot be used" in ran.err
