"""What the engine must not show: rows 29, 34, 35, 37 and 50."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import dsl
from activities.outcomes import NO_REPLY
from dsl.plan import Effect
from runtime.evaluate import RunView
from runtime.facts import Facts
from runtime.machine import Done
from runtime.published import Published
from runtime.simulator import Provider, Simulator, World
from runtime.store import Store, doubts, import_contacts, list_runs, publish, record_event, trace
from runtime.store import admissions as admissions_of_store
from runtime.store import ledger as ledgers
from runtime.store.admissions import admissions, admit_due
from runtime.store.errors import StaleAttempt
from runtime.store.ledger import Claim
from runtime.store.turns import Taken, settle_turn, take_turn
from tests.equality.case import CASES, Case, _workspace, load
from tests.equality.drivers import on_temporal
from tests.semantics.stage import (
    Looking,
    Seen,
    both,
    by_hand,
    case,
    clicks,
    contact,
    does,
    form,
    line,
    moment,
    seconds,
    told,
)

_FORMS = 'forms "Whitepaper", "Demo request"\ntags "hot"\n'
_SENDS = frozenset({"send"})


# ------------------------------------------------------------------------------------------------- row 29


@dataclass(frozen=True, slots=True)
class _Dropping(Provider):
    """Takes the first mail and says nothing."""

    def deliver(self, effect: Effect, facts: Facts, run: RunView, at: int) -> tuple[str, str, int | None]:
        first = getattr(effect, "email", "") == "First"
        return ("in doubt", NO_REPLY, None) if first else Provider.deliver(self, effect, facts, run, at)


class _Drops(Looking):
    """The mail server takes the first message, and the connection is gone before it says so."""

    async def play(self) -> Seen:
        self.sink.drop("DATA", times=1)
        outcome = await Looking.play(self)
        assert [doubt.name for doubt in await doubts(self.store)] == ["First"]
        return outcome


_DOUBT = """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  send email "First"
  wait 1 day
  send email "Second"
"""


async def test_row_29_worker_dies_between_provider_call_and_record(tmp_path: Path, store: Store) -> None:
    one = case(_DOUBT, [form("03-04 10:00")], "04-01 00:00", definitions=_FORMS)
    world = World(Published.of(one.compiled.definitions, one.compiled.plans.values()))
    world.populate(one.contacts, one.accounts)
    simulator = Simulator(world, _Dropping())
    simulator.schedule(step.event for step in one.steps if step.event is not None)
    simulator.run(one.until)
    found = await both(one, tmp_path, _Drops, world)
    # Nobody knows; it is listed, not repeated, and the run goes on.
    assert found.sends() == [
        "03-04 10:00 in doubt send:first no reply after data",
        "03-05 10:00 sent send:second",
    ]
    assert found.outcome.mails == 2
    await _dies(store, one)


async def _dies(store: Store, one: Case) -> None:
    """Let a worker die on either side of the offer, and another one take the turn again."""
    at = one.start
    await import_contacts(store, one.contacts, one.compiled.definitions, 0)
    await publish(store, one.compiled.definitions, one.compiled.plans.values(), 0)
    properties = {"form": "Whitepaper"}
    await record_event(
        store, message_id="m1", name="Form Submitted", at=at, contact="ana", properties=properties
    )
    run = "row/ana/-/1"
    claimed = await take_turn(store, run, 0, at, _SENDS)
    # Before the offer it was surely not accepted: another attempt takes over, and fences the first.
    again = await take_turn(store, run, 0, at + 20, _SENDS)
    assert isinstance(claimed, Claim)
    assert isinstance(again, Claim)
    with pytest.raises(StaleAttempt):
        await ledgers.offer(store, claimed, at, "<one@example.com>")
    # After it, it may have been.
    await ledgers.offer(store, again, at, "<one@example.com>")
    assert isinstance(await take_turn(store, run, 0, at + 40, _SENDS), Taken)
    assert [line(row).split(" ", 2)[2] for row in await trace(store, run)][1] == "in doubt send:first"
    # What the first attempt says now changes nothing.
    await settle_turn(store, claimed, Done("sent"), at)
    assert [doubt.name for doubt in await doubts(store)] == ["First"]


# ------------------------------------------------------------------------------------------------- row 34


_EVERYONE = """
segment "All"
  contact.first_name is set

