"""A turn: let a run go on as far as it can without the outside world.

`take` answers the machine's questions, applies inner effects and decides about outer ones, all on one
snapshot, until the run waits, ends, or an outer effect must be carried out. It is what the activities run
inside a transaction, and what the simulator runs on its memory. The *transcript*, every happening fed to
the machine in order, is what the workflow replays to reach the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from dsl.plan import (
    Definitions,
    Do,
    Effect,
    Ending,
    Handoff,
    Plan,
    SendEmail,
    SendMessage,
    Spawn,
    Split,
)
from runtime import dispatch, evaluate, handoffs, intake, records, routing, scoring
from runtime.evaluate import RunView
from runtime.expiry import EXPIRED, expires, moved
from runtime.facts import Facts, Sent, Waiting
from runtime.machine import (
    CHECKS,
    FOLD,
    GONE,
    LOOK,
    PAUSED,
    RESUMED,
    STOPPED,
    Answered,
    Applied,
    Apply,
    Ask,
    Done,
    Due,
    Happening,
    Perform,
    Run,
    Started,
    State,
    Told,
    feed,
    pending,
    write,
)
from runtime.policies import rank
from runtime.published import Published
from runtime.trace import TraceRow
from runtime.writes import (
    EntryRefused,
    GoalReached,
    HandoffOpened,
    InboxPut,
    Write,
)

STOPPED_SENDS = "sends stopped"
"""Why an email or a message is held while a person lets none go."""

LOOK_AGAIN = 7 * 86_400
"""Seconds after which what is held so is looked at again; lifting it does so at once."""

_MOMENT = 60

_IN_A_BLOCK = 3
"""How many frames a thread has at the least that stands in a block: its own, the schedule's, the block's."""

LATE = 15 * 60
"""A wake-up later than this many seconds takes the clock's time (semantics row 50)."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One thing a run has been told: its number, when, and which interests it matched."""

    n: int
    at: int
    interests: tuple[int, ...]


@dataclass(slots=True)
class Outer:
    """An outer effect that may go now: claim it. `at`: the logical time to claim it at."""

    step: int
    step_id: str
    visit: int
    attempt: int
    effect: Effect
    at: int


@dataclass(frozen=True, slots=True)
class Settled:
    """An outer effect that was decided without the provider: skipped, or held."""

    step_id: str
    visit: int
    attempt: int
    effect: Effect
    outcome: str
    reason: str
    at: int
    until: int | None = None


@dataclass(slots=True)
class Turn:
    """What came of a turn. `fed`: what the machine was fed; the snapshot has been changed in place."""

    state: State
    fed: list[Happening] = field(default_factory=list)
    rows: list[TraceRow] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    outer: Outer | None = None

    @property
    def transcript(self) -> list[list[Any]]:
        """What was fed, as JSON data."""
        return [write(happening) for happening in self.fed]


@dataclass(slots=True)
class Around:
    """What a turn sees besides the run: the clock, the contact's facts, what is published.

    `clock`: the driver's time, whole seconds. `inbox`: rows of the run that it may not have seen, by n.
    `perform`: kinds of outer effects that the caller can claim. `told`: the properties of the events of
    inbox rows, by n; only for plans that name replies. `sends_stopped`: a person lets no send go.
    `deliver`: carries an outer effect out at once, where that needs no transaction; then none ends the turn.
    It applies what was written until then, as a transaction would: nothing of it is left in the turn.
    """

    clock: int
    facts: Facts
    published: Published
    inbox: Sequence[InboxRow] = ()
    perform: frozenset[str] = frozenset()
    told: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    sends_stopped: bool = False
    deliver: Callable[[Outer, list[Write]], Done] | None = None


def take(plan: Plan, run: RunView, state: State, around: Around, *, keep: bool = True) -> Turn:
    """Let the run go on from `state`, which is changed itself unless it is to be kept."""
    turn = _taking(plan, run, state.copy() if keep else state, around)
    turn.go_on()
    return turn.turn


def settle(plan: Plan, run: RunView, state: State, done: Done, around: Around, *, keep: bool = True) -> Turn:
    """Feed the outcome of the outer effect in flight, and let the run go on; `keep` as in `take`."""
    turn = _taking(plan, run, state.copy() if keep else state, around)
    turn.outcome(done)
    turn.go_on()
    return turn.turn


def bounded(plan: Plan, run: RunView, state: State, done: Done, around: Around) -> Done:
    """Return the outcome of the effect in flight; a message that is held is so no longer than it may go."""
    command = pending(plan, state)
    if done.kind != "held" or done.until is None or not isinstance(command, Perform):
        return done
    step = plan.steps[command.step]
    if not isinstance(step, Do) or not dispatch.is_mail(step.effect):
        return done
    end = _taking(plan, run, state, around).expires()
    return done if end is None else done._replace(until=min(done.until, max(end, state.at)))


