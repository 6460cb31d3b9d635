"""Writing: a route of a plan as the text of a scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dsl.plan import Definitions, Plan, Ref, Split, Start
from dsl.scenarios.reasons import plain
from dsl.workspace import Recompiling
from runtime.handoffs import ACCEPTED, REJECTED
from runtime.routes import Route
from runtime.saving import lines as say
from runtime.saving.givens import Givens, Happening, Unwritable
from runtime.saving.leading import Leader
from runtime.scenarios.playing import play
from runtime.scenarios.stage import Set
from runtime.trace import TraceRow

_PEOPLE = ("Ana", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gita", "Hugo", "Ines", "Jan", "Kim", "Leo")
"""Splits draw by the contact's id: with so many of them, every way of most splits is drawn by one."""

_FILE = "counterexample.scenario"
_MOST_MAILS = 30
_ANY_NUMBER = 999
_SLACK = 7 * 86_400
"""Seconds that a contact who answers a minute late, and whom a policy holds up, may be behind the route."""


def scenario(files: Mapping[str, bytes], plan: Plan, route: Route, title: str, note: str = "") -> str:
    """Return the text of a scenario in which a contact goes a route, and that passes.

    Args:
        files: the workspace, without mistakes.
        note: a comment for its top.

    Raises:
        Unwritable: the route asks for what a scenario cannot bring about.
    """
    writer = _Writer(files, plan, route, title, note)
    problem: Unwritable | None = None
    splits = any(isinstance(step, Split) for step in plan.steps)
    for name in _PEOPLE if splits else _PEOPLE[:1]:
        try:
            return writer.written(name)
        except Unwritable as unwritable:
            if problem is None or unwritable.far > problem.far:
                problem = unwritable
    assert problem is not None
    raise problem


