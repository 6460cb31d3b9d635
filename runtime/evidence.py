"""Evidence: what the trace of a way tells of what the contact has done, and of when it cannot have.

A wait that met its event tells that it happened, one that ended in vain that it did not while it lasted. A
goal or exit that has not come tells that what brings it did not happen. An answer stays true as far as it
can: who has clicked has clicked. Nobody answers an email before it was sent, or in its very second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dsl.plan import (
    AllOf,
    AnyOf,
    Arms,
    Condition,
    Decide,
    Do,
    HasDone,
    HasEngaged,
    Interest,
    Not,
    Plan,
    SendEmail,
    Step,
    WasSent,
)
from dsl.proofs.facts import EMAIL_EVENTS
from runtime.evaluate import RunView, truth
from runtime.facts import Facts, Happened, Sent
from runtime.trace import TraceRow, place_of

_LONG_AGO = -(2**40)
_FACTS = HasDone | HasEngaged | WasSent


@dataclass(frozen=True, slots=True)
class _Silence:
    """That an event did not come later than `since` and until an instant; None: until now."""

    step: tuple[str, int]
    heard: Interest
    since: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    """A condition without parts, and how it came out at an instant."""

    condition: Condition
    truth: bool
    at: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rows of a way tell, up to the instant `now`. Instants are seconds since the epoch.

    `happened`: events that surely came; `sent`: emails, with their moments; `silent`: what was listened for;
    `answers`: what was asked; `fresh`: what was asked at this instant, and nothing was changed since.
    """

    plan: Plan
    steps: Mapping[str, Step]
    entered: int
    now: int
    happened: tuple[Happened, ...] = ()
    sent: tuple[tuple[str, int], ...] = ()
    silent: tuple[_Silence, ...] = ()
    answers: tuple[_Answer, ...] = ()
    fresh: tuple[_Answer, ...] = ()

    @classmethod
    def of(cls, plan: Plan, rows: Sequence[TraceRow]) -> Evidence:
        """Return the evidence of the rows of a run from its first one on."""
        entered = rows[0].at
        found = cls(plan, {step.id: step for step in plan.steps}, entered, entered)
        for ending in plan.endings:
            heard = plan.interests[ending.interest]
            if not ending.stay and ending.predicate is None and heard.event is not None:
                found = replace(found, silent=(*found.silent, _Silence((ending.id, 0), heard, entered)))
        return found.after(rows)

    def after(self, rows: Sequence[TraceRow]) -> Evidence:
        """Return the evidence with what further rows tell."""
        found = self
        for row in rows:
            found = found._with(row)
        return found

    def at(self, instant: int) -> Evidence:
        """Return the same evidence, looked at later."""
        return self if instant == self.now else replace(self, now=instant, fresh=())

    # ------------------------------------------------------------------------------------- what rows tell

    def _with(self, row: TraceRow) -> Evidence:
        found, step = self.at(row.at), self.steps.get(row.step)
        if isinstance(step, Decide) and row.kind == "took":
            taken = place_of(row)
            branches = [branch.predicate for branch in step.branches]
            return found._answered(branches, len(branches) if taken is None else taken)
        if isinstance(step, Arms):
            return found._waited(step, row)
        if isinstance(step, Do) and step.effect.outer:
            if not isinstance(step.effect, SendEmail) or row.kind != "sent":
                return found
            return replace(found, sent=(*found.sent, (step.effect.email, row.at)))
        if step is not None:  # a change of records may change what was found a moment ago
            return replace(found, fresh=())
        plan = self.plan
        heard = [one.interest for one in plan.handlers if one.id == row.step and one.predicate is None]
        heard += [one.interest for one in plan.endings if one.id == row.step and one.predicate is None]
        return found._came(plan.interests[heard[0]]) if heard and row.kind in ("fired", "goal") else found

    def _waited(self, step: Arms, row: TraceRow) -> Evidence:
        key = (row.step, row.visit)
        alreadies = [arm.already for arm in step.arms if arm.already is not None]
        if row.kind == "waiting":
            heard = [self.plan.interests[arm.interest] for arm in step.arms if arm.predicate is None]
            silent = [_Silence(key, one, self.now) for one in heard if one.event is not None]
            return replace(self._answered(alreadies, len(alreadies)), silent=(*self.silent, *silent))
        if row.kind == "timeout":
            ended = self._ended(key, self.now)
            waited = any(one.step == key for one in self.silent)
            return ended if waited else ended._answered(alreadies, len(alreadies))
        place = place_of(row)
        if row.kind != "met" or place is None:
            return self
        arm = step.arms[place]
        if row.reason.endswith("already") and arm.already is not None:
            return self._answered(alreadies, alreadies.index(arm.already))
        # In the very second others may have come, too, and only then.
        ended = self._ended(key, self.now - 1)
        if arm.predicate is not None:
            watched = [one.predicate for one in step.arms if one.predicate is not None]
            return ended._answered(watched, watched.index(arm.predicate))
        return ended._came(self.plan.interests[arm.interest])

    def _ended(self, step: tuple[str, int], until: int) -> Evidence:
        """End what a wait has listened for."""
        ended = (
            replace(one, until=until) if one.step == step and one.until is None else one
            for one in self.silent
        )
        return replace(self, silent=tuple(ended))

    def _came(self, heard: Interest) -> Evidence:
        if heard.event is None:
            return self
        event = Happened(heard.event, self.now, self.now, dict(heard.args))
        return replace(self, happened=(*self.happened, event), fresh=())

    def _answered(self, predicates: Sequence[int], taken: int) -> Evidence:
        """Note how predicates came out of which this one was the first that held."""
        new = [
            _Answer(part, is_so, self.now)
            for place, number in enumerate(predicates[: taken + 1])
            for part, is_so in parts(self.plan.predicates[number], place == taken)
        ]
        lasting = [one for one in new if isinstance(one.condition, HasDone)]
        return replace(self, answers=(*self.answers, *lasting), fresh=(*self.fresh, *new))

    # ------------------------------------------------------------------------------------- what it means

    def known(self, condition: Condition) -> bool | None:
        """Return the truth of a condition now, as far as the way itself tells it."""
        if isinstance(condition, Not):
            inner = self.known(condition.condition)
            return None if inner is None else not inner
        if isinstance(condition, AllOf | AnyOf):
            truths = [self.known(part) for part in condition.conditions]
            decides = isinstance(condition, AnyOf)
            if decides in truths:
                return decides
            return None if None in truths else not decides
        if isinstance(condition, WasSent):
            return self._was_sent(condition)
        for answer in self.fresh:
            if answer.condition == condition:
                return answer.truth
        if isinstance(condition, HasEngaged):
            engaged = condition.model_copy(update={"negated": False})
            return not condition.negated if self._holds(engaged, self.happened) else None
        return self._has_done(condition) if isinstance(condition, HasDone) else None

    def moment(self, condition: HasDone) -> tuple[int, int] | None:
        """Return the last time, first and last instant, in which such an event can have gone unheard."""
        gaps = self._gaps(condition)
        return gaps[-1] if gaps else None

    def trait(self, condition: Condition) -> object:
        """Return what decides how a fact can come out, now and later."""
        known = self.known(condition)
        if not isinstance(condition, HasDone | HasEngaged) or condition.scope.kind != "last":
            return known
        names = (condition.event,) if isinstance(condition, HasDone) else condition.events
        last = max((one.at for one in self.happened if one.name in names), default=0)
        return known, last, self._gaps(condition)[-1:] if isinstance(condition, HasDone) else ()

    def _was_sent(self, condition: WasSent) -> bool | None:
        if self._holds(condition, ()):
            return True
        return False if condition.scope.kind == "run" else None

    def _has_done(self, condition: HasDone) -> bool | None:
        simple = condition.model_copy(update={"where": None})
        if condition.where is None and self._holds(condition, (*self.happened, *self._admitted(condition))):
            return True
        possible = [
            Happened(condition.event, last, last, dict(condition.args))
            for _, last in self._gaps(condition)
            for _ in range(condition.at_least)
        ]
        return None if self._holds(simple, (*self.happened, *possible)) else False

    def _holds(self, condition: Condition, events: Sequence[Happened]) -> bool:
        """Whether a condition holds now for somebody who did this, and was sent the emails of the way."""
        by_name: dict[str, list[Happened]] = {}
        for event in events:
            by_name.setdefault(event.name, []).append(event)
        journey = self.plan.journey
        sent = [Sent("explored", journey, email, at, service=False) for email, at in self.sent]
        facts = Facts("explored", None, {}, {}, "UTC", self.entered, events=by_name, sent=sent)
        run = RunView("explored", journey, self.plan.hash, self.entered, {})
        return truth(condition, facts, run, self.now, "UTC")

    def _admitted(self, condition: HasDone) -> Iterator[Happened]:
        """Yield the events that an earlier answer tells of, as early as they can have been."""
        most: dict[str, int] = {}
        for one in self.answers:
            c = one.condition
            if not isinstance(c, HasDone) or not one.truth or c.scope.kind == "last":
                continue
            if c.event == condition.event and condition.args.items() <= c.args.items():
                most[c.scope.kind] = max(most.get(c.scope.kind, 0), c.at_least)
        for kind, number in most.items():
            at = self.entered if kind == "run" else _LONG_AGO
            yield from [Happened(condition.event, at, at, dict(condition.args))] * number

    def _gaps(self, condition: HasDone) -> list[tuple[int, int]]:
        """Return the times, first and last instant, in which such an event can have come unheard."""
        first = self._first(condition)
        covered = sorted((*self._unheard(condition), *self._denied(condition)))
        gaps = []
        for begin, end in covered:
            if begin > first:
                gaps.append((first, begin - 1))
            first = max(first, end + 1)
        return [*gaps, (first, self.now)] if first <= self.now else gaps

    def _first(self, condition: HasDone) -> int:
        """Return the first instant at which an event can have come that counts."""
        if condition.scope.kind != "run":
            return _LONG_AGO
        email = condition.args.get("email") if condition.event in EMAIL_EVENTS else None
        ours = any(effect.email == email for _, effect in self.plan.sends())
        if email is None or not ours:
            return self.entered
        return min((at for name, at in self.sent if name == email), default=self.now) + 1

    def _unheard(self, condition: HasDone) -> Iterator[tuple[int, int]]:
        """Yield the times in which something listened for such events in vain."""
        # A click that names an earlier run of the journey is not told to this one.
        if condition.scope.kind != "run" and condition.event in EMAIL_EVENTS:
            return
        for one in self.silent:
            hears = one.heard.event == condition.event and one.heard.where is None
            if hears and one.heard.args.items() <= condition.args.items():
                yield one.since + 1, self.now if one.until is None else one.until

    def _denied(self, condition: HasDone) -> Iterator[tuple[int, int]]:
        """Yield the times of which an answer says that no such event had come."""
        watched = [
            _Answer(part, is_so, self.now)
            for ending in self.plan.endings
            if ending.predicate is not None and not ending.stay
            for part, is_so in parts(self.plan.predicates[ending.predicate], False)
        ]
        for one in (*self.answers, *watched):
            c = one.condition
            if not isinstance(c, HasDone) or one.truth or c.where is not None or c.at_least != 1:
                continue
            if c.event != condition.event or not c.args.items() <= condition.args.items():
                continue
            if c.scope.kind == "ever" or (c.scope.kind == "run" == condition.scope.kind):
                yield _LONG_AGO, one.at


def parts(condition: Condition, is_so: bool) -> Iterator[tuple[Condition, bool]]:
    """Yield the conditions without parts of which it is known how they came out, if the whole came out so."""
    if isinstance(condition, Not):
        yield from parts(condition.condition, not is_so)
    elif isinstance(condition, AllOf | AnyOf):
        if isinstance(condition, AllOf) == is_so:
            for part in condition.conditions:
                yield from parts(part, is_so)
    else:
        yield condition, is_so


def facts(condition: Condition) -> Iterator[Condition]:
    """Yield the facts about what was done and sent that a condition is made of."""
    if isinstance(condition, Not):
        yield from facts(condition.condition)
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.conditions:
            yield from facts(part)
    elif isinstance(condition, _FACTS):
        yield condition


__all__ = ["Evidence", "facts", "parts"]
