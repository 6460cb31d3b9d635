"""Runs are told in words that a marketer understands, and counted honestly."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dsl.plan import (
    AddTag,
    After,
    Always,
    Arm,
    Arms,
    Block,
    Branch,
    Decide,
    Definitions,
    Do,
    End,
    Ending,
    Handler,
    Interest,
    Notify,
    Plan,
    Runs,
    Schedule,
    SendEmail,
    Spawn,
    Split,
    Sync,
    Variant,
    Wait,
)
from dsl.plan.steps import Handoff
from runtime.facts import Happened
from runtime.reporting import Passage, Person, Tally, counts, funnel, tell
from runtime.reporting.record import Answer, Scored, SentMail, effects_of
from runtime.reporting.words import Teller, event, moment
from runtime.trace import TraceRow

MONDAY = 1_772_442_000  # 2026-03-02T09:00:00Z
DAY = 86_400


def do(id_: str, effect: object, next_: int | None = None) -> Do:
    return Do.model_validate({"id": id_, "line": 1, "text": f"Do {id_}", "effect": effect, "next": next_})


PLAN = Plan(
    journey="Trial",
    starts=(),
    runs=Runs(kind="once"),
    entry=0,
    steps=(
        Schedule(
            id="blocks",
            line=1,
            text="Timed blocks",
            blocks=(Block(label="day 0", at=0, body=1), Block(label="day 2", at=0, body=6)),
        ),
        do("mail", SendEmail(email="Hello", subject="Hi"), 2),
        Arms(
            id="wait",
            line=3,
            text="Wait up to 2 days for a click in “Hello”",
            arms=(Arm(interest=0, to=3),),
            until=0,
            timeout=4,
            next=5,
        ),
        do("tag", AddTag(tag="keen"), 5),
        do("mail~2", SendEmail(email="Hello"), 5),
        Decide(
            id="if",
            line=4,
            text="If score is at least “MQL”",
            branches=(Branch(predicate=0, to=8),),
            otherwise=None,
        ),
        Split(
            id="split",
            line=5,
            text="Split “Colours”",
            name="Colours",
            variants=(Variant(name="Red", weight=50, to=7), Variant(name="Blue", weight=50, to=None)),
        ),
        Wait(id="pause", line=6, text="Wait 3 days", until=0),
        Handoff(id="give", line=7, text="Hand off to “SDR”", handoff="SDR", priority="high", next=9),
        End(id="end", line=8, text="Reach goal “Won”", kind="goal", name="Won"),
        do("notify", Notify(team="SDR", message="Look"), 11),
        do("sync", Sync(target="CRM"), 12),
        Spawn(id="start", line=9, text="Start journey “Next”", journey="Next"),
    ),
    endings=(
        Ending(id="goal:x", line=1, text="goal", kind="goal", name="Bought", interest=1, stay=True),
        Ending(
            id="stop:x", line=1, text="stop", kind="exit", name="account has an open opportunity", interest=2
        ),
    ),
    handlers=(
        Handler(id="whenever:x", line=1, text="Whenever contact visits page “/pricing”", interest=3, body=10),
    ),
    predicates=(Always(value=True),),
    instants=(After(amount=1, unit="day"),),
    interests=(
        Interest(event="Email Clicked", args={"email": "Hello", "link": "Yes"}),
        Interest(event="Form Submitted", args={"form": "Order"}),
        Interest(changes=("opportunity",)),
        Interest(event="Page Viewed", args={"page": "/pricing"}),
    ),
).sealed()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("", "entered"), "Entered “Trial”"),
        (("", "completed"), "Came to the end of “Trial”"),
        (("day 0", "block"), "Day 0"),
        (("day 0", "block", "late"), "Day 0, late"),
        (("day 2", "waiting", "", MONDAY), "Waits for day 2: Mon 2 Mar 10:00"),
        (("day 2", "block skipped", "late"), "Day 2: left out, its moment was past"),
        (("day 2", "exit", "late"), "Day 2: left the journey, its moment was past"),
        (("mail", "sent"), "Sent “Hello”, subject “Hi”"),
        (("mail", "skipped", "no consent"), "Skipped “Hello”: no consent to marketing"),
        (
            ("mail", "held", "sending hours", MONDAY),
            "Held “Hello” until Mon 2 Mar 10:00: outside sending hours",
        ),
        (
            ("mail", "held", "email missing", MONDAY),
            "Held “Hello” until Mon 2 Mar 10:00: no email of this name is deployed; it goes once one is, by "
            "`nurture deploy`",
        ),
        (
            ("sync", "held", "target missing", MONDAY),
            "Held sync to “CRM” until Mon 2 Mar 10:00: the worker's nurture.toml does not say where to; add "
            "it, and start the worker again",
        ),
        (
            ("notify", "held", "team missing", MONDAY),
            "Held the note to “SDR” until Mon 2 Mar 10:00: the worker's nurture.toml has no such team; add "
            "it, and start the worker again",
        ),
        (("mail", "failed", "smtp 550"), "Could not send “Hello”: smtp 550 (no such user)"),
        (
            ("mail", "in doubt", "no reply after data"),
            "In doubt: “Hello” may or may not have arrived (no reply after data); it was not sent again",
        ),
        (("notify", "sent"), "Told “SDR”: “Look”"),
        (("sync", "failed", "http 400"), "Could not sync to “CRM”: http 400 (no such user)"),
        (("wait", "waiting", "", MONDAY), "Waits up to 2 days for a click in “Hello”, until Mon 2 Mar 10:00"),
        (("wait", "met", "arm 1"), "The wait is over: clicked in “Hello”, link “Yes”"),
        (("wait", "met", "arm 1, already"), "The wait is over already: clicked in “Hello”, link “Yes”"),
        (("wait", "timeout"), "Waited up to 2 days for a click in “Hello”: in vain"),
        (("if", "took", "branch 1"), "Score is at least “MQL”: yes"),
        (("if", "took", "otherwise"), "Score is at least “MQL”: no"),
        (("split", "chose", "Red"), "Gets the variant “Red” of “Colours”"),
        (("pause", "passed", "already past"), "Wait 3 days: not needed, its moment was past"),
        (("pause", "woke"), "Waited 3 days"),
        (("give", "handed off", "SDR"), "Handed over to sales: “SDR”, high priority"),
        (("start", "started"), "Started “Next”"),
        (("start", "not started", "already running"), "Not started “Next”: already in the journey"),
        (("end", "goal", "Won"), "Reached the goal “Won”"),
        (("goal:x", "goal", "Bought"), "Reached the goal “Bought”, and goes on"),
        (("stop:x", "exit", "…"), "Left the journey: account has an open opportunity"),
        (("whenever:x", "fired"), "Whenever contact visits page “/pricing”"),
        (("whenever:x", "not fired"), "Whenever contact visits page “/pricing”: not again yet"),
        (("tag", "tagged"), "Do tag"),
        (("of an older plan", "sent"), "Of an older plan"),
    ],
)
def test_every_row_of_a_journal_has_words(row: tuple[Any, ...], said: str) -> None:
    step, *rest = row
    told = TraceRow(1, MONDAY, step, 1, *rest)
    teller = Teller(PLAN)
    assert teller.tell(told, lambda at: moment(at, ZoneInfo("Europe/Berlin"), 2026), "no such user") == said


def test_events_are_said_as_what_somebody_did() -> None:
    assert event("Form Submitted", {"form": "Order"}) == "Submitted the form “Order”"
    assert event("Page Viewed", {}) == "Visited a page"
    assert event("Email Clicked", {"email": "A", "link": "Yes"}) == "Clicked in “A”, link “Yes”"
    assert event("Opportunity Opened", {"opportunity": "o"}) == "Sales opened an opportunity"
    assert event("Webinar Attended", {}) == "Did “Webinar Attended”"


def person(**more: object) -> Person:
    values: dict[str, object] = {
        "id": "ana",
        "name": "Ana",
        "time_zone": "America/New_York",
        "score": 15.0,
        "stage": None,
        "tags": (),
        "suppressed": None,
        "events": (),
        "scored": (),
        "refusals": (),
        "passages": (),
    }
    return Person(**(values | more))  # type: ignore[arg-type]


def test_a_story_is_told_on_the_contacts_clock_across_a_change_of_it() -> None:
    before, after = 1_772_953_200, 1_772_956_800  # 02:00 is 03:00 on 8 March 2026
    told = tell(person(events=[Happened("Go", at, at, {}) for at in (after, before)]))
    assert [line.local for line in told.lines] == ["Sun 8 Mar 03:00", "Sun 8 Mar 04:00"]
    assert tell(person()).lines == ()


def test_another_year_than_the_first_is_written_out() -> None:
    told = tell(person(events=[Happened("Go", at, at, {}) for at in (MONDAY, MONDAY + 365 * DAY)]))
    assert [line.local for line in told.lines] == ["Mon 2 Mar 04:00", "Tue 2 Mar 2027 04:00"]


def test_points_stand_beside_what_brought_them() -> None:
    events = [
        Happened("Email Opened", MONDAY, MONDAY, {"email": "Hello"}, machine=True),
        Happened("Page Viewed", MONDAY, MONDAY, {"page": "/a"}),
        Happened("Page Viewed", MONDAY, MONDAY, {"page": "/b"}),
    ]
    scored = [Scored(MONDAY, 5, 5, "event:Page Viewed"), Scored(MONDAY, 10, 15, "event:Page Viewed")]
    told = tell(person(events=events, scored=scored))
    assert [line.text for line in told.lines] == [
        "Opened “Hello” (by a machine, does not count)",
        "Visited /a  [+5 points, now 5]",
        "Visited /b  [+10 points, now 15]",
    ]
    assert [line.detail for line in told.lines] == [True, False, False]


def test_what_happened_stands_before_what_was_done_about_it() -> None:
    rows = [TraceRow(1, MONDAY, "", 0, "entered"), TraceRow(2, MONDAY, "mail", 1, "sent")]
    told = tell(
        person(
            events=[Happened("Form Submitted", MONDAY, MONDAY, {"form": "Order"})],
            passages=[Passage("trial/ana/-/1", PLAN, MONDAY, rows)],
        )
    )
    assert [line.kind for line in told.lines] == ["event", "entered", "sent"]
    assert told.journeys == ("Trial",)


def tally() -> Tally:
    found = Tally(PLAN, effects_of([PLAN]), contacts=9, entered=4, open=1)
    found.reached.update({"day 0": 4, "mail": 4, "wait": 4, "mail~2": 3, "if": 4, "day 2": 1})
    found.outcomes.update(
        {
            ("mail", "sent", ""): 3,
            ("mail", "skipped", "no consent"): 1,
            ("mail", "held", "sending hours"): 2,
            ("mail~2", "failed", "smtp 550"): 1,
            ("mail~2", "sent", ""): 2,
            ("wait", "met", "arm 1"): 1,
            ("wait", "timeout", ""): 3,
            ("if", "took", "branch 1"): 1,
            ("if", "took", "otherwise"): 3,
            ("give", "handed off", "SDR"): 1,
            ("end", "goal", "Won"): 1,
            ("goal:x", "goal", "Bought"): 2,
        }
    )
    found.ended.update({("goal", "Won"): 1, ("exit", "x"): 1, ("completed", ""): 1})
    found.scores.update([70.0, 10.0])
    found.stages["MQL"] = 1
    return found


def test_a_funnel_is_read_as_the_file_is() -> None:
    rows = funnel(tally()).rows
    assert [(row.depth, row.step, row.runs) for row in rows] == [
        (0, "whenever:x", 0),
        (1, "notify", 0),
        (1, "sync", 0),
        (1, "start", 0),
        (0, "day 0", 4),
        (1, "mail", 4),
        (1, "wait", 4),
        (2, "tag", 0),
        (2, "mail~2", 3),
        (1, "if", 4),
        (2, "give", 0),
        (2, "end", 0),
        (0, "day 2", 1),
        (1, "split", 0),
        (2, "pause", 0),
    ]
    ways = {row.step: row.ways for row in rows if row.ways}
    assert ways == {
        "mail": {"sent": 3, "skipped": 1},
        "wait": {"in time": 1, "in vain": 3},
        "mail~2": {"sent": 2, "failed": 1},
        "if": {"yes": 1, "no": 3},
    }
    assert next(row for row in rows if row.step == "mail").held == 2
    assert not any(row.again for row in rows)
    found = tally()
    found.outcomes["mail", "sent", ""] += 1
    assert [row.step for row in funnel(found).rows if row.again] == ["mail"]


def test_a_click_answers_the_latest_email_of_its_name_before_it_once() -> None:
    found = tally()
    found.mails = [
        SentMail("r1", "mail", 1, "ana", "Hello", 100),
        SentMail("r1", "mail~2", 1, "ana", "Hello", 200),
        SentMail("r2", "mail", 1, "ben", "Hello", 100),
    ]
    found.answers = [
        Answer("ana", "Hello", "Email Clicked", 99),
        Answer("ana", "Hello", "Email Opened", 150),
        Answer("ana", "Hello", "Email Clicked", 200),
        Answer("ana", "Hello", "Email Clicked", 300),
        Answer("ben", "Other", "Email Opened", 300),
        Answer("eve", "Hello", "Email Opened", 300),
    ]
    rows = {row.step: row for row in funnel(found).rows}
    assert (rows["mail"].opened, rows["mail"].clicked) == (1, 0)
    assert (rows["mail~2"].opened, rows["mail~2"].clicked) == (0, 1)
    assert rows["wait"].opened is None


def test_counts_add_up_by_reason() -> None:
    definitions = Definitions(
        workspace="T", time_zone="UTC", stages=("Known", "MQL"), thresholds={"SQL": 85, "MQL": 65}
    )
    found = counts(tally(), definitions)
    assert (found.contacts, found.entered, found.open, found.completed) == (9, 4, 1, 1)
    assert found.sent == 5
    assert found.skipped == {"no consent": 1}
    assert found.held == {"sending hours": 2}
    assert found.failed == {"smtp 550": 1}
    assert found.goals == {"Bought": 2, "Won": 1}
    assert found.exits == {"x": 1}
    assert found.handoffs == {"SDR": 1}
    assert found.average_score == 40
    assert found.thresholds == {"MQL": 1, "SQL": 0}
    assert found.stages == {"MQL": 1}
