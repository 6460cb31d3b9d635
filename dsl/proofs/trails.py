"""Trails: the shortest path to a step on which the conditions taken do not contradict each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from dsl.plan import (
    AddTag,
    Arms,
    Block,
    DateField,
    Decide,
    Do,
    GrantConsent,
    Handoff,
    IsSet,
    LiftSuppression,
    Loop,
    RemoveTag,
    Schedule,
    SendEmail,
    SetField,
    SetStage,
    Spawn,
    Split,
    Suppress,
    Wait,
    WithdrawConsent,
)
from dsl.plan.base import PlanModel
from dsl.proofs.domains import Domain
from dsl.proofs.facts import ALL, STEADY, Facts, change, forget, sent_key, write
from dsl.proofs.graph import END, START, Edge, Graph, TooLarge
from dsl.proofs.subject import Journey, Trail

# Places looked at for one example; journeys that people write need some dozens.
_MOST = 20_000
_SHOWN = 14
_TOLD = (
    SendEmail,
    AddTag,
    RemoveTag,
    SetStage,
    SetField,
    GrantConsent,
    WithdrawConsent,
    Suppress,
    LiftSuppression,
)

Goal = Callable[[int, Facts], bool]
Ways = Callable[[int, Edge], bool]


@dataclass(frozen=True, slots=True)
class Passing:
    """How facts pass a step. `keep`: what outlasts the passing of time."""

    journey: Journey
    graph: Graph
    keep: tuple[str, ...] = STEADY

    def begin(self, facts: Facts) -> Facts:
        """Return what is known at the start, where no ending holds; one that does is told elsewhere."""
        found = self._goes_on(facts)
        return facts if found is None else found

    def go(self, facts: Facts, number: int, edge: Edge) -> Facts | None:
        """Return what is known after a step, on one way out of it; None if the way contradicts the facts."""
        if number == START:
            return facts
        node = self.graph.nodes[number]
        step = self.journey.steps[node.step]
        if node.block is not None or isinstance(step, Wait | Arms):
            facts = forget(facts, self.keep)
            if self.journey.never:
                going = self._goes_on(facts)
                if going is None:
                    return None
                facts = going
        found: Facts | None = facts
        if edge.kind == "block":
            found = self._dated(facts, self.graph.block(node))
        elif isinstance(step, Arms) and edge.kind == "already":
            already = step.arms[edge.number].already
            found = facts if already is None else self._assume(facts, already, True)
        elif isinstance(step, Decide):
            found = self._decide(facts, step, edge)
        elif isinstance(step, Do):
            found = self._do(facts, step)
        return found if found is None else self._steady(found)

    def _dated(self, facts: Facts, block: Block) -> Facts:
        """Add that the date on which a block hangs is set: without it the block is left out."""
        instant = self.journey.plan.instants[block.at]
        if not isinstance(instant, DateField):
            return facts
        known = self.journey.knowledge.assume(facts, IsSet(left=instant.ref, value=True), True)
        return facts if known is None else known

    def _decide(self, facts: Facts, step: Decide, edge: Edge) -> Facts | None:
        found: Facts | None = facts
        last = edge.number if edge.kind == "branch" else len(step.branches)
        for branch in step.branches[:last]:
            found = None if found is None else self._assume(found, branch.predicate, False)
        if edge.kind == "branch" and found is not None:
            found = self._assume(found, step.branches[edge.number].predicate, True)
        return found

    def _do(self, facts: Facts, step: Do) -> Facts:
        if not step.effect.outer:
            return change(facts, step.effect) if self.keep == ALL else write(facts, step.effect)
        facts = self.begin(forget(facts, self.keep))
        if isinstance(step.effect, SendEmail) and (key := sent_key(step.effect.email)) in facts:
            # It may have been sent now, or finally not.
            return {k: v for k, v in facts.items() if k != key}
        return facts

    def _goes_on(self, facts: Facts) -> Facts | None:
        """Add that no ending holds: as soon as one does, the run is over."""
        found: Facts | None = facts
        for condition in self.journey.never:
            found = None if found is None else self.journey.knowledge.assume(found, condition, False)
        return found

    def _assume(self, facts: Facts, predicate: int, truth: bool) -> Facts | None:
        condition = self.journey.plan.predicates[predicate]
        return self.journey.knowledge.assume(facts, condition, truth)

    def _steady(self, facts: Facts) -> Facts:
        beside = self.journey.beside
        if not beside or not any(key.removeprefix("day:") in beside for key in facts):
            return facts
        return {key: domain for key, domain in facts.items() if key.removeprefix("day:") not in beside}


def unsent(email: str) -> Facts:
    """Return what is known of an email that the run has not sent."""
    return {sent_key(email): Domain(empty=False).only((False,))}


_State = tuple[int, frozenset[tuple[str, Domain]]]


def find(
    journey: Journey,
    graph: Graph,
    goal: Goal,
    facts: Facts | None = None,
    avoid: frozenset[int] = frozenset(),
    there: str | None = None,
    keep: tuple[str, ...] = STEADY,
    ways: Ways | None = None,
) -> Trail | None:
    """Find the shortest path to a node that is a goal, without the steps to avoid; None if there is none.

    `facts`: what is known at the start. `there`: what to call the place in words. `ways`: which ways may be
    taken. None is also the answer when too many places had to be looked at.
    """
    passing = Passing(journey, graph, keep)
    first = passing.begin(journey.at_start if facts is None else facts)
    table: dict[_State, Facts] = {}
    came: dict[_State, tuple[_State, Edge] | None] = {}
    begin = (START, frozenset(first.items()))
    table[begin], came[begin] = first, None
    queue = deque([begin])
    while queue and len(came) < _MOST:
        state = queue.popleft()
        number, known = state[0], table[state]
        if goal(number, known):
            return trail(journey, graph, _back(came, state), number, there)
        if graph.nodes[number].step in avoid and graph.nodes[number].block is None:
            continue
        for edge in graph.nodes[number].out:
            after = passing.go(known, number, edge) if ways is None or ways(number, edge) else None
            if after is None:
                continue
            next_ = (edge.to, frozenset(after.items()))
            if next_ not in came:
                came[next_], table[next_] = (state, edge), after
                queue.append(next_)
    return None


def places(
    journey: Journey, graph: Graph
) -> Iterator[tuple[int, Facts, Callable[[], list[tuple[int, Edge]]]]]:
    """Yield every place with what may be known there, and a shortest way to it. Raises `TooLarge`."""
    passing = Passing(journey, graph)
    first = passing.begin(journey.at_start if graph is journey.main else forget(journey.at_start, STEADY))
    begin = (START, frozenset(first.items()))
    table: dict[_State, Facts] = {begin: first}
    came: dict[_State, tuple[_State, Edge] | None] = {begin: None}
    queue = deque([begin])
    while queue:
        state = queue.popleft()
        number, known = state[0], table[state]
        yield number, known, partial(_back, came, state)
        for edge in graph.nodes[number].out:
            after = passing.go(known, number, edge)
            if after is None:
                continue
            next_ = (edge.to, frozenset(after.items()))
            if next_ not in came:
                if len(came) >= _MOST:
                    raise TooLarge
                came[next_], table[next_] = (state, edge), after
                queue.append(next_)


def _back(came: dict[_State, tuple[_State, Edge] | None], state: _State) -> list[tuple[int, Edge]]:
    way: list[tuple[int, Edge]] = []
    while (before := came[state]) is not None:
        state, edge = before
        way.append((state[0], edge))
    return way[::-1]


def trail(
    journey: Journey,
    graph: Graph,
    way: list[tuple[int, Edge]],
    last: int | None = None,
    there: str | None = None,
) -> Trail:
    """Tell a path; `last`: the node at its end, which is only arrived at."""
    nodes = [number for number, _ in way] + ([last] if last is not None else [])
    steps = tuple(
        graph.nodes[n].step for n in nodes if n not in (START, END) and graph.nodes[n].block is None
    )
    told = [words for number, edge in way for words in _tell(journey, graph, number, edge)]
    if last is not None and last not in (START, END):
        told.append(there or arrive(journey, graph, last))
    if len(told) > _SHOWN:
        told = [*told[: _SHOWN // 2], "…", *told[-_SHOWN // 2 :]]
    return Trail(steps, " → ".join([_begin(journey, graph), *told]))


def _begin(journey: Journey, graph: Graph) -> str:
    for handler, one in zip(journey.plan.handlers, journey.handlers, strict=True):
        if one is graph:
            return small(handler.text)
    return "start"


def arrive(journey: Journey, graph: Graph, number: int) -> str:
    """Name the place that a path ends at."""
    node = graph.nodes[number]
    return str(graph.block(node).label) if node.block is not None else small(journey.steps[node.step].text)


def _tell(journey: Journey, graph: Graph, number: int, edge: Edge) -> Iterator[str]:
    """Tell what a marketer would name of a path: blocks, ways taken, waits and what reaches people."""
    if number == START:
        return
    node = graph.nodes[number]
    step = journey.steps[node.step]
    if node.block is not None:
        block: Block = graph.block(node)
        yield block.label if edge.kind == "block" else f"“{block.label}” is skipped"
        return
    match step:
        case Decide():
            yield _way(journey, step, edge)
        case Arms():
            yield _met(journey, step, edge)
        case Schedule() if edge.kind == "late":
            yield f"“{step.blocks[edge.number].label}” is past"
        case Split():
            yield f"variant “{step.variants[edge.number].name}”"
        case Wait() | Spawn() | Handoff() | Loop():
            yield small(step.text)
        case Do() if isinstance(step.effect, _TOLD):
            yield small(step.text)


def _way(journey: Journey, step: Decide, edge: Edge) -> str:
    told = [condition_words(journey, branch.predicate) for branch in step.branches]
    if edge.kind == "branch":
        return f"if {told[edge.number]}"
    return f"otherwise (not: {told[0]})" if len(told) == 1 else "otherwise"


def _met(journey: Journey, step: Arms, edge: Edge) -> str:
    if edge.kind == "timeout":
        return f"{small(step.text)}: in vain"
    from dsl.wording import Words

    if edge.kind == "already":
        already = step.arms[edge.number].already
        assert already is not None
        return f"{condition_words(journey, already)} already"
    return Words().interest(journey.plan.interests[step.arms[edge.number].interest])


def condition_words(journey: Journey, predicate: int) -> str:
    """Tell a condition of the plan."""
    return tell_condition(journey, journey.plan.predicates[predicate])


def tell_condition(journey: Journey, condition: PlanModel) -> str:
    """Tell a condition. What tells it is needed only where something is wrong."""
    from dsl.wording import Words

    return Words(thresholds=journey.definitions.thresholds).condition(condition)


def small(text: str) -> str:
    """Let a step's text stand inside a sentence."""
    return text[:1].lower() + text[1:]
