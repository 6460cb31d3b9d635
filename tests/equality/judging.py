"""Judging: pairs run in batches, and what differs is looked at again before it counts as a difference."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from temporalio.service import RPCError

from runtime.virtual import NotAtRest
from tests.equality import batches, orders, remains
from tests.equality.batches import Left
from tests.equality.case import Case
from tests.equality.drivers import simulated
from tests.postgres import Server

Kind = Literal["equal", "race", "different", "impossible"]
_TOLD = 6
_TRIES = 3
"""How often a pair is played by itself while the server's clock runs past what is to happen."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a pair. `rows`: those of its traces. `again`: it had to be run once more, by itself.

    `difference`: what either driver says that the other does not. A *race* is a pair whose outcome depends on
    which of two runs comes first in a second (see `orders`), and Temporal's is one of those. *Impossible*: a
    person does by hand what cannot be done. `overran`: the server's clock had passed a moment before it could
    happen, or it was stuck, as on a machine that has no time for it: a difference says nothing then.
    """

    kind: Kind
    rows: int
    difference: tuple[str, ...] = ()
    again: bool = False
    overran: bool = False


def judge(cases: Sequence[Case], postgres: Server | None = None) -> list[Verdict]:
    """Run cases on both drivers, all on one server; say what came of each.

    `postgres`: where their databases are; SQLite has them without it.
    """
    verdicts = once(cases, postgres)
    for number, verdict in enumerate(verdicts):
        if verdict.kind == "different":
            verdicts[number] = replace(_alone(cases[number], postgres), again=True)
    return verdicts


def _alone(case: Case, postgres: Server | None) -> Verdict:
    for _ in range(_TRIES):
        (verdict,) = once([case], postgres)
        if verdict.kind != "different" or not verdict.overran:
            break
    return verdict


def once(cases: Sequence[Case], postgres: Server | None = None) -> list[Verdict]:
    """Run cases on both drivers, all on one server, once."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            left = asyncio.run(batches.play(cases, Path(folder), postgres))
        except (NotAtRest, TimeoutError, RPCError) as stuck:
            if len(cases) == 1:
                return [Verdict("different", 0, (f"stuck: {stuck}",), overran=True)]
            left = None
    if left is None:  # whoever is stuck is among them
        half = len(cases) // 2
        return [*once(cases[:half], postgres), *once(cases[half:], postgres)]
    return [_verdict(case, found) for case, found in zip(cases, left, strict=True)]


def _verdict(case: Case, left: Left) -> Verdict:
    world = simulated(case)
    rows = sum(len(record.rows) for record in world.runs.values())
    foretold = remains.of_world(world, case)
    if left.impossible:
        return Verdict("impossible", rows, tuple(left.impossible))
    if left.wrong:
        return Verdict("different", rows, tuple(left.wrong), overran=left.late >= 1)
    if (parts := orders.in_parts(case)) != foretold:
        return Verdict("different", rows, ("in parts:", *difference(foretold, parts)))
    if left.lines == foretold:
        return Verdict("equal", rows)
    if left.lines in orders.others(case):
        return Verdict("race", rows)
    return Verdict("different", rows, difference(foretold, left.lines), overran=left.late >= 1)


def difference(foretold: Sequence[str], real: Sequence[str]) -> tuple[str, ...]:
    """Tell the first lines that only one of both has."""
    mine, theirs = set(foretold), set(real)
    only = [f"simulator: {line}" for line in foretold if line not in theirs][:_TOLD]
    return (*only, *[f"Temporal:  {line}" for line in real if line not in mine][:_TOLD]) or ("another order",)
