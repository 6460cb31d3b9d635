"""`nurture replay`, as it is typed: on files, and on a real server."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from temporalio.testing import WorkflowEnvironment

from dsl.plan import Definitions
from runtime.cli.stepping import by_keys
from runtime.embedded import server_path
from runtime.relay import Relay
from runtime.store import Store, enter_journey, open_store, publish
from runtime.worker import working
from tests.replay.recorded import HISTORIES, PLANS, read_plan
from tests.runtime.cli.conftest import EXAMPLE, NURTURE, Ran, Run
from tests.runtime.store.world import populate, quiet
from tests.workflows.test_journey import RUN, answered, at_rest, bookkeeper, completed

GOAL = HISTORIES / "goal.1.json"
HERE = ("--workspace", EXAMPLE)


@pytest.fixture
def recorded(url: str, monkeypatch: pytest.MonkeyPatch, nurture: Run) -> str:
    """The URL of a database that has the plans of all recorded histories."""
    monkeypatch.setenv("NURTURE_DATABASE_URL", url)

    async def fill() -> None:
        store = await open_store(url)
        for number, path in enumerate(sorted(PLANS.glob("*.json"))):
            definitions = Definitions(workspace="Test", time_zone="UTC")
            await publish(store, definitions, [read_plan(path.stem)], number)
        await store.close()

    asyncio.run(fill())
    return url


def test_a_history_is_told_in_journey_terms_with_lines(nurture: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE.parents[1])
    ran = nurture("replay", GOAL, *HERE)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == (
        "whitepaper-nurture/ana/-/1   a run of “Whitepaper nurture” · 40 events · plan 1c1ac83b · UTC"
    )
    assert lines[1] == "It replays on this code."
    (sent,) = [line for line in lines if "Sent “Whitepaper delivery”" in line]
    assert sent.endswith("…/whitepaper/journeys/whitepaper.journey:13")


def test_a_history_that_ends_while_the_run_is_open_says_so(nurture: Run, tmp_path: Path) -> None:
    whole = json.loads(GOAL.read_text("utf-8"))
    half = tmp_path / "half.json"
    half.write_text(json.dumps({"events": whole["events"][:20]}), "utf-8")
    lines = nurture("replay", half, *HERE).out.splitlines()
    assert lines[2] == "It was open after event 20: what came later is not in this history."
    assert "It was open" not in nurture("replay", GOAL, *HERE).out
    told = nurture("replay", half, GOAL, *HERE, "--format", "json").json["histories"]
    assert [one["open"] for one in told] == [True, False]


def test_the_plans_are_found_in_the_database(nurture: Run, recorded: str) -> None:
    files = [HISTORIES / f"{name}.1.json" for name in ("goal", "moved", "handoffs-with-a-clock")]
    told = nurture("replay", *files, "--format", "json").json["histories"]
    assert [one["replays"] for one in told] == [True, True, True]
    assert told[0]["rows"][-1]["text"] == "Reached the goal “Demo requested”"


def test_how_the_run_stood_after_an_event(nurture: Run) -> None:
    lines = nurture("replay", GOAL, *HERE, "--at", "20").out.splitlines()
    assert lines[0] == "Event 20 of 40   2041-03-06 10:00:00   Workflow task started"
    assert lines[1].startswith("The main flow is waiting until 2041-03-07 10:00:00: Wait up to 1 day")
    assert "Before, the last 8 of 11 steps:" in lines
    assert "Before:" in nurture("replay", GOAL, *HERE, "--at", "8").out.splitlines()
    over = nurture("replay", GOAL, *HERE, "--at", "40").out
    assert "The run is over: goal Demo requested." in over
    state = nurture("replay", GOAL, *HERE, "--at", "20", "--format", "json").json["histories"][0]["events"]
    assert [(one["event"], one["state"]["ended"]) for one in state] == [(20, None)]
    ran = nurture("replay", GOAL, *HERE, "--at", "41")
    assert (ran.code, "there is no event 41" in ran.err) == (1, True)


def test_every_event_is_told_where_there_is_no_terminal(
    nurture: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(EXAMPLE)
    lines = nurture("replay", GOAL, "--step").out.splitlines()
    assert any(line.strip().endswith("12. Timer over: Until day 2") for line in lines)
    assert any("→ Reached the goal “Demo requested”" in line for line in lines)


def test_keys_go_forward_and_back() -> None:
    seen: list[int] = []
    by_keys(40, seen.append, iter(["n", "\x1b[C", "p", "G", "n", "g", "p", "1", "2", "\n", "x", "q", "n"]))
    assert seen == [1, 2, 3, 2, 40, 1, 12]


def test_a_terminal_steps_by_keys() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [NURTURE, "replay", GOAL, "--workspace", EXAMPLE, "--step"],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.STDOUT,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(theirs)
    said = ""
    try:
        # The next key is pressed when what the last one shows is there.
        for shown, key in (("Event 1 of 40", "\x1b[C"), ("Event 2 of 40", "G"), ("Event 40 of 40", "q")):
            while shown not in said:
                said += os.read(ours, 4096).decode("utf-8", "replace")
            said = ""
            os.write(ours, key.encode())
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_one_that_is_no_history_does_not_keep_the_others(nurture: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{", "utf-8")
    ran = nurture("replay", bad, GOAL, *HERE)
    assert ran.code == 2
    assert "It replays on this code." in ran.out
    assert ran.err.startswith("nurture: ")
    assert "is no JSON" in ran.err
    assert "Traceback" not in ran.err
    assert f"\n{GOAL}\n" in nurture("replay", bad, GOAL, *HERE).out
    assert f"Event 5 of 40 in {GOAL}" in nurture("replay", bad, GOAL, *HERE, "--at", "5").out
    told = nurture("replay", bad, GOAL, *HERE, "--format", "json").json["histories"]
    assert ["problem" in one for one in told] == [True, False]


def test_what_is_cut_off_is_called_partial(nurture: Run, tmp_path: Path) -> None:
    cut = tmp_path / "cut.json"
    text = GOAL.read_text("utf-8")
    cut.write_text(text[: len(text) // 2], "utf-8")
    ran = nurture("replay", cut, *HERE)
    assert ran.code == 1
    assert "This is partial. The file is cut off or damaged in line" in ran.out
    assert "Whether it replays was not tried" in ran.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Name a history"),
        (("nowhere.json",), "There is no file nowhere.json. Or is it a workflow? Then add --address."),
        ((GOAL,), "--workspace FOLDER"),
        (("x", "--address", "127.0.0.1:1"), "Temporal at 127.0.0.1:1 cannot be reached."),
    ],
)
def test_bad_input_is_a_sentence(
    nurture: Run, arguments: tuple[object, ...], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "")
    monkeypatch.delenv("TEMPORAL_ADDRESS")
    ran = nurture("replay", *arguments)
    assert (ran.code != 0, ran.out) == (True, "")
    assert sentence in ran.err
    assert "Traceback" not in ran.err


def test_why_is_answered_from_a_history_as_far_as_it_goes(nurture: Run) -> None:
    ran = nurture("why", "ana", "--history", GOAL, *HERE, "--email", "Demo invitation")
    assert ran.code == 0
    words = " ".join(ran.out.split())
    assert "This is partial. A history holds no facts about people" in words
    assert "before it came to that, the run reached the goal “Demo requested”" in words
    other = nurture("why", "bob", "--history", GOAL, *HERE)
    assert "is of a run of ana, not of bob" in other.err
    handoff = nurture("why", "ana", "--history", HISTORIES / "handoffs-with-a-clock.1.json", *HERE)
    assert "and of no run" in handoff.err


async def test_histories_of_a_real_server_are_downloaded_and_asked_for(
    store: Store, url: str, tmp_path: Path, installed: Callable[..., Ran]
) -> None:
    await populate(store, quiet())
    now = int(time.time())
    path = server_path("temporal")
    async with (
        await WorkflowEnvironment.start_local(dev_server_existing_path=path) as env,
        httpx2.AsyncClient() as http,
    ):
        relay = Relay(store, env.client, lambda: now)
        async with working(env.client, bookkeeper(store, http, relay), relay):
            await enter_journey(store, "Newsletter", "cnt_1", now)
            await at_rest(store, 1)
            await answered(store, "a-1", now + 1)
            history = await completed(env)
        address = env.client.service_client.config.target_host
        shown = await asyncio.to_thread(
            subprocess.run,
            [path, "workflow", "show", "-w", RUN, "--address", address, "--output", "json"],
            capture_output=True,
            text=True,
            check=True,
        )
        environ = {"NURTURE_DATABASE_URL": url}
        files = {"by-the-cli.json": shown.stdout, "by-the-sdk.json": history.to_json()}
        for name, text in files.items():
            (tmp_path / name).write_text(text, "utf-8")
        asked = [
            [tmp_path / name for name in files],
            [RUN, "--address", address],
            ["--query", 'WorkflowType="Newsletter"', "--address", address],
            ["--query", "this is no query", "--address", address],
            ["no/such/run", "--address", address],
        ]
        told = [
            await asyncio.to_thread(installed, "replay", *one, "--format", "json", environ=environ)
            for one in asked
        ]
    for ran in told[:3]:
        assert ran.code == 0, ran.err
        for one in json.loads(ran.out)["histories"]:
            assert (one["workflow"], one["replays"]) == (RUN, True)
            assert [row["kind"] for row in one["rows"]][-1] == "completed"
    assert "Temporal does not take this query" in told[3].err
    assert "Temporal has no history of no/such/run" in told[4].out
    assert not any("Traceback" in ran.err for ran in told)
