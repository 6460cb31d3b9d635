"""A pair: a workspace that the checker takes, and what happens in it, both by chance from one number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import Any

import dsl
from dsl import Compiled
from runtime.simulator import World
from tests.equality.case import Case, case_of, workspace
from tests.equality.drivers import simulated
from tests.equality.made import script, times
from tests.equality.made import vocabulary as words
from tests.equality.made.journeys import Journey

Data = dict[str, Any]

_ROUNDS = 8  # of taking out what the checker refuses
_MOST_ROWS = 45  # of traces in a pair: the journey is cut off there
_FILES = {"case.journey": "journey", "definitions.journey": "definitions"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A workspace and a script. `data`: as the files of cases have it; `world`: what the simulator says."""

    seed: int
    data: Data
    case: Case
    world: World


def make(seed: int, anchor: str) -> Pair | None:
    """Make a pair; None if nothing is left of it, or nobody comes in."""
    choose = Random(seed)
    journeys = _journeys(choose)
    data: Data = {
        "journey": _text(journeys),
        "definitions": _definitions(choose),
        "time_zone": choose.choice(("Europe/Berlin", times.zone_of(anchor), "UTC")),
    }
    compiled = settle(data)
    if compiled is None:
        return None
    script.people(choose, data, anchor)
    script.begin(choose, data, anchor, journeys)
    for _ in range(choose.choice((1, 1, 2))):
        script.go_on(choose, data, journeys, _simulate(data, compiled))
    script.trouble(choose, data, _simulate(data, compiled))
    return _cut(seed, data, compiled)


def settle(data: Data) -> Compiled | None:
    """Compile a pair's workspace, taking out what the checker refuses; None if nothing is left."""
    for _ in range(_ROUNDS):
        _emails(data)
        compiled = dsl.compile_workspace(workspace(data))
        if compiled.ok:
            return compiled if compiled.plans else None
        wrong = [d for d in compiled.diagnostics if d.severity == "error"]
        taken = {(d.span.file, d.span.line) for d in wrong if d.span.file in _FILES}
        if not taken:
            return None
        for file, name in _FILES.items():
            lines = data[name].split("\n")
            data[name] = "\n".join(without(lines, {line - 1 for f, line in taken if f == file}))
    return None


def without(lines: list[str], taken: set[int]) -> list[str]:
    """Leave out lines, by index, with what stands under them."""
    kept, deeper = [], None
    for number, line in enumerate(lines):
        depth = len(line) - len(line.lstrip())
        if deeper is not None and line.strip() and depth > deeper:
            continue
        deeper = None
        if number in taken:
            deeper = depth
        else:
            kept.append(line)
    return kept


def _journeys(choose: Random) -> list[Journey]:
    number = choose.choice((1, 1, 1, 2, 2, 3))
    names = ("One", "Two", "Three")[:number]
    return [Journey(choose, name, tuple(other for other in names if other != name)) for name in names]


def _text(journeys: list[Journey]) -> str:
    return "\n".join("\n".join([*journey.rows(), ""]) for journey in journeys)


def _definitions(choose: Random) -> str:
    engaged = choose.sample(words.ENGAGEMENT, choose.randint(1, 3))
    parts = [words.DEFINITIONS.strip(), "engagement", *(f"  when {event}" for event in engaged)]
    parts += [choose.choice(words.SCORING).strip(), choose.choice(words.BUSINESS), words.HOLIDAYS.strip()]
    parts.append(choose.choice(words.HANDOFFS).strip())
    if choose.random() < 0.5:
        lines = choose.sample(words.POLICY_LINES, choose.randint(1, 3))
        parts += ['policy "Pressure"', *(f"  {line}" for line in lines)]
    return "\n".join(parts) + "\n"


def _emails(data: Data) -> None:
    """Give the workspace the emails that it speaks of."""
    spoken = set(re.findall(r'email "([^"]+)"', data["journey"] + data["definitions"]))
    data["emails"] = {
        stem: text for stem, text in words.EMAILS.items() if stem.partition("-")[0].title() in spoken
    }


def _simulate(data: Data, compiled: Compiled) -> World:
    return simulated(case_of("made", data, compiled))


def _cut(seed: int, data: Data, compiled: Compiled) -> Pair | None:
    """End the pair before it grows too long."""
    world = _simulate(data, compiled)
    rows = sorted(row.at for record in world.runs.values() for row in record.rows)
    if not rows:
        return None
    start = case_of("made", data, compiled).start
    last = rows[_MOST_ROWS] if len(rows) > _MOST_ROWS else rows[-1] + times.DAY
    data["until"] = times.iso(max(start + 60, min(script.moment(data["until"]), last + 60)))
    case = case_of("made", data, compiled)
    return Pair(seed, data, case, simulated(case))
