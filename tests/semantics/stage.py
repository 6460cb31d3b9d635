"""A row on stage: one case on the simulator and on real Temporal, and the one story that both tell.

A test writes a journey and what happens, and asserts its rule on `Told`: lines such as
`03-06 10:00 sent send:second`. Both drivers have told it alike, to the second, or `told` has failed before.
Times are of the year 2041 (the server's clock only goes forward) and in UTC; contacts live in UTC, too,
unless the test says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from runtime.simulator import World
from runtime.store import schema
from runtime.trace import TraceRow
from tests.equality.case import Case, read
from tests.equality.drivers import Outcome, Stage, Traces, on_temporal, simulated

YEAR = 2041
FORM = "Whitepaper"
Happening = dict[str, Any]

QUIET = """
policy "Marketing email"
  require consent "Marketing"
  hold between 20:00 and 08:00 contact time
  allow at most 1 email in any 2 days, otherwise hold up to 3 days
"""


def moment(at: str) -> str:
    """Return `03-04 10:00` or `03-04 10:00:05` as ISO 8601."""
    return f"{YEAR}-{at.replace(' ', 'T')}Z"


def moment_after(at: str, later: timedelta) -> str:
    """Return the moment so much later, as ISO 8601."""
    return f"{datetime.fromisoformat(moment(at)) + later:%Y-%m-%dT%H:%M:%SZ}"


def seconds(at: str) -> int:
    """Return `03-04 10:00` as seconds since the epoch."""
    return int(datetime.fromisoformat(moment(at)).timestamp())


def clock(at: int) -> str:
    """Return an instant as tests write it; seconds only if there are any."""
    found = datetime.fromtimestamp(at, UTC)
    return found.strftime("%m-%d %H:%M:%S" if found.second else "%m-%d %H:%M")


def does(at: str, who: str, event: str, **properties: Any) -> Happening:
    """A contact does something."""
    return {"at": moment(at), "event": event, "contact": who, "properties": properties}


def form(at: str, who: str = "ana", name: str = FORM) -> Happening:
    """A contact submits a form: the one that lets it in, unless another is named."""
    return does(at, who, "Form Submitted", form=name)


def clicks(at: str, email: str, who: str = "ana", **properties: Any) -> Happening:
    """A contact clicks an email."""
    return does(at, who, "Email Clicked", email=email, **properties)


def by_hand(at: str, what: str, scope: str = "all", name: str = "") -> Happening:
    """A person pauses, resumes or stops."""
    return {"at": moment(at), "by_hand": what, "scope": scope, "name": name}


def contact(id_: str, **more: Any) -> dict[str, Any]:
    """A contact in UTC who has consented to marketing. `more`: as in a case file."""
    return {"id": id_, "time_zone": "UTC"} | more


def case(
    journey: str,
    happens: Iterable[Happening],
    until: str,
    contacts: Sequence[dict[str, Any]] = (),
    **more: Any,
) -> Case:
    """Make a case. `contacts`: Ana alone unless given; `more`: as in a case file."""
    data = {"journey": journey, "happens": list(happens), "until": moment(until), "expect": []}
    return read("row", data | {"contacts": list(contacts) or [contact("ana")]} | more)


@dataclass(slots=True)
class Seen(Outcome):
    """What a case left on real Temporal, and who was refused: `03-04 10:00 ana Row already running`."""

    refused: list[str] = field(default_factory=list)


class Looking(Stage):
    """Also looks at who was refused."""

    async def play(self) -> Seen:
        outcome = await Stage.play(self)
        table = schema.entries_refused
        columns = select(table.c.at, table.c.contact_id, table.c.journey, table.c.reason)
        async with self.store.reading() as connection:
            rows = (await connection.execute(columns)).all()
        seen = {known.name: getattr(outcome, known.name) for known in fields(Outcome)}
        return Seen(**seen, refused=sorted(_refusal(*row) for row in rows))


def _refusal(at: int, who: str, journey: str, reason: str) -> str:
    return f"{clock(at)} {who} {journey} {reason}"


@dataclass(frozen=True, slots=True)
class Told:
    """What both drivers told."""

    traces: Traces
    world: World
    outcome: Seen

    def rows(self, run: str = "row/ana/-/1") -> list[TraceRow]:
        """Return the rows of a run."""
        return self.traces[run]

    def lines(self, run: str = "row/ana/-/1", but: Sequence[str] = ()) -> list[str]:
        """Return the story of a run, a line for each row. `but`: kinds to leave out."""
        return [line(row) for row in self.rows(run) if row.kind not in but]

    def sends(self, run: str = "row/ana/-/1") -> list[str]:
        """Return what became of the sends of a run, in order, without the place of each in its journey."""
        rows = (row for row in self.rows(run) if "send:" in row.step)
        return [line(row._replace(step=row.step.rpartition("/")[2])) for row in rows]

    @property
    def refused(self) -> list[str]:
        """Return the entries that were refused, in order: when, who, which journey, why."""
        return sorted(_refusal(one.at, who, one.journey, one.reason) for who, one in self.world.refused)

    def last(self, run: str = "row/ana/-/1") -> str:
        """Return the last line of a run."""
        return self.lines(run)[-1]


def line(row: TraceRow) -> str:
    """Write a row: when, what, where, why, and until when."""
    until = "" if row.due is None else f"-> {clock(row.due)}"
    return " ".join(part for part in (clock(row.at), row.kind, row.step, row.reason, until) if part)


async def told(
    folder: Path,
    journey: str,
    happens: Iterable[Happening],
    until: str,
    contacts: Sequence[dict[str, Any]] = (),
    stage: type[Looking] | None = None,
    **more: Any,
) -> Told:
    """Run a case on both drivers, hold their traces to be equal to the second, and return them."""
    return await both(case(journey, happens, until, contacts, **more), folder, stage)


async def both(
    one: Case, folder: Path, stage: type[Looking] | None = None, world: World | None = None
) -> Told:
    """Run a case on both drivers, hold their traces to be equal to the second, and return them.

    `world`: what the simulator has made of it, if that took more than running it.
    """
    world = world or simulated(one)
    outcome = await on_temporal(one, folder, stage or Looking)
    assert isinstance(outcome, Seen)
    found = Told(outcome.traces, world, outcome)
    foretold = {id_: run.rows for id_, run in world.runs.items()}
    assert _written(outcome.traces) == _written(foretold)
    assert outcome.refused == found.refused
    assert outcome.duplicates == []
    return found


def _written(traces: Mapping[str, Sequence[TraceRow]]) -> dict[str, list[str]]:
    return {
        run: [f"{row.n} {line(row)} #{row.visit}" for row in rows] for run, rows in sorted(traces.items())
    }
