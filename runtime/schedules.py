"""Temporal's schedules: one for each `start with everyone … every …` in force, which opens its rounds.

What is deployed says which schedules there are. A worker compares them as another version is put in force,
and now and then, for a schedule may be gone: makes what is missing, deletes what is left over, sets back what
a person has changed. Their clock and zone are part of their ids, so a deployment changes none, and a pause
that a person has set lasts.

What a schedule says of a moment is only that it has come: which round that is, and that it is opened once,
is decided in the database (`runtime.store.rounds`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleListActionStartWorkflow,
    ScheduleListDescription,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.common import Priority
from temporalio.service import RPCError, RPCStatusCode

from dsl.plan import Everyone
from dsl.saying import WEEKDAYS
from runtime import admitting
from runtime.messages import ROUND_WORKFLOW, RoundInput
from runtime.published import Published

log = logging.getLogger("nurture.schedules")

LATE = 60
"""Seconds that a round is left to its schedule; then a worker opens it."""

_AGAIN, _AFTER_TROUBLE = 60.0, 5.0
_MAKE_UP = timedelta(seconds=admitting.MAKE_UP)
_NONE_HERE = (RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED)
# A round is one task; those of the runs that the last one has let in may be thousands.
_FIRST = Priority(priority_key=1)
_NOTE = "Kept in step with what Nurture has deployed: pause it here, or trigger a round; all else, there."

Way = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Recurring:
    """A way in that recurs. Its journey and the workspace's zone are what people know it by."""

    journey: str
    way: str
    everyone: Everyone
    zone: str

    def id(self, queue: str) -> str:
        one = self.everyone
        day = "day" if one.weekday is None else WEEKDAYS[one.weekday].lower()
        return (
            f'{queue}: "{self.journey}" with everyone in "{one.segment}" every {day} {one.clock} {self.zone}'
        )

    def schedule(self, queue: str) -> Schedule:
        hour, minute = map(int, str(self.everyone.clock).split(":"))
        day = self.everyone.weekday
        when = ScheduleCalendarSpec(
            hour=(ScheduleRange(hour),),
            minute=(ScheduleRange(minute),),
            # Temporal counts from Sunday.
            day_of_week=(ScheduleRange(0, 6) if day is None else ScheduleRange((day + 1) % 7),),
        )
        start = ScheduleActionStartWorkflow(
            ROUND_WORKFLOW,
            RoundInput(self.journey, self.way),
            id=self.id(queue),
            task_queue=queue,
            execution_timeout=_MAKE_UP,
            # No summary: `temporal schedule describe` fails at a sealed one, and the id tells as much.
            priority=_FIRST,
        )
        # Rounds are short, and a round is opened once: one never waits for another.
        policy = SchedulePolicy(overlap=ScheduleOverlapPolicy.ALLOW_ALL, catchup_window=_MAKE_UP)
        spec = ScheduleSpec(calendars=[when], time_zone_name=self.zone)
        return Schedule(action=start, spec=spec, policy=policy, state=ScheduleState(note=_NOTE))


