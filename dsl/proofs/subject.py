"""What the proofs look at: the workspace, and each journey with its graphs and what is known at its start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from dsl.emails import Email
from dsl.plan import AnyStep, Definitions, Do, HasDone, Plan, Ref, SendEmail, SetStage, Spawn, Stage, Start
from dsl.plan.base import PlanModel
from dsl.proofs.conditions import conditions
from dsl.proofs.domains import Domain
from dsl.proofs.facts import Facts, Knowledge, about, join, sent_key, written
from dsl.proofs.graph import Graph, graph

if TYPE_CHECKING:
    from dsl.proofs.flow import Flow

# Events that the product itself makes: these fields are always filled.
_ALWAYS = {
    "Form Submitted": ("form",),
    "Email Clicked": ("email",),
    "Email Opened": ("email",),
    "Email Replied": ("email",),
    "Page Viewed": ("page",),
    "Asset Downloaded": ("asset",),
}


@dataclass(frozen=True, slots=True)
class Trail:
    """A path as an example: the numbers of the steps taken, in order, and the path in plain words."""

    steps: tuple[int, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a proof found, before it has a place in a file.

    `line`: of the journey's file; 0 is the line of the journey itself. `way`: the first line under the way
    that is meant, where several ways begin at one step.
    """

    code: str
    journey: str
    line: int
    message: str
    fix: str
    trail: Trail | None = None
    way: int | None = None


@dataclass
class Journey:
    """A plan with its graphs. `spawned`: journeys that start it with a `start journey` line."""

    plan: Plan
    definitions: Definitions
    knowledge: Knowledge
    spawned: tuple[str, ...] = ()
    # What is known at each place while the proofs ask, by the entry of a graph and what outlasts time.
    flows: dict[tuple[int | None, tuple[str, ...]], Flow] = field(default_factory=dict, repr=False)

    @cached_property
    def main(self) -> Graph:
        """The graph of the main flow."""
        return graph(self.plan, self.plan.entry)

    @cached_property
    def handlers(self) -> tuple[Graph, ...]:
        """The graphs of the handlers."""
        return tuple(graph(self.plan, handler.body) for handler in self.plan.handlers)

    @cached_property
    def graphs(self) -> tuple[Graph, ...]:
        """The graphs of all threads, the main one first."""
        return (self.main, *self.handlers)

    @cached_property
    def steps(self) -> tuple[AnyStep, ...]:
        """The steps by number."""
        return self.plan.steps

    @cached_property
    def _sendings(self) -> tuple[SendEmail | None, ...]:
        effects = (step.effect if isinstance(step, Do) else None for step in self.plan.steps)
        return tuple(effect if isinstance(effect, SendEmail) else None for effect in effects)

    def email(self, step: int) -> SendEmail | None:
        """Return the sending at a step, if it sends an email."""
        return self._sendings[step]

    def without_hours(self) -> Journey:
        """Return the journey as if it could send at any hour. Its ways are the same."""
        if self.plan.sending_hours is None:
            return self
        plain = replace(self, plan=self.plan.model_copy(update={"sending_hours": None}))
        plain.main, plain.handlers = self.main, self.handlers
        return plain

    @cached_property
    def emails(self) -> frozenset[str]:
        """Name the emails that the journey can send."""
        numbers = {step for graph in self.graphs for _, step in graph.steps()}
        return frozenset(found.email for n in numbers if (found := self.email(n)))

    @cached_property
    def markets(self) -> bool:
        """Whether the journey has a line that sends a marketing email."""
        return any(effect is not None and not effect.service for effect in self._sendings)

    @cached_property
    def spawns(self) -> bool:
        """Whether the journey starts others."""
        return any(isinstance(step, Spawn) for step in self.steps)

    @cached_property
    def stages(self) -> frozenset[str]:
        """Name the stages that the journey sets."""
        effects = (step.effect for step in self.steps if isinstance(step, Do))
        return frozenset(effect.stage for effect in effects if isinstance(effect, SetStage))

    @cached_property
    def asks_stage(self) -> bool:
        """Whether the journey asks for a stage."""
        return any(isinstance(one, Stage) for p in self.plan.predicates for one, _ in conditions(p))

    @cached_property
    def awaits_stage(self) -> bool:
        """Whether the journey waits for a stage to be reached."""
        return any("stage" in interest.args for interest in self.plan.interests)

    @cached_property
    def named(self) -> tuple[str, ...]:
        """Name the emails that the journey can send or listens for."""
        heard = [interest.args.get("email") for interest in self.plan.interests]
        asked = (one for p in self.plan.predicates for one, _ in conditions(p) if isinstance(one, HasDone))
        heard += [one.args.get("email") for one in asked]
        return tuple(sorted(self.emails.union(email for email in heard if email)))

    @cached_property
    def beside(self) -> frozenset[str]:
        """Name the facts that handlers may change at any moment beside the main flow."""
        numbers = {step for graph in self.handlers for _, step in graph.steps()}
        effects = [s.effect for n in numbers if isinstance(s := self.steps[n], Do)]
        sent = frozenset(sent_key(e.email) for e in effects if isinstance(e, SendEmail))
        return written(effects) | sent

    @cached_property
    def asked(self) -> frozenset[str]:
        """Name the facts that the journey asks about."""
        return frozenset(about(one) for p in self.plan.predicates for one, _ in conditions(p))

    @cached_property
    def changes(self) -> frozenset[str]:
        """Name the facts that the journey changes."""
        return written([step.effect for step in self.steps if isinstance(step, Do)])

    @cached_property
    def never(self) -> tuple[PlanModel, ...]:
        """What is false as long as the run goes on: conditions that end it, if anything asks alike."""
        plan = self.plan
        endings = [e.predicate for e in plan.endings if e.predicate is not None and not e.stay]
        if not endings:
            return ()
        asked = {
            about(one) for n, p in enumerate(plan.predicates) if n not in endings for one, _ in conditions(p)
        }
        found = [plan.predicates[n] for n in dict.fromkeys(endings)]
        return tuple(p for p in found if any(_matters(about(one), asked) for one, _ in conditions(p)))

    @cached_property
    def at_start(self) -> Facts:
        """What every run knows as it begins. A run that another journey starts has no trigger."""
        if self.spawned or not self.plan.starts:
            return {}
        begun = join([self._of_start(start) for start in self.plan.starts])
        if not self.plan.updates:
            return begun
        # Another event may take the place of the trigger: what both bring is there.
        news = [self.plan.interests[update.interest].event for update in self.plan.updates]
        brought = [{f"trigger.{n}": Domain(empty=False) for n in self._brought(event)} for event in news]
        steady = {k: v for k, v in begun.items() if not k.startswith("trigger.")}
        return {**steady, **join([begun, *brought])}

    def brought(self, start: Start) -> Facts:
        """Return what is known of the trigger that a start brings."""
        facts: Facts = {f"trigger.{name}": Domain(empty=False) for name in self._brought(start.event)}
        for name, value in start.args.items():
            facts = {**facts, f"trigger.{name}": Domain(empty=False).only((value,))}
        return facts

    def _of_start(self, start: Start) -> Facts:
        facts = self.brought(start)
        where = as_trigger(start.where) if start.where else None
        members = start.everyone.members if start.everyone else None
        for one in (where, start.condition, members):
            found = self.knowledge.assume(facts, one, True) if one else facts
            facts = facts if found is None else found
        return facts

    def _brought(self, event: str | None) -> tuple[str, ...]:
        """Name the fields that an event always has; a declared event has those that it declares."""
        if event is None:
            return ()
        declared = self.definitions.events.get(event)
        if event in _ALWAYS or declared is None:
            return _ALWAYS.get(event, ())
        return tuple(n for n, f in declared.fields.items() if getattr(f, "required", True))


