"""Branches that no contact takes: their condition contradicts what is certain on every way to them.

Only what cannot change by itself is certain: a wait or a send in between lets everything but the trigger
change, so such a branch is never reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from dsl.plan import Arm, Arms, Decide
from dsl.proofs.conditions import conditions
from dsl.proofs.facts import about
from dsl.proofs.flow import known
from dsl.proofs.graph import Edge, Graph
from dsl.proofs.subject import Finding, Journey, Subject
from dsl.proofs.trails import condition_words, find
from dsl.spelling import one_of


def never_taken(subject: Subject) -> Iterator[Finding]:
    """Find branches whose condition can never hold where they stand."""
    for journey in subject.journeys.values():
        if any(isinstance(step, Decide) for step in journey.steps):
            for graph in journey.graphs:
                yield from _of_graph(journey, graph)


def always_so(subject: Subject) -> Iterator[Finding]:
    """Find an `if` without `otherwise` whose condition is true of everybody, whatever is known of them."""
    for journey in subject.journeys.values():
        for step in journey.steps:
            if not isinstance(step, Decide) or step.otherwise != step.next:
                continue
            for branch in step.branches:
                condition = journey.plan.predicates[branch.predicate]
                if journey.knowledge.assume({}, condition, False) is None:
                    told = condition_words(journey, branch.predicate)
                    message = f"This is so of every contact: {told}."
                    fix = "Leave the “if” out; or was “and” meant where “or” stands?"
                    body = journey.steps[branch.to].line if branch.to not in (None, step.next) else None
                    yield Finding("N573", journey.plan.journey, step.line, message, fix, way=body)
                    break


def never_met(subject: Subject) -> Iterator[Finding]:
    """Find ways out of a wait that one above them always takes first."""
    for journey in subject.journeys.values():
        for step in journey.steps:
            if isinstance(step, Arms):
                for place, arm in enumerate(step.arms):
                    above = next((a for a in step.arms[:place] if _takes_all(journey, a, arm)), None)
                    if above is not None:
                        from dsl.wording import Words

                        told = Words().interest(journey.plan.interests[above.interest])
                        message = f"No contact takes this way: the one above it, “{told}”, is taken first."
                        fix = "Move it above the other, or remove it with the lines under it."
                        body = journey.steps[arm.to].line if arm.to not in (None, step.next) else None
                        yield Finding("N542", journey.plan.journey, step.line, message, fix, way=body)


def _takes_all(journey: Journey, one: Arm, other: Arm) -> bool:
    """Whether whatever meets one way of a wait has met another that stands above it."""
    if one.predicate is not None or one.already is not None or other.already is not None:
        return False
    above, below = journey.plan.interests[one.interest], journey.plan.interests[other.interest]
    if above.event is None or above.event != below.event:
        return False
    return above.args.items() <= below.args.items() and above.where in (None, below.where)


def _of_graph(journey: Journey, graph: Graph) -> Iterator[Finding]:
    flow = known(journey, graph)
    closed: dict[tuple[int, str, int], int] = {}
    for number, edge in flow.closed:
        step = journey.steps[graph.nodes[number].step]
        if isinstance(step, Decide) and _leads_somewhere(step, edge):
            closed.setdefault((graph.nodes[number].step, edge.kind, edge.number), number)
    if not closed:
        return
    shut = {(number, edge) for number, edge in flow.closed}
    # A section or a round that stands several times is dead only if it is at every place.
    for number in flow.at:
        for edge in graph.nodes[number].out:
            if (number, edge) not in shut:
                closed.pop((graph.nodes[number].step, edge.kind, edge.number), None)
    for (step_number, kind, place), number in closed.items():
        step = journey.steps[step_number]
        assert isinstance(step, Decide)
        yield _finding(journey, graph, step, number, Edge(0, kind, place))


def _leads_somewhere(step: Decide, edge: Edge) -> bool:
    """Whether lines stand under the way: an `if` without `otherwise` loses nothing if it is always true."""
    return edge.kind == "branch" or step.otherwise != step.next


def _ended_by(journey: Journey, step: Decide) -> str:
    """Tell the endings that ask about the same as a step: they may be why a way is never taken."""
    plan = journey.plan
    asked = {about(one) for b in step.branches for one, _ in conditions(plan.predicates[b.predicate])}
    endings = (e.predicate for e in plan.endings if e.predicate is not None and not e.stay)
    alike = [p for p in endings if any(about(one) in asked for one, _ in conditions(plan.predicates[p]))]
    return one_of([condition_words(journey, p) for p in alike])


def _finding(journey: Journey, graph: Graph, step: Decide, number: int, edge: Edge) -> Finding:
    there = "otherwise"
    if edge.kind == "branch":
        branch = step.branches[edge.number]
        told = condition_words(journey, branch.predicate)
        message = f"No contact takes this way: where it stands, it is never so that {told}."
        body = branch.to
        there = f"if {told}"
        if edge.number:
            above = [condition_words(journey, b.predicate) for b in step.branches[: edge.number]]
            there = f"otherwise (not: {one_of(above)}) → {there}"
    else:
        message = "No contact takes this “otherwise”: one of the conditions above it always holds here."
        body = step.otherwise
    if ending := _ended_by(journey, step):
        message += f" The run is over as soon as {ending}."
    inside = journey.steps[body].line if body is not None and body != step.next else None
    trail = find(journey, graph, lambda node, _facts: node == number, there=there)
    fix = "Change the condition, or remove it with the lines under it."
    return Finding("N542", journey.plan.journey, step.line, message, fix, trail, way=inside)
