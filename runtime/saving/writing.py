"""Writing: a route of a plan as the text of a scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dsl.plan import Arms, Decide, Plan, Split, Start
from dsl.workspace import compile_scenarios
from runtime.routes import Route
from runtime.saving import lines as say
from runtime.saving.givens import Givens, Happening, Unwritable
from runtime.scenarios.playing import play
from runtime.scenarios.stage import Set
from runtime.trace import TraceRow

_PEOPLE = ("Ana", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gita", "Hugo", "Ines", "Jan", "Kim", "Leo")
"""Splits draw by the contact's id: with so many of them, every way of most splits is drawn by one."""

_FILE = "counterexample.scenario"
_MOST_MAILS = 30
_ANY_NUMBER = 999


def scenario(files: Mapping[str, bytes], plan: Plan, route: Route, title: str, note: str = "") -> str:
    """Return the text of a scenario in which a contact goes a route, and that passes.

    Args:
        files: the workspace, without mistakes.
        note: a comment for its top.

    Raises:
        Unwritable: the route asks for what a scenario cannot bring about.
    """
    writer = _Writer(files, plan, route, title, note)
    problem = Unwritable("a contact that goes this way")
    splits = any(isinstance(step, Split) for step in plan.steps)
    for name in _PEOPLE if splits else _PEOPLE[:1]:
        try:
            return writer.written(name)
        except Unwritable as unwritable:
            problem = unwritable
    raise problem


@dataclass(slots=True)
class _Writer:
    files: Mapping[str, bytes]
    plan: Plan
    route: Route
    title: str
    note: str
    lines: dict[int, list[str]] = field(default_factory=dict)

    def written(self, name: str) -> str:
        bare = self.text(name, (), whole=False)
        rows = self.played(bare)
        taken = list(dict.fromkeys((row.step, row.visit) for row in self.route.rows if self.steps(row)))
        gone = list(dict.fromkeys((row.step, row.visit) for row in rows if self.steps(row)))
        if gone[: len(taken)] != taken:
            raise Unwritable("more than who the contact is and what it does")
        sent = [row for row in rows if row.kind == "sent" and self.email(row)]
        whole = self.text(name, sent[:_MOST_MAILS])
        self.played(whole)
        return whole

    def played(self, text: str) -> list[TraceRow]:
        """Play a scenario, and return the trace of the contact's run. What it expects must come."""
        compiled, found = compile_scenarios({**self.files, _FILE: text.encode()})
        ours = [script for script in found.scripts if script.file == _FILE]
        if not compiled.ok or len(ours) != 1:
            said = next(
                (d.message for d in found.diagnostics if d.span.file == _FILE), "the workspace has errors"
            )
            raise Unwritable(f"what the language of scenarios does not have ({said})")
        made = play(ours[0], Set.of(compiled))
        if made.misses:
            raise Unwritable("what comes out otherwise when it is played")
        runs = [run for run in made.stage.world.runs.values() if run.view.journey == self.plan.journey]
        return runs[0].rows if runs else []

    def steps(self, row: TraceRow) -> bool:
        return any(step.id == row.step for step in self.plan.steps)

    def email(self, row: TraceRow) -> str:
        step = next((step for step in self.plan.steps if step.id == row.step), None)
        effect = getattr(step, "effect", None)
        return str(getattr(effect, "email", "")) if effect is not None else ""

    # -------------------------------------------------------------------------------------------- the text

    def text(self, name: str, sent: Sequence[TraceRow], *, whole: bool = True) -> str:
        """Write it; if not `whole`, with a last line for which the whole route must have passed."""
        begin = self.route.rows[0].at
        givens = self.givens(begin)
        self.lines = {}
        self.start(givens, name, begin)
        self.add(begin, f'expect contact "{name}" enters journey "{self.plan.journey}"')
        for happening in givens.happenings:
            self.add(happening.at, _does(name, happening))
        for (at, email), count in Counter((row.at - row.at % 60, self.email(row)) for row in sent).items():
            mails = f'email "{email}"' if count == 1 else f'{count} emails "{email}"'
            self.add(at, f'expect {mails} to "{name}"')
        if not whole:
            self.add(self.route.rows[-1].at + 120, f'expect at most {_ANY_NUMBER} emails to "{name}"')
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
        rounded = at - at % 60
        under = self.lines.setdefault(rounded, [])
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
        self.add(at, _does(name, Happening(at, start.event, start.args, values)))

    def givens(self, begin: int) -> Givens:
        """Collect what the choices of the route ask for."""
        from dsl.workspace import compile_workspace

        definitions = compile_workspace(self.files).definitions
        givens = Givens(definitions)
        for of, field_, value in self.route.path.dates:
            if value is not None:
                if of not in givens.fields:
                    raise Unwritable(f"a date of the {of}")
                givens.fields[of][field_] = datetime.fromtimestamp(begin + value, UTC)
        last = begin
        by_id = {step.id: step for step in self.plan.steps}
        for row in self.route.rows:
            step = by_id.get(row.step)
            if isinstance(step, Decide) and row.kind == "took":
                self.decided(givens, step, row, last)
            elif isinstance(step, Arms) and row.kind == "met":
                self.met(givens, step, row)
            last = row.at if row.kind in ("sent", "waiting") else last
        return givens

    def decided(self, givens: Givens, step: Decide, row: TraceRow, last: int) -> None:
        taken = len(step.branches)
        if row.reason != "otherwise":
            taken = int(row.reason.removeprefix("branch ")) - 1
        for place, branch in enumerate(step.branches[: taken + 1]):
            givens.want(self.plan.predicates[branch.predicate], place == taken, row.at, last)

    def met(self, givens: Givens, step: Arms, row: TraceRow) -> None:
        place, _, already = row.reason.removeprefix("arm ").partition(",")
        arm = step.arms[int(place) - 1]
        heard = self.plan.interests[arm.interest]
        if already and arm.already is not None:
            givens.want(self.plan.predicates[arm.already], True, row.at, row.at - 60)
            return
        if heard.event is None or heard.where is not None:
            raise Unwritable("an event with a condition of its own")
        # A minute after the wait has begun: in its very second the email would not be there yet.
        givens.happenings.append(Happening(row.at + 60, heard.event, heard.args))


def _own(start: Start) -> bool:
    return start.event.startswith("nurture:") or start.where is not None


def _does(name: str, happening: Happening) -> str:
    return say.act(name, happening.event, {**happening.args, **happening.values})


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
