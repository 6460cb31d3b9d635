"""Stories: what a history tells in journey terms: the trace of the run, and its state after each event."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.converter import DataConverter

from dsl.plan import Plan
from runtime.encryption import ENCODING
from runtime.machine import (
    Moved,
    ProtocolError,
    State,
    advance_in_place,
    read,
    start_state,
    take_over,
)
from runtime.messages import AGAIN_WORKFLOW, HANDOFF_WORKFLOW, PERFORM, ROUND_WORKFLOW, TAKE_TURN, TOLD
from runtime.replay.reading import History, HistoryError
from runtime.trace import TraceRow

FindPlan = Callable[[str], Plan | None]

_EFFECTS = {activity: kind for kind, activity in PERFORM.items()}
_OURS = {
    HANDOFF_WORKFLOW: "a handoff to sales",
    AGAIN_WORKFLOW: "an effect that was sent again by hand",
    ROUND_WORKFLOW: "a round that lets everyone in a segment in",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One event. `at`: Temporal's clock; `words`: what it is; `rows`: what the run's trace gained by it.

    `state`: the run's, after it; None before it begins, and in a story that has none.
    """

    event: int
    at: float
    words: str
    rows: tuple[TraceRow, ...] = ()
    state: State | None = None
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One history. `run`: the run's id, "" if it is no run; `about`: what it is of, else.

    `earlier`: trace rows of histories before this one, of a run that has continued as new. `plans`: those
    that it went by, the first one first. `partial`: what is missing, in a sentence. `open`: it goes on
    after the last event.
    """

    name: str
    workflow: str
    about: str
    run: str
    moments: tuple[Moment, ...]
    plans: tuple[Plan, ...] = ()
    earlier: tuple[TraceRow, ...] = ()
    partial: str = ""
    open: bool = False

    @property
    def rows(self) -> list[TraceRow]:
        """The trace, with what earlier histories have handed over."""
        return [*self.earlier, *(row for moment in self.moments for row in moment.rows)]

    @property
    def plan(self) -> Plan | None:
        """The plan that the run began with here."""
        return self.plans[0] if self.plans else None


async def tell(history: History, find: FindPlan, converter: DataConverter) -> Story:
    """Reconstruct what happened.

    Args:
        find: a plan by its hash; None if there is none.
        converter: opens what is encrypted.

    Raises:
        HistoryError: it is not of a run, or its plan is not at hand.
        Undecipherable: its key is not at hand.
    """
    return await _Telling(history, find, converter).story()


class _Telling:
    def __init__(self, history: History, find: FindPlan, converter: DataConverter) -> None:
        self.history, self.find, self.converter = history, find, converter
        self.plans: list[Plan] = []
        self.names: dict[int, str] = {}
        self.partial = history.partial

    async def story(self) -> Story:
        kind = self.history.workflow_type
        if kind in _OURS:
            moments = tuple([Moment(e.event_id, _at(e), await self.words(e)) for e in self.history.events])
            name, about, going_on = self.history.workflow_id, _OURS[kind], self.history.open
            return Story(self.history.name, name, about, "", moments, (), (), self.partial, going_on)
        given = await self.input()
        plan = self.plan(given["plan"])
        state = State.from_json(given["state"]) if given.get("state") else start_state(given["entered"])
        earlier = tuple(TraceRow(*row) for row in given.get("timeline") or ())
        moments = tuple(await self.moments(plan, state))
        return Story(
            self.history.name,
            given["run"],
            f"a run of “{kind}”",
            given["run"],
            moments,
            tuple(self.plans),
            earlier,
            self.partial,
            self.history.open,
        )

    async def input(self) -> dict[str, Any]:
        """Return what the run was started with, or refuse a history that is not ours."""
        started = self.history.events[0].workflow_execution_started_event_attributes
        values = [await self.value(payload) for payload in started.input.payloads]
        given = values[0] if len(values) == 1 else None
        if not isinstance(given, dict) or not {"run", "plan", "entered"} <= given.keys():
            raise HistoryError(
                f"{self.history.name} is a history of the workflow “{self.history.workflow_type}”, which is "
                "none of Nurture's. Name histories of runs: their type is the journey's name."
            )
        return given

    def plan(self, hash_: str) -> Plan:
        found = self.find(hash_)
        if found is None:
            raise HistoryError(
                f"{self.history.name} goes by the plan {hash_} of “{self.history.workflow_type}”, which is "
                "neither in the workspace nor in the database. Name the version that was deployed with "
                "--workspace FOLDER, or its database with NURTURE_DATABASE_URL."
            )
        if found not in self.plans:
            self.plans.append(found)
        return found

    async def moments(self, plan: Plan, state: State) -> list[Moment]:
        """Feed the happenings of each event to the machine."""
        made: list[Moment] = []
        fits = True
        for event in self.history.events:
            rows: list[TraceRow] = []
            for happening in await self.transcript(event) if fits else ():
                try:
                    after = state.copy()
                    told = read(happening)
                    if isinstance(told, Moved):
                        plan = self.plan(told.plan)
                        after, row = take_over(told)
                        rows.append(row)
                    else:
                        rows += advance_in_place(plan, after, told)
                    state = after
                except (ProtocolError, KeyError, IndexError, ValueError, TypeError, AssertionError) as wrong:
                    said = " ".join(str(wrong).split())[:160] or type(wrong).__name__
                    self.partial = self.partial or (
                        f"What event {event.event_id} holds does not fit the plan and this code ({said}); "
                        "what comes before it is told."
                    )
                    fits = False
                    break
            seen = state.copy() if state.started else None
            made.append(Moment(event.event_id, _at(event), await self.words(event), tuple(rows), seen, plan))
        return made

    async def transcript(self, event: HistoryEvent) -> list[list[Any]]:
        """Return the happenings that an event brings: the answer of a turn."""
        payloads = [*event.activity_task_completed_event_attributes.result.payloads]
        marker = event.marker_recorded_event_attributes
        if marker.marker_name == "core_local_activity":
            payloads += marker.details["result"].payloads if "result" in marker.details else []
        for payload in payloads:
            value = await self.value(payload)
            if isinstance(value, dict) and isinstance(value.get("transcript"), list):
                return list(value["transcript"])
        return []

    async def value(self, payload: Payload) -> Any:
        """Return what a payload holds, as JSON data; None if it is no JSON."""
        opened = await self.open(payload)
        try:
            return json.loads(opened.data)
        except ValueError:
            return None

    async def open(self, payload: Payload) -> Payload:
        codec = self.converter.payload_codec
        if codec is None or payload.metadata.get("encoding") != ENCODING:
            return payload
        (opened,) = await codec.decode([payload])
        return opened

    # ------------------------------------------------------------------------------------------ in words

    async def words(self, event: HistoryEvent) -> str:
        """Say what an event is."""
        kind = event.event_type
        summary = await self.summary(event)
        if kind == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            name = event.activity_task_scheduled_event_attributes.activity_type.name
            self.names[event.event_id] = summary or _activity(name)
            return f"Asked for: {self.names[event.event_id]}"
        if kind == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            return f"Begun: {self.named(event.activity_task_started_event_attributes.scheduled_event_id)}"
        if kind == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            return f"Done: {self.named(event.activity_task_completed_event_attributes.scheduled_event_id)}"
        if kind == EventType.EVENT_TYPE_TIMER_STARTED:
            self.names[event.event_id] = summary or "a wait"
            return f"Timer started: {summary or 'a wait'}"
        if kind == EventType.EVENT_TYPE_TIMER_FIRED:
            return f"Timer over: {self.named(event.timer_fired_event_attributes.started_event_id)}"
        if kind == EventType.EVENT_TYPE_TIMER_CANCELED:
            return f"Timer stopped: {self.named(event.timer_canceled_event_attributes.started_event_id)}"
        if kind == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            signal = event.workflow_execution_signaled_event_attributes.signal_name
            return "Told that the inbox has grown" if signal == TOLD else f"Signalled: {signal}"
        if kind == EventType.EVENT_TYPE_MARKER_RECORDED:
            marker = event.marker_recorded_event_attributes.marker_name
            return "Bookkeeping in the database" if marker == "core_local_activity" else f"Marked: {marker}"
        name = EventType.Name(kind).removeprefix("EVENT_TYPE_").replace("_", " ").lower()
        return name[:1].upper() + name[1:]

    def named(self, event: int) -> str:
        return self.names.get(event, "something")

    async def summary(self, event: HistoryEvent) -> str:
        if not event.user_metadata.HasField("summary"):
            return ""
        value = await self.value(event.user_metadata.summary)
        return value if isinstance(value, str) else ""


def _activity(name: str) -> str:
    return "bookkeeping" if name == TAKE_TURN else _EFFECTS.get(name, name)


def _at(event: HistoryEvent) -> float:
    return event.event_time.seconds + event.event_time.nanos / 1e9


def at_event(story: Story, number: int) -> tuple[Moment, Sequence[TraceRow]]:
    """Return an event by its number, and the trace up to it. Raises `HistoryError` if there is none."""
    found = [moment for moment in story.moments if moment.event <= number]
    if not found or number > story.moments[-1].event:
        raise HistoryError(
            f"{story.name} has {story.moments[-1].event} events; there is no event {number}. Count from 1."
        )
    rows = [*story.earlier, *(row for moment in found for row in moment.rows)]
    return found[-1], rows


async def wanted(history: History, converter: DataConverter) -> list[str]:
    """Return the hashes of the plans that a history goes by."""
    telling = _Telling(history, lambda _hash: None, converter)
    if history.workflow_type in _OURS:
        return []
    found = [str((await telling.input())["plan"])]
    for event in history.events:
        found += [str(one[1]) for one in await telling.transcript(event) if one[:1] == ["moved"]]
    return list(dict.fromkeys(found))
