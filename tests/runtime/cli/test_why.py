"""`nurture why`, as it is typed: on the database, and on a simulation."""

from __future__ import annotations

import shlex

import pytest

from tests.runtime.cli.conftest import EXAMPLE, Run

JOURNEY = "Whitepaper nurture"
CONTACT = "cnt_000003"


def test_it_answers_with_the_line_and_its_text(
    nurture: Run, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert nurture("enter", JOURNEY, CONTACT).code == 0
    monkeypatch.chdir(EXAMPLE)
    ran = nurture("why", f"{CONTACT}@example.net", "--email", "Case study")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith(f"Mateus Azevedo   {CONTACT} · America/Sao_Paulo · as of ")
    assert lines[2] == "“Case study” has not been sent to Mateus Azevedo yet: the run is about to begin."
    assert lines[-4].endswith("journeys/whitepaper.journey:29")
    assert lines[-2:] == [f'{"":20}send email "Case study", version by', f"{'':20}contact.industry"]


def test_a_workspace_elsewhere_is_named_and_its_files_with_it(nurture: Run, database: str) -> None:
    nurture("enter", JOURNEY, CONTACT)
    answers = nurture(
        "why", CONTACT, JOURNEY, "--email", "Case study", "--workspace", EXAMPLE, "--format", "json"
    ).json
    place = answers["answers"][0]["reasons"][-1]["place"]
    assert place["file"].endswith("examples/whitepaper/journeys/whitepaper.journey")
    assert (place["line"], place["text"][:23]) == (29, 'send email "Case study"')
    without = nurture("why", CONTACT, "--email", "Case study", "--format", "json").json
    assert without["answers"][0]["reasons"][-1]["place"] == {
        "file": "journeys/whitepaper.journey",
        "line": 29,
        "text": "",
    }


def test_files_of_another_workspace_are_not_taken_for_those_of_the_run(nurture: Run, database: str) -> None:
    nurture("enter", JOURNEY, CONTACT)
    other = EXAMPLE.with_name("lifecycle")
    told = nurture("why", CONTACT, JOURNEY, "--workspace", other, "--format", "json").json["answers"]
    files = {one["place"]["file"] for one in told[0]["reasons"] if one["place"]}
    assert files == {"journeys/whitepaper.journey"}


def test_without_a_journey_it_says_where_the_contact_stands_in_each(nurture: Run, database: str) -> None:
    nurture("enter", JOURNEY, CONTACT)
    told = nurture("why", CONTACT, "--format", "json").json
    assert [(a["journey"], a["verdict"]) for a in told["answers"]] == [
        (JOURNEY, "inside"),
        ("Monthly newsletter", "never entered"),
        ("Re-engagement", "never entered"),
    ]


def test_an_email_that_several_steps_send_is_told_once_if_they_say_the_same(
    nurture: Run, database: str
) -> None:
    nurture("enter", JOURNEY, CONTACT)
    told = nurture("why", CONTACT, JOURNEY, "--format", "json").json["answers"]
    sentences = [answer["sentence"] for answer in told if answer["email"] == "Related blog post"]
    assert len(sentences) == 1
    assert sentences[0].endswith("the run is about to begin.")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nobody",), "There is no contact nobody."),
        (
            (CONTACT, "Whitepaper nurtur"),
            "There is no journey “Whitepaper nurtur”. Did you mean “Whitepaper nurture”?",
        ),
        ((CONTACT, "--email", "Nope"), "No journey has an email “Nope”. There are: “Case study”, “Demo inv"),
        ((CONTACT, "--at", "yesterday"), "--at: 'yesterday' is not a moment."),
        ((CONTACT, "--days", "3"), "Add --simulated, or leave them out."),
        ((CONTACT, "--simulated"), "Name the journey that is simulated"),
        ((CONTACT, "--workspace", "nowhere"), "nowhere"),
    ],
)
def test_what_nobody_knows_is_a_sentence(
    nurture: Run, database: str, arguments: tuple[str, ...], sentence: str
) -> None:
    ran = nurture("why", *arguments)
    assert (ran.code != 0, ran.out) == (True, "")
    assert sentence in ran.err
    assert "Traceback" not in ran.err


def test_a_simulation_is_asked_the_same(nurture: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE)
    ran = nurture("why", CONTACT, JOURNEY, "--simulated", "--email", "Demo invitation")
    assert ran.code == 0
    assert "before it came to that, the run reached the goal" in " ".join(ran.out.split())
    assert "journeys/whitepaper.journey:5" in ran.out
    whom = nurture("why", "nobody", JOURNEY, "--simulated")
    assert "There is no contact nobody in the simulation." in whom.err


def test_a_simulation_and_its_options(nurture: Run) -> None:
    ran = nurture(
        *("why", CONTACT, JOURNEY, "--simulated", "--workspace", EXAMPLE, "--days", "8", "--format", "json")
    )
    (first, *emails) = ran.json["answers"]
    assert first["verdict"] == "inside"
    assert {one["email"]: one["verdict"] for one in emails}["Case study"] == "waiting"


PAGE = (EXAMPLE.parents[1] / "docs" / "answers.md").read_text("utf-8")


@pytest.mark.parametrize("block", PAGE.split("```\n")[1::2])
def test_the_page_of_answers_shows_what_is_printed(
    nurture: Run, monkeypatch: pytest.MonkeyPatch, block: str
) -> None:
    monkeypatch.chdir(EXAMPLE.parents[1])
    asked, *shown = block.splitlines()
    while not asked.startswith("$ nurture "):
        monkeypatch.chdir(asked.removeprefix("$ cd "))
        asked, *shown = shown
    assert nurture(*shlex.split(asked.removeprefix("$ nurture "))).out.splitlines() == shown
