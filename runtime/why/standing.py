"""Standing: where a run is, what it waits for, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator

from dsl.plan import Arms, Ending, Interest, Plan, Schedule
from runtime.machine import GONE
from runtime.reporting import words
from runtime.reporting.words import Teller, interest, reason_of
from runtime.trace import TraceRow
from runtime.why.answer import Place, Reason
from runtime.why.case import Act, Case, Passage
from runtime.why.gates import onward
from runtime.why.telling import Telling

_BY_HAND = "by hand"


def line_of(plan: Plan, name: str) -> int:
    """Return the line of a step, a block, a handler or an ending, by its id or label; 0 if there is none."""
    for owner in (*plan.steps, *plan.endings, *plan.handlers):
        if owner.id == name:
            return owner.line
    blocks = (block for step in plan.steps if isinstance(step, Schedule) for block in step.blocks)
    return next((block.line for block in blocks if block.label == name), 0)


def place_of(telling: Telling, plan: Plan, name: str) -> Place | None:
    """Return the place of a step, a block, a handler or an ending."""
    ours = telling.sources.plan(plan)
    return telling.place(ours, line_of(ours, name))


def told(telling: Telling, passage: Passage, row: TraceRow) -> Reason:
    """Tell one row of a run's journal."""
    detail = passage.details.get((row.step, row.visit), "")
    plan = passage.version(row)
    text = Teller(plan).tell(row, telling.clock, detail)
    return telling.reason(text, row.at, place_of(telling, plan, row.step))


def entered(telling: Telling, passage: Passage) -> list[Reason]:
    """Tell how a run came in: what started it, and when."""
    plan = telling.sources.plan(passage.plan)
    event = next((e for e in reversed(telling.case.person.events) if e.at == passage.entered), None)
    lines = [start.line for start in plan.starts if event is not None and start.event == event.name]
    lines += [start.line for start in plan.starts]
    place = telling.place(plan, lines[0] if lines else 0)
    made = [telling.reason(f"Entered “{passage.journey}”", passage.entered, place)]
    if event is not None and any(start.event == event.name for start in plan.starts):
        made.insert(0, telling.reason(words.event(event.name, event.properties), passage.entered))
    return made


def waits(passage: Passage) -> list[TraceRow]:
    """Return the rows that say what an open run waits for now, the next deadline first."""
    open_rows: dict[str, TraceRow] = {}
    for row in passage.rows:
        if row.kind in ("waiting", "held") or (row.kind == "block moved" and row.step in open_rows):
            open_rows[row.step] = row
        else:
            open_rows.pop(row.step, None)
    found = [row for row in open_rows.values() if not passage.position or row.step in passage.position]
    return sorted(found, key=lambda row: (row.due is None, row.due or 0))


def waiting(telling: Telling, passage: Passage) -> Iterator[Reason]:
    """Tell what an open run waits for, and by whom it is held up."""
    yield from stopped(telling, passage)
    for row in waits(passage):
        yield told(telling, passage, row)
        if row.kind == "waiting":
            yield from _for_what(telling, passage, row)


def _for_what(telling: Telling, passage: Passage, row: TraceRow) -> Iterator[Reason]:
    plan = telling.sources.plan(passage.plan)
    step = next((step for step in plan.steps if step.id == row.step), None)
    for arm in step.arms if isinstance(step, Arms) else ():
        heard = interest(plan.interests[arm.interest])
        place = telling.place(plan, arm.line)
        yield telling.reason(f"Not yet: {heard[:1].lower()}{heard[1:]}", None, place, detail=True)


def ahead(passage: Passage) -> set[int]:
    """Return the steps that an open run may still come to, by their numbers."""
    plan, starts, begun = passage.plan, set(), set()
    labels = {row.step for row in passage.rows if row.kind in ("block", "block skipped")}
    names = {*passage.position, *(row.step for row in waits(passage))}
    for number, step in enumerate(plan.steps):
        if step.id in names:
            starts.add(number)
        for place, block in enumerate(step.blocks) if isinstance(step, Schedule) else ():
            if block.label in names:
                starts.add(number)
            if block.label in labels:
                begun.add((number, place))
    if not starts:
        return set(range(len(plan.steps)))
    return onward(plan, starts, begun)