def _matters(fact: str, asked: set[str]) -> bool:
    """Whether a fact is asked for elsewhere, or may stand in an email."""
    return fact in asked or fact.startswith(("contact.", "account."))


def as_trigger(condition: PlanModel) -> PlanModel:
    """Read what a start asks of its event as asked of the trigger, which the event becomes."""
    changed: dict[str, object] = {}
    for name in type(condition).model_fields:
        value = getattr(condition, name)
        if isinstance(value, Ref) and value.of == "event":
            changed[name] = Ref(of="trigger", field=value.field)
        elif name == "conditions":
            changed[name] = tuple(map(as_trigger, value))
        elif name == "condition":
            changed[name] = as_trigger(value)
    return condition.model_copy(update=changed) if changed else condition


@dataclass
class Subject:
    """A compiled workspace, or a part of it.

    `senders`: how many journeys of the whole workspace send each email. `segments`: what those ask that
    journeys start by.
    """

    journeys: Mapping[str, Journey]
    definitions: Definitions
    emails: Mapping[str, Email] = field(default_factory=dict)
    senders: Counter[str] = field(default_factory=Counter)
    segments: Mapping[str, PlanModel] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        plans: Mapping[str, Plan],
        definitions: Definitions,
        emails: Mapping[str, Email],
        spawned: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Subject:
        """Prepare plans for the proofs. `spawned`: by whom each is started, if not by these alone."""
        knowledge = Knowledge.of(definitions)
        spawned = starters(plans.values()) if spawned is None else spawned
        journeys = {
            name: Journey(plan, definitions, knowledge, spawned.get(name, ())) for name, plan in plans.items()
        }
        return cls(journeys, definitions, emails)


def starters(plans: Iterable[Plan]) -> dict[str, tuple[str, ...]]:
    """Tell by which journeys each one is started that a `start journey` line names."""
    found: dict[str, dict[str, None]] = {}
    for plan in plans:
        for name in plan.spawned:
            found.setdefault(name, {})[plan.journey] = None
    return {name: tuple(by) for name, by in found.items()}