journey "Row"
  start with everyone in segment "All"
  runs once for each contact
  add tag "hot"
"""


async def test_row_34_a_million_contacts_enter_at_once(tmp_path: Path) -> None:
    """More than one page, on both drivers: all enter in the second of the start, each once."""
    people = [contact(f"c{number:02}", first_name="Ana") for number in range(60)]
    found = await told(tmp_path, _EVERYONE, [form("03-05 10:00", "c00")], "03-06 00:00", people)
    lines = {found.lines(f"row/{one['id']}/-/1")[0] for one in people}
    assert len(lines) == 1
    assert lines.pop().endswith(" entered")


async def test_row_34_who_dies_half_way_goes_on_where_it_was(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = dsl.compile_workspace(_workspace(_EVERYONE, _FORMS))
    people = [{"id": f"c{number:03}", "first_name": "Ana"} for number in range(120)]
    at = seconds("03-04 10:00")
    await import_contacts(store, people, compiled.definitions, 0)
    await publish(store, compiled.definitions, compiled.plans.values(), at)
    # A page is one transaction with the place that was reached. In the second one something dies.
    assert await admit_due(store, at + 5) == 50
    with monkeypatch.context() as dying:
        real, left = admissions_of_store.apply, [20]

        async def apply(*args: object) -> object:
            left[0] -= 1
            if not left[0]:
                raise ConnectionError("the database is gone")
            return await real(*args)  # type: ignore[arg-type]

        dying.setattr(admissions_of_store, "apply", apply)
        with pytest.raises(ConnectionError):
            await admit_due(store, at + 5)
    assert [(one.looked, one.left) for one in await admissions(store)] == [(50, 70)]
    assert len(await list_runs(store)) == 50
    # Whoever goes on, goes on there.
    progress = []
    while looked := await admit_due(store, at + 5):
        waiting = [(one.looked, one.left) for one in await admissions(store)]
        progress.append((looked, waiting, len(await list_runs(store))))
    assert progress == [(50, [(100, 20)], 100), (20, [], 120)]
    assert [run.contact_id for run in await list_runs(store)] == [person["id"] for person in people]


# ------------------------------------------------------------------------------------------------- row 35

_LONG = """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact
  sending hours weekdays 09:00 to 17:00 contact time

  whenever contact does "Ping", at most once every 2 days
    add 1 to score
    wait 3 days
    add 1 to score

  repeat up to 4 times
    send email "Question"
    wait up to 2 days
      when contact clicks email "Question"
        add tag "hot"
      when contact does "Pong"
        stop repeating
  3 days before contact.renewal, skip if late
    send email "Soon"
  at contact.renewal, at once if late
    send email "Today"
"""


async def test_row_35_a_very_long_run(tmp_path: Path) -> None:
    happens = [
        form("03-04 10:00"),
        *(does(f"03-{day:02} 1{day % 3}:00", "ana", "Ping") for day in range(5, 20)),
        clicks("03-05 12:00", "Question"),
        by_hand("03-08 10:00", "pause"),
        by_hand("03-09 11:00", "resume"),
        does("03-13 10:00", "ana", "Pong"),
    ]
    fields = {"fields": {"renewal": "2041-03-25"}, "id": "ana", "time_zone": "UTC"}
    long = case(_LONG, happens, "04-01 00:00", [fields])
    found = await both(replace(long, limit=10), tmp_path)
    begun = found.outcome.histories["row/ana/-/1"].events[0].workflow_execution_started_event_attributes
    assert begun.continued_execution_run_id  # the last of several executions
    # The simulator has no history, so it cannot have been cut short: what it tells is what nobody notices.
    assert found.last() == "03-25 09:00 completed"
    assert len(found.rows()) > 40


# ------------------------------------------------------------------------------------------------- row 37


async def test_row_37_a_chain_without_a_pause_comes_to_rest(tmp_path: Path) -> None:
    (path,) = (path for path in CASES if path.stem == "a_chain_without_a_pause")
    found = await both(load(path), tmp_path)
    begun = Counter(run.split("/")[0] for run in found.traces)
    assert begun == {"first": 25, "second": 25}
    assert found.refused[-1].endswith(" chain")


# ------------------------------------------------------------------------------------------------- row 50


_LATE = """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact
  sending hours weekdays 09:00 to 17:00 contact time

  wait up to 1 day
    when contact does "Ping"
      add tag "hot"
    otherwise
      add 5 to score
  if score is at most 20
    send email "First"
  wait 1 hour
  send email "Second"
