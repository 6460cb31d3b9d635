"""The activities that take turns: bookkeeping beside the workflow, and one for each channel.

What they return, and what they raise, becomes history: transcripts and codes, never a person's data. So
every unforeseen error is replaced by one that carries its type alone; the worker's log says where it was.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from traceback import extract_tb
from types import TracebackType
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError, CancelledError

from activities.calling import call_webhook, change_audience, create_task, crm_contact, send_message
from activities.handing_off import close_handoff, mark_handoff, notify_handoff, open_handoff
from activities.host import Host
from activities.keeping import KEEP_WITHIN, answered, finished, kept
from activities.keys import EffectKey, effect_id
from activities.noticing import Telling, about, tell
from activities.outcomes import ChannelError, Outcome, retry
from activities.riders import SECONDS, Riders
from activities.sending import send_email
from dsl.plan import Notify, Sync
from runtime import dispatch
from runtime.beside import beside
from runtime.machine import Done
from runtime.messages import (
    CLOSE_HANDOFF,
    MARK_HANDOFF,
    NOTIFY_HANDOFF,
    OPEN_HANDOFF,
    OPEN_ROUND,
    PERFORM,
    SEND_AGAIN,
    TAKE_TURN,
    AgainRequest,
    HandoffOpen,
    HandoffRequest,
    NoticeResult,
    RoundRequest,
    RoundResult,
    TurnRequest,
    TurnResult,
)
from runtime.published import PlanMissing
from runtime.store import again
from runtime.store.errors import StoreError, code
from runtime.store.ledger import Claim
from runtime.store.rounds import open_round
from runtime.store.turns import Taken, settle_turn, take_turn

log = logging.getLogger("nurture.activities")

_HEARTBEAT = 5.0
_FRAMES = 6  # of a traceback, as places alone


class Activities:
    """The activities of one worker."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.riders = Riders()

    def bookkeeping(self) -> list[Callable[..., Any]]:
        """Return those that run on the workflows' own queue."""
        return [self.take_turn, self.open_handoff, self.mark_handoff, self.close_handoff, self.open_round]

    def email(self) -> list[Callable[..., Any]]:
        """Return those of the email queue."""
        return [self.send_email, self.send_again]

    def webhooks(self) -> list[Callable[..., Any]]:
        """Return those of the webhooks queue."""
        return [
            self.notify_team,
            self.sync_target,
            self.notify_handoff,
            self.send_message,
            self.call_webhook,
            self.change_audience,
            self.create_task,
            self.send_again,
        ]

    @activity.defn(name=TAKE_TURN)
    async def take_turn(self, request: TurnRequest) -> TurnResult:
        """Let a run go on as far as the database alone can take it. A local activity."""
        with _codes_only(request.run):
            taken = await take_turn(self.host.store, request.run, request.turn, request.clock)
            assert not isinstance(taken, Claim)
            await self.host.relay()
            return TurnResult(taken.transcript)

    @activity.defn(name=PERFORM["send"])
    async def send_email(self, request: TurnRequest) -> TurnResult:
        """Take a turn that sends an email."""
        return await self._perform(request, "send")

    @activity.defn(name=PERFORM["notify"])
    async def notify_team(self, request: TurnRequest) -> TurnResult:
        """Take a turn that tells a team."""
        return await self._perform(request, "notify")

    @activity.defn(name=PERFORM["sync"])
    async def sync_target(self, request: TurnRequest) -> TurnResult:
        """Take a turn that syncs the contact."""
        return await self._perform(request, "sync")

    @activity.defn(name=PERFORM["message"])
    async def send_message(self, request: TurnRequest) -> TurnResult:
        """Take a turn that sends a message on a channel."""
        return await self._perform(request, "message")

    @activity.defn(name=PERFORM["webhook"])
    async def call_webhook(self, request: TurnRequest) -> TurnResult:
        """Take a turn that calls a webhook."""
        return await self._perform(request, "webhook")

    @activity.defn(name=PERFORM["audience"])
    async def change_audience(self, request: TurnRequest) -> TurnResult:
        """Take a turn that adds the contact to an audience, or removes it."""
        return await self._perform(request, "audience")

    @activity.defn(name=PERFORM["task"])
    async def create_task(self, request: TurnRequest) -> TurnResult:
        """Take a turn that creates a task."""
        return await self._perform(request, "task")

    @activity.defn(name=OPEN_HANDOFF)
    async def open_handoff(self, request: HandoffRequest) -> HandoffOpen:
        """Assign an owner. A local activity."""
        with _codes_only(request.handoff):
            return await open_handoff(self.host, request)

    @activity.defn(name=MARK_HANDOFF)
    async def mark_handoff(self, request: HandoffRequest) -> HandoffOpen:
        """Note that a moment of a handoff has come. A local activity."""
        with _codes_only(request.handoff):
            return await mark_handoff(self.host, request)

    @activity.defn(name=CLOSE_HANDOFF)
    async def close_handoff(self, request: HandoffRequest) -> None:
        """Write the outcome of a handoff down. A local activity."""
        with _codes_only(request.handoff):
            await close_handoff(self.host, request)

    @activity.defn(name=OPEN_ROUND)
    async def open_round(self, request: RoundRequest) -> RoundResult:
        """Open a round of a journey that starts with everyone. A local activity."""
        with _codes_only(request.journey):
            now = _clock(request.clock)
            return RoundResult(
                *await open_round(self.host.store, request.journey, request.way, request.at, now)
            )

    @activity.defn(name=NOTIFY_HANDOFF)
    async def notify_handoff(self, request: HandoffRequest) -> NoticeResult:
        """Tell somebody about a handoff."""
        with _codes_only(request.handoff):
            async with heartbeats():
                return await finished(notify_handoff(self.host, request))

    @activity.defn(name=SEND_AGAIN)
    async def send_again(self, request: AgainRequest) -> NoticeResult:
        """Send again what was in doubt."""
        clock, store = _clock(request.clock), self.host.store
        with _codes_only(request.run):
            async with heartbeats():
                at = (request.run, request.step, request.visit, clock)
                taken = await answered(
                    lambda _, over: again.begin(store, *at, doubt=over), self.host.answer_within
                )
                if isinstance(taken, Claim):
                    taken = await finished(self._again(taken, clock))
            return NoticeResult(taken.kind, taken.until)

    async def _perform(self, request: TurnRequest, kind: str) -> TurnResult:
        clock = _clock(request.clock)
        perform = frozenset({kind}) | self.riders.beside(kind)
        begun = time.monotonic()
        with _codes_only(request.run):
            async with heartbeats():
                store = self.host.store

                async def look(waited: bool, over: bool) -> Taken | Claim:
                    # Who has waited leaves what comes next to an activity with time of its own.
                    mine = frozenset[str]() if waited else perform
                    return await take_turn(store, request.run, request.turn, clock, mine, doubt=over)

                taken = await answered(look, self.host.answer_within)
                while isinstance(taken, Claim):
                    taken = await finished(self._carry_out(taken, clock, begun))
            await self.host.relay()
            return TurnResult(taken.transcript)

    async def _carry_out(self, claim: Claim, clock: int, begun: float) -> Taken | Claim:
        """Carry a claim out and write down how it came out; return what is next.

        `begun`: when the activity did; one that has lasted too long carries out nothing more.
        """
        with self.riders.timing(claim.effect.kind) as timed:
            outcome = timed.outcome = await self._attempt(claim, clock)
        done, detail = settled(claim, outcome), outcome.detail or None
        if time.monotonic() - begun > SECONDS:
            claim = replace(claim, perform=frozenset())
        return await kept(lambda: settle_turn(self.host.store, claim, done, clock, detail), KEEP_WITHIN)

    async def _again(self, claim: Claim, clock: int) -> Done:
        outcome = await self._attempt(claim, clock)
        done, detail = settled(claim, outcome), outcome.detail or None
        return await kept(lambda: again.finish(self.host.store, claim, done, clock, detail), KEEP_WITHIN)

    async def _attempt(self, claim: Claim, clock: int) -> Outcome:
        kind = claim.effect.kind
        named: dict[str, str | int] = {
            "run": claim.run.id,
            "step": claim.outer.step_id,
            "visit": claim.outer.visit,
        }
        with self.host.span(kind, named | {"attempt": claim.attempt}) as told:
            outcome = await _CARRY_OUT[kind](self.host, claim, clock)
            told(outcome.kind, outcome.reason)
        self._note(claim, outcome)
        return outcome

    def _note(self, claim: Claim, outcome: Outcome) -> None:
        """Tell how an attempt came out: to the log and the metrics, by ids and codes."""
        kind, seconds = claim.effect.kind, round(max(0.0, time.time() - claim.outer.at), 3)
        self.host.dispatched(kind, outcome.kind, seconds)
        fields = {"run": claim.run.id, "step": claim.outer.step_id, "visit": claim.outer.visit, "kind": kind}
        fields |= {"outcome": outcome.kind, "reason": outcome.reason, "seconds": seconds}
        log.info("dispatched", extra={"nurture": fields})


