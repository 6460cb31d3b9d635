"""`nurture paths`: the ways through a journey, with their times, emails and choices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from runtime.cli.choosing import choose
from runtime.cli.failures import Failure
from runtime.cli.output import Format, console, print_json, show

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dsl.plan import Plan
    from runtime.reporting.words import Teller
    from runtime.routes import Route, Routes
    from runtime.trace import TraceRow
    from runtime.why.places import Sources

_BOUND = 1_000
_MOST_MAILS = 10


def paths(
    journey: str,
    *,
    longest: bool = False,
    shortest: bool = False,
    most_emails: bool = False,
    to: str | None = None,
    bound: Annotated[int, Parameter(validator=Number(gte=1, lte=1_000_000))] = _BOUND,
    interrupts: bool = False,
    at: str | None = None,
    save_scenario: Path | None = None,
    workspace: Path = Path(),
    format: Format = "text",
) -> int:
    """Tell all ways through a journey: when each email goes, what decides, and how it ends.

    The machine itself goes them. Every email is accepted, no policy holds it; an event that is waited for
    comes at once, in the last second, or never. Times are those of somebody in the time zone UTC.

    Parameters
    ----------
    journey
        The name of a journey, or its .journey file.
    longest
        Only the way that takes the most time, with all that happens on it.
    shortest
        Only the way that takes the least time.
    most_emails
        Only the way with the most emails.
    to
        Only the shortest way to a step: its id, its line, its email or its block.
    bound
        How many ways to look at.
    interrupts
        Let goals, stops and `whenever` that an event brings happen too.
    at
        When somebody comes in, such as 2026-03-02T09:00:00Z; otherwise a monday, 10:00 UTC.
    save_scenario
        A folder into which the one way is written as a scenario that goes it.
    workspace
        The folder of the workspace.
    format
        What to print: text for people, JSON for programs.
    """
    from runtime.explore import Bound
    from runtime.people import instant
    from runtime.routes import UnknownStep, find, step_named

    ways = {"longest": longest, "shortest": shortest, "most emails": most_emails, f"to {to}": to is not None}
    if sum(ways.values()) > 1:
        raise Failure("Give one of --longest, --shortest, --most-emails and --to.")
    what = next((name for name, wanted in ways.items() if wanted), "")
    if save_scenario is not None and not what:
        raise Failure("Say which way is to be saved: --longest, --shortest, --most-emails or --to STEP.")
    plan, sources = _plan(journey, workspace)
    limit = Bound(paths=bound, interrupts=interrupts)
    if at is not None:
        limit = Bound(paths=bound, interrupts=interrupts, entered=instant(at, "--at"))
    try:
        target = None if to is None else step_named(plan, to)
    except UnknownStep as unknown:
        raise Failure(str(unknown)) from None
    found = find(plan, limit, target)
    chosen = _chosen(found, longest=longest, shortest=shortest or to is not None, most=most_emails)
    if format == "json":
        print_json(_as_json(plan, found, chosen))
    else:
        show(console(), *_text(plan, sources, found, chosen, limit.entered, to, alone=bool(what)))
    if save_scenario is not None:
        _save(journey, workspace, plan, chosen, what, save_scenario)
    return 0 if chosen or found.partial else 1


def _save(
    journey: str, workspace: Path, plan: Plan, chosen: Sequence[Route], what: str, folder: Path
) -> None:
    from runtime.cli.saving import save_route
    from runtime.workspace import read_workspace

    found = read_workspace(Path(journey) if journey.endswith(".journey") else workspace)
    for route in chosen:
        save_route(found.files, plan, route, what, folder)


def _plan(journey: str, workspace: Path) -> tuple[Plan, Sources]:
    from runtime.why.places import Sources

    compiled, plans = choose(journey, workspace)
    if len(plans) > 1:
        names = ", ".join(f'"{plan.journey}"' for plan in plans)
        raise Failure(f"{journey} holds {len(plans)} journeys: {names}. Name one of them.")
    return plans[0], Sources(plans=compiled.plans)


def _chosen(found: Routes, *, longest: bool, shortest: bool, most: bool) -> Sequence[Route]:
    from runtime import routes

    if not found.routes:
        return ()
    if longest:
        return (routes.longest(found.routes),)
    if shortest:
        return (routes.shortest(found.routes),)
    return (routes.most_emails(found.routes),) if most else found.routes


# -------------------------------------------------------------------------------------------- how it looks


def _as_json(plan: Plan, found: Routes, chosen: Sequence[Route]) -> dict[str, Any]:
    return {
        "journey": plan.journey,
        "plan": plan.hash,
        "looked_at": len(found.routes),
        "bound": found.bound,
        "partial": found.partial,
        "paths": [_path(route) for route in chosen],
    }


def _path(route: Route) -> dict[str, Any]:
    path = route.path
    return {
        "number": route.number,
        "seconds": path.seconds,
        "ended": path.ended,
        "open": route.open_end,
        "mails": path.mails,
        "dates": path.dates,
        "steps": path.steps,
        "rows": [row._asdict() for row in route.rows],
    }


def _text(
    plan: Plan,
    sources: Sources,
    found: Routes,
    chosen: Sequence[Route],
    entered: int,
    to: str | None,
    *,
    alone: bool,
) -> list[RenderableType]:
    from rich.text import Text

    from runtime.reporting.words import count

    looked = count(len(found.routes), "path")
    head = f"{looked} to “{to}”" if to is not None else looked
    made: list[RenderableType] = [Text(plan.journey, style="bold").append(f"   {head}", style="not bold dim")]
    if found.partial:
        made.append(Text(_partial(found, to), style="yellow"))
    elif not chosen:
        made.append(Text(f"No path comes to “{to}”."))
    if any(row.kind for route in chosen for row in route.rows) and not alone:
        made += [line for route in chosen for line in _short(plan, route, entered)]
    else:
        made += [line for route in chosen for line in _long(plan, sources, route, entered)]
    return made


def _partial(found: Routes, to: str | None) -> str:
    if to is not None and not found.routes:
        return (
            f"No path to “{to}” among those that were looked at, and there are more: this is partial. "
            f"`--bound {found.bound * 10}` looks further."
        )
    return (
        f"There are more than these: this is partial. `--bound {found.bound * 10}` looks further; a journey "
        "with many rounds and choices may have more paths than anybody can list."
    )


def _title(route: Route) -> str:
    from runtime.reporting.words import count

    path = route.path
    end = {
        "waits": "waits for an event that may never come",
        "endless": "was given up: it does not come to an end",
        "": {"completed": "comes to the end", "": "comes to the step"}.get(path.ended, _ended(route)),
    }[route.open_end]
    return f"{_length(path.seconds)}, {count(len(path.mails), 'email')}, {end}"


def _ended(route: Route) -> str:
    reason = route.rows[-1].reason if route.rows else ""
    return f"reaches the goal “{reason}”" if route.path.ended == "goal" else f"leaves: {reason}"


def _length(seconds: int) -> str:
    days, left = divmod(seconds, 86_400)
    hours = left // 3_600
    told = [f"{days} day{'' if days == 1 else 's'}"] if days else []
    told += [f"{hours} h"] if hours else []
    told += [f"{left // 60} min"] if not told and left >= 60 else []
    return " ".join(told) or "at once"


def _short(plan: Plan, route: Route, entered: int) -> list[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    from runtime.playing import moment
    from runtime.reporting.words import Teller

    teller = Teller(plan)
    mails = [f"“{mail.email}” {moment(mail.at, entered)}" for mail in route.path.mails]
    if len(mails) > _MOST_MAILS:
        mails = [*mails[: _MOST_MAILS // 2], "…", *mails[-_MOST_MAILS // 2 :]]
    choices = [_choice(teller, row, entered) for row in route.choices]
    made: list[RenderableType] = [Text(""), Text(f"{route.number}. {_title(route)}", style="bold")]
    lines = [" → ".join(mails)] if mails else []
    lines += [f"{told}" for told in [*_dates(route, entered), *choices]]
    return [*made, *(Padding(Text(line), (0, 0, 0, 3)) for line in lines)]


def _choice(teller: Teller, row: TraceRow, entered: int) -> str:
    from runtime.playing import moment

    told = teller.tell(row, lambda at: moment(at - entered, entered))
    # Whether a wait was over at once or in its last second nothing else tells.
    return f"{told}, {moment(row.at - entered, entered)}" if row.kind == "met" else told


def _dates(route: Route, entered: int) -> list[str]:
    from runtime.playing import moment

    told = []
    for of, name, value in route.path.dates:
        told.append(f"{of}.{name} is {'empty' if value is None else moment(value, entered)}")
    return told


def _long(plan: Plan, sources: Sources, route: Route, entered: int) -> list[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    from runtime.cli.render import chain, place
    from runtime.playing import moment
    from runtime.reporting.words import Teller
    from runtime.why.standing import line_of

    def clock(at: int) -> str:
        return moment(at - entered, entered)

    teller = Teller(plan)
    table = chain()
    for row in route.rows:
        line = line_of(plan, row.step)
        table.add_row(clock(row.at), teller.tell(row, clock), place(sources.place(plan, line)))
    dates = [Padding(Text(told), (0, 0, 0, 2)) for told in _dates(route, entered)]
    title = Text(f"{_title(route)[:1].upper()}{_title(route)[1:]}")
    return [Text(""), title, *dates, Padding(table, (0, 0, 0, 2))]
