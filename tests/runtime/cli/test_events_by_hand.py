"""`nurture event`: what it warns of, and what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.runtime.cli.conftest import Run

CONTACT = "cnt_000003"


@pytest.mark.parametrize(
    ("event", "given", "said"),
    [
        ("Form Submitted", ("frm=Whitepaper",), "declares no property “frm”. Did you mean “form”?"),
        ("Form Submitted", ("form=Whitepap",), "names the form “Whitepap”. Did you mean “Whitepaper”?"),
        ("Form Submitted", ("form=Careers",), "Nothing that is published names the form “Careers”."),
        ("Page Viewed", ("page=/pricng",), "names the page “/pricng”. Did you mean “/pricing”?"),
        ("Email Bounced", (), "has no `kind`, hard or soft, so the contact is not suppressed."),
        ("Handoff Accepted", (), "No handoff waits for an answer"),
        ("Handoff Rejected", (), "No handoff waits for an answer"),
        ("Opportunity Closed", (), "has no `opportunity`"),
    ],
)
def test_what_may_be_a_mistake_is_recorded_with_a_note(
    nurture: Run, database: str, event: str, given: tuple[str, ...], said: str
) -> None:
    properties = [part for one in given for part in ("--property", one)]
    ran = nurture("event", event, "--contact", CONTACT, "--id", "m1", *properties)
    assert (ran.code, ran.out.splitlines()[0]) == (0, f"Recorded “{event}” (m1).")
    assert ran.err.startswith("nurture: ")
    assert said in ran.err
    again = nurture("event", event, "--contact", CONTACT, *properties, "--format", "json")
    assert said in " ".join(again.json["notes"])


def test_what_is_as_it_should_be_has_no_note(nurture: Run, database: str) -> None:
    ran = nurture("event", "Form Submitted", "--contact", CONTACT, "--property", "form=Whitepaper")
    assert (ran.code, ran.err) == (0, "")
    assert nurture("event", "Page Viewed", "--contact", CONTACT, "--property", "page=/blog/ten").err == ""
    for email in ("Whitepaper delivery", "A newsletter of elsewhere"):
        ran = nurture("event", "Email Clicked", "--contact", CONTACT, "--property", f"email={email}")
        assert (ran.code, ran.err) == (0, "")


def test_an_opportunity_of_a_contact_without_an_account_is_told_as_that(
    nurture: Run, database: str, tmp_path: Path
) -> None:
    (tmp_path / "c.csv").write_text("id\nalone\n", "utf-8")
    assert nurture("import", "contacts", "c.csv").code == 0
    ran = nurture("event", "Opportunity Opened", "--contact", "alone", "--property", "opportunity=o1")
    assert (ran.code, ran.err) == (
        0,
        "nurture: The contact has no account, so the opportunity is the contact's alone.\n",
    )
    told = nurture("show", "alone", "--format", "json").json["lines"]
    assert "Sales opened an opportunity" in [line["text"] for line in told]


def test_a_hard_bounce_suppresses_however_it_is_written(nurture: Run, database: str) -> None:
    bounced = ("event", "Email Bounced", "--contact", CONTACT, "--property")
    ran = nurture(*bounced, "kind=hrd")
    assert (ran.code, ran.out) == (2, "")
    assert 'is hard or soft, not "hrd".' in ran.err
    assert "does not exist" not in nurture("show", CONTACT).out
    assert nurture(*bounced, "kind=Hard").code == 0
    assert nurture("show", CONTACT, "--format", "json").json["suppressed"] == "bounced"


def test_the_future_is_refused_a_clock_that_is_ahead_is_not(nurture: Run, database: str) -> None:
    event = ("event", "Form Submitted", "--contact", CONTACT, "--property", "form=Whitepaper", "--at")
    ran = nurture(*event, "2126-01-01")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "nurture: --at 2126-01-01 lies in the future. Look at its time zone, and that it is in seconds.\n"
    )
    assert nurture("show", CONTACT, "--format", "json").json["runs"] == []
    ahead = datetime.now(UTC) + timedelta(minutes=4)
    assert nurture(*event, ahead.isoformat()).code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("pause", "--all", "--by", ""), "--by names nobody."),
        (("erase", CONTACT, "--by", " "), "--by names nobody."),
        (("suppress", CONTACT, "--reason", "asked", "--by", ""), "--by names nobody."),
        (("migrate", "Whitepaper nurture", "--rate", "0"), "--rate"),
        (("migrate", "Whitepaper nurture", "--rate=-5"), "--rate"),
    ],
)
def test_who_is_nobody_and_a_pace_that_is_none_are_refused(
    nurture: Run, database: str, arguments: tuple[str, ...], said: str
) -> None:
    ran = nurture(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_machine_is_yes_or_no_in_a_file(nurture: Run, database: str, tmp_path: Path) -> None:
    row = f"{CONTACT},Form Submitted,Whitepaper"
    (tmp_path / "e.csv").write_text(
        f"contact,event,form,id,machine\n{row},m1,perhaps\n{row},m2,NO\n{row},m3,\n", "utf-8"
    )
    ran = nurture("import", "events", "e.csv")
    assert (ran.code, "line 2: `machine` is yes or no, 'perhaps' is neither." in ran.out) == (1, True)
    assert nurture("show", CONTACT, "--format", "json").json["score"] == 30
