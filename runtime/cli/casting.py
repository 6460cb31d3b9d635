"""Casting: who takes part in a simulation of few, and what happens to them; and letting time pass."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime.cli.output import note
from runtime.people import (
    Account,
    Contact,
    FileError,
    RecordedEvent,
    read_accounts,
    read_contacts,
    read_event_lines,
)
from runtime.workspace import Workspace, WorkspaceError

if TYPE_CHECKING:
    from dsl import Compiled
    from dsl.plan import Plan
    from runtime.populations.behaviour import Behaviour
    from runtime.populations.inventing import Invented, Inventor
    from runtime.simulator import Simulator
    from runtime.simulator.world import World

DAY = 86_400
MONDAY_MORNING = 1_772_438_400
"""2 March 2026, 08:00 UTC: where nothing says when."""
SEED = 1

_PEOPLE = (
    ("Ana", "Moreau", "Europe/Paris", "Alder Systems"),
    ("Ben", "Okafor", "Europe/London", "Birch Logistics"),
    ("Carla", "Nunes", "America/New_York", "Cedar Works"),
    ("Deepa", "Rao", "Asia/Kolkata", "Dogwood Finance"),
    ("Emil", "Larsen", "Europe/Copenhagen", "Elm Software"),
    ("Farah", "Haddad", "Asia/Dubai", "Fir Trading"),
    ("Greta", "Vogel", "Europe/Berlin", "Ginkgo Machines"),
    ("Hugo", "Silva", "America/Sao_Paulo", "Hazel Foods"),
    ("Ines", "Castro", "America/Los_Angeles", "Iris Health"),
    ("Jun", "Tanaka", "Asia/Tokyo", "Juniper Parts"),
)
_ARRIVE_WITHIN = 5 * DAY

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part and what happens. `seed` is None where nobody reacts but as recorded.

    `made`: of contacts who come in as the model says; `inventor`: what made them.
    """

    contacts: Sequence[Contact]
    accounts: Sequence[Account]
    events: Sequence[RecordedEvent]
    start: int
    seed: int | None
    made: Sequence[Invented] = ()
    inventor: Inventor | None = None


def play(compiled: Compiled, plan: Plan, cast: Cast, days: int) -> World:
    """Let virtual time pass."""
    from activities.previewing import Preview
    from runtime.published import Published
    from runtime.simulator import Provider, Simulator
    from runtime.simulator.sales import Sales
    from runtime.simulator.world import World

    published = Published.of(compiled.definitions, compiled.plans.values())
    world = World(published, written={}, sales=Sales.of(compiled.settings))
    world.populate(cast.contacts, cast.accounts)
    simulator = Simulator(world, Provider(preview=Preview.of(compiled)), now=cast.start)
    until = cast.start + days * DAY
    if cast.inventor is None:
        simulator.schedule(cast.events)
        simulator.admit(cast.start)
    else:
        _invented(simulator, compiled, plan, cast, cast.inventor, until)
    simulator.run(until)
    for event, sentence in world.turned_away:
        note(f"The event {event} was refused. {sentence}")
    return world


def _invented(
    simulator: Simulator, compiled: Compiled, plan: Plan, cast: Cast, inventor: Inventor, until: int
) -> None:
    """Let contacts come each at their own time, and react as the model says."""
    from runtime.populations.crowd import react
    from runtime.populations.inventing import standing
    from runtime.populations.reacting import Reactions

    world = simulator.world
    links = {name: email.links for name, email in compiled.emails.items()}
    reactions = Reactions(world.published, inventor.behaviour, inventor, links, inventor.seed, world)
    react(simulator, reactions)
    for one in cast.made:
        standing(one.draft, one.contact, world.facts[one.contact.id])
        simulator.schedule(reactions.habits(one.contact.id, one.arrives, until))
    simulator.schedule(cast.events)
    simulator.admit(cast.start)
    for at, contact in sorted((one.arrives, one.contact.id) for one in cast.made if one.by_hand):
        simulator.run(min(at, until))
        simulator.enter(plan.journey, contact, at)


