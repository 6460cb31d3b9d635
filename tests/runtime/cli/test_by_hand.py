"""What a person does by hand from the command line: pause, resume, stop, status, doubts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.machine import Done
from runtime.store import Claim, offer, open_store, schema, settle_turn, take_turn
from runtime.store.again import begin, finish
from tests.runtime.cli.conftest import Run

JOURNEY = "Whitepaper nurture"
CONTACT = "cnt_000003"
RUN = f"whitepaper-nurture/{CONTACT}/-/1"
AT = 4_000_000_000


@pytest.fixture
def entered(nurture: Run, database: str) -> str:
    assert nurture("enter", JOURNEY, CONTACT).code == 0
    return database


def turn(number: int, *, die: bool = False) -> None:
    """Take a turn as a worker does; with `die`, no more than offer the first mail."""

    async def taken() -> None:
        store = await open_store(os.environ["NURTURE_DATABASE_URL"])
        claim = await take_turn(store, RUN, number, AT, frozenset({"send"}))
        if isinstance(claim, Claim):
            await offer(store, claim, AT, "<one@acme.example.com>")
            if not die:
                await settle_turn(store, claim, Done("sent"), AT)
        await store.close()

    asyncio.run(taken())


def send_again(step: str, done: Done) -> None:
    """Send an effect once more as a worker does, with this outcome."""

    async def sent() -> None:
        store = await open_store(os.environ["NURTURE_DATABASE_URL"])
        claim = await begin(store, RUN, step, 1, AT)
        assert isinstance(claim, Claim)
        await offer(store, claim, AT, "<one@acme.example.com>")
        await finish(store, claim, done, AT, None)
        await store.close()

    asyncio.run(sent())


def test_sends_are_stopped_seen_in_the_status_and_let_go_again(nurture: Run, entered: str) -> None:
    before = nurture("status").out.splitlines()
    assert before == [
        "Nothing is paused or stopped by hand.",
        "Runs open     1, 0 of them paused, 0 by hand",
        "Held          0",
        "In doubt      0",
        before[-1],
    ]
    stopped = nurture("stop", "--sends", "--by", "ana")
    assert (stopped.code, stopped.err) == (0, "")
    assert stopped.out == (
        "No email and no message goes for everything from now on; they are held. Lift it: "
        "nurture resume --sends\n"
    )
    assert "from now on (already)" in nurture("stop", "--sends", "--by", "bo").out
    turn(0)
    lines = nurture("status").out.splitlines()
    assert lines[0].startswith("Everything: sends stopped since 2")
    assert lines[0].endswith("by ana.")
    assert lines[2] == "Held          1 (all sends are stopped by hand)"
    told = nurture("status", "--format", "json").json
    assert told["switches"][0] | {"since": 0} == {
        "what": "sends",
        "scope": "all",
        "name": "",
        "since": 0,
        "by": "ana",
    }
    assert told["held"] == {"sends stopped": 1}
    assert told["waiting"] == 1
    assert (
        nurture("resume", "--sends").out == "Sends go again for everything. 1 run looks at what it holds.\n"
    )
    turn(1)
    assert nurture("status", "--format", "json").json["effects"] == [
        {"kind": "send", "outcome": "sent", "count": 1}
    ]
    assert nurture("resume", "--sends").out.startswith("Nothing was stopped by hand for everything")


def test_a_pause_is_told_and_so_is_how_it_ends(nurture: Run, entered: str) -> None:
    paused = nurture("pause", "--journey", JOURNEY)
    assert paused.out == (
        f"Paused the journey “{JOURNEY}”: 1 run now stands still. Go on: "
        f'nurture resume --journey "{JOURNEY}"\n'
    )
    # Before the run hears of it, too.
    assert "1 of them paused, 1 by hand" in nurture("status").out
    turn(0)
    assert "1 of them paused, 1 by hand" in nurture("status").out
    assert "(paused by hand)." in nurture("show", CONTACT).out
    assert "Stands still: by hand" in nurture("show", CONTACT).out
    done = nurture("resume", "--journey", JOURNEY, "--format", "json").json
    assert (done["changed"], done["runs"]) == (True, 1)


def test_a_stop_says_what_is_dropped(nurture: Run, entered: str) -> None:
    nurture("stop", "--sends")
    turn(0)
    stopped = nurture("stop", "--contact", f"{CONTACT}@example.net")
    assert stopped.out == (
        f"Stopped the contact {CONTACT}: 1 run leaves now, and 1 effect that was held was dropped.\n"
    )
    assert "1 about to leave" in nurture("status").out
    turn(1)
    shown = nurture("show", CONTACT).out
    assert "Left the journey: stopped by hand" in shown
    assert "the contact had left the journey" in shown


def test_a_doubt_is_listed_and_settled_with_who_said_so(nurture: Run, entered: str) -> None:
    assert nurture("doubts").out == "Nothing is in doubt.\n"
    turn(0, die=True)
    turn(0)
    (doubt,) = nurture("doubts", "--format", "json").json
    listed = nurture("doubts", "--contact", CONTACT).out
    assert listed.startswith(
        f"{doubt['key']}  email “Whitepaper delivery” to {CONTACT} in “{JOURNEY}”\n"
        "  when        2096-10-02 07:06:40 UTC\n"
    )
    assert "<one@acme.example.com>" in listed
    assert "In doubt: 1 effect; see `nurture doubts`." in nurture("show", CONTACT).out
    assert nurture("show", CONTACT, "--format", "json").json["doubts"][0]["key"] == doubt["key"]
    settled = nurture("doubts", "settle", doubt["key"], "--not-sent", "--send-again", "--by", "ana")
    assert settled.out == (
        f"{doubt['key']}, email “Whitepaper delivery” to {CONTACT}: it did not arrive, says ana. "
        "A worker sends it again as soon as everything lets it.\n"
    )
    assert nurture("doubts").out == "Nothing is in doubt.\n"
    assert "“Whitepaper delivery” was in doubt: it did not arrive, says ana" in nurture("show", CONTACT).out
    (act,) = nurture("status", "--format", "json").json["interventions"]
    assert (act["what"], act["by"]) == ("not sent, send again", "ana")
    assert "→ Sent “Whitepaper delivery” again" not in nurture("show", CONTACT).out
    send_again(doubt["step"], Done("sent"))
    assert "→ Sent “Whitepaper delivery” again\n" in nurture("show", CONTACT).out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("pause",), "Say whom it concerns: one of --run, --contact, --journey, or --all."),
        (("stop", "--all", "--journey", JOURNEY), "Say whom it concerns"),
        (("pause", "--run", "nobody"), "There is no run nobody."),
        (("stop", "--journey", "Whitepaper"), "There is no journey Whitepaper."),
        (("resume", "--contact", "nobody"), "There is no contact nobody."),
        (("doubts", "settle", "ffffffffff", "--sent"), "No effect in doubt has the key ffffffffff."),
        (("doubts", "settle", "ffffffffff"), "Say whether it arrived"),
        (("doubts", "settle", "f", "--sent", "--not-sent"), "Say whether it arrived"),
        (("doubts", "settle", "f", "--sent", "--send-again"), "is not sent again"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    nurture: Run, database: str, arguments: tuple[str, ...], sentence: str
) -> None:
    ran = nurture(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


def test_the_status_tells_when_everyone_in_a_segment_is_let_in_next(
    nurture: Run, workspace: Callable[..., Path], database: str
) -> None:
    folder = workspace(
        "fields of contact",
        "  field title is text",
        'segment "Known"',
        "  contact.title is set",
        *(
            line
            for day in ("sunday", "monday")
            for line in (
                f'journey "Reviews on {day}"',
                f'  start with everyone in segment "Known" every {day} 09:00',
                "  runs again at any time",
                "  set contact.title to empty",
            )
        ),
    )
    assert nurture("deploy", "--workspace", str(folder)).code == 0
    lines = [line for line in nurture("status").out.splitlines() if line.startswith("Next round")]
    rounds = nurture("status", "--format", "json").json["next_rounds"]
    assert [one["at"] for one in rounds] == sorted(one["at"] for one in rounds)
    assert {one["journey"] for one in rounds} == {"Reviews on sunday", "Reviews on monday"}
    for line, one in zip(lines, rounds, strict=True):
        local = datetime.fromtimestamp(one["at"], ZoneInfo("Europe/Berlin"))
        assert f"Reviews on {local:%A}".lower() == one["journey"].lower()
        assert (local.hour, local.minute) == (9, 0)
        when = datetime.fromtimestamp(one["at"], UTC)
        assert line == f"Next round    “{one['journey']}”: everyone in “Known”, {when:%Y-%m-%d %H:%M} UTC"


def test_the_status_tells_all_else_where_a_plan_in_force_is_damaged(nurture: Run, entered: str) -> None:
    async def damage() -> None:
        store = await open_store(os.environ["NURTURE_DATABASE_URL"])

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(update(schema.plans).values(plan="{"))

        await store.transact(work)
        await store.close()

    asyncio.run(damage())
    ran = nurture("status")
    assert (ran.code, ran.out.splitlines()[1]) == (0, "Runs open     1, 0 of them paused, 0 by hand")
    assert "that is in force is damaged in the database" in ran.err