@dataclass(slots=True)
class _Writer:
    files: Mapping[str, bytes]
    plan: Plan
    route: Route
    title: str
    note: str
    lines: dict[int, list[str]] = field(default_factory=dict)
    compiling: Recompiling = field(default_factory=Recompiling)
    happenings: list[Happening] = field(default_factory=list)
    definitions: Definitions = field(init=False)

    def __post_init__(self) -> None:
        self.definitions = self.compiling.compile(self.files)[0].definitions

    def written(self, name: str) -> str:
        """Play it again and again, each time with what the contact must do at the next turn of the route."""
        leader = Leader(self.plan, self.route, self.definitions)
        self.happenings = leader.happenings
        while True:
            rows = self.played(self.text(name, (), whole=False))
            if leader.led(rows):
                break
        end = leader.end(rows) + 120
        sent = [row for row in rows if row.kind == "sent" and self.email(row) and row.at <= end]
        whole = self.text(name, sent[:_MOST_MAILS], rows[-1] if self.route.path.ended else None)
        self.played(whole)
        return whole

    def played(self, text: str) -> list[TraceRow]:
        """Play a scenario, and return the trace of the contact's run. What it expects must come."""
        compiled, found = self.compiling.compile({**self.files, _FILE: text.encode()})
        ours = [script for script in found.scripts if script.file == _FILE]
        if not compiled.ok or len(ours) != 1:
            said = next(
                (d.message for d in found.diagnostics if d.span.file == _FILE), "the workspace has errors"
            )
            raise Unwritable(f"what the language of scenarios does not have ({said})")
        made = play(ours[0], Set.of(compiled))
        if made.misses:
            missed = made.misses[0].expectation.text
            raise Unwritable(f"what comes out otherwise when it is played: “{missed}” is not so")
        runs = [run for run in made.stage.world.runs.values() if run.view.journey == self.plan.journey]
        return runs[0].rows if runs else []

    def email(self, row: TraceRow) -> str:
        step = next((step for step in self.plan.steps if step.id == row.step), None)
        effect = getattr(step, "effect", None)
        return str(getattr(effect, "email", "")) if effect is not None else ""

    # -------------------------------------------------------------------------------------------- the text

    def text(
        self, name: str, sent: Sequence[TraceRow], end: TraceRow | None = None, *, whole: bool = True
    ) -> str:
        """Write it; if not `whole`, with a last line for which the whole route must have passed."""
        begin = self.route.rows[0].at
        givens = self.givens(begin)
        self.lines = {}
        self.start(givens, name, begin)
        self.add(begin, f'expect contact "{name}" enters journey "{self.plan.journey}"')
        for happening in givens.happenings:
            self.add(happening.at, self.does(name, happening))
        for (at, email), count in Counter((row.at, self.email(row)) for row in sent).items():
            mails = f'email "{email}"' if count == 1 else f'{count} emails "{email}"'
            self.add(at, f'expect {mails} to "{name}"')
        if end is not None:
            self.add(end.at, f'expect contact "{name}" {_leaves(end, self.plan.journey)}')
        if not whole:
            self.add(self.route.rows[-1].at + _SLACK, f'expect at most {_ANY_NUMBER} emails to "{name}"')
        head = [f"# {line}" for line in self.note.splitlines()]
        head += [f'scenario "{say.quoted(self.title)}"', '  given time zone "UTC"', *_people(givens, name)]
        # The clock begins at midnight, so that there is a moment before the first one.
        head.append(f"  starting {say.day(begin)}")
        body: list[str] = []
        for at in sorted(self.lines):
            body += [f"  on {say.day(at)} {say.clock(at)}"]
            body += [f"    {line}" for line in self.lines[at]]
        return "\n".join([*head, "", *body]) + "\n"

    def add(self, at: int, line: str) -> None:
        under = self.lines.setdefault(at, [])
        if line not in under:
            under.append(line)

    def start(self, givens: Givens, name: str, at: int) -> None:
        """Let the contact in: by the event that starts the journey, or by hand."""
        start = next((one for one in self.plan.starts if one.event and not _own(one)), None)
        values = givens.fields["trigger"]
        if start is None:
            if values:
                raise Unwritable("values of the event that starts the journey")
            self.add(at, f'start journey "{self.plan.journey}" for "{name}"')
            return
        if start.condition is not None:
            givens.want(start.condition, True, at, at - 120)
        self.add(at, self.does(name, Happening(at, start.event, start.args, values)))

    def does(self, name: str, happening: Happening) -> str:
        """Say what somebody does. Sales answers what it was given; else another system tells of an answer."""
        handed = any(row.kind == "handed off" and row.at < happening.at for row in self.route.rows)
        bare = happening.event in (ACCEPTED, REJECTED) and not handed
        return say.act(name, happening.event, {**happening.args, **happening.values}, bare=bare)

    def givens(self, begin: int) -> Givens:
        """Collect what the choices of the route ask for."""
        givens = Leader(self.plan, self.route, self.definitions).givens()
        for of, field_, value in self.route.path.dates:
            if value is not None:
                if of not in givens.fields:
                    raise Unwritable(f"a date of the {of}")
                moment = datetime.fromtimestamp(begin + value, UTC)
                declared = givens.declared(Ref(of=of, field=field_)) if of != "trigger" else None
                a_day = declared is not None and declared.type == "date"
                givens.fields[of][field_] = moment.date() if a_day else moment
        givens.happenings = list(self.happenings)
        return givens


def _own(start: Start) -> bool:
    return start.event.startswith("nurture:") or start.where is not None


def _leaves(end: TraceRow, journey: str) -> str:
    if end.kind == "goal":
        return f'reaches goal "{end.reason}"'
    return f'leaves journey "{journey}" because "{plain(end.reason or end.kind)}"'


def _people(givens: Givens, name: str) -> Iterator[str]:
    account = givens.fields["account"]
    if account:
        yield f'  given account "Acme" with {say.several(account, owner="account")}'
    known = [say.several(givens.fields["contact"], owner="contact")] if givens.fields["contact"] else []
    known += [f"score {givens.score:g}"] if givens.score else []
    known += [f'stage "{givens.stage}"'] if givens.stage else []
    known += [f'tag "{tag}"' for tag in givens.tags]
    known += [f'list "{one}"' for one in givens.lists]
    known += [f'no consent "{consent}"' for consent in givens.refused]
    told = f" with {', '.join(known)}" if known else ""
    yield f'  given contact "{name}"{told}'


__all__ = ["Unwritable", "scenario"]
