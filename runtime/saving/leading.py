"""Leading: what a contact must do, and when, so that its run goes a route, found turn by turn.

A run is played and compared with the route. Where it turns off, what brings it back is a happening of its
contact, at a moment of that very run: a minute after its wait has begun, or in its last second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dsl.plan import Arms, Condition, Decide, Definitions, Interest, Plan
from runtime.evidence import Evidence
from runtime.handoffs import REJECTED
from runtime.playing import moment
from runtime.reporting.words import Teller
from runtime.routes import CHOICES, Route
from runtime.saving.givens import Givens, Happening, Unwritable
from runtime.trace import TraceRow, place_of
from runtime.why.standing import line_of

_MINUTE = 60


@dataclass(slots=True)
class Leader:
    """Leads the run of one contact along a route. `happenings`: what the contact must do, so far."""

    plan: Plan
    route: Route
    definitions: Definitions
    happenings: list[Happening] = field(default_factory=list)
    tried: set[int] = field(default_factory=set)

    def led(self, rows: Sequence[TraceRow]) -> bool:
        """Return whether a run has gone the route; if not, note what the contact must do besides.

        Raises:
            Unwritable: nothing that is known to help brings the run back.
        """
        gone, taken = self.turns(rows), self.turns(self.route.rows)
        place = _parting(gone, taken)
        if place == len(taken):
            return True
        wanted, found = taken[place], gone[place] if place < len(gone) else None
        new = [] if wanted.n in self.tried else self.helping(wanted, found, rows, place)
        self.tried.add(wanted.n)
        if not new:
            instead = "the run is over by then" if found is None else f"it comes to {self.told(found)}"
            raise Unwritable(f"{self.told(wanted)}, and when it is played, {instead}", place)
        self.happenings += new
        return False

    def end(self, rows: Sequence[TraceRow]) -> int:
        """Return when a run that has gone the route was at its end."""
        return self.turns(rows)[len(self.turns(self.route.rows)) - 1].at

    def givens(self) -> Givens:
        """Return who the contact must be for the choices of the route."""
        givens = Givens(self.definitions)
        for row in self.route.rows:
            for condition, is_so in self.asked(row):
                self.want(givens, row, condition, is_so, row.at, row.at)
        return givens

    # -------------------------------------------------------------------------------------------- turns

    def turns(self, rows: Sequence[TraceRow]) -> list[TraceRow]:
        """Return the rows that tell which way a run goes: the first of each step, and all choices."""
        ids = {step.id for step in self.plan.steps}
        goals = {ending.id for ending in self.plan.endings if ending.stay}  # they turn nobody anywhere
        seen: set[tuple[str, int]] = set()
        found = []
        for row in rows:
            first = row.step in ids and (row.step, row.visit) not in seen
            seen.add((row.step, row.visit))
            if first or (row.kind in CHOICES and row.step not in goals):
                found.append(row)
        return found

    def asked(self, row: TraceRow) -> Iterator[tuple[Condition, bool]]:
        """Yield the conditions by which a row was decided, and how they came out."""
        step = next((step for step in self.plan.steps if step.id == row.step), None)
        taken = place_of(row)
        if isinstance(step, Decide) and row.kind == "took":
            for place, branch in enumerate(step.branches):
                yield self.plan.predicates[branch.predicate], place == taken
                if place == taken:
                    return
        elif isinstance(step, Arms) and row.kind == "met" and taken is not None:
            arm = step.arms[taken]
            if row.reason.endswith("already") and arm.already is not None:
                yield self.plan.predicates[arm.already], True

    def want(
        self, givens: Givens, row: TraceRow, condition: Condition, is_so: bool, at: int, since: int
    ) -> None:
        try:
            givens.want(condition, is_so, at, since)
        except Unwritable as why:
            raise Unwritable(f"{self.told(row)}, and that takes {why}", why.far) from None

    # ------------------------------------------------------------------------------------------- helping

    def helping(
        self, wanted: TraceRow, found: TraceRow | None, rows: Sequence[TraceRow], far: int
    ) -> list[Happening]:
        """Return what the contact must do so that a run takes the turn that is wanted."""
        try:
            if wanted.kind == "met" and not wanted.reason.endswith("already"):
                return self.heard(wanted, rows)
            if (watched := self.watched(wanted)) is not None:
                return [
                    self.broken(wanted, watched, [row for row in rows if found is None or row.n < found.n])
                ]
            if found is None or found.step != wanted.step:
                return []
            return self.before(wanted, [row for row in rows if row.n < found.n], found.at)
        except Unwritable as why:
            raise Unwritable(str(why), far) from None

    def heard(self, wanted: TraceRow, rows: Sequence[TraceRow]) -> list[Happening]:
        """Let a wait hear what it waits for: at once, which is a minute later, or in its last second."""
        began, ours = self.wait(wanted, rows), self.wait(wanted, self.route.rows)
        step = next(step for step in self.plan.steps if step.id == wanted.step)
        if began is None or ours is None or not isinstance(step, Arms):
            return []
        # In the very second in which a wait begins its email would not be there yet.
        at = began.at + _MINUTE if began.due is None else min(began.at + _MINUTE, began.due)
        if wanted.at > ours.at and began.due is not None:
            at = began.due
        met = place_of(wanted)
        assert met is not None
        arm = step.arms[met]
        heard = self.plan.interests[arm.interest]
        if arm.predicate is not None:
            return self.new(wanted, [(self.plan.predicates[arm.predicate], True)], rows, at, began.at)
        if heard.event is None or heard.where is not None:
            raise Unwritable(f"{self.told(wanted)}, and that takes an event with a condition of its own")
        return [self.happening(at, heard.event, heard.args, rows)]

    def happening(self, at: int, event: str, args: Mapping[str, str], rows: Sequence[TraceRow]) -> Happening:
        """Return an event. Sales rejects for a reason that the handoff knows, or is not heard."""
        handed = next((row.reason for row in reversed(rows) if row.kind == "handed off"), "")
        rule = self.definitions.handoffs.get(handed) if event == REJECTED else None
        reasons = rule.reject_reasons if rule is not None else ()
        return Happening(at, event, args, {"reason": reasons[0]} if reasons else {})

    def watched(self, wanted: TraceRow) -> Interest | None:
        """Return the event by which a goal, a stop or a handler comes, if a row is of one."""
        numbers = [
            one.interest for one in self.plan.endings if one.id == wanted.step and one.predicate is None
        ]
        numbers += [
            one.interest for one in self.plan.handlers if one.id == wanted.step and one.predicate is None
        ]
        return self.plan.interests[numbers[0]] if numbers else None

    def broken(self, wanted: TraceRow, heard: Interest, rows: Sequence[TraceRow]) -> Happening:
        """Let what breaks a wait come: at once, which is a minute later, or in its last second."""
        if heard.event is None or heard.where is not None:
            raise Unwritable(f"{self.told(wanted)}, and that takes an event with a condition of its own")
        before = [row for row in self.route.rows if row.n < wanted.n]
        waiting = [row for row in rows if row.due is not None and row.kind in ("waiting", "held")]
        due = waiting[-1].due if waiting else None
        last = [row for row in rows if row.kind != "completed"][-1].at
        if wanted.at > before[-1].at and due is not None:
            return self.happening(due, heard.event, heard.args, rows)
        at = last + _MINUTE
        at = at if due is None else max(last, min(at, due))
        return self.happening(at, heard.event, heard.args, rows)

    def wait(self, wanted: TraceRow, rows: Sequence[TraceRow]) -> TraceRow | None:
        """Return where the wait of a row began."""
        key = (wanted.step, wanted.visit, "waiting")
        return next((row for row in rows if (row.step, row.visit, row.kind) == key), None)

    def before(self, wanted: TraceRow, rows: Sequence[TraceRow], at: int) -> list[Happening]:
        """Let happen what is asked about, before it is."""
        since = max((row.at for row in rows if row.kind in ("sent", "waiting")), default=rows[0].at)
        return self.new(wanted, list(self.asked(wanted)), rows, at, since)

    def new(
        self,
        wanted: TraceRow,
        asked: Sequence[tuple[Condition, bool]],
        rows: Sequence[TraceRow],
        at: int,
        since: int,
    ) -> list[Happening]:
        """Return what must happen besides so that conditions come out so at an instant."""
        evidence = Evidence.of(self.plan, rows).at(at)
        givens = Givens(self.definitions, happenings=list(self.happenings), evidence=evidence)
        for condition, is_so in asked:
            self.want(givens, wanted, condition, is_so, at, since)
        return givens.happenings[len(self.happenings) :]

    def told(self, row: TraceRow) -> str:
        """Say a row, with the line of the journey."""
        entered = self.route.rows[0].at
        clock: Callable[[int], str] = lambda at: moment(at - entered, entered)  # noqa: E731
        line = line_of(self.plan, row.step)
        return f"“{Teller(self.plan).tell(row, clock)}”{f' (line {line})' if line else ''}"


def _parting(gone: Sequence[TraceRow], taken: Sequence[TraceRow]) -> int:
    """Return how many turns two runs have taken alike."""
    alike = 0
    for ours, wanted in zip(gone, taken, strict=False):
        if _turn(ours) != _turn(wanted):
            break
        alike += 1
    return alike


def _turn(row: TraceRow) -> tuple[str, ...]:
    # What becomes of an effect is not asked: policies and consent have their say when it is played.
    return (row.step, str(row.visit), *((row.kind, row.reason) if row.kind in CHOICES else ()))


__all__ = ["Leader"]
