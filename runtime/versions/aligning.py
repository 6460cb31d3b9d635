"""Aligning: which step of a new version is which of an old one, by stable ids and by what the author says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from dsl.plan import AnyStep, Do, Ending, Handler, Plan, Schedule
from dsl.spelling import nearest
from runtime.machine.migration import StepMap
from runtime.machine.state import PAUSES
from runtime.versions import resolving
from runtime.versions.regions import Region, named, regions


class MapError(Exception):
    """A step map that cannot be. The message is a sentence with the remedy."""


def align(old: Plan, new: Plan, targets: Mapping[str, str] | None = None) -> StepMap:
    """Return what the numbers of the old plan are in the new one.

    Args:
        targets: ids of steps of the old plan to ids of the new one, as the author gives them. Steps of one
            kind are taken for the same step; else people begin anew at the new one.

    Raises:
        MapError: a name is unknown, or a step runs in another body than its target.
    """
    return _Aligning(old, new).align(targets or {})


class _Aligning:
    def __init__(self, old: Plan, new: Plan) -> None:
        self.old, self.new = old, new
        self.old_frames, self.new_frames = regions(old), regions(new)
        self.steps = _same_ids(old, new)
        self.blocks: dict[tuple[int, int], int] = {}
        self.targets: dict[int, int] = {}
        self.handlers = _by_key(((h.id, i) for i, h in enumerate(old.handlers)), _ids(new.handlers))

    def align(self, targets: Mapping[str, str]) -> StepMap:
        for number in sorted(self.steps):
            self._blocks(number)
        self._edited()
        for source, target in targets.items():
            self._target(source, target)
        old, new = self.old, self.new
        endings = _by_key(((e.id, i) for i, e in enumerate(old.endings)), _ids(new.endings))
        wanted = {_text(resolving.watcher(new, p)): i for i, p in enumerate(new.pauses)}
        pauses = _by_key(((_text(resolving.watcher(old, p)), i) for i, p in enumerate(old.pauses)), wanted)
        return StepMap(
            steps=self.steps,
            targets=self.targets,
            old_frames=_plain(self.old_frames),
            new_frames=_plain(self.new_frames),
            blocks=self.blocks,
            moved=frozenset(self._moved()),
            handlers=self.handlers,
            endings=endings,
            pauses=pauses,
            look=tuple(self._look(endings, pauses)),
        )

    def _blocks(self, number: int) -> None:
        """Match the blocks of a schedule by their labels; what is left over, by what stands in them."""
        before, after = self.old.steps[number], self.new.steps[self.steps[number]]
        if not isinstance(before, Schedule) or not isinstance(after, Schedule):
            return
        labels = {block.label: place for place, block in enumerate(after.blocks)}
        for place, block in enumerate(before.blocks):
            if block.label in labels:
                self.blocks[number, place] = labels[block.label]
        taken = {self.blocks[key] for key in self.blocks if key[0] == number}
        left = {p for p in labels.values() if p not in taken}
        inside_new = {place: self._inside(self.new, self.steps[number], place) for place in left}
        for place in range(len(before.blocks)):
            if (number, place) in self.blocks:
                continue
            inside = self._inside(self.old, number, place)
            shape = _shape(self.old, inside)
            same = [p for p in sorted(left) if shape and _shape(self.new, inside_new[p]) == shape]
            if len(same) == 1:
                self.blocks[number, place] = same[0]
                left.discard(same[0])
                for one, other in zip(inside, inside_new[same[0]], strict=True):
                    self.steps.setdefault(one, other)

    def _edited(self) -> None:
        """Match what is left over by place and kind: a wait of 60 days that is now one of 45."""
        taken = set(self.steps.values())
        left: dict[tuple[str, str, str], list[int]] = {}
        for number, step in enumerate(self.new.steps):
            if number not in taken:
                left.setdefault(_place(step), []).append(number)
        gone: dict[tuple[str, str, str], list[int]] = {}
        for number, step in enumerate(self.old.steps):
            if number not in self.steps:
                gone.setdefault(_place(step), []).append(number)
        for place, numbers in gone.items():
            others = left.get(place, [])
            if len(numbers) == len(others):
                pairs = zip(numbers, others, strict=True)
                self.steps |= {one: other for one, other in pairs if self._same_body(one, other)}

    def _inside(self, plan: Plan, schedule: int, place: int) -> list[int]:
        frames = self.old_frames if plan is self.old else self.new_frames
        region = Region("block", schedule, place)
        return sorted(number for number, where in frames.items() if region in where)

    def _target(self, source: str, target: str) -> None:
        one, other = _number(self.old, source, "older"), _number(self.new, target, "new")
        if not self._same_body(one, other):
            where = named(self.old, min(self.old_frames[one]))
            there = named(self.new, min(self.new_frames[other]))
            raise MapError(
                f"“{source}” stands in {where}, and “{target}” in {there}: people cannot go from one into "
                f"the other. Name a step in the same place, or map what stands around it."
            )
        self.steps.pop(one, None)
        if self.old.steps[one].op == self.new.steps[other].op:
            self.steps[one] = other
            self._blocks(one)
        else:
            self.targets[one] = other

    def _same_body(self, one: int, other: int) -> bool:
        there = self.new_frames.get(other, frozenset())
        return any(not there.isdisjoint(self._images(region)) for region in self.old_frames.get(one, ()))

    def _images(self, region: Region) -> set[Region]:
        """Return what a body of the old plan is in the new one; for a block, any of its schedule's."""
        if region.kind == "main":
            return {region}
        if region.kind == "handler":
            to = self.handlers.get(region.step)
            return set() if to is None else {Region("handler", to)}
        if region.kind == "call":
            calls = [
                i for i, step in enumerate(self.old.steps) if step.op == "call" and step.body == region.step
            ]
            mapped = [self.new.steps[self.steps[call]] for call in calls if call in self.steps]
            return {Region("call", step.body) for step in mapped if step.op == "call"}
        step = self.steps.get(region.step)
        if step is None:
            return set()
        if region.kind == "loop":
            return {Region("loop", step)}
        schedule = self.new.steps[step]
        assert isinstance(schedule, Schedule)
        return {Region("block", step, place) for place in range(len(schedule.blocks))}

    def _moved(self) -> Iterable[int]:
        """Find the schedules of which a block comes at another moment."""
        for (number, place), to in self.blocks.items():
            before, after = self.old.steps[number], self.new.steps[self.steps[number]]
            assert isinstance(before, Schedule)
            assert isinstance(after, Schedule)
            one = resolving.instant(self.old, before.blocks[place].at)
            if one != resolving.instant(self.new, after.blocks[to].at):
                yield number

    def _look(self, endings: Mapping[int, int], pauses: Mapping[int, int]) -> Iterable[int]:
        """Find the watched facts that are new or have changed."""
        same = {to: self.old.endings[one] for one, to in endings.items()}
        for number, ending in enumerate(self.new.endings):
            if ending.predicate is not None and not self._alike(same.get(number), ending):
                yield number
        handled = {to: self.old.handlers[one] for one, to in self.handlers.items()}
        for number, handler in enumerate(self.new.handlers):
            if handler.predicate is not None and not self._alike(handled.get(number), handler):
                yield -1 - number
        known = set(pauses.values())
        yield from (PAUSES + number for number in range(len(self.new.pauses)) if number not in known)

    def _alike(self, one: Ending | Handler | None, other: Ending | Handler) -> bool:
        return one is not None and resolving.watcher(self.old, one) == resolving.watcher(self.new, other)


