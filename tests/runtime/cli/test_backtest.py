"""`nurture backtest` says what two versions would have done, and what it does not know."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dsl import compile_workspace
from runtime.backtest.mapping import is_map, read_map
from runtime.people import read_accounts, read_contacts, read_events
from runtime.store import Arrived, open_store, publish, record_events
from runtime.store.contacts import import_accounts, import_contacts
from runtime.workspace import read_workspace
from tests.runtime.cli.conftest import EXAMPLE, Run

SAMPLE = EXAMPLE / "sample"
FILES = ("--contacts", SAMPLE / "contacts.csv", "--accounts", SAMPLE / "accounts.csv")


def changed(folder: Path, *edits: tuple[str, str]) -> Path:
    """Copy the example and change its journey."""
    shutil.copytree(EXAMPLE, folder)
    file = folder / "journeys" / "whitepaper.journey"
    text = file.read_text("utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, "utf-8")
    return folder


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """A version whose case study goes a day later."""
    return changed(tmp_path / "later", ("  day 5\n", "  day 6\n"))


@pytest.fixture
def without(tmp_path: Path) -> Path:
    """A version without the case study, on whose download fifteen points hang."""
    return changed(
        tmp_path / "without",
        ('    send email "Case study", version by contact.industry\n', ""),
        ('"/pricing", at most once', '"/prices", at most once'),
    )


def test_a_version_and_itself_do_the_same(nurture: Run) -> None:
    ran = nurture("backtest", EXAMPLE, EXAMPLE)

    assert ran.code == 0
    assert "Both versions do the same for every contact." in ran.out


def test_it_does_what_a_simulation_of_the_record_does(nurture: Run, later: Path) -> None:
    simulated = nurture("simulate", "Whitepaper nurture", "--workspace", EXAMPLE, "--format", "json").json
    found = nurture("backtest", EXAMPLE, later, "--days", "90", "--format", "json").json

    assert found["entered"]["Whitepaper nurture"][0] == simulated["counts"]["entered"]
    assert found["goals"]["Demo requested"][0] == simulated["counts"]["goals"]["Demo requested"]


def test_who_gets_something_at_another_time_is_told_with_both_moments(nurture: Run, later: Path) -> None:
    ran = nurture("backtest", EXAMPLE, later)

    assert "moved      gets “Case study” 2026-03-12 13:00, not 2026-03-11 13:00" in ran.out
    assert "get one at another time" in ran.out
    assert "2 Mar 2026 to 30 May 2026, by the clock of Europe/Berlin" in ran.out


def test_what_lies_outside_of_the_time_is_told_apart(nurture: Run, later: Path) -> None:
    span = ("--since", "2026-04-01", "--days", "3")
    ran = nurture("backtest", EXAMPLE, later, *span)
    found = nurture("backtest", EXAMPLE, later, *span, "--format", "json").json

    before = sum(event.at < found["start"] for event in read_events(SAMPLE / "events.jsonl"))
    after = found["events"] - before - found["replayed"]
    assert ran.out.startswith(
        f"Backtest   {found['replayed']} events of 50 contacts, 1 Apr 2026 to 4 Apr 2026"
    )
    assert (
        f"of 360 in the record: {before} from before are on record, {after} from after are left out"
        in ran.out
    )
    assert "Nothing happens in this time." in ran.out
    assert "difference" not in ran.out


def test_of_one_contact_it_is_said_in_the_singular(nurture: Run, tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").write_text("id,email,consent\nana,ana@example.com,Marketing\n")
    event = {"at": "2026-03-02T10:00:00Z", "event": "Form Submitted", "contact": "ana"}
    (tmp_path / "events.jsonl").write_text(json.dumps({**event, "properties": {"form": "Whitepaper"}}))
    other = changed(tmp_path / "other", ('send email "Demo invitation"', 'send email "Case study"'))
    options = ("--contacts", tmp_path / "contacts.csv", "--events", tmp_path / "events.jsonl", "--days", "30")

    said = nurture("backtest", EXAMPLE, other, *options).out

    assert "1 of 1 contacts fares differently: 1 gets other emails" in said


def test_reactions_to_what_a_version_does_not_send_are_left_out_and_counted(
    nurture: Run, without: Path
) -> None:
    found = nurture("backtest", EXAMPLE, without, "--format", "json").json
    text = nurture("backtest", EXAMPLE, without).out
    answers = [
        event
        for event in read_events(SAMPLE / "events.jsonl")
        if event.properties.get("email") == "Case study" and event.name == "Email Clicked"
    ]

    assert found["sent"]["Case study"][0] > 0
    assert found["sent"]["Case study"][1] == 0
    left_aside = {side: found[side]["reactions_left_aside"]["Email Clicked"] for side in ("old", "new")}
    assert left_aside["new"] - left_aside["old"] >= len(answers) - left_aside["old"] > 0
    assert "cannot be known" in text
    assert f"{left_aside['new']:,} Email Clicked" in text


def test_a_click_names_the_run_that_sent_the_email_here(nurture: Run, tmp_path: Path) -> None:
    # Recorded in the contact's seventh run; in the replay it is the first, and the click still counts.
    contacts = "id,email,consent,time_zone\nana,ana@example.com,Marketing,Europe/Berlin\n"
    (tmp_path / "contacts.csv").write_text(contacts)
    click = {"email": "Related blog post", "run": "whitepaper-nurture/ana/-/7"}
    events = [
        {"at": "2026-03-02T10:00:00Z", "event": "Form Submitted", "properties": {"form": "Whitepaper"}},
        {"at": "2026-03-04T12:00:00Z", "event": "Email Clicked", "properties": click},
        {"at": "2026-03-06T12:00:00Z", "event": "Page Viewed", "properties": {"page": "/"}},
    ]
    lines = [json.dumps({**event, "contact": "ana"}) for event in events]
    (tmp_path / "events.jsonl").write_text("\n".join(lines))
    never = changed(
        tmp_path / "never", ('when contact clicks email "Related blog post"', 'when contact visits page "/x"')
    )
    options = ("--contacts", tmp_path / "contacts.csv", "--events", tmp_path / "events.jsonl")

    found = nurture("backtest", EXAMPLE, never, *options, "--format", "json").json

    # Without the click the email would be sent a second time where it was not opened.
    assert found["old"]["reactions_left_aside"] == {}
    assert found["sent"]["Related blog post"] == [1, 2]


def test_what_is_wrong_with_a_record_is_told_and_the_rest_is_played(nurture: Run, tmp_path: Path) -> None:
    lines = (SAMPLE / "events.jsonl").read_text("utf-8").splitlines()
    stranger = '{"id": "s1", "at": "2026-03-02T09:00:00Z", "event": "Form Submitted", "contact": "nobody"}'
    odd = '{"id": "s2", "at": "2026-03-02T09:00:00Z", "event": "Moon Seen", "contact": "cnt_000520"}'
    damaged = ['{"event": "Form Submi', '{"event": "Form Submitted", "contact": "x", "at": "soon"}']
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join([*reversed(lines), lines[0], stranger, odd, *damaged]), "utf-8")

    ran = nurture("backtest", EXAMPLE, EXAMPLE, "--events", file, *FILES)
    said = " ".join(ran.out.split())

    assert ran.code == 1
    assert "This result is partial: 2 rows could not be read." in said
    assert f"{file}, line {len(lines) + 4} is not JSON." in said
    assert f"{file}, line {len(lines) + 5}: 'soon' is not a moment. Write it like" in said
    assert "The events were not in order of time" in said
    assert "1 event has an id that was there already" in said
    assert "1 event is about 1 contact or account that is not in the files (nobody); it was left out." in said
    assert "1 event has a name that is not declared: “Moon Seen” (1)." in said
    assert "Both versions do the same" in said


MAP = """
[contacts]
file = "people.csv"
columns = { person = "id", company = "account_id", title = "" }
values = { email = "{person}@example.com", consent = "Marketing" }

