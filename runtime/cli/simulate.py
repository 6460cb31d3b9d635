"""`nurture simulate`: contacts go through a journey in virtual time, without a server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from runtime.cli.casting import DAY, Cast, cast_of, plan_of, play
from runtime.cli.failures import Failure
from runtime.cli.loading import load_to_run
from runtime.cli.output import Format, console, plain, print_json, show
from runtime.people import instant

if TYPE_CHECKING:
    from dsl.plan import Plan
    from runtime.reporting import Timeline
    from runtime.simulator.world import World


def simulate(
    journey: str | None = None,
    *,
    all: bool = False,
    contacts: str | None = None,
    accounts: Path | None = None,
    events: Path | None = None,
    days: Annotated[int, Parameter(validator=Number(gte=1, lte=3_660))] = 90,
    behaviour: Path | None = None,
    recorded: str | None = None,
    people: Path | None = None,
    map: Annotated[
        list[str] | None,
        Parameter(
            name="--map",
            help="With --recorded: which table and column is what, as of `nurture backtest`. Repeat it.",
        ),
    ] = None,
    report: Path | None = None,
    seed: int | None = None,
    start: str | None = None,
    workspace: Path = Path(),
    format: Format = "text",
) -> int:
    """Send contacts through a journey in virtual time. No one is mailed.

    Without files, the workspace's sample is taken; without a sample, ten invented contacts, who react as a
    seeded model says. With `--contacts NUMBER`, so many invented ones, and figures in place of their stories.

    Parameters
    ----------
    journey
        The name of a journey, or its .journey file.
    all
        Let contacts come in by all journeys of the workspace that have a start.
    contacts
        A CSV of contacts, or how many to invent, such as 10000.
    accounts
        A CSV of their accounts.
    events
        What happens, as JSON lines. Without it, contacts react by the model.
    days
        How many days pass.
    behaviour
        How invented contacts behave; behaviour.toml of the workspace, if it has one.
    recorded
        Draw contacts, and measure their behaviour, from this record: a file of events, a map of tables (TOML)
        or a database, as `nurture backtest` takes them.
    people
        With --recorded: a CSV of its contacts.
    report
        Write a page with all figures and charts to this file.
    seed
        The seed of the model; the same one tells the same story. Sample events are then left aside.
    start
        When virtual time begins, such as 2026-03-02T08:00; recorded events move with it.
    workspace
        The folder of the workspace.
    format
        What to print: text for people, JSON for programs.
    """
    if journey is None and not all and recorded is None:
        raise Failure(
            "Name a journey, or let contacts come in by every one with --all. See `nurture simulate --help`."
        )
    begin = None if start is None else instant(start, "--start")
    file = journey is not None and journey.endswith(".journey")
    found, compiled = load_to_run(Path(journey or "") if file else workspace)
    number = None if contacts is None else number_of(contacts)
    if number is not None or all or recorded is not None or report is not None:
        from runtime.cli.populating import Asked, populate

        plan = None if journey is None else plan_of(journey, found, compiled)
        if contacts is not None and number is None:
            if recorded is not None:
                raise Failure(
                    "--contacts is how many to draw here, such as --contacts 10000. Name the file of those "
                    "in the record with --people."
                )
            raise Failure(
                "--contacts names a file here. For many invented contacts write how many: --contacts 10000."
            )
        if events is not None:
            raise Failure("--events tells what some contacts do. To draw many from it, write --recorded.")
        if accounts is not None and recorded is None:
            raise Failure(
                "--accounts belongs to contacts of a file or of a record, and these are invented. Leave it "
                "out, or draw contacts with --recorded. What invented companies are like, [[group]] of "
                "behaviour.toml says."
            )
        size = 1_000 if number is None else number
        record = (recorded, people, accounts, map or ())
        asked = Asked(plan, all, size, days, behaviour, record, report, seed, begin, format)
        return populate(found, compiled, asked)
    assert journey is not None
    if people is not None or map:
        raise Failure("--people and --map belong to a record. Name it with --recorded.")
    from runtime.cli.populating import behaviour_of, tell_starts

    plan = plan_of(journey, found, compiled)
    model = behaviour_of(found, compiled, behaviour)
    tell_starts(model, plan)
    files = (None if contacts is None else Path(contacts), accounts, events)
    cast = cast_of(found, compiled, plan, files, seed, begin, model)
    world = play(compiled, plan, cast, days)
    if format == "json":
        _print_json(world, plan, cast, days)
    else:
        _print_text(world, plan, cast, days)
    return 0


_NUMBER = re.compile(r"[+-]?\d+|[+-]?\d{1,3}(?:[,_' \u00a0\u202f]\d{3})+")
_ALMOST = re.compile(r"[+-]?\d[\d.,_' ]*\s*[a-zA-Z]{0,8}")


def number_of(contacts: str) -> int | None:
    """Read how many contacts are meant; None if it is a file. Raises `Failure` if it is neither."""
    text = contacts.strip()
    if not text:
        raise Failure("--contacts is empty. Name a CSV of contacts, or say how many: --contacts 10000.")
    if _NUMBER.fullmatch(text):
        return int(re.sub(r"[^\d+-]", "", text))
    if _ALMOST.fullmatch(text) and not Path(text).suffix[1:].isalpha() and not Path(contacts).exists():
        raise Failure(
            f"--contacts {text} is neither a whole number nor a file that is there. Write how many in "
            "digits, such as --contacts 10000."
        )
    return None


def _timelines(world: World, cast: Cast, days: int) -> list[Timeline]:
    from runtime.reporting import tell
    from runtime.reporting.from_world import person

    until = cast.start + days * DAY
    return [tell(person(world, contact.id, until)) for contact in cast.contacts]


def _print_json(world: World, plan: Plan, cast: Cast, days: int) -> None:
    from runtime.reporting import counts, funnel
    from runtime.reporting.from_world import tally

    found = tally(world, plan.journey, cast.start + days * DAY)
    print_json(
        {
            "journey": plan.journey,
            "plan": plan.hash,
            "start": cast.start,
            "until": cast.start + days * DAY,
            "seed": cast.seed,
            "contacts": plain(_timelines(world, cast, days)),
            "funnel": plain(funnel(found)),
            "counts": plain(counts(found, world.published.definitions)),
        }
    )


def _print_text(world: World, plan: Plan, cast: Cast, days: int) -> None:
    from rich.text import Text

    from dsl import civil
    from runtime.cli import render
    from runtime.reporting import counts, funnel
    from runtime.reporting.from_world import tally
    from runtime.reporting.words import day

    out = console()
    zone = civil.zone(world.published.definitions.time_zone, "UTC")
    span = f"{day(cast.start, zone)} to {day(cast.start + days * DAY, zone)}"
    how = "as recorded" if cast.seed is None else f"invented, seed {cast.seed}"
    show(out, Text(plan.journey, style="bold").append(f"   {span}, {how}", style="not bold dim"))
    show(out, Text(render.LEGEND + "\n", style="dim"))
    show(out, *(render.timeline(told) for told in _timelines(world, cast, days)))
    found = tally(world, plan.journey, cast.start + days * DAY)
    show(out, render.funnel(funnel(found)), render.counts(counts(found, world.published.definitions)))
