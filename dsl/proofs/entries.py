"""Entries: starts that nobody meets, and runs that are over as soon as they begin."""

from __future__ import annotations

from collections.abc import Iterator

from dsl.plan import Stage
from dsl.plan.base import PlanModel
from dsl.plan.plan import Ending, Start
from dsl.proofs.circles import SCORE, STAGE, reached
from dsl.proofs.facts import Facts
from dsl.proofs.subject import Finding, Journey, Subject, as_trigger
from dsl.proofs.trails import condition_words, small


def nobody(subject: Subject) -> Iterator[Finding]:
    """Find starts whose conditions contradict each other, or an ending of the journey."""
    for journey in subject.journeys.values():
        plan = journey.plan
        endings = [e for e in plan.endings if e.predicate is not None and not e.stay]
        for start in plan.starts:
            if start.where is None and start.condition is None and not (endings and _certain(start)):
                continue
            facts = _begun(journey, start)
            if facts is None:
                message = "Nobody can come in here: the conditions of this start contradict each other."
                fix = "Change one of them, or write a start for each."
                yield Finding("N563", plan.journey, start.line, message, fix)
                continue
            ending = next((e for e in endings if _over(journey, e, facts)), None)
            if ending is not None:
                yield _ended(journey, start, ending)


def nobody_of_a_segment(subject: Subject) -> Iterator[Finding]:
    """Find starts by a segment whose own lines, or the condition of the start, nobody in it can meet."""
    for journey in subject.journeys.values():
        for start in journey.plan.starts:
            members = subject.segments.get(str(start.args.get("segment", "")))
            if members is None or start.everyone is not None:
                continue
            inside = journey.knowledge.assume(journey.brought(start), members, True)
            if inside is None:
                message = "Nobody can come in here: the lines of the segment contradict each other."
                fix = "Change one of them."
            elif start.condition and journey.knowledge.assume(inside, start.condition, True) is None:
                message = "Nobody can come in here: what is asked contradicts the segment."
                fix = "Change the condition or the segment."
            else:
                continue
            yield Finding("N563", journey.plan.journey, start.line, message, fix)


def _certain(start: Start) -> bool:
    return start.everyone is not None or start.event in (STAGE, SCORE)


def _begun(journey: Journey, start: Start) -> Facts | None:
    """Return what is known of whoever comes in by a start; None if nobody can."""
    facts: Facts | None = journey.brought(start)
    changed: PlanModel | None = None
    if start.event == STAGE and "stage" in start.args:
        changed = Stage(kind="eq", stage=start.args["stage"])
    elif start.event == SCORE:
        changed = reached(start)
    members = start.everyone.members if start.everyone else None
    where = as_trigger(start.where) if start.where and start.event != SCORE else None
    for condition in (changed, members, where, start.condition):
        if condition is not None and facts is not None:
            facts = journey.knowledge.assume(facts, condition, True)
    return facts


def _over(journey: Journey, ending: Ending, facts: Facts) -> bool:
    """Whether an ending surely holds at the start; what asks about the past or of others is left aside."""
    assert ending.predicate is not None
    condition = journey.plan.predicates[ending.predicate]
    return journey.knowledge.assume(facts, condition, False) is None


def _ended(journey: Journey, start: Start, ending: Ending) -> Finding:
    assert ending.predicate is not None
    told = condition_words(journey, ending.predicate)
    message = f"Whoever comes in here leaves at once: {told}, and so the run is over as it begins."
    fix = f"Change the condition of this start, or line {ending.line}: {small(ending.text)}"
    return Finding("N564", journey.plan.journey, start.line, message, fix)