"""


async def _late(folder: Path, back: str) -> dict[str, list[str]]:
    """Let nobody say a word to Temporal before this moment, and return what the runs tell then.

    The time-skipping server does not go on while work waits for a worker, so the work is kept from it.
    """
    happens = [
        form("03-04 16:00", "ana") | {"delivered": moment(back)},
        form("03-04 16:00", "ben") | {"delivered": moment(back)},
        form("03-04 16:00", "cy") | {"delivered": moment(back)},
        does("03-05 15:59:59", "ben", "Ping"),
        does("03-05 16:05", "cy", "Page Viewed", page="/pricing"),
    ]
    people = [contact("ana"), contact("ben"), contact("cy")]
    outcome = await on_temporal(case(_LATE, happens, "03-09 00:00", people), folder)
    return {run.split("/")[1]: [_when(line(row)) for row in rows] for run, rows in outcome.traces.items()}


def _when(row: str) -> str:
    """Tell the real time, which is a second more or less each time, as nine in the evening."""
    return re.sub(r"^03-05 (20:59|21:00)(:\d\d)?", "03-05 21:00", row)


async def test_row_50_wake_ups_late_by_minutes_keep_the_runs_own_time(tmp_path: Path) -> None:
    told = await _late(tmp_path, "03-05 16:10")
    assert told["ana"] == [
        "03-04 16:00 entered",
        "03-04 16:00 waiting wait:up-to-1-day -> 03-05 16:00",
        "03-05 16:00 timeout wait:up-to-1-day",
        "03-05 16:00 scored score:add-5",
        "03-05 16:00 took if:score-is-at-most-20 branch 1",
        "03-05 16:00 sent send:first",
        "03-05 16:00 waiting wait:1-hour -> 03-06 09:00",
        "03-06 09:00 woke wait:1-hour",
        "03-06 09:00 sent send:second",
        "03-06 09:00 completed",
    ]


async def test_row_50_wake_ups_late_by_hours(tmp_path: Path) -> None:
    told = await _late(tmp_path, "03-05 21:00")
    # At the real time everything is looked at again: nothing goes at nine in the evening.
    assert told["ana"][2:] == [
        "03-05 21:00 timeout wait:up-to-1-day",
        "03-05 21:00 scored score:add-5",
        "03-05 21:00 took if:score-is-at-most-20 branch 1",
        "03-05 21:00 held send:first sending hours -> 03-06 09:00",
        "03-06 09:00 sent send:first",
        "03-06 09:00 waiting wait:1-hour -> 03-06 10:00",
        "03-06 10:00 woke wait:1-hour",
        "03-06 10:00 sent send:second",
        "03-06 10:00 completed",
    ]
    # An event in time counts at its own time, and what follows from it goes at the real one.
    assert told["ben"][2:6] == [
        "03-05 15:59:59 met wait:up-to-1-day arm 1",
        "03-05 15:59:59 tagged tag:hot",
        "03-05 15:59:59 took if:score-is-at-most-20 branch 1",
        "03-05 21:00 held send:first sending hours -> 03-06 09:00",
    ]
    # A branch after the late wake-up sees the facts of the real time.
    assert told["cy"][4] == "03-05 21:00 took if:score-is-at-most-20 otherwise"