def position(plan: Plan, state: State) -> list[str]:
    """Return where the run stands: for each thread the step, inside a schedule the next block."""
    places = []
    for thread in state.threads:
        frame = thread.frames[-1]
        if frame.at is None:
            continue
        step = plan.steps[frame.at]
        if frame.kind == "schedule" and step.op == "schedule" and frame.blocks:
            places.append(step.blocks[frame.blocks[0][1]].label)
        else:
            places.append(step.id)
    return places


def address_of(effect: Effect, definitions: Definitions) -> str | None:
    """Return the contact's field that says where a message on a channel goes, if one does."""
    if not isinstance(effect, SendMessage):
        return None
    found = (m for m in definitions.messages if (m.channel, m.name) == (effect.channel, effect.message))
    return next((message.address for message in found), None)


def _taking(plan: Plan, run: RunView, state: State, around: Around) -> _Taking:
    turn = Turn(state)
    return _Taking(
        plan, run, around, turn, around.published.definitions.time_zone, Run(plan, state, turn.rows)
    )


@dataclass(slots=True)
class _Taking:
    """A turn that is being taken. `fallback`: the workspace's time zone; `machine`: what it feeds."""

    plan: Plan
    run: RunView
    around: Around
    turn: Turn
    fallback: str
    machine: Run

    def feed(self, happening: Happening) -> None:
        turn = self.turn
        state, rows, before = turn.state, turn.rows, len(turn.rows)
        feed(self.machine, happening)
        turn.fed.append(happening)
        for row in rows[before:]:
            if row.kind == "goal":
                turn.writes.append(GoalReached(self.run.id, self.run.journey, row.reason, row.at))
        if state.ended is not None:
            facts = self.around.facts
            facts.waiting = [w for w in facts.waiting if w.run != self.run.id]
            for fact in facts.runs:
                if fact.id == self.run.id:
                    fact.ended = state.at

    def go_on(self) -> None:
        turn, plan, inbox = self.turn, self.plan, self.around.inbox
        state = turn.state
        while state.ended is None:
            command = pending(plan, state)
            if isinstance(command, Perform):
                if (turn.writes and self.told_itself()) or not self.perform(command):
                    return
            elif inbox and (gone := self.gone()) is not None:
                self.feed(gone)
            elif isinstance(command, Ask):
                self.feed(self.answer(command))
            elif isinstance(command, Apply):
                self.feed(self.apply(command))
            elif (turn.writes and self.told_itself()) or not self.wake():
                return

    def told_itself(self) -> bool:
        """Whether an effect of this turn is news to the run itself: the next turn reads it first (row 2)."""
        return any(isinstance(w, InboxPut) and w.run == self.run.id for w in self.turn.writes)

    def wake(self) -> bool:
        """Feed what comes next by the clock or the inbox; False if nothing does."""
        state = self.turn.state
        # Who told the run of something may have had a clock that is ahead of the driver's.
        clock = max(self.around.clock, state.at)
        told = self.next_told() if self.around.inbox else ()
        if not state.started and not self.by_hand(told):
            self.feed(Started(state.entered))
            return True
        due = state.due()
        # By when it was received, however far the run's own time has gone on since (row 46).
        if told and (due is None or due > clock or told[0].at <= due):
            self.feed(self.told(told))
            return True
        if due is not None and due <= clock:
            news_first = told and told[0].at <= clock
            late = Due(clock, told[0].at - 1 if news_first else None)
            self.feed(late if clock - due > LATE else Due(due))
            return True
        return False

    def gone(self) -> Told | None:
        """Return the word that the contact is no more, if it is there: it overtakes all else (row 2)."""
        state, rows = self.turn.state, []
        for row in self.around.inbox:
            if row.n >= state.inbox:
                rows.append((row.n, row.interests))
                if any(interest in GONE for interest in row.interests):
                    return Told(max(row.at, state.at), tuple(rows))
        return None

    def by_hand(self, told: Sequence[InboxRow]) -> bool:
        """Whether a person lets the run stand still, or leave, before it has begun."""
        return any(i in (PAUSED, STOPPED) for row in told for i in row.interests)

    def next_told(self) -> Sequence[InboxRow]:
        """Return the next unseen inbox row; or what ends the run in its second, exits before goals (row 2).

        One at a time otherwise, so that it makes no difference in which batches signals arrive.
        """
        unread = self.unread()
        if not unread:
            return []
        group = [row for row in unread if row.at == unread[0].at]
        return self.ending(group) or unread[:1]

    def ending(self, group: list[InboxRow]) -> list[InboxRow]:
        """Return what ends the run among rows of one second; nothing if it goes on after them."""
        heard = {interest for row in group for interest in row.interests}
        if STOPPED in heard:
            return group
        at = max(group[0].at, self.turn.state.at)
        for ending in sorted(self.plan.endings, key=lambda ending: ending.kind != "exit"):
            if ending.stay or ending.interest not in heard or not self.reached(ending, at):
                continue
            if ending.predicate is None:
                return group
            # A fact that ends the run comes before all else of its second, events that end it included.
            rows = (row for row in group if ending.interest in row.interests)
            return [InboxRow(row.n, row.at, (ending.interest,)) for row in rows]
        return []

    def reached(self, ending: Ending, at: int) -> bool:
        """Whether an ending of which the run hears something ends it."""
        if ending.predicate is None:
            return True
        predicate = self.plan.predicates[ending.predicate]
        return evaluate.truth(predicate, self.around.facts, self.run, at, self.fallback)

    def answer(self, ask: Ask) -> Answered:
        plan, facts, run = self.plan, self.around.facts, self.view()
        predicates, instants, base, split = ask
        if split is not None:
            step = plan.steps[split]
            assert isinstance(step, Split)
            return Answered(choice=evaluate.choose(step, facts.contact_id))
        truths: tuple[bool, ...] = ()
        if predicates:
            truths = tuple(
                [evaluate.truth(plan.predicates[p], facts, run, base, self.fallback) for p in predicates]
            )
        if not instants:
            return Answered(truths)
        return Answered(truths, tuple([self.instant(i, run, base) for i in instants]))

    def view(self) -> RunView:
        """The run as the thread sees it that asks or sends: with the replies that its waits have met."""
        state = self.turn.state
        if not state.stood and not self.plan.names_replies:
            return self.run
        id_ = state.flight if state.flight is not None else state.asking
        named = state.thread(id_).replies if id_ is not None and id_ != CHECKS else {}
        if not named and not state.stood:
            return self.run
        replies = {step: self.around.told.get(n, {}) for step, n in named.items()}
        return replace(self.run, replies=replies, stood=state.stood)

    def instant(self, number: int, run: RunView, base: int) -> int | None:
        hours, facts = self.plan.sending_hours, self.around.facts
        if number == FOLD:
            return evaluate.fold(base, hours, facts, self.fallback)
        return evaluate.instant(self.plan.instants[number], facts, run, base, self.fallback, hours)

    def perform(self, command: Perform) -> bool:
        """Decide about the outer effect; False if it must be carried out first."""
        step = self.plan.steps[command.step]
        assert isinstance(step, Do)
        if step.effect.kind not in self.around.perform:
            return False
        state, clock = self.turn.state, self.around.clock
        late = clock - state.at > LATE
        at = clock if late else state.at
        verdict: dispatch.Go | dispatch.Skip | dispatch.Hold
        ending = self.leaving() if self.around.inbox else None
        if ending is not None:
            verdict = dispatch.Skip("left")
        elif self.around.inbox and self.pausing():
            verdict = dispatch.Hold("paused", max(at, clock) + _MOMENT)
        else:
            flight = state.thread(state.flight) if state.flight is not None else None
            definitions = self.around.published.definitions
            verdict = dispatch.decide(
                self.plan,
                step.effect,
                self.around.facts,
                self.view(),
                at,
                self.fallback,
                definitions.policies,
                flight.wanted if flight else None,
                address_of(step.effect, definitions) if step.effect.kind == "message" else None,
            )
        if isinstance(verdict, dispatch.Go) and self.around.sends_stopped and dispatch.is_mail(step.effect):
            verdict = dispatch.Hold(STOPPED_SENDS, at + LOOK_AGAIN)
        if not isinstance(verdict, dispatch.Skip) and dispatch.is_mail(step.effect):
            verdict = self.in_time(verdict, at)
        if isinstance(verdict, dispatch.Go):
            if self.around.facts.waiting:
                self.wait(step, command.visit, None)
            outer = Outer(command.step, step.id, command.visit, command.attempt, step.effect, at)
            if self.around.deliver is None:
                self.turn.outer = outer
                return False
            done = self.around.deliver(outer, self.turn.writes)
            self.turn.writes = []
            if done.kind == "held":
                done = bounded(self.plan, self.run, state, done, self.around)
            self.came(step, command.visit, done)
            return True
        self.wait(step, command.visit, verdict.until if isinstance(verdict, dispatch.Hold) else None)
        done = Done("skipped", verdict.reason, None, at if late else None, ending)
        if isinstance(verdict, dispatch.Hold):
            done = Done("held", verdict.reason, verdict.until, at if late else None)
        self.turn.settled.append(
            Settled(
                step.id,
                command.visit,
                command.attempt,
                step.effect,
                done.kind,
                done.reason,
                at,
                done.until,
            )
        )
        self.feed(done)
        return True

    def in_time(self, verdict: dispatch.Go | dispatch.Hold, at: int) -> dispatch.Verdict:
        """Let a message of a block on a date expire as the next block of that date is due (row 16)."""
        end = self.expires()
        if end is None:
            return verdict
        if end <= at:
            return dispatch.Skip(EXPIRED)
        if isinstance(verdict, dispatch.Hold) and verdict.until > end:
            return dispatch.Hold(verdict.reason, end)
        return verdict

    def expires(self) -> int | None:
        """Return when the message in flight expires."""
        if not self.plan.has_dated_blocks:
            return None
        state = self.turn.state
        assert state.flight is not None
        thread = state.thread(state.flight)
        if len(thread.frames) < _IN_A_BLOCK:
            return None
        wanted = state.at if thread.wanted is None else thread.wanted
        run = self.view()
        return expires(self.plan, thread, wanted, lambda number: self.instant(number, run, state.at))

    def wait(self, step: Do, visit: int, until: int | None) -> None:
        """Note until when a marketing email is held; None: it is not, or no longer."""
        facts, run = self.around.facts, self.run
        if facts.waiting:
            mine = (run.id, step.id, visit)
            facts.waiting = [w for w in facts.waiting if (w.run, w.step, w.visit) != mine]
        if until is not None and isinstance(step.effect, SendEmail) and not step.effect.service:
            first = rank(self.plan, step.effect)
            facts.waiting.append(Waiting(run.id, run.journey, step.id, visit, until, first))

    def unread(self) -> list[InboxRow]:
        """Return what the run has not been told yet, in order."""
        return [row for row in self.around.inbox if row.n >= self.turn.state.inbox]

    def pausing(self) -> bool:
        """Whether a person has just let the run stand still: then nothing more is sent."""
        heard = [interest for row in self.unread() for interest in row.interests]
        return next((i == PAUSED for i in reversed(heard) if i in (PAUSED, RESUMED)), False)

    def leaving(self) -> Told | None:
        """Return what the inbox holds up to what ends this run, if it does: nothing more is sent (row 2)."""
        earlier: list[InboxRow] = []
        for _at, rows in groupby(self.unread(), key=lambda row: row.at):
            group = list(rows)
            if ended := self.ending(group):
                return self.told([*earlier, *ended])
            earlier += group
        return None

    def told(self, rows: Sequence[InboxRow]) -> Told:
        state, told = self.turn.state, [(row.n, row.interests) for row in rows]
        heard = (interest for row in rows for interest in row.interests)
        if (self.plan.moves or self.plan.updates) and moved(self.plan, state, heard):
            # In the transcript, so that the workflow, which knows no date, wakes at the same moment.
            n, interests = told[-1]
            told[-1] = (n, (*interests, LOOK))
        return Told(max(rows[-1].at, state.at), tuple(told))

    def outcome(self, done: Done) -> None:
        """Feed the outcome of the effect in flight; what was or may have been sent becomes a fact."""
        command = pending(self.plan, self.turn.state)
        assert isinstance(command, Perform)
        step = self.plan.steps[command.step]
        assert isinstance(step, Do)
        self.came(step, command.visit, done)

    def came(self, step: Do, visit: int, done: Done) -> None:
        effect = step.effect
        if isinstance(effect, SendEmail) and done.kind in ("sent", "in doubt"):
            at = self.turn.state.at if done.at is None else done.at
            sent = Sent(self.run.id, self.run.journey, effect.email, at, effect.service)
            self.around.facts.sent.append(sent)
        if done.kind == "held" or self.around.facts.waiting:
            self.wait(step, visit, done.until if done.kind == "held" else None)
        self.feed(done)

    def apply(self, command: Apply) -> Applied:
        step = self.plan.steps[command.step]
        facts, published, at = self.around.facts, self.around.published, self.turn.state.at
        writes = self.turn.writes
        if isinstance(step, Spawn):
            started = intake.start_journey(step.journey, facts, published, at)
            writes += started
            refused = next((w.reason for w in started if isinstance(w, EntryRefused)), "")
            return Applied(refused)
        if isinstance(step, Handoff):
            id_ = f"{self.run.id}/{step.id}/{command.visit}"
            rule = published.definitions.handoffs.get(step.handoff)
            by = handoffs.deadline(rule, step.priority, at)
            writes.append(HandoffOpened(id_, self.run.id, step.handoff, step.priority, at, by.due, by.half))
        if not isinstance(step, Do):
            return Applied()
        before, stage = scoring.standing(facts, at), facts.stage
        written, changed = records.change(step.effect, facts, step.id, at, self.run)
        told = intake.take_in_change([written], before, stage, facts, published, at)
        writes += [written, *told]
        heard: tuple[int, ...] = ()
        for run_id, interests in routing.changed({changed} | intake.score_key(told), facts, published):
            if run_id == self.run.id:
                heard = tuple(interests)
            else:
                writes.append(InboxPut(run_id, at, tuple(interests)))
        return Applied("", heard)
