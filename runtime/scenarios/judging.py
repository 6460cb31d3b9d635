"""Judging: whether an expectation is so, from what a stage has kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dsl import civil
from dsl.plan import ChangeAudience, Do, Notify, SendMessage
from dsl.scenarios.reasons import plain
from dsl.scenarios.script import Effect, Expectation, Fact, Handed, Passage, Place, Pressure, Stretch
from runtime import evaluate, handoffs
from runtime.facts import Facts
from runtime.handoffs import Handoff
from runtime.reporting.words import reason_of
from runtime.scenarios.presuming import Missing
from runtime.scenarios.stage import Stage
from runtime.simulator import RunRecord
from runtime.simulator.world import effect_name
from runtime.suppression import suppressed
from runtime.trace import TraceRow
from runtime.turn import position

SENT = ("sent", "in doubt")
ENDS = ("goal", "exit", "completed")


@dataclass(frozen=True, slots=True)
class Miss:
    """An expectation that is not so. `found`: how many there were, of those that are counted.

    `what`: what is so instead, where that is a state. `happens`: the line tells what happens, and the
    expectation is what it presumes; `remedy`: what helps then, if waiting for it does not.
    """

    expectation: Expectation
    found: int = 0
    what: str = ""
    happens: bool = False
    remedy: str = ""


def judge(one: Expectation, stage: Stage) -> Miss | None:
    """Judge what is known when everything has happened."""
    one = of_now(one, stage)
    what = one.what
    if isinstance(what, Pressure):
        return _pressure(one, what, stage)
    if isinstance(what, Effect):
        found = sum(1 for _ in effects(what, stage, one.stretch))
    elif isinstance(what, Passage):
        found = sum(1 for _ in passages(what, stage, one.stretch))
    else:
        assert isinstance(what, Handed)
        found = sum(1 for _ in handed(what, stage, one.stretch))
    return None if one.count.holds(found) else Miss(one, found)


def unfounded(one: Missing, stage: Stage) -> Miss:
    """Tell of something that happened without what it presumes as of an expectation that is not so."""
    presumed = Expectation(one.act.line, one.act.text, Stretch(one.at, one.at), one.presumed)
    return Miss(of_now(presumed, stage), what=one.what, happens=True, remedy=one.remedy)


def look(one: Expectation, stage: Stage) -> Miss | None:
    """Judge what is asked of the instant that the clock of the stage shows."""
    one = of_now(one, stage)
    what = one.what
    if isinstance(what, Fact):
        return _fact(one, what, stage)
    if isinstance(what, Place):
        return _place(one, what, stage)
    assert isinstance(what, Handed)
    found = sum(1 for _ in handed(what, stage, Stretch(stage.start, one.stretch.until)))
    return None if one.count.holds(found) else Miss(one, found)


def of_now(one: Expectation, stage: Stage) -> Expectation:
    """Name the contact that is meant as it is now: of two that were merged it is the one that both are."""
    what = one.what
    if isinstance(what, Fact):
        known = what.id if what.of == "account" else stage.world.who(what.id)
        return one if known == what.id else replace(one, what=replace(what, id=known))
    if what.contact is None or stage.world.who(what.contact) == what.contact:
        return one
    return replace(one, what=replace(what, contact=stage.world.who(what.contact)))


# ---------------------------------------------------------------------------------------------- what was done


@dataclass(frozen=True, slots=True)
class Done:
    """An outer effect with one of its outcomes."""

    run: RunRecord
    step: Do
    row: TraceRow


def all_effects(stage: Stage) -> Iterator[Done]:
    """Yield every outcome of every outer effect."""
    for run in stage.world.runs.values():
        steps = stage.set.steps[run.view.plan]
        for row in run.rows:
            step = steps.get(row.step)
            if (
                isinstance(step, Do)
                and step.effect.outer
                and row.kind in (*SENT, "held", "skipped", "failed")
            ):
                yield Done(run, step, row)
    yield from _of_handoffs(stage)


def _of_handoffs(stage: Stage) -> Iterator[Done]:
    """Yield what teams are told of handoffs, by the handoff and not by a step of the run."""
    rules = stage.set.published.definitions.handoffs
    for one in stage.world.sales.handoffs.values():
        for at, team, text in handoffs.notices(one, rules[one.handoff]) if one.handoff in rules else ():
            step = Do(id=one.id, line=0, text=text, effect=Notify(team=team, message=text))
            for when, kind, reason in _came(one, at, stage):
                yield Done(stage.world.runs[one.run], step, TraceRow(0, when, one.id, 1, kind, reason))


def _came(handoff: Handoff, at: int, stage: Stage) -> Iterator[tuple[int, str, str]]:
    """Yield what became of a notice, and when: it is tried again until sales has answered."""
    answers = [said for said in (handoff.accepted_at, handoff.rejected_at) if said is not None]
    due, attempt = at, 1
    while (outage := stage.trouble.out("notify", due)) is not None:
        wait = handoffs.tried_again(attempt, outage.retry_after)
        if attempt == 1 or wait is None:
            yield due, "held" if wait is not None else "failed", outage.reason
        if wait is None:
            return
        due, attempt = due + wait, attempt + 1
    if due == at or (due <= stage.now and not any(said < due for said in answers)):
        yield due, "sent", ""


def effects(what: Effect, stage: Stage, stretch: Stretch) -> Iterator[Done]:
    """Yield what is as expected, in a stretch."""
    for done in all_effects(stage):
        at_time = stretch.since <= done.row.at <= stretch.until
        if at_time and is_about(what, done) and outcome_fits(what, done.row) and text_fits(what, done, stage):
            yield done


def is_about(what: Effect, done: Done) -> bool:
    """Whether an effect is the one that is meant, whatever became of it."""
    effect = done.step.effect
    if effect.kind != what.kind or what.contact not in (None, done.run.contact):
        return False
    if isinstance(effect, Notify) and what.team not in (None, effect.team):
        return False
    if isinstance(effect, ChangeAudience) and what.adds not in (None, effect.add):
        return False
    if isinstance(effect, SendMessage) and what.channel not in (None, effect.channel):
        return False
    return what.name is None or what.name == name_of(done)


def name_of(done: Done) -> str:
    """Return what an effect is called in scenarios: a notice by its text, the others as in the ledger."""
    effect = done.step.effect
    return effect.message if isinstance(effect, Notify) else effect_name(effect)


def outcome_fits(what: Effect, row: TraceRow) -> bool:
    """Whether the outcome is the one that is meant, and for that reason."""
    kinds = SENT if what.outcome == "sent" else (what.outcome,)
    return row.kind in kinds and what.reason in (None, row.reason)


def text_fits(what: Effect, done: Done, stage: Stage) -> bool:
    """Whether an email or a message says what it is to say."""
    if what.subject is None and not what.says:
        return True
    letter = stage.letter(done.run.view.id, what.kind, done.row.at, effect_name(done.step.effect))
    if letter is None:
        return False
    if what.subject is not None and letter.subject != what.subject:
        return False
    return all(words in letter.text for words in what.says)


def _pressure(one: Expectation, what: Pressure, stage: Stage) -> Miss | None:
    """Look for the first stretch with too many emails in it."""
    asked = Effect("send", None, what.contact)
    times = sorted(done.row.at for done in effects(asked, stage, one.stretch))
    zone = stage.zone_of(what.contact)
    for n, at in enumerate(times):
        if what.amount:
            since = civil.add(at, -what.amount, what.unit, zone)
        else:
            monday = 0 if what.unit == "week" else None
            since = civil.at_clock(civil.add(at, -1, what.unit, zone) + 1, "00:00", zone, monday) - 1
        inside = sum(since < earlier <= at for earlier in times[: n + 1])
        if inside > what.most:
            return Miss(one, inside, str(at))
    return None


# ------------------------------------------------------------------------------------------ runs and handoffs


def passages(what: Passage, stage: Stage, stretch: Stretch) -> Iterator[tuple[int, str]]:
    """Yield when a contact entered, left or reached what is meant, with the reason."""
    for at, name, reason in all_passages(what, stage):
        fits = what.because is None or plain(reason) == plain(what.because)
        if stretch.since <= at <= stretch.until and name == what.name and fits:
            yield at, reason


def all_passages(what: Passage, stage: Stage) -> Iterator[tuple[int, str, str]]:
    """Yield all passages of a contact of that kind: when, through what, why."""
    if what.refused:
        for contact, refused in stage.world.refused:
            if stage.world.who(contact) == what.contact:
                yield refused.at, refused.journey, refused.reason
        return
    for run in stage.runs_of(what.contact):
        if what.how == "enters":
            yield run.view.entered, run.view.journey, ""
        for row in run.rows:
            if what.how == "reaches" and row.kind == "goal":
                yield row.at, row.reason, ""
        ended = run.state.ended
        if what.how == "leaves" and ended is not None:
            yield run.state.at, run.view.journey, ended[1] or ended[0]


def handed(what: Handed, stage: Stage, stretch: Stretch) -> Iterator[Handoff]:
    """Yield the handoffs that are meant, opened in a stretch."""
    for one in stage.world.sales.handoffs.values():
        if one.contact != what.contact or not stretch.since <= one.opened_at <= stretch.until:
            continue
        if what.handoff not in (None, one.handoff) or what.owner not in (None, one.owner):
            continue
        if what.high and one.priority != "high":
            continue
        if what.answer is None or what.answer == answer_of(one, stretch.until):
            yield one


def answer_of(one: Handoff, at: int) -> str:
    """Say how a handoff stood at an instant: accepted, rejected, overdue or unanswered."""
    closed = one.status in ("erased", "merged")  # nobody has answered it, and nobody is to
    found = {
        "rejected": None if closed else one.rejected_at,
        "accepted": one.accepted_at,
        "overdue": one.overdue_at,
    }
    return next((name for name, since in found.items() if since is not None and since <= at), "unanswered")


# ----------------------------------------------------------------------------------------------------- states


def _fact(one: Expectation, what: Fact, stage: Stage) -> Miss | None:
    contact = what.id if what.of == "contact" else next(iter(stage.world.members.get(what.id, ())), None)
    if contact is None:
        return Miss(one, what="nobody is of this account")
    facts = stage.world.facts[contact]
    zone = stage.set.published.definitions.time_zone
    true = evaluate.truth(what.condition, facts, None, stage.now, zone)
    return None if true != what.negated else Miss(one, what=told(what, facts, stage))


def _place(one: Expectation, what: Place, stage: Stage) -> Miss | None:
    inside = [run for run in stage.runs_of(what.contact) if run.view.journey == what.journey]
    inside = [run for run in inside if run.state.ended is None]
    found = bool(inside) if not what.step else any(_stands(run, what, stage) for run in inside)
    return None if found != what.negated else Miss(one, what=where(what, stage))


def _stands(run: RunRecord, what: Place, stage: Stage) -> bool:
    """Whether a run stands in a block, on a step, or waits for a block."""
    plan = stage.set.published.plan(run.view.plan)
    for place in position(plan, run.state):
        if what.step == place:
            return True
        if not what.waits and place.split("/")[0] == slug(what.step):
            return True
    return False


def told(what: Fact, facts: Facts, stage: Stage) -> str:
    """Say how it is, of what was asked."""
    at = stage.now
    asked = what.asked
    if asked == "score":
        return f"the score is {evaluate.score(facts, at):g}"
    if asked == "in_stage":
        return f"the stage is “{facts.stage}”" if facts.stage else "the contact has no stage"
    if asked == "is_suppressed":
        reason = suppressed(facts, at)
        return (
            f"the contact is suppressed: {reason_of(reason)}" if reason else "the contact is not suppressed"
        )
    sets = {"has_tag": ("tags", facts.tags), "has_consent": ("consents", facts.consents)}
    sets["in_list"] = ("lists", facts.lists)
    if asked in sets:
        name, found = sets[asked]
        shown = ", ".join(f"“{one}”" for one in sorted(found))
        return f"the {name} are {shown}" if found else f"the contact has no {name}"
    if asked.startswith("segment "):
        # The line asked for the opposite of what is so.
        return f"the contact is {'' if what.inverse else 'not '}in the {asked}"
    owner, _, name = asked.partition(".")
    value = (facts.account if owner == "account" else facts.contact).get(name)
    return f"the field {asked} is {written(value)}"


def written(value: object) -> str:
    """Write a value as a scenario has it."""
    if value is None or value == "":
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"“{value}”" if isinstance(value, str) else f"{value}"


def where(what: Place, stage: Stage) -> str:
    """Say where a contact stands in a journey."""
    runs = [run for run in stage.runs_of(what.contact) if run.view.journey == what.journey]
    if not runs:
        return "the contact was never in it"
    run = max(runs, key=lambda run: run.view.entered)
    if run.state.ended is not None:
        kind, reason = run.state.ended
        return f"the run is over: {reason or kind}"
    steps = stage.set.steps[run.view.plan]
    places = position(stage.set.published.plan(run.view.plan), run.state)
    shown = [f"{'is at' if one in steps else 'waits for'} “{one}”" for one in places]
    return f"the contact {' and '.join(shown) or 'is about to begin'}"


def slug(label: str) -> str:
    """Return how the ids of the steps in a block begin."""
    return label.replace(" ", "-").replace(".", "-")