def place_now(telling: Telling, passage: Passage) -> str:
    """Say in a clause what an open run waits for."""
    found = waits(passage)
    if passage.by_hand == "stopped":
        return "is about to leave, stopped by hand"
    if not found:
        return "is under way" if passage.rows else "is about to begin"
    row = found[0]
    until = f" until {telling.clock(row.due)}" if row.due is not None else ""
    step = next((step for step in passage.plan.steps if step.id == row.step), None)
    if row.kind == "held":
        return f"holds “{step.text if step else row.step}”{until}: {reason_of(row.reason)}"
    if step is None:
        return f"waits for the block “{row.step}”{until}"
    text = step.text.replace("Wait ", "waits ", 1)
    return f"{text[:1].lower()}{text[1:]},{until}" if until else text


def pausing(passage: Passage) -> TraceRow | None:
    """Return the row that says that a run stands still, if it does."""
    rows = [row for row in passage.rows if row.kind in ("paused", "resumed") and row.step == ""]
    return rows[-1] if rows and rows[-1].kind == "paused" else None


def stopped(telling: Telling, passage: Passage) -> Iterator[Reason]:
    """Tell who or what lets a run stand still, or lets nothing be sent."""
    row = pausing(passage)
    if row is not None:
        place = None
        plan = telling.sources.plan(passage.plan)
        for pause in plan.pauses:
            place = telling.place(plan, pause.line) if pause.text == row.reason else place
        acts = [act for act in switched(telling.case, passage) if act.what == "pause"]
        by = f", by {acts[-1].by}" if row.reason == _BY_HAND and acts else ""
        why = "paused by hand" if row.reason == _BY_HAND else row.reason
        yield telling.reason(f"Stands still since then: {why}{by}", row.at, place)
    if passage.by_hand == "stopped":
        yield from _stopped_by(telling, telling.case.now)
    for act in switched(telling.case, passage):
        if act.what == "sends":
            yield telling.reason(f"All sends are stopped {_scope(act)} by {act.by}", act.at)
        elif row is None:
            yield telling.reason(f"Paused {_scope(act)} by {act.by}", act.at)


def _scope(act: Act) -> str:
    words = {"all": "everywhere", "journey": f"in “{act.name}”", "contact": "for this contact"}
    return words.get(act.scope, "for this run")


def switched(case: Case, passage: Passage) -> list[Act]:
    """Return the switches that are set for a run."""
    meant = {("all", ""), ("journey", passage.journey), ("contact", case.contact), ("run", passage.id)}
    return [act for act in case.switches if (act.scope, act.name) in meant]


def last(passage: Passage) -> TraceRow | None:
    """Return the row with which a run ended."""
    ends = [row for row in passage.rows if row.kind in ("completed", "goal", "exit")]
    return ends[-1] if ends else None


def ending(telling: Telling, passage: Passage) -> Iterator[Reason]:
    """Tell how a run ended, and by which event."""
    row = last(passage)
    if row is None:
        return
    plan = telling.sources.plan(passage.plan)
    found = next((one for one in plan.endings if one.id == row.step), None)
    if found is not None:
        yield from _by_event(telling, plan, found, row)
    yield told(telling, passage, row)
    if row.kind == "exit" and row.reason == "stopped by hand":
        yield from _stopped_by(telling, row.at)


def _stopped_by(telling: Telling, at: int) -> Iterator[Reason]:
    acts = [act for act in telling.case.acts if act.what == "stop" and act.at <= at]
    for act in acts[-1:]:
        yield telling.reason(f"Stopped {_scope(act)} by {act.by}", act.at)


def _by_event(telling: Telling, plan: Plan, found: Ending, row: TraceRow) -> Iterator[Reason]:
    heard: Interest = plan.interests[found.interest]
    place = telling.place(plan, found.line)
    if found.predicate is not None:
        look = telling.look(row.at)
        if look is not None:
            yield from telling.decided(plan.predicates[found.predicate], look, True, place)
    elif heard.event is not None:
        from runtime.evaluate import has_args

        events = (e for e in telling.case.person.events if e.name == heard.event and e.at <= row.at)
        mine = [event for event in events if has_args(event.properties, heard.args) and not event.machine]
        if mine:
            yield telling.reason(words.event(mine[-1].name, mine[-1].properties), mine[-1].at, place)


def how_it_ended(telling: Telling, passage: Passage) -> str:
    """Say in a clause how a run ended."""
    row = last(passage)
    at = passage.ended_at if row is None else row.at
    if at is None or passage.ended is None:
        return "is over"
    kind, reason = passage.ended
    when = telling.clock(at)
    if kind == "completed":
        return f"came to the end of the journey on {when}"
    if kind == "goal":
        return f"reached the goal “{reason}” on {when}"
    if reason in GONE.values():
        return f"left on {when}: {reason_of(reason)}"
    return f"left the journey on {when}: {reason}"
