"""`nurture why`: why an email was sent to a contact, or the exact reason why not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import Parameter

from runtime.cli.failures import Failure
from runtime.cli.output import Format, console, note, plain, print_json, show
from runtime.people import instant

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from dsl import Compiled
    from runtime.why import Answer, Answers, Case, Question, Reason
    from runtime.why.places import Sources
    from runtime.workspace import Workspace


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Simulated:
    """The options of `nurture simulate`, for `--simulated`."""

    contacts: Path | None = None
    accounts: Path | None = None
    events: Path | None = None
    days: int | None = None
    seed: int | None = None
    start: str | None = None


def why(
    contact: str,
    journey: str | None = None,
    *,
    email: str | None = None,
    at: str | None = None,
    simulated: bool = False,
    history: Path | None = None,
    options: Simulated | None = None,
    workspace: Path | None = None,
    format: Format = "text",
) -> int:
    """Say why an email was sent to a contact, or why not, with the lines that decided.

    Without an email it says where the contact stands in a journey, and what it was sent; without a journey,
    where it stands in each.

    Parameters
    ----------
    contact
        The contact's id or email address.
    journey
        The name of a journey.
    email
        The name of an email.
    at
        Answer as things stood then, such as 2026-03-02T09:30:00Z. Without it, as they stand now.
    simulated
        Ask a simulation in place of the database. It takes the options of `nurture simulate`, and the journey
        must be named.
    history
        Ask a history of Temporal in place of the database: a JSON file, as for `nurture replay`.
    workspace
        The folder of the workspace, whose files are shown where the version is the same. Without it, the
        current folder if it is one.
    format
        What to print: text for people, JSON for programs.
    """
    from runtime.why import Question

    question = Question(journey, email, None if at is None else instant(at, "--at"))
    if simulated and history is not None:
        raise Failure("Give one of --simulated and --history.")
    if simulated:
        case, sources = _simulated(contact, question, options or Simulated(), workspace or Path())
    else:
        if options is not None and options != Simulated():
            raise Failure("These options are those of a simulation. Add --simulated, or leave them out.")
        sources = sources_at(workspace)
        case = asyncio.run(_stored(contact) if history is None else _recorded(contact, history, sources))
    found = answered(case, question, sources)
    if format == "json":
        print_json(as_json(found, question))
    else:
        show(console(), *text(found))
    return 0


def answered(case: Case, question: Question, sources: Sources) -> Answers:
    """Answer. Raises `Failure` where the question names what nobody knows."""
    from runtime.why import ask
    from runtime.why.question import Unanswerable

    try:
        return ask(case, question, sources)
    except Unanswerable as unknown:
        raise Failure(str(unknown)) from None


async def _stored(contact: str) -> Case:
    from runtime.cli.database import database, now
    from runtime.store import find_contact
    from runtime.why.from_store import case

    async with database() as store:
        id_ = await find_contact(store, contact)
        return await case(store, id_, now())


async def _recorded(contact: str, file: Path, sources: Sources) -> Case:
    from runtime.cli.replay import hold_plans
    from runtime.config import load_config
    from runtime.encryption import converter
    from runtime.replay import read_file, tell
    from runtime.why.from_history import case, subject

    converted = converter(load_config().keys())
    history = read_file(file)
    plans = {plan.hash: plan for plan in sources.plans.values()}
    await hold_plans(history, converted, plans)
    story = await tell(history, plans.get, converted)
    if not story.run:
        raise Failure(f"{file} is of {story.about}, and of no run. Name the history of a run.")
    if contact not in (subject(story), story.run):
        raise Failure(f"{file} is of a run of {subject(story)}, not of {contact}.")
    return case(story)


def _simulated(contact: str, question: Question, options: Simulated, folder: Path) -> tuple[Case, Sources]:
    from runtime.cli.casting import DAY, cast_of, plan_of, play
    from runtime.cli.loading import load_to_run
    from runtime.why.from_world import case

    if question.journey is None:
        raise Failure("Name the journey that is simulated: nurture why CONTACT JOURNEY --simulated.")
    found, compiled = load_to_run(folder)
    plan = plan_of(question.journey, found, compiled)
    begin = None if options.start is None else instant(options.start, "--start")
    files = (options.contacts, options.accounts, options.events)
    cast = cast_of(found, compiled, plan, files, options.seed, begin)
    days = 90 if options.days is None else options.days
    until = cast.start + days * DAY
    world = play(compiled, plan, cast, days)
    who = _known(contact, {one.id: str(one.fields.get("email") or "") for one in cast.contacts})
    return case(world, who, cast.start, until), sources_of(found, compiled)


def _known(contact: str, addresses: Mapping[str, str]) -> str:
    if contact in addresses:
        return contact
    for id_, address in addresses.items():
        if address.casefold() == contact.casefold():
            return id_
    raise Failure(
        f"There is no contact {contact} in the simulation. There are: {', '.join(list(addresses)[:10])}."
    )


def sources_at(folder: Path | None) -> Sources:
    """Return the files of the workspace; none if the current folder is none, or has mistakes."""
    from dsl import compile_workspace
    from runtime.why.places import Sources
    from runtime.workspace import WorkspaceError, read_workspace

    if folder is None and not Path("nurture.toml").is_file():
        return Sources()
    try:
        found = read_workspace(folder or Path())
    except WorkspaceError:
        if folder is not None:
            raise
        return Sources()
    compiled = compile_workspace(found.files)
    if not compiled.ok:
        note(
            f"The workspace {found.root} has mistakes (see `nurture check`); the lines are those of the "
            "deployment."
        )
        return Sources()
    return sources_of(found, compiled)


def sources_of(workspace: Workspace, compiled: Compiled) -> Sources:
    """Return the files of a workspace with what they compile to."""
    from runtime.why.places import Sources

    prefix = os.path.relpath(workspace.root)
    prefix = "" if prefix == "." else f"{workspace.root if prefix.startswith('..') else prefix}/"
    policies = {policy.name: policy for policy in compiled.definitions.policies}
    return Sources(workspace.files, compiled.plans, policies, prefix)


# -------------------------------------------------------------------------------------------- how it looks


def as_json(found: Answers, question: Question) -> dict[str, object]:
    """Return what is printed as JSON."""
    data: dict[str, object] = plain(found)
    asked = {"journey": question.journey, "email": question.email, "at": question.at}
    return {"question": {"contact": found.contact, **asked}, **data}


def text(found: Answers) -> list[RenderableType]:
    """Return what is printed for people."""
    from rich.text import Text

    name = found.name or found.contact
    head = f"   {found.contact} · {found.time_zone} · as of {found.local}"
    made: list[RenderableType] = [Text(name, style="bold").append(head, style="not bold dim")]
    made += [Text(f"! {said}", style="yellow") for said in found.notes]
    if found.partial:
        made.append(Text(f"! This is partial. {found.partial}", style="yellow"))
    if not found.answers:
        made.append(Text("No journey is in force, and there was no run.", style="dim"))
    for number, answer in enumerate(found.answers):
        if answer.reasons or number == 0:
            made.append(Text(""))
        made += _answer(answer)
    return made


def _answer(answer: Answer) -> list[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    from runtime.cli.render import chain, place

    made: list[RenderableType] = [Text(answer.sentence, style="bold" if answer.reasons else "")]
    if not answer.reasons:
        return made
    table = chain()
    before = None
    for reason in answer.reasons:
        same = reason.place is not None and reason.place == before
        told = Padding(_reason(reason, same), (0, 0, 0, 2 if reason.detail else 0))
        table.add_row(reason.local, told, place(reason.place))
        before = reason.place or before
    return [*made, Padding(table, (0, 0, 0, 2))]


def _reason(reason: Reason, same: bool) -> Text:
    from rich.text import Text

    told = Text(reason.text)
    if not reason.sure:
        told.append("  (as far as the records tell)", style="dim italic")
    if reason.place is not None and reason.place.text and not same:
        told.append(f"\n{reason.place.text}", style="dim")
    return told
