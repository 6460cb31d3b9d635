"""Resolving: what a part of a plan means, in itself, so that two versions can be compared.

Inside a plan everything is a number: a step that follows, a predicate, an instant. Numbers move with every
edit; here they are replaced by what they stand for.
"""

from __future__ import annotations

from typing import Any

from dsl.plan import (
    AnyStep,
    Arms,
    Block,
    Decide,
    Ending,
    Handler,
    Loop,
    Pause,
    Plan,
    Schedule,
    Split,
    Update,
    Wait,
    plain,
)

_POINTERS = ("next", "to", "otherwise", "timeout", "body", "id")


def step(plan: Plan, found: AnyStep) -> Any:
    """Return what a step does, without what follows it and without the `if`s around it."""
    data = {name: part for name, part in plain(found).items() if name not in _POINTERS}
    if isinstance(found, Decide):
        data["branches"] = [predicate(plan, branch.predicate) for branch in found.branches]
    elif isinstance(found, Wait):
        data["until"] = instant(plan, found.until)
    elif isinstance(found, Arms):
        data["until"] = instant(plan, found.until)
        data["arms"] = [
            [
                interest(plan, arm.interest),
                predicate(plan, arm.already),
                predicate(plan, arm.predicate),
                arm.reply,
            ]
            for arm in found.arms
        ]
    elif isinstance(found, Split):
        data["variants"] = [[v.name, v.weight, v.holdout] for v in found.variants]
    elif isinstance(found, Schedule):
        data["blocks"] = []  # told one by one
    effect = data.get("effect")
    if isinstance(effect, dict):
        data["effect"] = _named(plan, {name: part for name, part in effect.items() if name != "guards"})
    return data


def block(plan: Plan, found: Block) -> Any:
    """Return when a block comes and what happens if it is late."""
    return [instant(plan, found.at), found.late, found.dated, found.gap]


def watcher(plan: Plan, found: Ending | Handler | Pause | Update) -> Any:
    """Return what an ending, handler, pause or update watches, and how."""
    data = {name: part for name, part in plain(found).items() if name not in _POINTERS}
    data["interest"] = interest(plan, found.interest)
    if not isinstance(found, Update):
        data["predicate"] = predicate(plan, found.predicate)
    if isinstance(found, Handler):
        data["every"] = instant(plan, found.every)
    return data


def flow(found: AnyStep) -> list[tuple[str, int | None]]:
    """Return the ways out of a step and into its bodies, each with a name that is stable."""
    ways: list[tuple[str, int | None]] = [("next", found.next)]
    if isinstance(found, Decide):
        ways += [(f"branch {i}", branch.to) for i, branch in enumerate(found.branches, start=1)]
        ways.append(("otherwise", found.otherwise))
    elif isinstance(found, Arms):
        ways += [(f"arm {i}", arm.to) for i, arm in enumerate(found.arms, start=1)]
        ways.append(("timeout", found.timeout))
    elif isinstance(found, Split):
        ways += [(f"variant {variant.name}", variant.to) for variant in found.variants]
    return ways


def bodies(found: AnyStep) -> list[tuple[str, int | None]]:
    """Return the bodies that a step runs in frames of their own."""
    if isinstance(found, Schedule):
        return [(f"block {part.label}", part.body) for part in found.blocks]
    if isinstance(found, Loop) or found.op == "call":
        return [("body", found.body)]
    return []


def predicate(plan: Plan, number: int | None) -> Any:
    """Return a condition."""
    return None if number is None else _named(plan, plain(plan.predicates[number]))


def instant(plan: Plan, number: int | None) -> Any:
    """Return an instant."""
    return None if number is None else _named(plan, plain(plan.instants[number]))


def interest(plan: Plan, number: int) -> Any:
    """Return what a plan wants to hear of."""
    return _named(plan, plain(plan.interests[number]))


def _named(plan: Plan, data: Any) -> Any:
    """Replace the number of the wait that a reply belongs to by its id."""
    if isinstance(data, dict):
        named = {name: _named(plan, part) for name, part in data.items()}
        if data.get("of") == "reply" and isinstance(data.get("wait"), int):
            named["wait"] = plan.steps[data["wait"]].id
        return named
    if isinstance(data, list):
        return [_named(plan, part) for part in data]
    return data