def _clock(asked: int) -> int:
    # The queue may have been long: the server's time at which this began is the one that counts.
    return max(asked, int(activity.info().started_time.timestamp()))


def settled(claim: Claim, outcome: Outcome) -> Done:
    """Return what the machine is told of an outcome: what may be tried again is held, at a moment."""
    if outcome.kind != "retry":
        return Done(outcome.kind, outcome.reason)
    verdict = dispatch.after_trouble(
        claim.plan,
        claim.effect,
        claim.facts,
        claim.outer.at,
        claim.outer.attempt,
        outcome.reason,
        claim.published.definitions.time_zone,
        outcome.retry_after,
    )
    if isinstance(verdict, dispatch.Hold):
        return Done("held", verdict.reason, verdict.until)
    return Done("failed", verdict.reason)


async def _notify(host: Host, claim: Claim, clock: int) -> Outcome:
    effect = claim.effect
    assert isinstance(effect, Notify)
    team = host.teams.get(effect.team)
    if team is None:
        return retry("team missing", f"The workspace of this worker has no team {effect.team!r}.")
    step = claim.plan.steps[claim.outer.step]
    notice = about(
        claim.facts,
        effect.message,
        claim.outer.at,
        why=f'Journey "{claim.run.journey}", {step.id}',
        high=effect.priority == "high",
    )
    telling = Telling(
        host.from_whom(claim.published),
        team,
        notice,
        claim.run.id,
        step.id,
        claim.outer.visit,
        claim.contact_id,
        claim.run.journey,
        claim.outer.at,
        clock,
    )
    return await tell(host, telling)


