"""Entering: why a contact is in no run of a journey: which way in there is, and what was missing for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dsl import civil
from dsl.plan import Plan, Start
from dsl.saying import WEEKDAYS, length
from dsl.spelling import one_of
from runtime.evaluate import has_args
from runtime.facts import Happened
from runtime.intake import SCORE_CHANGED, STAGE_REACHED, is_news
from runtime.reporting import words
from runtime.reporting.words import reason_of
from runtime.routing import SEGMENTS
from runtime.why import standing
from runtime.why.answer import Answer, Place, Reason
from runtime.why.case import Refused
from runtime.why.operands import deciding
from runtime.why.telling import Telling, newest

_OWN = frozenset({SCORE_CHANGED, STAGE_REACHED, *SEGMENTS})


def never_entered(telling: Telling, plan: Plan, email: str = "", step: str = "") -> Answer:
    """Answer why there is no run of a journey that is in force."""
    entering = _Entering(telling, telling.sources.plan(plan))
    clause, reasons = entering.why()
    what = (
        f"“{email}” was not sent to {telling.who}" if email else f"{telling.who} is not in “{plan.journey}”"
    )
    behind = f"{telling.who} never entered “{plan.journey}”, for " if email else ""
    sentence = f"{what}: {behind}{clause}." if email else f"{what}: {clause}."
    return Answer("never entered", sentence, tuple(reasons), plan.journey, "", step, email)


def refusals(telling: Telling, plan: Plan, since: int = 0) -> list[Reason]:
    """Tell the triggers that started nothing, the newest last."""
    entering = _Entering(telling, telling.sources.plan(plan))
    mine = [one for one in telling.case.refused if one.journey == plan.journey and one.at >= since]
    return [reason for one in mine[-3:] for reason in entering.refusal(one, alone=True)]


class _Entering:
    def __init__(self, telling: Telling, plan: Plan) -> None:
        self.telling, self.plan = telling, plan

    def place(self, line: int) -> Place | None:
        return self.telling.place(self.plan, line)

    def why(self) -> tuple[str, list[Reason]]:
        """Return it in a clause, and the facts."""
        refused = [one for one in self.telling.case.refused if one.journey == self.plan.journey]
        if refused:
            newest_one = refused[-1]
            clause = f"on {self.telling.clock(newest_one.at)} it was refused, {reason_of(newest_one.reason)}"
            return clause, self.refusal(newest_one)
        clauses: list[str] = []
        reasons: list[Reason] = []
        for start in self.plan.starts:
            clause, found = self.start(start)
            clauses.append(clause)
            reasons += found
        if not self.plan.starts:
            clause, found = self.by_hand()
            clauses.append(clause)
            reasons += found
        clause = clauses[0] if len(clauses) == 1 else f"none of the {len(clauses)} ways in was open"
        return clause, reasons

    # ------------------------------------------------------------------------------------------ refused

    def refusal(self, refused: Refused, *, alone: bool = False) -> list[Reason]:
        """Tell a refusal, and the run because of which it was; `alone`: that was told already."""
        text = f"Did not enter “{self.plan.journey}”: {reason_of(refused.reason)}"
        made = [self.telling.reason(text, refused.at, self.place(self.plan.runs.line))]
        runs = [
            run
            for run in newest(self.telling.case.passages)
            if (run.journey, run.key) == (self.plan.journey, refused.key) and run.entered <= refused.at
        ]
        for run in runs[:1]:
            over = run.ended_at is not None and run.ended_at <= refused.at
            if not alone:
                made += standing.entered(self.telling, run)
                made += list(standing.ending(self.telling, run)) if over else []
            if run.ended_at is not None and over:
                made += self.free_again(refused, run.ended_at)
            else:
                made.append(self.telling.reason("That run was not over yet", refused.at))
        return made

    def free_again(self, refused: Refused, ended: int) -> list[Reason]:
        runs = self.plan.runs
        if refused.reason != "too soon" or not runs.amount:
            return []
        zone = self.telling.zone
        again = civil.add(ended, runs.amount, runs.unit, zone)
        text = f"May enter again {length(runs.amount, runs.unit)} after it ended: {self.telling.clock(again)}"
        return [self.telling.reason(text, None, self.place(runs.line), detail=True)]

    # --------------------------------------------------------------------------------------- ways in

    def start(self, start: Start) -> tuple[str, list[Reason]]:
        if start.by_hand:
            return self.by_hand(start)
        if start.everyone is not None:
            return self.everyone(start)
        if start.event in _OWN:
            return self.change(start)
        return self.event(start)

    def event(self, start: Start) -> tuple[str, list[Reason]]:
        telling, place = self.telling, self.place(start.line)
        said = telling.words(telling.definitions(telling.case.now))
        wanted = said.event(start.event, start.args, None)
        named = [event for event in telling.case.person.events if event.name == start.event]
        mine = [event for event in named if has_args(event.properties, start.args)]
        if not mine:
            made = [telling.reason(f"Starts when {wanted}; no such event is on record", None, place)]
            for other in named[-1:]:
                text = words.event(other.name, other.properties)
                made.append(telling.reason(f"What is on record instead: {text}", other.at))
            return f"what starts it has never happened ({wanted})", made
        event = mine[-1]
        told = telling.reason(words.event(event.name, event.properties), event.at)
        clause, found = self.not_started(start, event, place)
        return clause, [told, *found]

    def not_started(self, start: Start, event: Happened, place: Place | None) -> tuple[str, list[Reason]]:
        telling = self.telling
        when = telling.clock(event.at)
        definitions = telling.definitions(event.at)
        if event.machine:
            text = "It was made by a machine, and such events start nothing"
            return f"the event of {when} was made by a machine", [telling.reason(text, event.at)]
        if definitions is not None and not is_news(event, definitions):
            late = definitions.lateness or 0
            hours = length(late // 3600, "hour")
            text = f"It came more than {hours} after it had happened: too late to start anything"
            return f"the event of {when} came too late", [telling.reason(text, event.at)]
        if self.plan.journey not in telling.case.active(event.at) or self.first_in_force() > event.at:
            first = self.first_in_force()
            text = f"The journey was not in force then, but from {telling.clock(first)} on"
            return f"the event of {when} came before the journey was deployed", [telling.reason(text, first)]
        look = telling.look(event.at, None, event.properties)
        for condition in (start.where, start.condition):
            if look is None or condition is None or look.truth(condition):
                continue
            parts = deciding(condition, look)
            made = telling.found(parts, event.at, place)
            told = " and ".join(part.told() for part in parts[:2])
            return f"when it happened on {when}, its condition was false ({told})", made
        if look is not None and (start.where is not None or start.condition is not None):
            text = (
                "With what is known now its condition holds; a value was changed since, or it was brought in "
                "as an event of the past"
            )
        else:
            text = (
                "Why it started nothing is not on record: it may have been brought in as an event of the "
                "past (`nurture backfill`)"
            )
        return f"the event of {when} started nothing", [telling.reason(text, event.at, place, sure=False)]

    def first_in_force(self) -> int:
        """Return since when the journey is in force without a break."""
        first = 0
        for edition in reversed(self.telling.case.editions):
            if self.plan.journey not in edition.active:
                break
            first = edition.at
        return first

    def change(self, start: Start) -> tuple[str, list[Reason]]:
        """A change of the score, the stage or a segment: tell how that stands now."""
        telling, place = self.telling, self.place(start.line)
        at = telling.case.now
        definitions, facts = telling.definitions(at), telling.facts(at)
        said = telling.words(definitions)
        wanted = said.event(start.event, start.args, start.where)
        made = [telling.reason(f"Starts when {wanted}", None, place)]
        segment = start.args.get("segment", "")
        look = telling.look(at)
        if segment and definitions is not None and look is not None and segment in definitions.segments:
            condition = definitions.segments[segment]
            inside = look.truth(condition)
            made += telling.found(deciding(condition, look), at, None, past=False)
            if inside:
                text = f"Is in segment “{segment}”; only who comes in while the journey is in force starts it"
                made.append(telling.reason(text, at, place))
                return (
                    f"the contact is in segment “{segment}”, but has not come into it since it is deployed",
                    made,
                )
            return f"the contact is not in segment “{segment}”", made
        if start.event == STAGE_REACHED and facts is not None:
            stage = f"“{facts.stage}”" if facts.stage else "none"
            made.append(telling.reason(f"The stage is {stage}", at))
        if start.event == SCORE_CHANGED and facts is not None:
            from runtime.evaluate import score

            made.append(telling.reason(f"The score is {words.number(round(score(facts, at), 3))}", at))
        if start.condition is not None and look is not None:
            made += telling.found(deciding(start.condition, look), at, place, past=False)
        return f"it has not happened that {wanted}", made

    def everyone(self, start: Start) -> tuple[str, list[Reason]]:
        telling, place, everyone = self.telling, self.place(start.line), start.everyone
        assert everyone is not None
        at = telling.case.now
        when = "once" if everyone.clock is None else f"every day at {everyone.clock}"
        if everyone.clock is not None and everyone.weekday is not None:
            when = f"every {WEEKDAYS[everyone.weekday]} at {everyone.clock}"
        made = [telling.reason(f"Lets everyone in segment “{everyone.segment}” in, {when}", None, place)]
        look = telling.look(at)
        if look is None:
            return f"whether the contact is in segment “{everyone.segment}” is not known", made
        for condition in (everyone.members, start.condition):
            if condition is not None and not look.truth(condition):
                made += telling.found(deciding(condition, look), at, place, past=False)
                return f"the contact is not in segment “{everyone.segment}”", made
        text = (
            f"Is in segment “{everyone.segment}” now, and was not when everyone was let in, or the round has "
            "not been yet"
        )
        made.append(telling.reason(text, at, sure=False))
        return f"no round has let the contact in from segment “{everyone.segment}” yet", made

    def by_hand(self, start: Start | None = None) -> tuple[str, list[Reason]]:
        telling = self.telling
        place = self.place(start.line if start else 0)
        active = telling.case.active(telling.case.now)
        others = [plan for plan in active.values() if self.plan.journey in plan.spawned]
        made = [telling.reason("No event starts it: a person does, or another journey", None, place)]
        made += list(self.spawns(others))
        names = one_of((f"“{plan.journey}”" for plan in others), "or")
        by = f"neither a person nor {names} has started it" if others else "nobody has started it by hand"
        return by, made

    def spawns(self, others: list[Plan]) -> Iterator[Reason]:
        for plan in others:
            ours = self.telling.sources.plan(plan)
            step: Any = next(s for s in ours.steps if s.op == "spawn" and s.journey == self.plan.journey)
            runs = [run for run in newest(self.telling.case.passages) if run.journey == plan.journey]
            place = self.telling.place(ours, step.line)
            if not runs:
                text = f"“{plan.journey}” starts it, and the contact was never in that"
            elif runs[0].ended is None:
                now = standing.place_now(self.telling, runs[0])
                text = f"“{plan.journey}” starts it, and the run there {now}"
            else:
                ended = standing.how_it_ended(self.telling, runs[0])
                text = f"“{plan.journey}” starts it, and the run there {ended}"
            yield self.telling.reason(text, None, place)
