"""Moving: a run goes on under another version, its workflow learns it, and it can go back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from dsl.plan import AddTag, Arm, Arms, Do, Interest, Plan, Wait
from runtime import migrating
from runtime.machine import Moved, State, advance, read, start_state, take_over
from runtime.store import (
    Claim,
    Store,
    StoreError,
    enter_journey,
    get_run,
    publish,
    record_event,
    schema,
    take_turn,
    trace,
)
from runtime.store.moving import Outlook, begin_move, get_move, list_moves, move_run, undo_run
from runtime.versions.aligning import MapError
from tests.runtime.store.world import DAY, DEFINITIONS, HOUR, MONDAY, do, populate, quiet

RUN = "newsletter/cnt_1/-/1"
LATER = MONDAY + HOUR


def newer(**more: Any) -> Plan:
    """A tag before the wait and one after it; the wait is the same."""
    old = quiet()
    arms = old.steps[2].model_copy(update={"arms": (Arm(interest=1, to=4),), "timeout": 4})
    steps = (
        old.steps[0],
        do("tag:new", AddTag(tag="early"), 2),
        old.steps[1],
        arms,
        do("tag:late", AddTag(tag="late"), None),
    )
    steps = (
        steps[0].model_copy(update={"next": 1}),
        steps[1],
        steps[2].model_copy(update={"next": 3}),
        *steps[3:],
    )
    interests = (Interest(changes=("score",)), Interest(event="Answered"))
    return quiet(**({"steps": steps, "interests": interests} | more))


def without_wait() -> Plan:
    old = quiet()
    wait = Wait(id="wait:instead", line=3, text="wait 2 days", until=0)
    return quiet(steps=(*old.steps[:2], wait))


class Workflow:
    """What a workflow knows of a run: the transcripts of its turns."""

    def __init__(self, store: Store, *plans: Plan) -> None:
        self.store, self.plans = store, {plan.hash: plan for plan in plans}
        self.plan, self.state, self.turn = plans[0].hash, start_state(MONDAY), 0
        self.rows: list[Any] = []

    async def take(self, clock: int) -> None:
        taken = await take_turn(self.store, RUN, self.turn, clock)
        assert not isinstance(taken, Claim)
        self.turn += 1
        for data in taken.transcript:
            happened = read(data)
            if isinstance(happened, Moved):
                self.plan = happened.plan
                self.state, row = take_over(happened)
                self.rows.append(row)
            else:
                advanced = advance(self.plans[self.plan], self.state, happened)
                self.state, self.rows = advanced.state, [*self.rows, *advanced.rows]

    async def agrees(self) -> None:
        async with self.store.reading() as connection:
            row = (await connection.execute(select(schema.runs).where(schema.runs.c.id == RUN))).one()
        assert State.from_json(row.state) == self.state
        assert row.plan == self.plan
        assert await trace(self.store, RUN) == self.rows


async def begin(store: Store, new: Plan) -> Workflow:
    await populate(store)
    await enter_journey(store, "Newsletter", "cnt_1", MONDAY)
    workflow = Workflow(store, quiet(), new)
    await workflow.take(MONDAY)
    await publish(store, DEFINITIONS, [new], LATER)
    return workflow


async def test_a_moved_run_goes_on_where_it_stood_and_its_workflow_learns_it(store: Store) -> None:
    new = newer()
    workflow = await begin(store, new)
    one = await begin_move(store, "Newsletter", new.hash, {}, LATER)
    assert await move_run(store, one, RUN, LATER) == Outlook(moved=1)
    assert await move_run(store, one, RUN, LATER) == Outlook()
    run = await get_run(store, RUN)
    assert (run.plan, run.position, run.due) == (new.hash, ["wait:open"], MONDAY + 2 * DAY)
    await workflow.take(LATER)
    await workflow.agrees()
    assert workflow.rows[-1].kind == "moved"
    # It hears what the new version listens to, and goes on there.
    await record_event(
        store, message_id="m1", name="Answered", at=LATER + HOUR, contact="cnt_1", properties={}
    )
    await workflow.take(LATER + HOUR)
    await workflow.agrees()
    assert [row.kind for row in workflow.rows[-3:]] == ["met", "tagged", "completed"]
    assert workflow.rows[-2].step == "tag:late"


async def test_the_answer_of_the_turn_before_is_not_lost_by_a_move(store: Store) -> None:
    new = newer()
    workflow = await begin(store, new)
    one = await begin_move(store, "Newsletter", new.hash, {}, LATER)
    before = await take_turn(store, RUN, 0, MONDAY)
    await move_run(store, one, RUN, LATER)
    assert await take_turn(store, RUN, 0, MONDAY) == before
    await workflow.take(LATER)
    await workflow.agrees()


async def test_a_run_with_something_under_way_is_left_for_later(store: Store) -> None:
    new = newer()
    workflow = await begin(store, new)
    one = await begin_move(store, "Newsletter", new.hash, {}, LATER)
    assert (await move_run(store, one, RUN, MONDAY + 3 * DAY)).busy == 1  # its deadline is over
    await enter_journey(store, "Newsletter", "cnt_2", LATER)
    fresh = await begin_move(store, "Newsletter", quiet().hash, {}, LATER)
    assert await move_run(store, fresh, "newsletter/cnt_2/-/1", LATER) == Outlook(busy=1)  # not begun
    assert await move_run(store, one, RUN, LATER) == Outlook(moved=1)
    back = await begin_move(store, "Newsletter", quiet().hash, {}, LATER)
    assert await move_run(store, back, RUN, LATER) == Outlook(busy=1)  # the workflow has not heard yet
    await workflow.take(LATER)
    assert await move_run(store, back, RUN, LATER) == Outlook(moved=1)


async def test_a_run_on_a_step_that_is_gone_needs_a_target(store: Store) -> None:
    new = without_wait()
    workflow = await begin(store, new)
    outlook = await migrating.look(store, new, {}, LATER)
    assert dict(outlook.stay) == {("gone", "wait:open"): 1}
    with pytest.raises(MapError, match="no step “wait:never”"):
        await migrating.look(store, new, {"wait:open": "wait:never"}, LATER)
    with pytest.raises(MapError, match="no step “wait:opne”"):
        await migrating.look(store, new, {"wait:opne": "wait:instead"}, LATER)
    targets = {"wait:open": "wait:instead"}
    one = await begin_move(store, "Newsletter", new.hash, targets, LATER)
    assert await migrating.migrate(store, one, lambda: LATER, rate=0) == Outlook(moved=1)
    await workflow.take(LATER)
    await workflow.agrees()
    # It begins the new step when it comes there.
    assert (await get_run(store, RUN)).due == LATER + 2 * DAY
    assert await migrating.undo(store, one, lambda: LATER, rate=0) == (1, 0)


async def test_a_step_that_is_done_again_under_a_later_version_is_another_visit(store: Store) -> None:
    # The version between knows nothing of the step, so the count must come from what the run has done.
    between = quiet(steps=(Wait(id="wait:instead", line=3, text="wait 2 days", until=0),))
    workflow = await begin(store, between)
    workflow.plans[quiet().hash] = quiet()
    one = await begin_move(store, "Newsletter", between.hash, {"wait:open": "wait:instead"}, LATER)
    await move_run(store, one, RUN, LATER)
    await workflow.take(LATER)
    back = await begin_move(store, "Newsletter", quiet().hash, {"wait:instead": "score:add"}, LATER)
    await move_run(store, back, RUN, LATER)
    await workflow.take(LATER)
    await workflow.agrees()
    assert [row.visit for row in workflow.rows if row.step == "score:add"] == [1, 2]
    assert [row.visit for row in workflow.rows if row.step == "wait:open"] == [1, 2]


async def test_an_undone_move_leaves_the_run_as_it_was(store: Store) -> None:
    new = newer()
    workflow = await begin(store, new)
    before = workflow.state.copy()
    one = await begin_move(store, "Newsletter", new.hash, {}, LATER)
    await move_run(store, one, RUN, LATER)
    assert not await undo_run(store, one, RUN, LATER)  # its workflow has not heard of the move yet
    await workflow.take(LATER)
    assert await undo_run(store, one, RUN, LATER)
    assert not await undo_run(store, one, RUN, LATER)
    await workflow.take(LATER)
    await workflow.agrees()
    assert workflow.plan == quiet().hash
    assert workflow.state.threads == before.threads
    assert (await get_move(store, one.id)).undone == LATER
    assert [(move.id, runs) for move, runs in await list_moves(store)] == [(one.id, 1)]


async def test_a_run_that_has_gone_on_since_is_not_brought_back(store: Store) -> None:
    new = newer()
    workflow = await begin(store, new)
    one = await begin_move(store, "Newsletter", new.hash, {}, LATER)
    await move_run(store, one, RUN, LATER)
    await workflow.take(LATER)
    await workflow.take(MONDAY + 2 * DAY)
    assert not await undo_run(store, one, RUN, MONDAY + 2 * DAY)
    assert await migrating.undo(store, one, lambda: MONDAY + 2 * DAY) == (0, 1)


async def test_an_interrupted_migration_is_taken_up_and_keeps_its_pace(store: Store) -> None:
    new = newer()
    await begin(store, new)
    await publish(store, DEFINITIONS, [quiet()], LATER)
    for contact in ("cnt_2", "cnt_3"):
        await enter_journey(store, "Newsletter", contact, LATER)
        await take_turn(store, f"newsletter/{contact}/-/1", 0, LATER)
    one = await begin_move(store, "Newsletter", new.hash, {}, LATER)
    slept: list[float] = []

    async def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    with pytest.raises(KeyboardInterrupt):
        await migrating.migrate(store, one, lambda: LATER, rate=10, sleep=interrupted)
    assert await migrating.migrate(store, one, lambda: LATER, rate=10, sleep=sleep) == Outlook(moved=2)
    assert slept == [0.1, 0.1]
    assert [runs for _move, runs in await list_moves(store)] == [3]


async def test_an_unknown_migration_is_told(store: Store) -> None:
    with pytest.raises(StoreError, match="no migration 7"):
        await get_move(store, 7)


def test_the_steps_of_these_plans_are_what_the_tests_say() -> None:
    assert isinstance(newer().steps[3], Arms)
    assert isinstance(newer().steps[4], Do)
