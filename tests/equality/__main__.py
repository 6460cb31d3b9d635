"""`make equality N=…`: run made pairs on both drivers, count, and keep what differs as a case file.

Pair `k` of a seed is always the same, so a run is taken up again by `FROM`. The figure is printed after each
batch, and at the end with what the pairs ran through. With `--database both` each pair runs on SQLite and on
PostgreSQL, and there is a figure for each.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

from tests.databases import serving
from tests.equality import coverage, files, judging, saying, shrinking
from tests.equality.case import FOUND
from tests.equality.judging import Verdict
from tests.equality.made import pairs, times
from tests.equality.made.pairs import Pair
from tests.postgres import Server, binaries

BATCH = 50
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_ANCHORS = tuple(times.ANCHORS)
_MANY = 1_000_003


@dataclass(slots=True)
class Figure:
    """What a run has come to so far."""

    pairs: int = 0
    runs: int = 0
    rows: int = 0
    equal: int = 0
    races: int = 0
    again: int = 0
    impossible: int = 0
    differences: int = 0
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, pair: Pair, verdict: Verdict) -> None:
        """Count a pair."""
        self.pairs += 1
        self.runs += len(pair.world.runs)
        self.rows += verdict.rows
        self.equal += verdict.kind == "equal"
        self.races += verdict.kind == "race"
        self.impossible += verdict.kind == "impossible"
        self.differences += verdict.kind == "different"
        self.again += verdict.again
        coverage.tally(self.counts, coverage.of(pair.case, pair.world))

    def __str__(self) -> str:
        return (
            f"{self.pairs} pairs, {self.runs} runs, {self.rows} trace rows: {self.equal} equal, "
            f"{self.races} races, {self.impossible} impossible, {self.again} looked at again, "
            f"{self.differences} differences; {self.pairs / max(self.seconds, 0.001):.1f} pairs a second"
        )


def batch(seed: int, number: int) -> list[Pair]:
    """Make a batch of pairs; all happen around one awkward time, which their clock is moved to once."""
    return list(islice(made(seed, number), BATCH))


def made(seed: int, number: int) -> Iterator[Pair]:
    """Make pairs around the awkward time of a batch, one after the other."""
    anchor = _ANCHORS[number % len(_ANCHORS)]
    return (pair for one in _numbers(seed, number) if (pair := pairs.make(one, anchor)) is not None)


def _numbers(seed: int, number: int) -> Iterator[int]:
    start = (seed * _MANY + number) * _MANY
    return iter(range(start, start + _MANY))


def run(
    seed: int,
    first: int,
    number: int,
    places: Mapping[str, Server | None],
    keep: Callable[[Pair, Verdict, Server | None], None],
) -> dict[str, Figure]:
    """Run so many pairs of a seed, from one on, and return the figure of each place.

    `places`: where their databases are, by name, as `judging` takes them; `keep` gets what differs.
    """
    figures = {name: Figure() for name in places}
    for place in range(first // BATCH, -(-(first + number) // BATCH)):
        together = batch(seed, place)
        for name, figure in figures.items():
            begun = time.monotonic()
            verdicts = judging.judge([pair.case for pair in together], places[name])
            for pair, verdict in zip(together, verdicts, strict=True):
                figure.add(pair, verdict)
                if verdict.kind == "different":
                    keep(pair, verdict, places[name])
            figure.seconds += time.monotonic() - begun
            print(f"  {name}: {figure}; next: FROM={(place + 1) * BATCH}", flush=True)
    return figures


def _keep(pair: Pair, verdict: Verdict, postgres: Server | None, *, seed: int, shrinks: bool) -> None:
    print(f"Pair {pair.seed} of seed {seed} differs:", *verdict.difference, sep="\n    ", flush=True)
    data, case = pair.data, pair.case
    words = [f"Pair {pair.seed} of seed {seed}.", *verdict.difference]
    if shrinks:
        data = shrinking.shrink(data, partial(shrinking.really, postgres=postgres))
        found = shrinking.compiled(data)
        assert found is not None
        case = found
        words = [words[0], *judging.once([case], postgres)[0].difference]
    path = FOUND / f"pair_{pair.seed}.toml"
    files.write(path, data, words)
    print(f"Kept as {path}.", flush=True)
    try:
        place = saying.write(path.with_suffix(""), path.stem, case, words)
    except saying.Unsayable as unsayable:
        print(f"No scenario is written, for none can say this: {unsayable}.", flush=True)
    else:
        print(f"As a scenario, with its workspace: {place}.", flush=True)


def _table(counts: dict[str, int]) -> Iterable[str]:
    """Return the table of what pairs ran through, in Markdown."""
    kind = ""
    for name in sorted(counts):
        here, _, what = name.partition(": ")
        if here != kind:
            kind = here
            yield f"\n| {kind} | pairs |\n|---|---:|"
        yield f"| {what or here} | {counts[name]} |"


def main() -> int:
    """Read the arguments, run, and tell; 1 if something differs."""
    reader = argparse.ArgumentParser(prog="make equality", description=__doc__)
    reader.add_argument("--pairs", type=int, default=300)
    reader.add_argument("--seed", type=int, default=None)
    reader.add_argument("--from", type=int, default=0, dest="first")
    reader.add_argument("--database", choices=(*_NAMES, "both"), default="sqlite")
    reader.add_argument("--no-shrinking", action="store_true")
    asked = reader.parse_args()
    names = list(_NAMES) if asked.database == "both" else [asked.database]
    programs = binaries()
    if "postgresql" in names and programs is None:
        reader.error("No PostgreSQL server is installed here. `apt-get install postgresql` brings one.")
    seed = random.SystemRandom().randrange(10**6) if asked.seed is None else asked.seed
    quiet = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=quiet)), error_if_already_set=False)
    print(f"Seed {seed}, {asked.pairs} pairs from {asked.first}", flush=True)
    keep = partial(_keep, seed=seed, shrinks=not asked.no_shrinking)
    with ExitStack() as stack:
        places: dict[str, Server | None] = dict.fromkeys(_NAMES[name] for name in names)
        if "postgresql" in names and programs is not None:
            places[_NAMES["postgresql"]] = stack.enter_context(serving(programs))
        figures = run(seed, asked.first, asked.pairs, places, keep)
    counts = next(iter(figures.values())).counts  # of the pairs, wherever their databases are
    print(*_table(counts), sep="\n")
    print(*(f"\nSeed {seed}, {name}: {figure}" for name, figure in figures.items()), sep="")
    return 1 if any(figure.differences for figure in figures.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
