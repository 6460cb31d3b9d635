"""What is done about one contact: erase, merge, suppress, lift, and how `nurture show` tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runtime.cli.conftest import Run

JOURNEY = "Whitepaper nurture"
CONTACT = "cnt_000003"
OTHER = "cnt_000005"
ADDRESS = f"{CONTACT}@example.net"


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NURTURE_SECRET", "a secret of sixteen characters")


def texts(nurture: Run, contact: str) -> list[str]:
    return [line["text"] for line in nurture("show", contact, "--format", "json").json["lines"]]


def test_an_erasure_is_confirmed_and_told(nurture: Run, database: str, secret: None, tmp_path: Path) -> None:
    event = ("event", "Form Submitted", "--contact", CONTACT, "--property", "form=Whitepaper", "--id", "m1")
    assert nurture(*event).code == 0
    asked = nurture("erase", ADDRESS)
    assert (asked.code, asked.out.splitlines()) == (
        3,
        [
            f"{CONTACT}: 1 run leaves the journey, 1 event and all fields go, that 0 messages went out "
            "stays on record.",
            "Nothing was erased. Do it with --yes; it cannot be taken back.",
        ],
    )
    assert nurture("show", CONTACT).out.startswith("Mateus Azevedo")
    done = nurture("erase", CONTACT, OTHER, "--yes", "--by", "ana", "--format", "json")
    assert (done.code, [one["contact"] for one in done.json["contacts"]]) == (0, [CONTACT, OTHER])
    shown = nurture("show", CONTACT).out
    assert "Azevedo" not in shown
    assert shown.splitlines()[0] == f"{CONTACT}   Europe/Berlin · 0 points · no mail: the contact was erased"
    assert "Erased, by ana" in shown
    assert nurture("erase", CONTACT, "--yes").out == f"{CONTACT} was erased before; nothing was done.\n"
    for whom in (CONTACT, ADDRESS):
        ran = nurture("event", "Form Submitted", "--contact", whom, "--property", "form=Whitepaper")
        assert (ran.code, ran.out) == (2, "")
        assert "was erased. The event was not taken in" in ran.err
    assert "the contact was erased" in nurture("enter", JOURNEY, CONTACT).err
    file = tmp_path / "again.csv"
    file.write_text(f"id,email\nnew,{ADDRESS.upper()}\n", "utf-8")
    ran = nurture("import", "contacts", file)
    assert (ran.code, f"line 2: The contact {CONTACT} was erased." in ran.out) == (1, True)
    told = texts(nurture, CONTACT)
    assert told.count("An event came, and was not taken in: the contact was erased") == 2
    assert told.count("An import brought the contact again, and was not taken in: it was erased") == 1
    assert told.count(f"Did not enter “{JOURNEY}”: the contact was erased") == 1


def test_with_another_secret_an_erased_contact_does_not_come_back(
    nurture: Run, database: str, secret: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert nurture("erase", CONTACT, "--yes").code == 0
    file = tmp_path / "again.csv"
    file.write_text(f"id,email\nnew,{ADDRESS}\n", "utf-8")
    monkeypatch.setenv("NURTURE_SECRET", "a secret that is another one")
    ran = nurture("import", "contacts", file)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "NURTURE_SECRET is another one" in ran.err
    monkeypatch.delenv("NURTURE_SECRET")
    assert nurture("show", "new").code == 2  # it did not get in


def test_an_erasure_needs_the_key(nurture: Run, database: str) -> None:
    ran = nurture("erase", CONTACT, "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert "NURTURE_SECRET is not set." in ran.err
    assert nurture("show", CONTACT).out.startswith("Mateus Azevedo")


def test_two_contacts_become_one_and_the_story_tells_it(nurture: Run, database: str) -> None:
    for whom in (CONTACT, OTHER):
        assert nurture("enter", JOURNEY, whom).code == 0
    done = nurture("merge", f"{OTHER}@example.com", CONTACT, "--by", "ana")
    assert done.code == 0
    assert done.out.startswith(f"{OTHER} is {CONTACT} from now on, with 1 run that it had; 1 run leaves")
    for whom in (OTHER, f"{OTHER}@example.com", CONTACT):
        assert nurture("show", whom).out.startswith("Mateus Azevedo")
    assert f"{OTHER} was merged into this contact, by ana" in texts(nurture, CONTACT)
    assert (
        nurture("merge", OTHER, CONTACT).out
        == f"{OTHER} was merged into {CONTACT} before; nothing was done.\n"
    )
    event = nurture("event", "Form Submitted", "--contact", OTHER, "--property", "form=Whitepaper")
    assert event.code == 0
    assert "Submitted the form “Whitepaper”  [+15 points, now 15]" in texts(nurture, CONTACT)


@pytest.mark.parametrize(
    ("names", "said"),
    [((CONTACT, "nobody"), "There is no contact nobody."), ((CONTACT, CONTACT), "is one contact; name two.")],
)
def test_what_is_no_pair_is_not_merged(
    nurture: Run, database: str, names: tuple[str, str], said: str
) -> None:
    ran = nurture("merge", *names)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_salesperson_suppresses_and_lifts(nurture: Run, database: str) -> None:
    done = nurture("suppress", ADDRESS, "--until", "2999-01-01", "--reason", "In talks", "--by", "ana")
    assert done.code == 0
    assert done.out == (
        f"No marketing reaches {CONTACT} from now on, until 2998-12-31 23:00 UTC. "
        f"Lift it: nurture lift {CONTACT}\n"
    )
    assert "no mail: a person has suppressed" in nurture("show", CONTACT).out.splitlines()[0]
    assert texts(nurture, CONTACT) == [
        "Gets no marketing any more until 2998-12-31 23:00 UTC (“In talks”), by ana"
    ]
    assert nurture("lift", CONTACT).out == f"{CONTACT} is no longer suppressed by hand.\n"
    assert nurture("lift", CONTACT).out == f"{CONTACT} was not suppressed by hand; nothing was done.\n"
    assert "no mail" not in nurture("show", CONTACT).out
    ran = nurture("lift", CONTACT, "--anyway", "--format", "json")
    assert ran.json == {"contact": CONTACT, "changed": True, "remains": None}
    assert nurture("lift", CONTACT, "--end").out == f"{CONTACT} is let through no more.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("suppress", CONTACT, "--until", "2001-01-01"), "That moment is past."),
        (("suppress", CONTACT, "--until", "soon"), "--until: 'soon' is not a moment."),
        (("lift", CONTACT, "--anyway", "--end"), "Say one of --anyway and --end."),
        (("lift", CONTACT, "--reason", "x"), "--until and --reason go with --anyway."),
        (("suppress", "nobody"), "There is no contact nobody."),
    ],
)
def test_what_cannot_be_decided_is_one_sentence(
    nurture: Run, database: str, arguments: tuple[str, ...], said: str
) -> None:
    ran = nurture(*arguments)
    assert (ran.code in (1, 2), ran.out) == (True, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