[accounts]
file = "companies.csv"
columns = { company = "id" }

[ids]
file = "leads.csv"
from = "lead"
to = "person"

[[events]]
file = "touches.csv"
event = "Form Submitted"
where = { kind = "download" }
columns = { touch = "id", lead = "contact", day = "at" }
values = { form = "Whitepaper" }

[[events]]
file = "touches.csv"
event = "Page Viewed"
where = { kind = "visit" }
columns = { touch = "id", lead = "contact", day = "at" }
values = { page = "/pricing" }
"""


@pytest.fixture
def crm(tmp_path: Path) -> Path:
    """The tables of another system, and the map that says what they are."""
    (tmp_path / "people.csv").write_text("person,company,title\np1,c1,Head\np2,c1,Lead\n")
    (tmp_path / "companies.csv").write_text("company,name\nc1,Alder\n")
    (tmp_path / "leads.csv").write_text("lead,person\nl1,p1\nl2,p2\n")
    rows = ("t2,l1,visit,09", "t1,l1,download,02", "t3,l2,call,03", "t4,l9,download,03")
    touches = "".join(f"{row[:-2]}2026-03-{row[-2:]}\n" for row in rows)
    (tmp_path / "touches.csv").write_text(f"touch,lead,kind,day\n{touches}")
    (tmp_path / "map.toml").write_text(MAP)
    return tmp_path / "map.toml"


def test_a_map_brings_the_tables_of_another_system(nurture: Run, crm: Path) -> None:
    ran = nurture("backtest", EXAMPLE, EXAMPLE, "--map", crm, "--format", "json")
    found = ran.json

    assert ran.code == 0
    assert found["events"] == 2
    assert found["entered"] == {"Whitepaper nurture": [1, 1]}
    assert found["contacts"] == 2
    assert any("(l9)" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[contacts]", "[contact]", "there is no table `contact`. Did you mean `contacts`?"),
        ("columns = { person", "colums = { person", "there is no key in [contacts] `colums`. Did you mean"),
        ('file = "people.csv"', 'file = "persons.csv"', "persons.csv"),
        (
            "{ touch = ",
            "{ tuch = ",
            "has no column “tuch”. Did you mean “touch”? There are: touch, lead, kind, day.",
        ),
        ("{person}@", "{human}@", "`values` names a column that"),
        ("[[events]]", "[events]", "Write [[events]]."),
        ('from = "lead"', "from = 1", "[ids]: `from` names a column"),
        ("[contacts]", "[contacts", "is no TOML"),
    ],
)
def test_a_mistake_in_a_map_is_told_with_its_place(
    nurture: Run, crm: Path, old: str, new: str, sentence: str
) -> None:
    text = crm.read_text()
    count = 1 if new == "[events]" else -1
    if new == "[events]":
        text = text[: text.rindex("[[events]]")]
    crm.write_text(text.replace(old, new, count))

    ran = nurture("backtest", EXAMPLE, EXAMPLE, "--map", crm)

    assert ran.code == 1
    assert sentence in ran.err


def test_a_revision_of_git_is_a_version(
    nurture: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.com")
        subprocess.run(["git", *who, *arguments], check=True, cwd=tmp_path, capture_output=True)

    git("init")
    folder = changed(tmp_path / "nurture")
    git("add", ".")
    git("commit", "-m", "First")
    file = folder / "journeys" / "whitepaper.journey"
    file.write_text(file.read_text("utf-8").replace("  day 5\n", "  day 6\n"), "utf-8")
    monkeypatch.chdir(tmp_path)

    found = nurture("backtest", "HEAD:nurture", "nurture", "--format", "json").json
    nothing = nurture("backtest", "HEAD:elsewhere", "nurture")
    neither = nurture("backtest", "no-such-thing", "nurture")

    assert found["concerned"]["moved"] > 0
    assert found["sent"]["Case study"][0] == found["sent"]["Case study"][1]
    assert "Git keeps no folder elsewhere in HEAD" in nothing.err
    assert "no-such-thing is no folder, and no revision of git here" in neither.err
    above = nurture("backtest", "HEAD", "nurture")
    assert "Git keeps no nurture.toml in the current folder, or in one above it, at HEAD." in above.err
    other = nurture("backtest", "HEAD:nurture/emails", "nurture")
    assert "Git keeps no nurture.toml in nurture/emails at HEAD. Name the folder of a workspace" in other.err
    assert "/tmp" not in above.err + other.err
    monkeypatch.chdir(folder / "journeys")
    assert nurture("backtest", "HEAD", "..", "--format", "json").json["sent"] == found["sent"]
    assert nurture("backtest", "HEAD:..", ".", "--format", "json").json["sent"] == found["sent"]


def test_it_takes_everything_from_a_database(nurture: Run, url: str, later: Path) -> None:
    async def fill() -> None:
        compiled = compile_workspace(read_workspace(EXAMPLE).files)
        definitions = compiled.definitions
        store = await open_store(url)
        try:
            await publish(store, definitions, compiled.plans.values(), 0)
            await import_accounts(store, read_accounts(SAMPLE / "accounts.csv", definitions), definitions, 0)
            await import_contacts(store, read_contacts(SAMPLE / "contacts.csv", definitions), definitions, 0)
            events = [_arrived(event) for event in read_events(SAMPLE / "events.jsonl")]
            await record_events(store, events)
        finally:
            await store.close()

    asyncio.run(fill())

    ran = nurture("backtest", EXAMPLE, later, "--database", url, "--format", "json")
    of_files = nurture("backtest", EXAMPLE, later, "--format", "json").json

    assert ran.code == 0, ran.err
    for what in ("entered", "sent", "held", "handed_off", "goals", "concerned"):
        assert ran.json[what] == of_files[what]
    assert any("keeps no former values" in note for note in ran.json["notes"])


def _arrived(event: Any) -> Arrived:
    return Arrived(
        event.id,
        event.name,
        event.at,
        event.contact,
        event.account,
        properties=event.properties,
        machine=event.machine,
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--events", "nowhere.jsonl", *FILES), "There is no file nowhere.jsonl. Check the path."),
        (("--events", SAMPLE / "events.jsonl"), "Say who the contacts are: --contacts FILE.csv"),
        (("--database", "sqlite:///x.db", "--events", "e.jsonl"), "--database brings people and events."),
        (("--database", "sqlite:///nowhere.db"), "There is no database nowhere.db here."),
        (("--since", "2027-01-01"), "No event came after --since."),
        (("--since", "soon"), "--since: 'soon' is not a moment."),
        (("--days", "0"), "days"),
    ],
)
def test_what_cannot_be_is_told(nurture: Run, options: tuple[object, ...], sentence: str) -> None:
    ran = nurture("backtest", EXAMPLE, EXAMPLE, *options)

    assert ran.code in (1, 2)
    assert sentence in ran.err


def test_what_was_before_the_beginning_is_on_record(nurture: Run, tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").write_text("id,email,consent\nana,ana@example.com,Marketing\n")
    events = [
        {"at": "2026-02-02T10:00:00Z", "event": "Form Submitted", "properties": {"form": "Demo request"}},
        {"at": "2026-02-03T10:00:00Z", "event": "Page Viewed", "properties": {"page": "/pricing"}},
        {"at": "2026-03-02T10:00:00Z", "event": "Form Submitted", "properties": {"form": "Whitepaper"}},
    ]
    (tmp_path / "events.jsonl").write_text("\n".join(json.dumps({**e, "contact": "ana"}) for e in events))
    options = ("--contacts", tmp_path / "contacts.csv", "--events", tmp_path / "events.jsonl")

    found = nurture(
        "backtest", EXAMPLE, EXAMPLE, *options, "--since", "2026-03-01", "--days", "30", "--format", "json"
    ).json

    # 50 and 25 points of February, 15 of the form and 10 of the journey: qualified on day 10.
    assert found["handed_off"] == {"SDR": [1, 1]}
    assert found["entered"] == {"Whitepaper nurture": [1, 1]}


def test_the_map_of_the_documentation_is_one(tmp_path: Path) -> None:
    page = (EXAMPLE.parents[1] / "docs" / "populations.md").read_text("utf-8")
    (tmp_path / "map.toml").write_text(page.split("```toml\n# map.toml\n")[1].split("```")[0])

    found = read_map(tmp_path / "map.toml")

    assert is_map(tmp_path / "map.toml")
    assert found.contacts is not None
    assert found.ids is not None
    assert [one.event for one in found.events] == ["Form Submitted"]
