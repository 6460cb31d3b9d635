"""The whitepaper journey written by hand, which the example's journey is measured against.

Written as one writes Temporal workflows: signals set what has happened, `wait_condition` with a timeout waits
for it, there is one activity for each read of facts and each effect, sends go through the ledger inside their
activity, and the workflow's file imports next to nothing. What an activity needs to know of the contact it
reads itself, so histories hold ids here too. One kindness: a run's end is written down with its last effect.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from dsl import civil
    from runtime.messages import RunInput, channel_queue

JOURNEY = "Whitepaper nurture"
GOAL, STOP, PRICING, CLICKED, DOWNLOADED = "goal", "stop", "pricing", "clicked", "downloaded"
"""What the workflow is signalled, in the order of the journey's interests: see `SIGNALS`."""
SIGNALS = (CLICKED, DOWNLOADED, PRICING, GOAL, STOP)

_WEEKDAYS, _FROM, _TO = (0, 1, 2, 3, 4), "09:00", "17:00"
_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@dataclass
class Order:
    """One effect of a run: `step` names it in the ledger, the rest says what to do."""

    run: str
    step: str
    clock: int
    email: str = ""
    service: bool = False
    any_time: bool = False
    subject: str | None = None
    version_by: str = ""
    name: str = ""
    points: float = 0


@dataclass
class Question:
    """A read of facts, at the workflow's clock."""

    run: str
    clock: int
    name: str = ""
    days: int = 0


@dataclass
class Who:
    """What the workflow must know of its contact."""

    time_zone: str
    open_opportunity: bool


@dataclass
class Sent:
    """How a send came out; `until`: when to look again at one that is held."""

    kind: str
    until: int | None = None


@dataclass
class Closing:
    """The end of a run, and the journey that follows it."""

    run: str
    clock: int
    kind: str
    reason: str = ""
    start: str = ""
    hand_off: str = ""


class _Left(Exception):
    """The run has reached its goal, or is to stop."""


@workflow.defn(name=JOURNEY)
class Whitepaper:
    """Carries one contact through the journey."""

    @workflow.init
    def __init__(self, started: RunInput) -> None:
        self.id, self.entered = started.run, started.entered
        self.heard: set[str] = set()
        self.over = ""
        self.visited = False
        self.zone = civil.zone(None, "UTC")

    @workflow.signal
    def happened(self, what: str) -> None:
        if what in (GOAL, STOP):
            self.over = self.over or what
        elif what == PRICING:
            self.visited = True
        else:
            self.heard.add(what)

    @workflow.run
    async def run(self, started: RunInput) -> str:
        who: Who = await self._read("read_contact", result_type=Who)
        self.zone = civil.zone(who.time_zone, "Europe/Berlin")
        if who.open_opportunity:
            self.over = STOP
        telling = asyncio.create_task(self._tell_of_visits())
        try:
            end = await self._nurture()
        except _Left:
            kind = {GOAL: ("goal", "Demo requested"), STOP: ("exit", "account has an open opportunity")}
            end = Closing(self.id, 0, *kind[self.over])
        telling.cancel()
        end.clock = self._now()
        await self._effect("close_run", end)
        return end.kind

    async def _nurture(self) -> Closing:
        await self._send("day-0/delivery", "Whitepaper delivery", service=True, any_time=True)
        await self._change("add_tag", "day-0/tag", name="topic: automation")
        await self._change("add_score", "day-0/score", points=10)
        await self._change("set_stage", "day-0/stage", name="Known")
        await self._change("sync_crm", "day-0/sync", queue="sync")

        await self._until(self._day(2, fold=True))
        self.heard.discard(CLICKED)
        await self._send("day-2/related", "Related blog post")
        if await self._until(civil.add(self._now(), 1, "day", self.zone), CLICKED):
            await self._change("add_score", "day-2/score", points=5)
        elif not await self._read("has_opened", name="Related blog post"):
            await self._send("day-2/related-again", "Related blog post", subject="In case you missed it")

        await self._until(self._day(5, fold=True))
        await self._send("day-5/case-study", "Case study", version_by="industry")
        fresh = DOWNLOADED not in self.heard
        await self._until(civil.add(self._now(), 5, "day", self.zone), DOWNLOADED if fresh else "")
        if DOWNLOADED in self.heard:
            await self._change("add_score", "day-5/score", points=15)
        if await self._read("is_qualified"):
            return Closing(self.id, 0, "goal", "Qualified", hand_off="SDR")

        await self._until(self._day(10, fold=True))
        await self._send("day-10/demo", "Demo invitation")

        await self._until(self._day(20))
        if await self._read("has_engaged", days=14):
            return Closing(self.id, 0, "completed", start="Monthly newsletter")
        await self._until(civil.add(self._now(), 60, "day", self.zone))
        return Closing(self.id, 0, "completed", start="Re-engagement")

    async def _tell_of_visits(self) -> None:
        """Tell the team of visits to the pricing page, at most once in seven days."""
        count = 0
        while True:
            await workflow.wait_condition(lambda: self.visited)
            count += 1
            await self._change("notify_team", f"pricing-{count}", name="SDR", queue="notify")
            await workflow.sleep(timedelta(days=7))
            self.visited = False

    async def _until(self, moment: int, event: str = "") -> bool:
        """Wait until a moment; or for an event, if one is named: then return whether it came.

        Raises `_Left`.
        """
        left = moment - workflow.now().timestamp()
        if left > 0:
            try:
                await workflow.wait_condition(
                    lambda: bool(self.over) or event in self.heard, timeout=left + 0.001
                )
            except TimeoutError:
                return False
        self._go_on()
        return event in self.heard

    async def _send(self, step: str, email: str, **more: Any) -> None:
        """Send an email; one that is held, for the hours or by its provider, is looked at again."""
        while True:
            sent: Sent = await self._change("send_email", step, email=email, queue="send", **more)
            if sent.until is None:
                return
            await self._until(sent.until)

    async def _change(self, activity: str, step: str, *, queue: str = "", **what: Any) -> Any:
        done = await self._effect(activity, Order(self.id, step, self._now(), **what), queue)
        self._go_on()
        return done

    async def _effect(self, activity: str, order: Order | Closing, queue: str = "") -> Any:
        base = workflow.info().task_queue
        return await workflow.execute_activity(
            activity,
            order,
            result_type=Sent if activity == "send_email" else None,
            task_queue=channel_queue(base, queue) if queue else base,
            start_to_close_timeout=timedelta(seconds=90),
            heartbeat_timeout=timedelta(seconds=15) if queue else None,
            retry_policy=_RETRIES,
        )

    async def _read(self, activity: str, *, result_type: type = bool, **what: Any) -> Any:
        found = await workflow.execute_activity(
            activity,
            Question(self.id, self._now(), **what),
            result_type=result_type,
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=_RETRIES,
        )
        self._go_on()
        return found

    def _go_on(self) -> None:
        if self.over:
            raise _Left

    def _now(self) -> int:
        return int(workflow.now().timestamp())

    def _day(self, number: int, *, fold: bool = False) -> int:
        moment = civil.day_of_run(self.entered, number, None, self.zone)
        return self._open(moment) if fold else moment

    def _open(self, moment: int) -> int:
        """Return when the sending hours begin, at a moment or after it; never before now."""
        return civil.next_within(max(moment, self._now()), _WEEKDAYS, _FROM, _TO, self.zone)