class Schedules:
    """The schedules of one database's journeys in one namespace, by the task queue of its workers."""

    def __init__(self, client: Client, queue: str) -> None:
        self._client, self._queue = client, queue
        self._kept: Published | None = None
        self._next = 0.0
        self._paused: frozenset[Way] | None = None
        self._trouble: RPCStatusCode | None = None
        self._refused: set[str] = set()

    async def keep(self, published: Published) -> tuple[int, frozenset[Way]]:
        """Bring the schedules in step with what is in force, if it is time to look.

        Returns:
            After how many seconds a worker is to open a round that no schedule has opened, and for which
            ways it is not to. Never raises for trouble of Temporal: that is told once, and tried again.
        """
        recurring = {one.id(self._queue): one for one in _recurring(published)}
        if published is not self._kept or time.monotonic() >= self._next:
            again = _AGAIN
            try:
                await self._compare(recurring)
                self._trouble = None
            except RPCError as error:
                self._tell(error.status)
                again = _AFTER_TROUBLE  # not at once: people are let in meanwhile, page by page
            self._kept, self._next = published, time.monotonic() + again
        if self._trouble in _NONE_HERE:
            return 0, frozenset()
        if self._paused is None:  # a person may have paused any of them
            return LATE, frozenset((one.journey, one.way) for one in recurring.values())
        return LATE, self._paused

    def _tell(self, status: RPCStatusCode) -> None:
        if status is not self._trouble:
            log.warning(
                "Temporal gives us no schedules (%s): %s.",
                status.name,
                "workers open the rounds of `start with everyone` themselves. Allow this client to list, "
                "create, change and delete schedules"
                if status in _NONE_HERE
                else "it is tried again",
            )
        self._trouble = status

    async def _compare(self, wanted: dict[str, _Recurring]) -> None:
        found, changed, ours = {}, [], f'{self._queue}: "'
        async for one in await self._client.list_schedules():
            if one.id.startswith(ours):
                found[one.id] = bool(one.schedule and one.schedule.state.paused)
                if one.id in wanted and _differs(one, wanted[one.id].schedule(self._queue)):
                    changed.append(one.id)
        for id_ in wanted.keys() - found.keys():
            try:
                await self._client.create_schedule(id_, wanted[id_].schedule(self._queue))
            except ScheduleAlreadyRunningError:
                continue  # another worker was first, or the list is behind
            except RPCError as error:
                if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                    raise
                if id_ not in self._refused:  # its names are too long, and will be in a minute
                    log.error("Temporal refuses the schedule %s; workers open its rounds.", id_)
                self._refused.add(id_)
                continue
            log.info("made the schedule %s", id_)
        for id_ in found.keys() - wanted.keys():
            try:
                await self._client.get_schedule_handle(id_).delete()
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                continue
            log.info("deleted the schedule %s", id_)
        for id_ in changed:
            await self._set_back(id_, wanted[id_].schedule(self._queue))
        paused = {id_ for id_, stands in found.items() if stands and id_ in wanted}
        for id_ in paused:
            if (wanted[id_].journey, wanted[id_].way) not in (self._paused or ()):
                log.warning("The schedule %s is paused: nobody is let in by it until it is resumed.", id_)
        self._paused = frozenset((wanted[id_].journey, wanted[id_].way) for id_ in paused)

    async def _set_back(self, id_: str, schedule: Schedule) -> None:
        def to(found: ScheduleUpdateInput) -> ScheduleUpdate:
            state = found.description.schedule.state  # a pause lasts, with what the person has noted
            kept = ScheduleState(note=state.note or _NOTE, paused=state.paused)
            return ScheduleUpdate(replace(schedule, state=kept))

        try:
            await self._client.get_schedule_handle(id_).update(to)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return  # it is made again at the next look
        log.warning("The schedule %s was changed by hand, and is set back. Change the journey.", id_)


def _differs(found: ScheduleListDescription, wanted: Schedule) -> bool:
    """Tell whether a schedule that is listed starts something else than we want, or at other moments."""
    if found.schedule is None:
        return False
    there, action = found.schedule.spec, found.schedule.action
    more = there.intervals, there.cron_expressions, there.skip, there.jitter, there.start_at, there.end_at
    return (
        list(there.calendars) != list(wanted.spec.calendars)
        or any(more)
        or there.time_zone_name != wanted.spec.time_zone_name
        or not isinstance(action, ScheduleListActionStartWorkflow)
        or action.workflow != ROUND_WORKFLOW
    )


def _recurring(published: Published) -> Iterator[_Recurring]:
    for plan in published.active.values():
        for way, _start, everyone in admitting.ways(plan):
            if everyone.clock is not None:
                yield _Recurring(plan.journey, way, everyone, published.definitions.time_zone)
