"""Dataflow: what is known at each place of a graph, whichever way was taken to it."""

from __future__ import annotations

from dsl.proofs.facts import FROZEN, Facts, forget, join
from dsl.proofs.graph import START, Edge, Graph
from dsl.proofs.subject import Journey
from dsl.proofs.trails import Passing


def begin(journey: Journey, graph: Graph, keep: tuple[str, ...]) -> Facts:
    """Return what is known as a thread begins; a handler may fire long after the start."""
    return journey.at_start if graph is journey.main else forget(journey.at_start, keep)


def known(journey: Journey, graph: Graph, keep: tuple[str, ...] = FROZEN) -> Flow:
    """Return what is certain at each node, and the ways that nobody can take; proofs share one sweep."""
    place = (graph.entry, keep)
    flow = journey.flows.get(place)
    if flow is None:
        flow = journey.flows[place] = Flow(journey, graph, keep)
        flow.run()
    return flow


class Flow:
    """One sweep over a graph. `at`: the facts on arrival at each node that can be come to."""

    def __init__(self, journey: Journey, graph: Graph, keep: tuple[str, ...]) -> None:
        self.graph = graph
        if keep == FROZEN and journey.plan.updates:
            keep = ()  # an event may take the place of the trigger while time passes
        self.passing = Passing(journey, graph, keep)
        self.at: dict[int, Facts] = {}
        self.closed: list[tuple[int, Edge]] = []
        self._start = self.passing.begin(begin(journey, graph, keep))

    def run(self) -> None:
        """Sweep once: the order has every node after all that lead to it."""
        arriving: dict[int, list[Facts]] = {START: [self._start]}
        for number in self.graph.order:
            tables = arriving.pop(number, None)
            if not tables:
                continue
            facts = self.at[number] = join(tables)
            for edge in self.graph.nodes[number].out:
                after = self.passing.go(facts, number, edge)
                if after is None:
                    self.closed.append((number, edge))
                else:
                    arriving.setdefault(edge.to, []).append(after)
