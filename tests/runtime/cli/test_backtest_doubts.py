"""`nurture backtest` says what of a record and of its map the workspace does not know, and how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runtime.cli.conftest import EXAMPLE, Run
from tests.runtime.cli.test_backtest import MAP as TABLES
from tests.runtime.cli.test_backtest import changed

SAMPLE = EXAMPLE / "sample"
FILES = ("--contacts", SAMPLE / "contacts.csv")

# The tables that the other tests map, with one kind of event, and a job that is taken.
MAP = "\n[[events]]".join(TABLES.split("\n[[events]]")[:2]).replace('title = ""', 'job = "title"')


@pytest.fixture
def crm(tmp_path: Path) -> Path:
    """The tables of another system, with choices that it writes in its own way, and their map."""
    (tmp_path / "people.csv").write_text("person,company,job\n" + "".join(f"p{n},c{n},X\n" for n in range(4)))
    industries = ("logistics", "LOGISTICS", "fin services", "Sofware")
    companies = "".join(f"c{n},{industry}\n" for n, industry in enumerate(industries))
    (tmp_path / "companies.csv").write_text(f"company,industry\n{companies}")
    (tmp_path / "leads.csv").write_text("lead,person\n" + "".join(f"l{n},p{n}\n" for n in range(4)))
    touches = "".join(f"t{n},l{n},download,2026-03-0{n + 2}\n" for n in range(4))
    (tmp_path / "touches.csv").write_text(f"touch,lead,kind,day\n{touches}")
    (tmp_path / "map.toml").write_text(MAP)
    return tmp_path / "map.toml"


def edited(map_: Path, *edits: tuple[str, str]) -> Path:
    text = map_.read_text()
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    map_.write_text(text)
    return map_


def notes(nurture: Run, map_: Path, version: Path = EXAMPLE) -> str:
    ran = nurture("backtest", EXAMPLE, version, "--map", map_, "--format", "json")
    assert ran.code == 0, ran.err
    return "\n".join(ran.json["notes"])


def test_choices_in_other_capitals_are_taken_as_an_import_takes_them_and_told(
    nurture: Run, crm: Path, tmp_path: Path
) -> None:
    picky = changed(
        tmp_path / "picky",
        (
            '    send service email "Whitepaper delivery", even outside sending hours\n',
            '    if account.industry is "Logistics"\n'
            '      send service email "Whitepaper delivery", even outside sending hours\n',
        ),
    )

    found = nurture("backtest", EXAMPLE, picky, "--map", crm, "--format", "json").json

    assert found["sent"]["Whitepaper delivery"] == [4, 2]
    told = "\n".join(found["notes"])
    assert "2 of 4 values of account.industry differ from its choices in capitals alone." in told
    assert "“logistics” (1) as “Logistics”" in told


def test_values_that_are_no_choice_are_told_with_the_nearest_and_the_remedy(nurture: Run, crm: Path) -> None:
    told = notes(nurture, crm)

    assert "2 of 4 values of account.industry are not among its choices:" in told
    assert "“Sofware” (1, did you mean “Software”?)" in told
    assert 'replace = { industry = { "fin services" = "Other" } }' in told
    assert "There are: Software, Fintech, Logistics, Manufacturing, Other." in told


def test_a_map_says_what_values_of_another_system_mean(nurture: Run, crm: Path) -> None:
    meant = 'replace = { industry = { "fin services" = "Fintech", Sofware = "Software", moon = "Other" } }\n'
    told = notes(
        nurture, edited(crm, ('columns = { company = "id" }\n', f'columns = {{ company = "id" }}\n{meant}'))
    )

    assert "not among its choices" not in told
    assert "[accounts], replace: no row has “moon” as `industry`." in told


def test_where_nothing_is_odd_nothing_is_told(nurture: Run) -> None:
    (note,) = nurture("backtest", EXAMPLE, EXAMPLE, "--format", "json").json["notes"]

    assert "“Central European Time” (1)" in note  # which the sample has on purpose


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'job = "title"',
            'job = "titel"',
            "[contacts], columns: there is no field of contacts “titel”. Did you",
        ),
        (
            "{ form = ",
            "{ frm = ",
            "[[events]] number 1, values: there is no property of the event “Form Submitted”",
        ),
        ('to = "person"', 'to = "persn"', "map.toml, [ids]: "),
    ],
)
def test_a_target_that_is_not_declared_is_refused(
    nurture: Run, crm: Path, old: str, new: str, sentence: str
) -> None:
    ran = nurture("backtest", EXAMPLE, EXAMPLE, "--map", edited(crm, (old, new)))

    assert ran.code == 1
    assert sentence in ran.err
    assert "Did you mean" in ran.err


def test_several_slips_in_a_map_are_told_at_once(nurture: Run, crm: Path) -> None:
    edited(crm, ('job = "title"', 'job = "titel"'), ("{ form = ", "{ frm = "))

    ran = nurture("backtest", EXAMPLE, EXAMPLE, "--map", crm)

    assert "“titel”" in ran.err
    assert "“frm”" in ran.err


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            '"Whitepaper"',
            '"White paper"',
            "[[events]] number 1, values: Nothing that is published names the form “White paper”. Did you "
            "mean “Whitepaper”? 4 events “Form Submitted” have it.",
        ),
        (
            '"Form Submitted"',
            '"Form Submited"',
            "4 events have a name that is not declared: “Form Submited” (4, did you mean “Form "
            "Submitted”?, see ",
        ),
        (
            '"Marketing"',
            '"Markting"',
            "[contacts], values: 4 contacts agree to “Markting”, for which nothing in the workspace asks. "
            "Did you mean “Marketing”?",
        ),
    ],
)
def test_what_may_be_a_slip_is_told_with_its_place(
    nurture: Run, crm: Path, old: str, new: str, sentence: str
) -> None:
    assert sentence in notes(nurture, edited(crm, (old, new)))


def test_a_condition_that_no_row_meets_is_told(nurture: Run, crm: Path) -> None:
    visits = MAP[MAP.index("[[events]]") :].replace('"download"', '"downlod"')
    crm.write_text(MAP + visits)

    told = notes(nurture, crm)

    assert "[[events]] number 2, where: none of the 4 rows of" in told
    assert "has “downlod” as kind. Did you mean “download” (4)?" in told


def test_a_table_that_stands_twice_is_told_with_both_lines(nurture: Run, crm: Path) -> None:
    crm.write_text(f'{MAP}\n[events]\nfile = "touches.csv"\n')

    ran = nurture("backtest", EXAMPLE, EXAMPLE, "--map", crm)

    assert ran.code == 1
    assert "`events` has one pair of brackets here or in line" in ran.err
    assert "Write [[events]]." in ran.err


def test_events_of_other_ids_are_told_with_those_that_there_are(nurture: Run, crm: Path) -> None:
    text = crm.read_text()
    crm.write_text(text[: text.index("[ids]")] + text[text.index("[[events]]") :])

    ran = nurture("backtest", EXAMPLE, EXAMPLE, "--map", crm)

    assert ran.code == 1
    assert "all 4 are about contacts or accounts that are not in the files (l0, l1, l2, …)" in ran.err
    assert "The 4 contacts there are p0, p1, p2, …." in ran.err
    assert "[ids] in the map says whose it is" in ran.err


def test_what_a_table_of_events_lacks_is_told_with_its_columns(nurture: Run, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("who,what,when\nana,Form Submitted,2026-03-02\n")

    ran = nurture("backtest", EXAMPLE, EXAMPLE, "--events", file, *FILES)

    assert ran.code == 1
    assert "has no column for `contact` (or `account`), `event` and `at`, so no row of it (1 row)" in ran.err
    assert "--map 'CSV column=contact'. There are: who, what, when." in ran.err


def test_a_record_of_rows_that_cannot_be_read_says_why(nurture: Run, tmp_path: Path) -> None:
    file = tmp_path / "events.txt"
    file.write_text("one\ntwo\n")

    ran = nurture("backtest", EXAMPLE, EXAMPLE, "--events", file, *FILES)

    assert f"No event is left to be replayed: 2 rows could not be read. The first: {file}, line 1" in ran.err


def test_a_slip_in_a_year_is_told(nurture: Run, crm: Path, tmp_path: Path) -> None:
    rows = "".join(f"x{n},l{n % 4},download,2026-03-05\n" for n in range(20))
    with (tmp_path / "touches.csv").open("a") as file:
        file.write(f"{rows}y,l1,download,1026-03-05\nz,l1,download,2926-03-05\n")

    told = notes(nurture, crm)

    assert (
        "1 event lies ten years and more before all others, such as “Form Submitted” of p1 on 5 Mar 1026."
        in told
    )
    assert (
        "1 event lies ten years and more after all others, such as “Form Submitted” of p1 on 5 Mar 2926."
        in told
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--events", "png", *FILES), "png is not UTF-8 text. Save it as UTF-8"),
        (("--events", ".", *FILES), "is a folder. Name a file in it."),
        (("--events", SAMPLE / "events.jsonl", "--contacts", SAMPLE / "events.jsonl"), "is JSON, not CSV"),
        (("--events", SAMPLE / "events.jsonl", "--contacts", "png.csv"), "has no column for `id`"),
        (
            ("--database", "nurture.db"),
            "--database nurture.db is no database URL. Write sqlite:///nurture.db",
        ),
        (("--database", "mysql://ana:secret@x/y"), "--database mysql://… is no database URL."),
    ],
)
def test_a_file_that_is_none_is_told(
    nurture: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[object, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("png").write_bytes(b"\x89PNG\r\n\xff\xfe\x00")
    Path("png.csv").write_text("name\nana\n")

    ran = nurture("backtest", EXAMPLE, EXAMPLE, *options)

    assert ran.code in (1, 2)
    assert sentence in ran.err
    assert "Error" not in ran.err


def test_a_property_that_no_event_has_and_journeys_ask_for_is_told(nurture: Run, crm: Path) -> None:
    told = notes(nurture, edited(crm, ('values = { form = "Whitepaper" }\n', "")))

    assert "None of 4 events “Form Submitted” has a `form`, for which journeys ask" in told
    assert 'values = { form = "Demo request" }' in told


@pytest.mark.parametrize(
    ("events", "column", "sentence"),
    [
        ("events.jsonl", "who=contact", "--map 'who=contact' names a column of a CSV of events"),
        ("events.csv", "who=contcat", "--map: there is no property of an event “contcat”. Did you mean"),
    ],
)
def test_a_column_that_is_mapped_to_nothing_is_refused(
    nurture: Run, tmp_path: Path, events: str, column: str, sentence: str
) -> None:
    (tmp_path / "events.jsonl").write_text((SAMPLE / "events.jsonl").read_text("utf-8"))
    (tmp_path / "events.csv").write_text("who,event,at\nana,Form Submitted,2026-03-02\n")

    ran = nurture("backtest", EXAMPLE, EXAMPLE, "--events", tmp_path / events, "--map", column, *FILES)

    assert ran.code == 1
    assert sentence in ran.err


def test_accounts_and_time_zones_that_are_none_are_told(nurture: Run, crm: Path, tmp_path: Path) -> None:
    (tmp_path / "companies.csv").write_text("company,industry\nc0,Software\n")
    (tmp_path / "people.csv").write_text(
        "person,company,job,time_zone\np0,c0,X,Europe/Berlin\np1,c1,X,Berlin\np2,,X,\n"
    )

    told = notes(nurture, crm)

    assert "1 contact with a time zone that is none: “Berlin” (1). There Europe/Berlin counts." in told
    assert "1 contact of 1 account not in the files (c1)" in told
