"""`nurture replay`: histories of Temporal: whether they replay on this code, and what happened in them."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from runtime.cli.failures import Failure, sentence
from runtime.cli.output import Format, console, print_json, show

if TYPE_CHECKING:
    from rich.console import RenderableType
    from temporalio.client import Client
    from temporalio.converter import DataConverter

    from dsl.plan import Plan
    from runtime.replay import History, Moment, Story, Verdict
    from runtime.trace import TraceRow

_MOST = 100
_BEFORE = 8
"""Steps shown before an event."""


def replay(
    histories: list[str] | None = None,
    *,
    address: str | None = None,
    query: str | None = None,
    most: Annotated[int, Parameter(validator=Number(gte=1))] = _MOST,
    step: bool = False,
    at: int | None = None,
    workspace: Path | None = None,
    format: Format = "text",
) -> int:
    """Tell what happened in histories of Temporal, and whether they replay on this code.

    Exits with 0 if all replay, with 1 if one does not or is not whole, with 2 if one cannot be read.

    Parameters
    ----------
    histories
        JSON files, as `temporal workflow show --output json`, Temporal's UI and its SDKs write them; or ids
        of workflows of a server, with --address.
    address
        The server to ask, such as localhost:7233; else as Temporal's own environment says.
    query
        Which workflows of the server, in Temporal's words: 'WorkflowType="Whitepaper nurture"'.
    most
        How many of the query at most.
    step
        Step through one history, event by event. On a terminal by keys, else it is all printed.
    at
        Print how the run stood after this event.
    workspace
        The folder of the workspace whose plans the runs go by. Without it, the current folder if it is one,
        and the database.
    format
        What to print: text for people, JSON for programs.
    """
    if not histories and query is None:
        raise Failure("Name a history: a JSON file, or a workflow id with --address; or ask with --query.")
    return asyncio.run(_Replaying(workspace, address, step, at, format).go(histories or [], query, most))


async def hold_plans(history: History, converted: DataConverter, plans: dict[str, Plan]) -> None:
    """Add the plans that a history goes by, as far as the database has them."""
    from runtime.cli.database import begun, database
    from runtime.replay.story import wanted
    from runtime.store import StoreError
    from runtime.store.publishing import load_plans

    missing = {hash_ for hash_ in await wanted(history, converted) if hash_ not in plans}
    if not missing or not begun():
        return
    with suppress(StoreError, OSError):
        async with database() as store:
            plans |= {plan.hash: plan for plan in await load_plans(store, missing)}


@dataclass(slots=True)
class _Told:
    """One history. `problem`: why it cannot be told, in a sentence."""

    name: str
    story: Story | None = None
    verdict: Verdict | None = None
    problem: str = ""
    code: int = 0


class _Replaying:
    def __init__(
        self, workspace: Path | None, address: str | None, step: bool, at: int | None, format: Format
    ) -> None:
        from runtime.cli.why import sources_at

        self.sources = sources_at(workspace)
        self.address, self.step, self.at, self.format = address, step, at, format
        self.plans: dict[str, Plan] = {plan.hash: plan for plan in self.sources.plans.values()}

    async def go(self, names: Sequence[str], query: str | None, most: int) -> int:
        from runtime.config import load_config
        from runtime.encryption import converter

        keys = load_config().keys()
        converted = converter(keys)
        told: list[_Told] = []
        async for name, history in self.all(names, query, most, keys):
            one = await self.tell(name, history, converted)
            told.append(one)
            if self.format == "text":
                self.print(one, several=len(names) > 1 or query is not None)
        if query is not None and not told and self.format == "text":
            print(f"No workflow is found by {query}.")
        if self.format == "json":
            print_json({"histories": [self.as_json(one) for one in told]})
        return max((one.code for one in told), default=0)

    # ------------------------------------------------------------------------------- where they come from

    async def all(
        self, names: Sequence[str], query: str | None, most: int, keys: Sequence[bytes]
    ) -> AsyncIterator[tuple[str, History | Exception]]:
        """Yield each history, or why there is none."""
        from runtime.replay import HistoryError, read_file

        client: Client | None = None
        for name, file in [(name, _file(name)) for name in names]:
            if file is not None:
                try:
                    yield name, read_file(file)
                except HistoryError as wrong:
                    yield name, wrong
            elif self.address is None and "TEMPORAL_ADDRESS" not in os.environ:
                yield name, HistoryError(f"There is no file {name}. Or is it a workflow? Then add --address.")
            else:
                client = client or await self.reach(keys)
                yield name, await self.fetched(client, name)
        if query is not None:
            client = client or await self.reach(keys)
            async for name, history in self.found(client, query, most):
                yield name, history

    async def reach(self, keys: Sequence[bytes]) -> Client:
        from runtime.reaching import reach

        if self.address is not None:
            os.environ["TEMPORAL_ADDRESS"] = self.address
        return await reach(keys)

    async def found(
        self, client: Client, query: str, most: int
    ) -> AsyncIterator[tuple[str, History | Exception]]:
        from temporalio.service import RPCError

        try:
            async for one in client.list_workflows(query, limit=most):
                yield one.id, await self.fetched(client, one.id, one.run_id)
        except RPCError as refused:
            said = " ".join(str(refused).split()).rstrip(".")
            raise Failure(f"Temporal does not take this query: {said}.") from None

    async def fetched(self, client: Client, id_: str, run: str | None = None) -> History | Exception:
        from temporalio.service import RPCError

        from runtime.replay import History, HistoryError

        try:
            history = await client.get_workflow_handle(id_, run_id=run).fetch_history()
        except RPCError as refused:
            said = " ".join(str(refused).split()).rstrip(".")
            return HistoryError(f"Temporal has no history of {id_}: {said}.")
        return History(id_, list(history.events))

    # ------------------------------------------------------------------------------------- what they tell

    async def tell(self, name: str, history: History | Exception, converted: DataConverter) -> _Told:
        from runtime.encryption import Undecipherable
        from runtime.replay import HistoryError, replayed, tell

        try:
            if isinstance(history, Exception):
                raise history
            await hold_plans(history, converted, self.plans)
            story = await tell(history, self.plans.get, converted)
            verdict = await replayed(history, story.plans, converted)
        except (HistoryError, Undecipherable) as wrong:
            return _Told(name, problem=sentence(wrong), code=2)
        return _Told(name, story, verdict, code=0 if verdict.replays else 1)

    # --------------------------------------------------------------------------------------- how it looks

    def print(self, one: _Told, *, several: bool) -> None:
        from rich.text import Text

        if one.story is None:
            print(f"nurture: {one.problem}", file=sys.stderr)
            return
        out = console()
        if self.at is not None:
            show(out, *self.moment(one, self.at, several=several))
        elif self.step and not several and sys.stdin.isatty() and out.is_terminal:
            from runtime.cli.stepping import stepped

            stepped(one.story.moments[-1].event, lambda number: show(out, *self.moment(one, number)))
        elif self.step:
            show(out, self.title(one, several=several), *self.every_event(one.story))
        else:
            show(out, self.title(one, several=several), *self.timeline(one.story), Text(""))

    def title(self, one: _Told, *, several: bool) -> RenderableType:
        """Say of whom it is, and whether it replays; of `several` also which file it is."""
        from rich.console import Group
        from rich.text import Text

        story, verdict = one.story, one.verdict
        assert story is not None
        assert verdict is not None
        plan = f" · plan {story.plan.hash[:8]}" if story.plan is not None else ""
        last = story.moments[-1].event
        head = Text(story.workflow, style="bold")
        head.append(f"   {story.about} · {last} events{plan} · UTC", style="not bold dim")
        lines = [head]
        if several and one.name != story.workflow:
            lines.append(Text(one.name, style="dim"))
        if verdict.replays:
            lines.append(Text("It replays on this code.", style="green"))
        else:
            lines.append(Text(verdict.said, style="red" if verdict.replays is False else "yellow"))
        if story.partial:
            lines.append(Text(f"This is partial. {story.partial}", style="yellow"))
        elif story.open:
            lines.append(Text(f"It was open after event {last}: what came later is not in this history."))
        if story.earlier and story.earlier[0].n > 1:
            lines.append(Text("The run has continued as new; its oldest steps are in an earlier history."))
        return Group(*lines)

    def timeline(self, story: Story) -> list[RenderableType]:
        """Tell the run's trace."""
        return [self.table([(row.at, *self.row(story, row)) for row in story.rows])] if story.run else []

    def row(self, story: Story, row: TraceRow) -> tuple[str, str]:
        from runtime.reporting.words import Teller
        from runtime.why.standing import line_of

        plan = self.plan_of(story, row)
        if plan is None:
            return f"{row.kind} {row.reason}".strip(), ""
        ours = self.sources.plan(plan)
        place = self.sources.place(ours, line_of(ours, row.step))
        return Teller(plan).tell(row, _clock), str(place) if place else ""

    def plan_of(self, story: Story, row: TraceRow) -> Plan | None:
        """Return the plan under which a row was written."""
        for moment in story.moments:
            if row in moment.rows:
                return moment.plan
        return story.plan

    def every_event(self, story: Story) -> list[RenderableType]:
        lines: list[tuple[float, str, str]] = []
        for moment in story.moments:
            lines.append((moment.at, f"{moment.event}. {moment.words}", ""))
            for row in moment.rows:
                text, place = self.row(story, row)
                lines.append((row.at, f"   → {text}", place))
        return [self.table(lines)]

    def moment(self, one: _Told, number: int, *, several: bool = False) -> list[RenderableType]:
        """Tell how the run stood after an event; of `several` histories also which one it is."""
        from rich.text import Text

        from runtime.replay.story import at_event

        story = one.story
        assert story is not None
        moment, rows = at_event(story, number)
        last = story.moments[-1].event
        of = f" in {one.name}" if several else ""
        title = Text(f"Event {moment.event} of {last}{of}", style="bold")
        made: list[RenderableType] = [
            title.append(f"   {_clock(moment.at)}   {moment.words}", style="not bold dim")
        ]
        made += [Text(f"→ {self.row(story, row)[0]}") for row in moment.rows]
        made += self.standing(story, moment)
        earlier = [row for row in rows if row not in moment.rows]
        if earlier:
            shown = earlier[-_BEFORE:]
            head = (
                "Before:" if shown == earlier else f"Before, the last {len(shown)} of {len(earlier)} steps:"
            )
            made += [Text(head, style="dim"), self.table([(r.at, *self.row(story, r)) for r in shown])]
        return made

    def standing(self, story: Story, moment: Moment) -> list[RenderableType]:
        from rich.text import Text

        if moment.state is None or moment.plan is None:
            return [Text("The run has not begun yet." if story.run else "")]
        state, plan = moment.state, moment.plan
        if state.ended is not None:
            return [Text(f"The run is over: {' '.join(state.ended).strip()}.")]
        told: list[RenderableType] = []
        for thread in state.threads:
            number = thread.frames[-1].at
            step = plan.steps[number] if number is not None else None
            ours = self.sources.plan(plan)
            place = self.sources.place(ours, ours.steps[number].line) if number is not None else None
            due = f" until {_clock(thread.due)}" if thread.due is not None else ""
            what = step.text if step is not None else "the end of a part"
            where = f"   {place}" if place else ""
            flow = "The main flow" if thread.id == 0 else f"A handler ({thread.id})"
            told.append(Text(f"{flow} is {_STATUS[thread.status]}{due}: {what}{where}"))
        if state.paused:
            told.append(Text("The run stands still."))
        return told or [Text("The run is about to end.")]

    def table(self, lines: Sequence[tuple[float, str, str]]) -> RenderableType:
        from rich.padding import Padding

        from runtime.cli.render import chain
        from runtime.cli.render import place as short

        table = chain()
        for at, text, place in lines:
            table.add_row(_clock(at), text, short(place))
        return Padding(table, (0, 0, 0, 2))

    def as_json(self, one: _Told) -> dict[str, Any]:
        story, verdict = one.story, one.verdict
        if story is None or verdict is None:
            return {"name": one.name, "problem": one.problem}
        moments = [m for m in story.moments if self.at is None or m.event == self.at]
        return {
            "name": one.name,
            "workflow": story.workflow,
            "about": story.about,
            "plans": [plan.hash for plan in story.plans],
            "replays": verdict.replays,
            "said": verdict.said,
            "partial": story.partial,
            "open": story.open,
            "rows": [
                {**row._asdict(), "text": text, "place": place}
                for row in story.rows
                for text, place in [self.row(story, row)]
            ],
            "events": [_event(moment) for moment in moments],
        }


_STATUS = {
    "ready": "under way",
    "asking": "under way",
    "waiting": "waiting",
    "outer": "about to do",
    "held": "held",
}


def _file(name: str) -> Path | None:
    path = Path(name)
    return path if path.is_file() else None


def _event(moment: Moment) -> dict[str, Any]:
    state = moment.state.to_json() if moment.state is not None else None
    return {
        "event": moment.event,
        "at": moment.at,
        "words": moment.words,
        "rows": [row.n for row in moment.rows],
        "state": state,
    }


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"