async def _sync(host: Host, claim: Claim, _clock: int) -> Outcome:
    effect = claim.effect
    assert isinstance(effect, Sync)
    crm = host.crms.get(effect.target)
    if crm is None:
        return retry("target missing", f"The workspace of this worker has no sync target {effect.target!r}.")
    key = EffectKey(claim.run.id, claim.outer.step_id, claim.outer.visit)
    return await crm.upsert(crm_contact(claim), effect_id(host.secret, key))


_CARRY_OUT: dict[str, Callable[[Host, Claim, int], Awaitable[Outcome]]] = {
    "send": send_email,
    "notify": _notify,
    "sync": _sync,
    "message": send_message,
    "webhook": call_webhook,
    "audience": change_audience,
    "task": create_task,
}


def heartbeats() -> AbstractAsyncContextManager[None]:
    """Tell the server that we live, so that another worker takes over soon after we do not.

    What is done within seconds need not: each beat is a request, and a billed action of Temporal Cloud.
    """

    async def beat() -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT)
            activity.heartbeat()

    return beside(beat())


class _codes_only:
    """Replace any error by one that names its type alone: messages may quote a person's data.

    The log tells the place, and the message where it is one of ours, which name ids alone.
    """

    def __init__(self, whose: str) -> None:
        self._whose = whose

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, (ApplicationError, CancelledError, asyncio.CancelledError)):
            return
        if not isinstance(error, Exception) or kind is None:
            return
        frames = reversed([f for f in extract_tb(trace) if "site-packages" not in f.filename][-_FRAMES:])
        said = f": {error}" if isinstance(error, (StoreError, PlanMissing, ChannelError)) else ""
        log.warning(
            "%s: an activity failed and is tried again. %s%s [%s]",
            self._whose,
            code(error),
            said,
            " < ".join(f"{frame.filename}:{frame.lineno}" for frame in frames),
        )
        raise ApplicationError(
            f"{kind.__name__}; the worker's log says more. It is tried again.", type=kind.__name__
        ) from None
