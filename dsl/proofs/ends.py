"""Ends that come too early: a run that ends itself, and a run that is over before anything can be heard."""

from __future__ import annotations

from collections.abc import Iterator

from dsl.plan import Arms, Do, End, Schedule, Wait
from dsl.plan.plan import Ending
from dsl.proofs.conditions import conditions
from dsl.proofs.facts import about, change, written
from dsl.proofs.flow import known
from dsl.proofs.graph import END, Graph
from dsl.proofs.subject import Finding, Journey, Subject
from dsl.proofs.trails import condition_words, find, small


def beside_nothing(subject: Subject) -> Iterator[Finding]:
    """Find handlers and goals beside a main flow that does not last: the run ends before they come."""
    for journey in subject.journeys.values():
        plan = journey.plan
        if any(_lasts(journey.steps[step]) for _, step in journey.main.steps()):
            continue
        if plan.handlers:
            line, what = plan.handlers[0].line, "nothing under this line ever runs."
            if plan.handlers[0].predicate is not None:
                what = "nothing under this line runs, unless it holds already at entry."
        elif goal := next((e for e in plan.endings if e.kind == "goal" and e.predicate is None), None):
            line, what = goal.line, "this goal is never reached."
        else:
            continue
        why = "holds nothing, so a run is over as it begins"
        if plan.entry is not None:
            why = "does not wait, so a run is over in the moment in which it begins"
        message = f"The main flow {why}: {what}"
        fix = "Keep the run open: write such as “wait up to 365 days until …”, or timed blocks, below."
        yield Finding("N568", plan.journey, line, message, fix)


def _lasts(step: object) -> bool:
    return isinstance(step, Wait | Arms | Schedule)


def ended_by_itself(subject: Subject) -> Iterator[Finding]:
    """Find lines that make true what ends the run, where lines follow that nobody comes to."""
    for journey in subject.journeys.values():
        endings = [e for e in journey.plan.endings if e.predicate is not None and not e.stay]
        predicates = [journey.plan.predicates[e.predicate] for e in endings if e.predicate is not None]
        if journey.changes & {about(one) for p in predicates for one, _ in conditions(p)}:
            for graph in journey.graphs:
                yield from _of_graph(journey, graph, endings)


def _of_graph(journey: Journey, graph: Graph, endings: list[Ending]) -> Iterator[Finding]:
    flow, told = known(journey, graph), set[int]()
    for node, number in graph.steps():
        step = journey.steps[number]
        if number in told or node not in flow.at or not isinstance(step, Do) or not written([step.effect]):
            continue
        after = change(flow.at[node], step.effect)
        for ending in endings:
            assert ending.predicate is not None
            condition = journey.plan.predicates[ending.predicate]
            if journey.knowledge.assume(after, condition, False) is not None:
                continue  # it may be so, and may not
            if journey.knowledge.assume(flow.at[node], condition, False) is None or _last(
                journey, graph, node
            ):
                continue
            told.add(number)
            words = condition_words(journey, ending.predicate)
            message = f"This ends the run, and nothing below it happens: {words} from here on."
            fix = f"Put this line last, or change line {ending.line}: {small(ending.text)}"
            trail = find(journey, graph, lambda n, _facts, node=node: n == node)  # type: ignore[misc]
            yield Finding("N572", journey.plan.journey, step.line, message, fix, trail)
            break


def _last(journey: Journey, graph: Graph, node: int) -> bool:
    """Whether nothing but the end follows a node."""
    follow = [edge.to for edge in graph.nodes[node].out]
    return all(to == END or isinstance(journey.steps[graph.nodes[to].step], End) for to in follow)