def _same_ids(old: Plan, new: Plan) -> dict[int, int]:
    known = {step.id: number for number, step in enumerate(new.steps)}
    return {
        number: known[step.id]
        for number, step in enumerate(old.steps)
        if step.id in known and new.steps[known[step.id]].op == step.op
    }


def _shape(plan: Plan, inside: Iterable[int]) -> list[tuple[str, str]]:
    """Return what stands in a block, without the name of the block."""
    return [(plan.steps[n].op, plan.steps[n].id.rsplit("/", 1)[-1]) for n in inside]


def _place(step: AnyStep) -> tuple[str, str, str]:
    """Return where a step stands and of what kind it is, without what tells it from its like."""
    kind = step.effect.kind if isinstance(step, Do) else ""
    path, _slash, last = step.id.rpartition("/")
    return path, f"{step.op} {kind}", last.partition(":")[0]


def _number(plan: Plan, id_: str, which: str) -> int:
    ids = [step.id for step in plan.steps]
    if id_ in ids:
        return ids.index(id_)
    guess = nearest(id_, ids)
    advice = f"Did you mean “{guess}”?" if guess else "`nurture plan` lists the steps that have changed."
    raise MapError(f"The {which} version of “{plan.journey}” has no step “{id_}”. {advice}")


def _ids(watchers: Iterable[Ending | Handler]) -> dict[str, int]:
    return {watcher.id: number for number, watcher in enumerate(watchers)}


def _by_key(old: Iterable[tuple[str, int]], new: Mapping[str, int]) -> dict[int, int]:
    return {number: new[key] for key, number in old if key in new}


def _text(data: Any) -> str:
    return json.dumps(data, sort_keys=True)


def _plain(found: Mapping[int, frozenset[Region]]) -> dict[int, frozenset[tuple[str, int, int]]]:
    return {number: frozenset(tuple(r) for r in where) for number, where in found.items()}  # type: ignore[misc]
