"""Journeys among themselves: circles of starts, starts that are refused, contacts that two of them want."""

from __future__ import annotations

from collections.abc import Iterator

from dsl.plan import Plan, Stage
from dsl.plan.plan import Start
from dsl.proofs.circles import ENTERED, STAGE, again, by_change, spawns, trail_to
from dsl.proofs.conditions import conditions
from dsl.proofs.subject import Finding, Journey, Subject
from dsl.proofs.triggers import without_trigger
from dsl.spelling import one_of

_COMPARED = 8
_NAMED = 3

_Args = tuple[tuple[str, str], ...]


def refused(subject: Subject) -> Iterator[Finding]:
    """Find `start journey` lines whose run would be refused, for every contact or from the second time on."""
    for journey in subject.journeys.values():
        for number, step in spawns(journey).items():
            target = subject.journeys.get(step.journey)
            if target is None:
                continue
            if target is journey:
                message = f"“{step.journey}” starts itself, which is refused: this run of it is not over yet."
                fix = "Let it end here; to come again, it says: runs again … after it ended"
                yield Finding(
                    "N547", journey.plan.journey, step.line, message, fix, trail_to(journey, number)
                )
            elif target.plan.runs.key is not None:
                field = target.plan.runs.key.field
                message = (
                    f"“{step.journey}” runs once for each trigger.{field}, and a run that is started here"
                    " has no trigger: a contact can be started so only once."
                )
                fix = "Let the journey start by its event, or let it run for each contact."
                yield Finding("N557", journey.plan.journey, step.line, message, fix)
            if target is not journey:
                yield from without_trigger(journey, step.line, target.plan)


def restarted(subject: Subject) -> Iterator[Finding]:
    """Find changes by which a journey would start itself, were its run not under way."""
    for journey in subject.journeys.values():
        plan = journey.plan
        if plan.runs.kind == "again" and plan.starts and len(by_change(plan)) == len(plan.starts):
            turn = again(subject, journey)
            if turn is not None:
                line = journey.steps[turn.way.step].line
                message = f"This change would start “{plan.journey}” anew, which is refused while it runs."
                fix = "Leave it out if the journey is to begin again; it cannot start itself."
                yield Finding("N561", plan.journey, line, message, fix, turn.trail)


# ------------------------------------------------------------------------------------------ same contacts


def competing(subject: Subject) -> Iterator[Finding]:
    """Find journeys that one event, or one segment, starts for the same contact, and that both mail."""
    buckets: dict[tuple[str, _Args], list[tuple[str, Start]]] = {}
    every: dict[str, list[tuple[str, Start]]] = {}
    for name, journey in subject.journeys.items():
        if not journey.markets:
            continue
        for start in journey.plan.starts:
            event = ENTERED if start.everyone else start.event
            if event:
                given = {"segment": start.everyone.segment} if start.everyone else start.args
                buckets.setdefault((event, tuple(sorted(given.items()))), []).append((name, start))
                every.setdefault(event, []).append((name, start))
    rivals: dict[str, dict[str, None]] = {}
    for (event, args), members in buckets.items():
        if len(every[event]) == 1:
            continue
        # Who starts by any form competes with who starts by one. Of many, a few are compared.
        wider = buckets.get((event, ()), []) if args else every[event]
        near = [*members[:_COMPARED], *wider[:_COMPARED]]
        for name, start in members:
            met = (rival for rival, other in near if _meet(subject, name, start, rival, other))
            rivals.setdefault(name, {}).update(dict.fromkeys(met))
    told: set[frozenset[str]] = set()
    for name, found in rivals.items():
        left = [rival for rival in found if frozenset((name, rival)) not in told]
        told.update(frozenset((name, rival)) for rival in left)
        if left:
            yield _rivalry(subject.journeys[name].plan, left)


def _meet(subject: Subject, name: str, start: Start, rival: str, other: Start) -> bool:
    """Whether one event can start both journeys for one contact."""
    if name == rival:
        return False
    knowledge = subject.journeys[name].knowledge
    found = knowledge.assume({}, start.condition, True) if start.condition else {}
    for condition in (start.where, other.where, other.condition):
        if condition is not None and found is not None:
            found = knowledge.assume(found, condition, True)
    return found is not None


def _rivalry(plan: Plan, rivals: list[str]) -> Finding:
    named = one_of([f"“{name}”" for name in rivals[:_NAMED]], "and")
    more = f" and {len(rivals) - _NAMED} more" if len(rivals) > _NAMED else ""
    message = f"“{plan.journey}” and {named}{more} start for the same contacts, who are in them at once."
    fix = "If that is not meant, give the starts conditions that exclude each other: … if …"
    return Finding("N554", plan.journey, 0, message, fix)


# ------------------------------------------------------------------------------------------------- stages


def unset_stages(subject: Subject) -> Iterator[Finding]:
    """Find conditions on a stage that no journey sets."""
    set_ = frozenset().union(*(journey.stages for journey in subject.journeys.values()))
    for name, journey in subject.journeys.items():
        if not journey.asks_stage and not journey.awaits_stage:
            continue
        for line, stage in dict.fromkeys(_stages(journey)):
            if stage not in set_:
                message = f"No journey sets the stage “{stage}”; only an import can bring it."
                fix = "Set it where a contact comes into it: set stage to …"
                yield Finding("N546", name, line, message, fix)


def _stages(journey: Journey) -> Iterator[tuple[int, str]]:
    """Yield the stages that steps ask about or wait for; starts and endings may well wait for an import."""
    plan = journey.plan
    for step in journey.steps:
        asked = [branch.predicate for branch in getattr(step, "branches", ())]
        for arm in getattr(step, "arms", ()):
            asked += [p for p in (arm.already, arm.predicate) if p is not None]
            yield from _awaited(plan, step.line, arm.interest)
        for one, _denied in (pair for p in asked for pair in conditions(plan.predicates[p])):
            if isinstance(one, Stage):
                yield step.line, one.stage


def _awaited(plan: Plan, line: int, interest: int) -> Iterator[tuple[int, str]]:
    heard = plan.interests[interest]
    if heard.event == STAGE and "stage" in heard.args:
        yield line, heard.args["stage"]
