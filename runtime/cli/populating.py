"""Populating: `nurture simulate` with many contacts, and figures in place of stories."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.cli.failures import FILES, Failure
from runtime.cli.output import Format, note, plain, print_json
from runtime.people import FileError
from runtime.workspace import Workspace

if TYPE_CHECKING:
    from dsl import Compiled
    from dsl.plan import Plan
    from runtime.backtest import Recorded
    from runtime.populations.behaviour import Behaviour
    from runtime.populations.crowd import Crowd

_REJECTS = 10  # that are told by line

_Record = tuple[str | None, Path | None, Path | None, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for. `record`: events or database, contacts, accounts, maps. `plan`: None for all."""

    plan: Plan | None
    all: bool
    contacts: int
    days: int
    behaviour: Path | None
    record: _Record
    report: Path | None
    seed: int | None
    begin: int | None
    format: Format


def populate(workspace: Workspace, compiled: Compiled, asked: Asked) -> int:
    """Simulate, and tell what came of it."""
    from runtime.populations.crowd import simulate
    from runtime.populations.summary import summarize

    if asked.plan is not None and asked.all:
        raise Failure("Name a journey or write --all, not both.")
    _check_size(asked.contacts)
    recorded = _recorded(workspace, compiled, asked)
    crowd, source, doubts = _crowd(workspace, compiled, asked, recorded)
    for sentence in doubts:
        note(sentence)
    if asked.report is not None:
        _try_to_write(asked.report)
    figures = simulate(crowd, _progress(crowd.contacts))
    partial = recorded is not None and bool(recorded.rejects)
    told = replace(summarize(crowd, figures, source), doubts=tuple(doubts), partial=partial)
    if asked.report is not None:
        from runtime.populations.report import page

        asked.report.write_text(page(told), "utf-8")
        note(f"The report is in {asked.report}.")
    if asked.format == "json":
        print_json(plain(told))
    else:
        from runtime.cli.render_populations import tell

        tell(told)
    return FILES if partial else 0


def behaviour_of(workspace: Workspace, compiled: Compiled, file: Path | None) -> Behaviour | None:
    """Read the behaviour that is named, or that of the workspace; None if there is neither."""
    from runtime.populations.reading import NAME, Known, read_behaviour

    own = workspace.root / NAME
    if file is None and not own.is_file():
        return None
    known = Known(compiled.definitions, compiled.plans, compiled.emails)
    return read_behaviour(own if file is None else file, known, note)


def _never(shares: Sequence[str], behaviour: Behaviour) -> Iterator[str]:
    """Say of which reactions a record holds none, and what they are taken for."""
    from dsl.spelling import one_of
    from runtime.populations.behaviour import Mail
    from runtime.populations.learning import KINDS

    taken = [share for share in shares if share not in behaviour.said]
    if taken:
        names = one_of(f"“{KINDS[share]}”" for share in taken)
        yield (
            f"The record holds no {names}: what is not in it is taken as never done. If it was not recorded, "
            f"say how often under [emails] of behaviour.toml, such as {taken[0]} = "
            f"{100 * getattr(Mail(), taken[0]):g}."
        )
    if said := [share for share in shares if share in behaviour.said]:
        names = one_of(f"“{KINDS[share]}”" for share in said)
        yield f"The record holds no {names}; the behaviour says how often."


def tell_starts(behaviour: Behaviour | None, plan: Plan | None) -> None:
    """Say that shares of journeys count for nothing where one journey is named."""
    if behaviour is not None and behaviour.starts and plan is not None:
        note(f"[starts] of the behaviour counts with --all; here all contacts come in by “{plan.journey}”.")


def _check_size(contacts: int) -> None:
    from runtime.populations.crowd import MOST

    if contacts < 1:
        raise Failure("There is nobody to simulate: --contacts is 1 or more.")
    if contacts > MOST:
        raise Failure(
            f"{contacts:,} contacts would take for ever: --contacts is {MOST:,} at most. The shares of some "
            "ten thousand tell the same."
        )


