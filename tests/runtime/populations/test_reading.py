"""A behaviour is read with its units, and each mistake in it is told with its place and its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

import dsl
from runtime.people import FileError
from runtime.populations.behaviour import DAY, HOUR, Behaviour
from runtime.populations.reading import Known, read_behaviour
from runtime.workspace import read_workspace

ROOT = Path(__file__).parents[3]
LIFECYCLE = ROOT / "examples" / "lifecycle"

ALL = """
[contacts]
within = "30 days"
account = 3
consent = 90
bounce = 1.5
time_zones = ["Europe/Berlin", "America/New_York"]

[starts]
"Free trial" = 80
"Webinar" = 20

[[group]]
name = "Enterprise"
share = 20
keen = 1.5
consent = 60
fields = { contact = { industry = "Software" }, account = { employees = 900 } }

[emails]
open = 40
open_after = "2 hours"

[emails."Getting started"]
open = 80
click = 50

[segments."Cold and idle"]
open = 5

[answers]
"Form Submitted" = 10
otherwise = 4
after = "2 days"
unprompted = 1
asked = 25

[[event]]
event = "Page Viewed"
with = { page = "/pricing" }
share = 20
after = "4 days"
times = 3

[sales]
accept = 60
reject = 20
answer_after = "5 hours"
"""


def _group(fields: str) -> str:
    return f'[[group]]\nname = "A"\nshare = 5\nfields = {{ {fields} }}\n'


def _habit(properties: str) -> str:
    return f'[[event]]\nevent = "Page Viewed"\nshare = 5\nwith = {properties}\n'


@pytest.fixture(scope="module")
def known() -> Known:
    compiled = dsl.compile_workspace(read_workspace(LIFECYCLE).files)
    return Known(compiled.definitions, compiled.plans, compiled.emails)


def read(folder: Path, text: str, known: Known) -> Behaviour:
    file = folder / "behaviour.toml"
    file.write_text(text, "utf-8")
    return read_behaviour(file, known)


def test_everything_is_read_in_its_unit(tmp_path: Path, known: Known) -> None:
    found = read(tmp_path, ALL, known)

    assert (found.within, found.per_account, found.consent, found.bounce) == (30 * DAY, 3, 0.9, 0.015)
    assert found.starts == {"Free trial": 0.8, "Webinar": 0.2}
    (group,) = found.groups
    assert (group.share, group.keen, group.consent) == (0.2, 1.5, 0.6)
    assert group.account == {"employees": 900}
    assert (found.mail.open, found.mail.open_after) == (0.4, 2 * HOUR)
    mail = found.of("Getting started", None)
    assert (mail.open, mail.click, mail.open_after) == (0.8, 0.5, 2 * HOUR)
    assert found.of("Getting started", "Cold and idle").open == 0.05
    assert found.answers.events == {"Form Submitted": 0.1}
    assert (found.answers.otherwise, found.answers.after, found.answers.asked) == (0.04, 2 * DAY, 0.25)
    (habit,) = found.habits
    assert (habit.event, habit.share, habit.after, habit.times) == ("Page Viewed", 0.2, 4 * DAY, 3)
    assert (found.sales.accept, found.sales.reject, found.sales.answer_after) == (0.6, 0.2, 5 * HOUR)


def test_what_is_left_out_stays_as_it_is_built_in(tmp_path: Path, known: Known) -> None:
    assert read(tmp_path, "", known) == Behaviour()


def test_the_behaviour_of_the_documentation_is_one(tmp_path: Path, known: Known) -> None:
    page = (ROOT / "docs" / "populations.md").read_text("utf-8")
    text = next(part for part in page.split("```toml\n") if part.startswith("# behaviour.toml"))

    assert read(tmp_path, text.split("```")[0], known) != Behaviour()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[emails]\nopen = 120", "[emails], open: it is a percentage from 0 to 100, not 120."),
        ("[emails]\nopen = -1", "[emails], open: it is a percentage"),
        ('[emails]\nopen = "half"', "not 'half'"),
        ("[emails]\nopen = true", "not true."),
        ("[emails]\nopne = 5", "there is no `opne` in [emails]. Did you mean `open`?"),
        ('[emails]\nopen_after = "soon"', "such as \"3 hours\", not 'soon'"),
        ('[emails]\nopen_after = "9000 weeks"', "is a length of time up to ten years"),
        ('[emails."Geting started"]\nopen = 5', "no email “Geting started” in this workspace. Did you mean"),
        ('[segments."Cold"]\nopen = 5', "there is no segment “Cold” in this workspace."),
        ('[starts]\n"Free trail" = 5', "there is no journey “Free trail” in this workspace. Did you mean"),
        ('[starts]\n"Free trial" = 80\n"Webinar" = 30', "[starts]: it adds up to 110 %."),
        ('[[event]]\nevent = "Page Vewed"\nshare = 5', "[[event]] number 1: there is no event “Page Vewed”"),
        ('[[event]]\nevent = "Page Viewed"', "[[event]] number 1: it needs `share`."),
        ('[event]\nevent = "Page Viewed"', "Write [[event]]"),
        ('[[event]]\nevent = "Page Viewed"\nshare = 5\ntimes = 0', "times: it is a whole number from 1 to"),
        ('[[group]]\nname = "A"\nshare = 60\n[[group]]\nname = "B"\nshare = 60', "adds up to 120 %"),
        ('[[group]]\nname = "A"\nshare = 5\nfields = {contact = {x = 1}}', "no field of a contact “x”"),
        ('[[group]]\nname = "A"\nshare = 5\nkeen = "very"', "keen: it is a factor"),
        ('[contacts]\ntime_zones = ["Berlin"]', "holds 'Berlin', which is no time zone."),
        ("[contacts]\naccount = 0", "[contacts], account: it is a whole number from 1 to 50, not 0."),
        ("[sales]\naccept = 80\nreject = 40", "[sales], accept and reject: it adds up to 120 %."),
        ('[answers]\n"Form Sent" = 5', "there is no event “Form Sent” in this workspace."),
        ("[emials]\nopen = 5", "there is no `emials`. Did you mean `emails`?"),
        ("emails = 5", "emails: it is a table. Write [emails]."),
        ("[emails", "is no TOML"),
        (
            _group("account = { employees = 'many' }"),
            "`employees` is declared as a number, and 'many' is none.",
        ),
        (_group("contact = { industry = 'Softwar' }"), "not 'Softwar', did you mean “Software”?"),
        (_group("contact = { setup_complete = 'yes' }"), "write true or false, and 'yes' is none."),
        (_habit('{ pag = "/" }'), "[[event]] number 1, with: there is no property of “Page Viewed” “pag”"),
        (_habit("5"), "with: it is a table of names and values"),
        (_group("contact = {}") + _group("contact = {}"), "number 2, name: it is “A” as of another group."),
        ('[answers]\n"Email Opened" = 8', "it is no answer of this kind. [emails] says how often it comes."),
        ('[answers]\n"Handoff Accepted" = 8', "[sales] says how often it comes."),
        (
            '[event]\nevent = "A"\n[[event]]\nevent = "A"',
            "line 3: `event` has one pair of brackets here or in line 1.",
        ),
        ("[emails]\nopen = 5\n[emails]\nclick = 5", "line 3: [emails] stands in line 1 already."),
    ],
)
def test_a_mistake_is_told_with_its_place_and_its_remedy(
    tmp_path: Path, known: Known, text: str, sentence: str
) -> None:
    with pytest.raises(FileError) as refused:
        read(tmp_path, text, known)

    assert str(refused.value).startswith(str(tmp_path / "behaviour.toml"))
    assert sentence in str(refused.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path, known: Known) -> None:
    text = "[emails]\nopen = 120\nclik = 5\n[sales]\naccept = true\n[contacts]\naccount = 0\n"

    with pytest.raises(FileError) as refused:
        read(tmp_path, text, known)

    lines = str(refused.value).splitlines()
    assert len(lines) == 4
    assert all(line.startswith(str(tmp_path / "behaviour.toml")) for line in lines)
    assert "[sales], accept: it is a percentage from 0 to 100, not true." in str(refused.value)


def test_a_share_of_opens_below_one_percent_is_asked_about(tmp_path: Path, known: Known) -> None:
    file, told = tmp_path / "behaviour.toml", list[str]()
    file.write_text("[emails]\nopen = 0.55\nunsubscribe = 0.3\n")

    found = read_behaviour(file, known, told.append)

    assert found.mail.open == pytest.approx(0.0055)
    (sentence,) = told
    assert sentence.endswith("[emails], open: 0.55 is 0.55 %, less than one of a hundred. Write 55 for 55 %.")


def test_choices_and_dates_are_kept_as_they_are_declared(tmp_path: Path, known: Known) -> None:
    text = _group("contact = { industry = 'software' }") + (
        '[[event]]\nevent = "Trial Started"\nshare = 5\nwith = { trial_ends_at = 2026-03-09T10:00:00Z }\n'
    )
    found = read(tmp_path, text, known)

    assert found.groups[0].contact == {"industry": "Software"}
    assert found.habits[0].properties == {"trial_ends_at": "2026-03-09T10:00:00+00:00"}
