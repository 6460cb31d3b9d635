"""`nurture simulate`: contacts go through a journey in virtual time, without a server."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from runtime.cli.loading import load_to_run
from runtime.cli.output import Format, console, note, plain, print_json, show
from runtime.people import (
    Account,
    Contact,
    FileError,
    RecordedEvent,
    instant,
    read_accounts,
    read_contacts,
    read_events,
)
from runtime.workspace import Workspace, WorkspaceError

if TYPE_CHECKING:
    from dsl import Compiled
    from dsl.plan import Plan
    from runtime.reporting import Timeline
    from runtime.reporting.from_world import RecordingWorld

DAY = 86_400
_MONDAY_MORNING = 1_772_438_400  # 2 March 2026, 08:00 UTC: where nothing says when
_SEED = 1


def simulate(
    journey: str,
    *,
    contacts: Path | None = None,
    accounts: Path | None = None,
    events: Path | None = None,
    days: Annotated[int, Parameter(validator=Number(gte=1, lte=3_660))] = 90,
    seed: int | None = None,
    start: str | None = None,
    workspace: Path = Path(),
    format: Format = "text",
) -> int:
    """Send contacts through a journey in virtual time. No one is mailed.

    Without files, the workspace's sample is taken; without a sample, ten invented contacts, who react as a
    seeded model says.

    Parameters
    ----------
    journey
        The name of a journey, or its .journey file.
    contacts
        A CSV of contacts.
    accounts
        A CSV of their accounts.
    events
        What happens, as JSON lines. Without it, contacts react by the model.
    days
        How many days pass.
    seed
        The seed of the model; the same one tells the same story. Sample events are then left aside.
    start
        When virtual time begins, such as 2026-03-02T08:00; recorded events move with it.
    workspace
        The folder of the workspace.
    format
        What to print: text for people, JSON for programs.
    """
    begin = None if start is None else instant(start, "--start")
    found, compiled = load_to_run(Path(journey) if journey.endswith(".journey") else workspace)
    plan = plan_of(journey, found, compiled)
    cast = cast_of(found, compiled, plan, (contacts, accounts, events), seed, begin)
    world = play(compiled, plan, cast, days)
    if format == "json":
        _print_json(world, plan, cast, days)
    else:
        _print_text(world, plan, cast, days)
    return 0


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part and what happens. `seed` is None where nobody reacts but as recorded."""

    contacts: Sequence[Contact]
    accounts: Sequence[Account]
    events: Sequence[RecordedEvent]
    start: int
    seed: int | None


def play(compiled: Compiled, plan: Plan, cast: Cast, days: int) -> RecordingWorld:
    """Let virtual time pass."""
    from runtime.hosting import preview
    from runtime.published import Published
    from runtime.reporting.from_world import RecordingWorld
    from runtime.simulator import Provider, Simulator
    from runtime.simulator.invented import arrival
    from runtime.simulator.reactions import Reactions
    from runtime.simulator.sales import Sales

    published = Published.of(compiled.definitions, compiled.plans.values())
    world = RecordingWorld(published, sales=Sales.of(compiled.settings))
    world.populate(cast.contacts, cast.accounts)
    simulator = Simulator(world, Provider(preview=preview(compiled)), now=cast.start)
    if cast.seed is not None:
        simulator.react = Reactions(cast.seed, published)
    simulator.schedule(cast.events)
    if cast.seed is None:  # invented contacts come each at their own time, whoever would let them in
        simulator.admit(cast.start)
    until = cast.start + days * DAY
    if cast.seed is not None and not plan.starts:
        for at, contact in sorted((arrival(c.id, cast.seed, cast.start), c.id) for c in cast.contacts):
            simulator.run(min(at, until))
            simulator.enter(plan.journey, contact, at)
    simulator.run(until)
    for event, sentence in world.turned_away:
        note(f"The event {event} was refused. {sentence}")
    return world


def plan_of(journey: str, workspace: Workspace, compiled: Compiled) -> Plan:
    if not journey.endswith(".journey"):
        if journey in compiled.plans:
            return compiled.plans[journey]
        raise WorkspaceError(_no_journey(journey, compiled.plans))
    text = workspace.files[workspace.only].decode("utf-8-sig")
    names = [name for name in re.findall(r'^journey "([^"]*)"', text, re.MULTILINE) if name in compiled.plans]
    if len(names) == 1:
        return compiled.plans[names[0]]
    if not names:
        raise WorkspaceError(f"{journey} holds no journey. Name a file that does, or the journey itself.")
    raise WorkspaceError(f"{journey} holds {len(names)} journeys: {', '.join(names)}. Name one of them.")


def _no_journey(journey: str, plans: dict[str, Any]) -> str:
    from dsl.spelling import nearest

    guess = nearest(journey, plans)
    known = f'Did you mean "{guess}"?' if guess else f"There are: {', '.join(sorted(plans)) or 'none'}."
    return f'There is no journey "{journey}" in this workspace. {known}'


def cast_of(
    workspace: Workspace,
    compiled: Compiled,
    plan: Plan,
    files: tuple[Path | None, Path | None, Path | None],
    seed: int | None,
    begin: int | None,
) -> Cast:
    from runtime.simulator import invented

    sample = workspace.root / "sample"
    contacts, accounts, events = files
    ours = contacts is None
    if ours:
        contacts = _if_there(sample / "contacts.csv")
        accounts = accounts or _if_there(sample / "accounts.csv")
        events = events or (_if_there(sample / "events.jsonl") if seed is None and contacts else None)
    happening = _happening(events, begin)
    seed = None if happening else (_SEED if seed is None else seed)
    start = happening[0].at if happening else _MONDAY_MORNING if begin is None else begin
    definitions = compiled.definitions
    if contacts is None:
        people, companies = invented.people(definitions, seed or _SEED, start)
    else:
        people = read_contacts(contacts, definitions, start)
        companies = [] if accounts is None else read_accounts(accounts, definitions)
    if seed is not None:
        happening = invented.triggers(plan, definitions, people, seed, start)
    _note_strangers(happening, people, companies)
    return Cast(people, companies, happening, start, seed)


def _if_there(path: Path) -> Path | None:
    return path if path.is_file() else None


def _happening(path: Path | None, begin: int | None) -> list[RecordedEvent]:
    if path is None:
        return []
    events = read_events(path)
    if not events:
        raise FileError(f"{path} holds no event. Write one a line, or leave --events out.")
    move = 0 if begin is None else begin - events[0].at
    return [event.moved(move) for event in events] if move else events


def _note_strangers(
    events: Sequence[RecordedEvent], people: Sequence[Contact], companies: Sequence[Account]
) -> None:
    known = {contact.id for contact in people}
    accounts = {account.id for account in companies}
    strange = sum(e.contact not in known if e.contact else e.account not in accounts for e in events)
    if strange:
        note(f"{strange} of {len(events)} events are about nobody in the files of contacts and accounts.")


def _timelines(world: RecordingWorld, cast: Cast, days: int) -> list[Timeline]:
    from runtime.reporting import tell
    from runtime.reporting.from_world import person

    until = cast.start + days * DAY
    return [tell(person(world, contact.id, until)) for contact in cast.contacts]


def _print_json(world: RecordingWorld, plan: Plan, cast: Cast, days: int) -> None:
    from runtime.reporting import counts, funnel
    from runtime.reporting.from_world import tally

    found = tally(world, plan.journey)
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


def _print_text(world: RecordingWorld, plan: Plan, cast: Cast, days: int) -> None:
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
    found = tally(world, plan.journey)
    show(out, render.funnel(funnel(found)), render.counts(counts(found, world.published.definitions)))