def _crowd(
    workspace: Workspace, compiled: Compiled, asked: Asked, recorded: Recorded | None
) -> tuple[Crowd, str, list[str]]:
    """Return who goes through what, whose behaviour it is, and what is to be known of the record."""
    from activities.previewing import Preview
    from runtime.cli.casting import DAY, MONDAY_MORNING, SEED
    from runtime.populations.behaviour import Behaviour
    from runtime.populations.crowd import Crowd
    from runtime.populations.inventing import Inventor
    from runtime.populations.learning import Drawn, learn, never_recorded, overruled
    from runtime.published import Published

    given = behaviour_of(workspace, compiled, asked.behaviour)
    behaviour = given or Behaviour()
    if asked.record[0] is None:
        tell_starts(behaviour, asked.plan)
    source = (
        "the behaviour of the workspace" if asked.behaviour is None else f"the behaviour in {asked.behaviour}"
    )
    source = source if given is not None else "the built-in behaviour"
    seed = SEED if asked.seed is None else asked.seed
    start = MONDAY_MORNING if asked.begin is None else asked.begin
    doubts: list[str] = []
    preview = Preview.of(compiled)
    if recorded is not None:
        doubts += [*_partial(recorded), *recorded.notes]
        if useless := overruled(recorded, behaviour):
            doubts.append(
                f"The record tells this itself, so the behaviour's counts for nothing: {', '.join(useless)}."
            )
        behaviour, mails = learn(compiled, recorded, preview, behaviour)
        source = f"drawn from a record of {len(recorded.events):,} events, measured on {mails:,} emails"
        doubts += _never(never_recorded(recorded), behaviour)
    plans = _plans(compiled, asked)
    span = behaviour.within if behaviour.within is not None else max(DAY, asked.days * DAY // 3)
    if span > asked.days * DAY:
        raise FileError(
            f"{behaviour.within_said}: contacts arrive over {span // DAY} days, and {asked.days} are "
            "simulated. Simulate more --days."
        )
    known = list(compiled.plans.values())
    inventor = Inventor.of(compiled.definitions, plans, known, behaviour, seed, start, span)
    drawn = None
    if recorded is not None:
        members = Drawn.of(inventor, recorded).members()
        inventor = replace(inventor, per_account=members)
        drawn = Drawn.of(inventor, recorded)
    crowd = Crowd(
        Published.of(compiled.definitions, known),
        compiled.settings,
        preview,
        behaviour,
        inventor,
        {name: email.links for name, email in compiled.emails.items()},
        seed,
        start,
        asked.days,
        asked.contacts,
        drawn,
    )
    return crowd, source, doubts


def _plans(compiled: Compiled, asked: Asked) -> list[Plan]:
    """Return the journeys by which contacts come in."""
    if asked.plan is not None:
        return [asked.plan]
    found = [plan for plan in compiled.plans.values() if any(not start.by_hand for start in plan.starts)]
    if not found:
        raise Failure("No journey of this workspace has a start. Name one to enter it by hand.")
    return found


def _recorded(workspace: Workspace, compiled: Compiled, asked: Asked) -> Recorded | None:
    named, people, accounts, maps = asked.record
    if named is None:
        if people is not None or maps:
            raise Failure("--people and --map belong to a record. Name it with --recorded.")
        return None
    from runtime.backtest.doubting import doubted
    from runtime.backtest.records import settled
    from runtime.cli.backtest import from_database, from_files
    from runtime.published import Published

    if "://" in named:
        found = from_database(named, None, "--recorded")
    else:
        tables = [named, *maps] if named.endswith(".toml") else maps
        events = None if named.endswith(".toml") else Path(named)
        found = from_files(workspace, compiled.definitions, events, people, accounts, tables, "--people")
    found = settled(found, compiled.definitions.events)
    return doubted(found, [Published.of(compiled.definitions, compiled.plans.values())])


def _partial(recorded: Recorded) -> list[str]:
    from runtime.reporting.words import count

    if not recorded.rejects:
        return []
    rows = count(len(recorded.rejects), "row")
    return [
        *recorded.rejects[:_REJECTS],
        f"This result is partial: {rows} could not be read; it is drawn from the others.",
    ]


def _try_to_write(file: Path) -> None:
    """Find out before the work, not after it, whether the report can be written."""
    try:
        with file.open("a", encoding="utf-8"):
            pass
    except OSError as problem:
        raise Failure(
            f"The report cannot be written to {file}: {problem.strerror}. Name another file."
        ) from None


def _progress(total: int) -> Callable[[int], None]:
    """Return what draws a bar, on a terminal alone."""
    if not sys.stderr.isatty():
        return lambda _done: None
    began = time.monotonic()

    def told(done: int) -> None:
        cells = 30 * done // total
        left = (time.monotonic() - began) * (total - done) / done
        bar = "█" * cells + "░" * (30 - cells)
        end = "\n" if done >= total else ""
        line = f"\r{bar} {done:,} of {total:,} contacts, {left:.0f} s left  "
        print(line, end=end, file=sys.stderr, flush=True)

    return told
