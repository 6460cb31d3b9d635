"""Journeys among themselves: circles of starts, starts that are refused, contacts that two of them want."""

from __future__ import annotations

from collections.abc import Iterator

from dsl.plan import Plan, Stage
from dsl.plan.plan import Start
from dsl.proofs.circles import again, by_change, spawns, trail_to
from dsl.proofs.conditions import conditions
from dsl.proofs.subject import Finding, Subject
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
    """Find journeys that one event starts for the same contact."""
    buckets: dict[tuple[str, _Args], list[tuple[str, Start]]] = {}
    every: dict[str, list[tuple[str, Start]]] = {}
    for name, journey in subject.journeys.items():
        for start in journey.plan.starts:
            if start.event:
                args = tuple(sorted(start.args.items()))
                buckets.setdefault((start.event, args), []).append((name, start))
                every.setdefault(start.event, []).append((name, start))
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
    for name, found in rivals.items():
        if found:
            yield _rivalry(subject.journeys[name].plan, list(found))


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
    message = f"“{plan.journey}” and {named}{more} start by the same event, so a contact is in them at once."
    fix = "If that is not meant, give one of them a condition: start when … if …"
    return Finding("N554", plan.journey, 0, message, fix)


# ------------------------------------------------------------------------------------------------- stages


def unset_stages(subject: Subject) -> Iterator[Finding]:
    """Find conditions on a stage that no journey sets."""
    set_ = frozenset().union(*(journey.stages for journey in subject.journeys.values()))
    for name, journey in subject.journeys.items():
        if not journey.asks_stage:
            continue
        for step in journey.steps:
            for branch in getattr(step, "branches", ()):
                for one, _denied in conditions(journey.plan.predicates[branch.predicate]):
                    if isinstance(one, Stage) and one.stage not in set_:
                        message = f"No journey sets the stage “{one.stage}”; only an import can bring it."
                        fix = "Set it where a contact comes into it: set stage to …"
                        yield Finding("N546", name, step.line, message, fix)
