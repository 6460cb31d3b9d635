"""The commands of versions: plan, deploy, rollback, migrate."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.store import list_runs, load_published, open_store, take_turn
from runtime.store.moving import begin_move
from runtime.store.publishing import find_published
from tests.runtime.cli.conftest import Ran, Run

HEAD = (
    'journey "Test"',
    "  start by hand",
    "  runs once for each contact",
)
BODY = (
    "  day 0",
    '    add tag "hot"',
    "    wait 3 days",
    "    add 1 to score",
    "  day 10",
    "    add 2 to score",
)
TAGS = ('tags "hot"', "")
Make = Callable[..., Path]


@pytest.fixture
def url(url: str, monkeypatch: pytest.MonkeyPatch, nurture: Run) -> str:
    """The database that commands find."""
    monkeypatch.setenv("NURTURE_DATABASE_URL", url)
    return url


@pytest.fixture
def deployed(nurture: Run, url: str, workspace: Make, tmp_path: Path) -> Path:
    """A workspace that is deployed, with two people inside who wait."""
    folder = journey(workspace, *BODY)
    assert nurture("deploy", "--workspace", folder).code == 0
    people = tmp_path / "people.csv"
    people.write_text("id,email\nana,ana@example.com\nbob,bob@example.com\n", "utf-8")
    assert nurture("import", "contacts", people).code == 0
    for contact in ("ana", "bob"):
        assert nurture("enter", "Test", contact).code == 0
    turn(url)
    return folder


def journey(workspace: Make, *body: str) -> Path:
    workspace(*TAGS, name="shared.journey")
    return workspace(*HEAD, *body)


def turn(url: str) -> None:
    """Let a worker take a turn for everybody."""

    async def take() -> None:
        store = await open_store(url)
        for run in await list_runs(store):
            await take_turn(store, run.id, run.turn_no, int(time.time()))
        await store.close()

    asyncio.run(take())


def versions(url: str) -> set[str]:
    async def look() -> set[str]:
        store = await open_store(url)
        found = {run.plan for run in await list_runs(store)}
        await store.close()
        return found

    return asyncio.run(look())


def lines(ran: Ran) -> list[str]:
    return [line.strip() for line in ran.out.splitlines() if line.strip()]


def test_a_plan_says_who_is_concerned_and_where_they_stand(
    nurture: Run, deployed: Path, workspace: Make
) -> None:
    nothing = nurture("plan", "--workspace", deployed)
    assert (nothing.code, nothing.out) == (
        0,
        "Nothing to do: the workspace is what is deployed (deployment 1).\n",
    )
    workspace(*HEAD, '  owner "Marketing"', BODY[0], "    wait 4 days", BODY[3], "  day 11", BODY[5])
    ran = nurture("plan", "--workspace", deployed)
    assert ran.code == 3
    assert lines(ran) == [
        "“Test”, 2 people inside, who stay on their version",
        "Wording only:",
        "- its owner or description",
        "People who enter from now on:",
        "- the block “day 10” is now “day 11”  [day 10]",
        "- Add tag “hot” is gone  [day-0/tag:hot]",
        "- “Wait 3 days” is now “Wait 4 days”, where 2 people stand  [day-0/wait:3-days]",
        "Keep it with --out FILE.",
    ]


def test_looking_begins_no_database(
    nurture: Run, monkeypatch: pytest.MonkeyPatch, workspace: Make, tmp_path: Path
) -> None:
    monkeypatch.setenv("NURTURE_DATABASE_URL", "sqlite:///test.db")
    ran = nurture("plan", "--workspace", journey(workspace, *BODY))
    assert ran.code == 3
    assert "- a new journey" in lines(ran)
    assert not (tmp_path / "test.db").exists()
    assert nurture("plan", "--history").code == 2


def test_exactly_the_reviewed_plan_is_deployed(
    nurture: Run, deployed: Path, workspace: Make, tmp_path: Path
) -> None:
    journey(workspace, *BODY, "    add 3 to score")
    file = tmp_path / "reviewed.json"
    assert nurture("plan", "--workspace", deployed, "--out", file).code == 3
    kept = json.loads(file.read_text("utf-8"))
    assert kept["deployed"]["number"] == 1
    journey(workspace, *BODY, "    add 4 to score")
    stale = nurture("deploy", file, "--workspace", deployed)
    assert stale.code == 2
    assert stale.err == (
        f"nurture: The workspace has changed since {file} was written. Nothing was changed; look again with "
        f"`nurture plan --out {file}`.\n"
    )
    journey(workspace, *BODY, "    add 3 to score", "  # a remark changes nothing")
    assert nurture("deploy", file, "--workspace", deployed).out.endswith("Deployment 2 is in force.\n")
    stale = nurture("deploy", file, "--workspace", deployed)
    assert stale.code == 2
    assert "What is deployed has changed since" in stale.err
    file.write_text("{}", "utf-8")
    assert (
        "is no reviewed plan. Write one with `nurture plan"
        in nurture("deploy", file, "--workspace", deployed).err
    )


def test_a_rollback_and_the_history(nurture: Run, deployed: Path, workspace: Make) -> None:
    nothing = nurture("rollback")
    assert nothing.code == 2
    assert "there is nothing to go back to" in nothing.err
    journey(workspace, *BODY, "    add 3 to score")
    assert nurture("deploy", "--workspace", deployed).code == 0
    dry = nurture("rollback", "--dry-run")
    assert (dry.code, lines(dry)[-1]) == (3, "Nothing was changed; `nurture rollback --to 1` does it.")
    assert lines(nurture("rollback")) == [
        "“Test”, 2 people inside, who stay on their version",
        "People who enter from now on:",
        "- “Add 3 to the score” is gone  [day-10/score:add-3]",
        "Deployment 3 is in force: the journeys of deployment 1 again.",
    ]
    assert nurture("rollback", "--to", 3).out == "Nothing to do: deployment 3 is in force.\n"
    history = nurture("plan", "--history", "--format", "json").json["deployments"]
    assert [(d["number"], d["how"], d["restores"]) for d in history] == [
        (3, "rollback", 1),
        (2, "deploy", None),
        (1, "deploy", None),
    ]
    text = nurture("plan", "--history").out.splitlines()
    assert text[0].endswith("rollback to 1, 1 journey, in force")
    assert nurture("plan", "--workspace", deployed).code == 3


def test_what_people_inside_still_need_is_kept_from_going(
    nurture: Run, url: str, workspace: Make, tmp_path: Path
) -> None:
    second = ('journey "Second"', "  start by hand", "  runs once for each contact", "  add 1 to score")
    workspace(*second, name="second.journey")
    folder = workspace(*HEAD, "  wait 3 days", '  start journey "Second"')
    assert nurture("deploy", "--workspace", folder).code == 0
    people = tmp_path / "people.csv"
    people.write_text("id,email\nana,ana@example.com\n", "utf-8")
    nurture("import", "contacts", people)
    nurture("enter", "Test", "ana")
    turn(url)
    (folder / "second.journey").unlink()
    workspace(*HEAD, "  wait 3 days")
    ran = nurture("plan", "--workspace", folder)
    assert ran.code == 4
    assert "- the journey “Second” is gone, and people inside are to start it (1 person)" in lines(ran)
    refused = nurture("deploy", "--workspace", folder)
    assert refused.code == 2
    assert "nothing was deployed, for some of it is unsafe" in refused.err
    assert nurture("deploy", "--workspace", folder, "--unsafe").code == 0


def test_people_are_migrated_and_brought_back(
    nurture: Run, deployed: Path, workspace: Make, url: str
) -> None:
    before = versions(url)
    nothing = nurture("migrate", "Test")
    assert (nothing.code, nothing.out) == (
        0,
        "Nothing to do: everybody inside “Test” is on the version in force.\n",
    )
    journey(workspace, *BODY, "    add 3 to score")
    nurture("deploy", "--workspace", deployed)
    assert versions(url) == before
    dry = nurture("migrate", "Test")
    assert dry.code == 3
    assert lines(dry) == [
        "“Test”: 2 people would move to the version in force.",
        "Nothing was changed; do it with --apply.",
    ]
    assert versions(url) == before
    done = nurture("migrate", "Test", "--apply", "--rate", "1000")
    assert done.code == 0
    assert lines(done) == [
        "“Test”: 2 people moved to the version in force.",
        "This was migration 1.",
        "Take it back with `nurture migrate --undo 1`.",
    ]
    assert versions(url).isdisjoint(before)
    resumed = nurture("migrate", "--resume", "1")
    assert (resumed.code, resumed.out) == (nothing.code, nothing.out)
    assert "has its journey and its map already" in nurture("migrate", "Other", "--resume", "1").err
    assert "Name the journey" in nurture("migrate").err
    turn(url)
    assert "Moved to another version of “Test”" in nurture("show", "ana", "--full").out
    assert nurture("migrate", "--list").out.endswith("“Test”, 2 people\n")
    undone = nurture("migrate", "--undo", "1", "--rate", "1000")
    assert (undone.code, undone.out) == (0, "“Test”: 2 people back on the version they had.\n")
    assert versions(url) == before


def test_a_migration_that_was_interrupted_is_told_from_one_that_is_done(
    nurture: Run, deployed: Path, workspace: Make, url: str
) -> None:
    journey(workspace, *BODY, "    add 3 to score")
    nurture("deploy", "--workspace", deployed)

    async def begin() -> None:
        store = await open_store(url)
        published = await find_published(store)
        assert published is not None
        await begin_move(store, "Test", published.active["Test"].hash, {}, int(time.time()))
        await store.close()

    asyncio.run(begin())
    left = "“Test”, nobody; 2 people still on other versions, go on with --resume 1\n"
    assert nurture("migrate", "--list").out.endswith(left)
    assert nurture("migrate", "--list", "--format", "json").json["migrations"][0]["left"] == 2
    assert nurture("migrate", "--resume", "1", "--rate", "1000").code == 0
    assert nurture("migrate", "--list").out.endswith("“Test”, 2 people\n")
    # What leads to a version that is no longer in force is over, whoever is left.
    journey(workspace, *BODY, "    add 4 to score")
    nurture("deploy", "--workspace", deployed)
    assert nurture("migrate", "--list").out.endswith("“Test”, 2 people\n")


def test_a_step_that_is_gone_needs_a_target(
    nurture: Run, deployed: Path, workspace: Make, url: str, tmp_path: Path
) -> None:
    journey(workspace, BODY[0], "    add 5 to score", *BODY[4:], "    wait 9 days")
    nurture("deploy", "--workspace", deployed)
    dry = nurture("migrate", "Test")
    assert dry.code == 4
    assert (
        "2 people cannot go: “day-0/wait:3-days” is gone. Say where they go: "
        "--map 'day-0/wait:3-days=NEW STEP'." in lines(dry)
    )
    assert nurture("migrate", "Test", "--apply").code == 4
    elsewhere = nurture("migrate", "Test", "--map", "day-0/wait:3-days=schedule")
    assert elsewhere.code == 2
    assert "people cannot go from one into the other" in elsewhere.err
    file = tmp_path / "map.toml"
    file.write_text('[steps]\n"day-0/wait:3-days" = "day-0/score:add-5"\n', "utf-8")
    assert nurture("migrate", "Test", "--map", file, "--apply", "--rate", "1000").code == 0
    turn(url)
    assert nurture("show", "ana", "--format", "json").json["runs"][0]["position"] == ["day 10"]
    told = nurture("show", "ana", "--full").out  # each row in the words of its own version
    assert "Waits 3 days" in told
    assert "Add 5 to the score" in told
    for wrong in ("a", "=b", "a="):
        assert "is no map" in nurture("migrate", "Test", "--map", wrong).err
    file.write_text("steps = 3", "utf-8")
    assert "holds no map" in nurture("migrate", "Test", "--map", file).err
    assert "There is no migration 9" in nurture("migrate", "--undo", "9").err


def test_people_inside_move_with_a_deploy_if_the_journey_says_so(
    nurture: Run, deployed: Path, workspace: Make, url: str
) -> None:
    before = versions(url)
    moving = ("  people inside move to the new version", *BODY, "    add 3 to score")
    journey(workspace, *moving)
    ran = nurture("plan", "--workspace", deployed)
    assert lines(ran)[0] == "“Test”, 2 people inside, who move to the new version"
    assert "People inside:" in lines(ran)
    said = nurture("deploy", "--workspace", deployed).out.splitlines()
    assert said[-1] == "2 inside “Test” moved to the new version (migration 1)."
    assert versions(url).isdisjoint(before)
    # Who stands on a step that is gone finishes the old version.
    turn(url)
    journey(workspace, moving[0], "  day 10", "    add 2 to score")
    ran = nurture("plan", "--workspace", deployed)
    assert ran.code == 4
    assert "so who stands on it stays on the old version, where 2 people stand" in ran.out
    assert nurture("deploy", "--workspace", deployed, "--unsafe").code == 0
    assert nurture("migrate", "Test").code == 4


EMAIL = "---\nname: Hello\nclass: marketing\nsubject: Hello\n---\n{0}\n"


def test_a_changed_text_is_told_deployed_and_taken_back(nurture: Run, url: str, workspace: Make) -> None:
    folder = workspace(*HEAD, '  send email "Hello"')
    with (folder / "nurture.toml").open("a", encoding="utf-8") as settings:
        settings.write('[email]\nfrom = "T <t@sender.example.com>"\npostal_address = "1 Street"\n')
    (folder / "emails").mkdir()
    file = folder / "emails" / "hello.md"
    file.write_text(EMAIL.format("Good morning."), "utf-8")
    assert nurture("deploy", "--workspace", folder).code == 0
    file.write_text(EMAIL.format("Good evening."), "utf-8")
    ran = nurture("plan", "--workspace", folder)
    assert ran.code == 3
    assert lines(ran)[:3] == [
        "“Test”, nobody inside",
        "Wording only:",
        "- the text of the email “Hello”",
    ]
    assert in_force(url) == "Good morning.\n"
    assert nurture("deploy", "--workspace", folder).code == 0
    assert in_force(url) == "Good evening.\n"
    assert nurture("plan", "--workspace", folder).code == 0
    assert nurture("rollback").code == 0
    assert in_force(url) == "Good morning.\n"


LONG = (
    'journey "Long"',
    "  start by hand",
    "  runs once for each contact",
    "  wait 9 days",
    '  send email "Three"',
)
NEEDED = "the email “Three” has no file any more, and people inside are to get it"


@pytest.fixture
def mailing(nurture: Run, url: str, workspace: Make, tmp_path: Path) -> Path:
    """A workspace that may send emails and is deployed, and a contact that is in no journey."""
    folder = journey(workspace, *BODY)
    with (folder / "nurture.toml").open("a", encoding="utf-8") as settings:
        settings.write('[email]\nfrom = "T <t@sender.example.com>"\npostal_address = "1 Street"\n')
    people = tmp_path / "people.csv"
    people.write_text("id,email\nana,ana@example.com\nbob,bob@example.com\n", "utf-8")
    assert nurture("deploy", "--workspace", folder).code == 0
    assert nurture("import", "contacts", people).code == 0
    return folder


def lengthen(folder: Path) -> None:
    """Add a journey that sends an email after nine days."""
    (folder / "long.journey").write_text("\n".join(LONG) + "\n", "utf-8")
    (folder / "emails").mkdir(exist_ok=True)
    (folder / "emails" / "three.md").write_text(EMAIL.format("Hi.").replace("Hello", "Three"), "utf-8")


def test_who_is_inside_a_journey_that_was_withdrawn_is_seen(nurture: Run, mailing: Path) -> None:
    lengthen(mailing)
    assert nurture("deploy", "--workspace", mailing).code == 0
    assert nurture("enter", "Long", "ana").code == 0
    (mailing / "long.journey").unlink()
    assert nurture("deploy", "--workspace", mailing).code == 0
    (mailing / "emails" / "three.md").unlink()
    ran = nurture("plan", "--workspace", mailing)
    unsafe = ["“Long”, 1 person inside", "Unsafe:", f"- {NEEDED} (1 person)"]
    assert (ran.code, lines(ran)[:-1]) == (4, unsafe)
    assert nurture("deploy", "--workspace", mailing).code == 2
    assert nurture("plan", "--history", "--format", "json").json["deployments"][0]["number"] == 3
    assert nurture("deploy", "--workspace", mailing, "--unsafe").code == 0
    # What is missing already is no change of the next deployment, and that it comes back is one.
    assert nurture("plan", "--workspace", mailing).code == 0
    lengthen(mailing)
    (mailing / "long.journey").unlink()
    again = "- the email “Three” is there again, and people inside an older version get it (1 person)"
    assert lines(nurture("plan", "--workspace", mailing))[1:3] == ["People inside:", again]


def test_a_rollback_that_is_unsafe_is_refused_as_a_deploy_is(nurture: Run, mailing: Path) -> None:
    lengthen(mailing)
    assert nurture("deploy", "--workspace", mailing).code == 0
    assert nurture("enter", "Long", "ana").code == 0
    assert nurture("rollback", "--dry-run").code == 4
    refused = nurture("rollback")
    assert (refused.code, f"- {NEEDED} (1 person)" in lines(refused)) == (2, True)
    assert refused.err == (
        "nurture: nothing was changed, for going back to deployment 1 is unsafe. Deploy a workspace that "
        "keeps what people inside still need, stop their runs, or go back all the same with --unsafe.\n"
    )
    assert nurture("rollback", "--format", "json").json["deployment"] is None
    assert lines(nurture("rollback", "--unsafe"))[-1] == (
        "Deployment 3 is in force: the journeys of deployment 1 again."
    )


def test_a_reviewed_plan_that_has_become_worse_is_refused(
    nurture: Run, mailing: Path, tmp_path: Path
) -> None:
    lengthen(mailing)
    assert nurture("deploy", "--workspace", mailing).code == 0
    (mailing / "long.journey").unlink()
    (mailing / "emails" / "three.md").unlink()
    file = tmp_path / "reviewed.json"
    assert nurture("plan", "--workspace", mailing, "--out", file).code == 3
    for known, contact in enumerate(("ana", "bob")):
        assert nurture("enter", "Long", contact).code == 0
        refused = nurture("deploy", file, "--workspace", mailing)
        number = "1 person" if known == 0 else "2 people"
        assert (refused.code, refused.err) == (
            2,
            f"nurture: Who is inside has changed since {file} was written: “Long”, unsafe, {NEEDED} "
            f"({number}). Nothing was changed; look again with `nurture plan --out {file}`.\n",
        )
        assert nurture("plan", "--workspace", mailing, "--out", file).code == 4
    assert nurture("deploy", file, "--workspace", mailing).code == 0


def test_a_reviewed_plan_moves_nobody_whom_it_did_not_name(
    nurture: Run, mailing: Path, workspace: Make, tmp_path: Path
) -> None:
    text = "\n".join((*HEAD, "  people inside move to the new version", *BODY, "    add 3 to score"))
    (mailing / "a.journey").write_text(text + "\n", "utf-8")
    file = tmp_path / "reviewed.json"
    assert nurture("plan", "--workspace", mailing, "--out", file).code == 3
    assert nurture("enter", "Test", "ana").code == 0
    refused = nurture("deploy", file, "--workspace", mailing)
    assert refused.code == 2
    assert f"Who is inside has changed since {file} was written: “Test”, people inside, " in refused.err
    assert nurture("deploy", file, "--workspace", mailing, "--unsafe").code == 0


def in_force(url: str) -> str:
    """Return the text of the email that a worker would send now."""

    async def look() -> str:
        store = await open_store(url)
        texts = (await load_published(store)).texts
        await store.close()
        assert texts is not None
        return texts.emails["Hello"].default.body

    return asyncio.run(look())