def plan_of(journey: str, workspace: Workspace, compiled: Compiled) -> Plan:
    """Return the journey that is meant, by its name or its file. Raises `WorkspaceError`."""
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
    behaviour: Behaviour | None = None,
) -> Cast:
    """Find out who takes part: those of the files, of the sample, or invented ones.

    Args:
        files: contacts, accounts, events. `begin`: when virtual time begins, if that is said.
    """
    sample = workspace.root / "sample"
    contacts, accounts, events = files
    ours = contacts is None
    if ours and accounts is not None and not (sample / "contacts.csv").is_file():
        raise FileError("--accounts are those of some contacts. Name these, too: --contacts FILE.csv.")
    if ours:
        contacts = _if_there(sample / "contacts.csv")
        accounts = accounts or _if_there(sample / "accounts.csv")
        events = events or (_if_there(sample / "events.jsonl") if seed is None and contacts else None)
    happening = _happening(events, begin)
    seed = None if happening else (SEED if seed is None else seed)
    start = happening[0][1].at if happening else MONDAY_MORNING if begin is None else begin
    from runtime.backtest.doubting import spelled_as_declared
    from runtime.backtest.records import Recorded

    definitions = compiled.definitions
    people: list[Contact] | None = None
    companies: list[Account] = []
    if contacts is not None:
        people = read_contacts(contacts, definitions, start)
        companies = [] if accounts is None else read_accounts(accounts, definitions)
    told = [event for _, event in happening]
    record, notes = spelled_as_declared(Recorded(people or [], companies, told), [definitions])
    for sentence in notes:
        note(sentence)
    if seed is not None:
        known = None if people is None else record.contacts
        return _made(compiled, plan, known, record.accounts, start, seed, behaviour)
    _note_strangers(happening, people or [], companies)
    return Cast(record.contacts, record.accounts, record.events, start, seed)


def _made(
    compiled: Compiled,
    plan: Plan,
    people: Sequence[Contact] | None,
    companies: Sequence[Account],
    start: int,
    seed: int,
    behaviour: Behaviour | None,
) -> Cast:
    """Let contacts come in as the model says: those given, else ten invented ones."""
    from runtime.populations.behaviour import Behaviour
    from runtime.populations.inventing import Inventor

    model = behaviour or Behaviour(bounce=0.0)
    known = list(compiled.plans.values())
    inventor = Inventor.of(
        compiled.definitions, [plan], known, model, seed, start, _ARRIVE_WITHIN, named=_PEOPLE
    )
    if people is None:
        companies = [inventor.account(number) for number in range(len(_PEOPLE))]
        made = [inventor.contact(number, account) for number, account in enumerate(companies)]
    else:
        made = [inventor.given(number, contact) for number, contact in enumerate(people)]
    unfit = sum(not one.fits for one in made)
    if unfit:
        note(f"{unfit} of {len(made)} contacts do not fit the start of “{plan.journey}”, and will not enter.")
    events = [one.entry for one in made if one.entry is not None]
    return Cast([one.contact for one in made], companies, events, start, seed, made, inventor)


def _if_there(path: Path) -> Path | None:
    return path if path.is_file() else None


def _happening(path: Path | None, begin: int | None) -> list[tuple[int, RecordedEvent]]:
    """Return the events of a file in order of time, each with its line, moved to begin when it is said."""
    if path is None:
        return []
    lines = read_event_lines(path)
    if not lines:
        raise FileError(f"{path} holds no event. Write one a line, or leave --events out.")
    early = [number for (_, last), (number, event) in pairwise(lines) if event.at < last.at]
    if early:
        more = f", and {len(early) - 1} more such lines" if len(early) > 1 else ""
        note(f"{path}, line {early[0]}: earlier than the line before it{more}. They are taken by their time.")
    lines.sort(key=lambda line: line[1].at)
    move = 0 if begin is None else begin - lines[0][1].at
    return [(number, event.moved(move)) for number, event in lines] if move else lines


def _note_strangers(
    lines: Sequence[tuple[int, RecordedEvent]], people: Sequence[Contact], companies: Sequence[Account]
) -> None:
    known = {contact.id for contact in people}
    accounts = {account.id for account in companies}
    strange: dict[str, int] = {}
    number = 0
    for line, e in lines:
        if e.contact not in known if e.contact else e.account not in accounts:
            strange.setdefault(e.contact or e.account or "", line)
            number += 1
    if strange:
        names = [f"{name} in line {line}" for name, line in list(strange.items())[:_NAMED]]
        shown = ", ".join(names) + (", …" if len(strange) > _NAMED else "")
        note(
            f"{number} of {len(lines)} events are about nobody in the files of contacts and accounts "
            f"({shown}); they were left out. Add who is missing to --contacts or --accounts."
        )
