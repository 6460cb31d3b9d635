"""Saying: a pair as a scenario, which anybody can read and play, with the workspace that it is about.

What it expects is what the simulator gives. It is played before it is written, and its runs must go as those
of the pair; what cannot be said in the language of scenarios is told by `Unsayable`. What is no matter of a
journey (how long a history may become, word that is delivered late) is told as a comment.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dsl import civil, compile_scenarios
from dsl.formatting import format_source
from dsl.plan import AnyStep, ChangeAudience
from dsl.scenarios.reasons import plain
from dsl.scenarios.script import PROVIDED
from runtime.evaluate import score
from runtime.handoffs import ACCEPTED, REJECTED, Handoff
from runtime.people import RecordedEvent
from runtime.saving import lines as say
from runtime.scenarios.playing import play
from runtime.scenarios.stage import REFUSED, Set
from runtime.simulator import Outage, RunRecord, World
from runtime.simulator.by_hand import ByHand
from runtime.suppression import suppressed
from runtime.trace import TraceRow
from tests.equality import remains
from tests.equality.case import Case, Step
from tests.equality.drivers import simulated

_WORDS = {kind: word for word, kind in PROVIDED.items()}
_MAIL = ("Email Opened", "Email Clicked", "Email Replied", "Email Bounced")
_DECLARED = ("form", "asset", "webinar", "meeting")
_EVER = "3650 days"
_PLURAL = ("email", "notice", "task", "sync", "webhook", "handoff", "addition", "removal")


class Unsayable(Exception):
    """A scenario cannot tell of a pair. The message says what it cannot say, in a clause."""


def write(folder: Path, title: str, case: Case, words: Iterable[str] = ()) -> Path:
    """Write the workspace of a case into a folder, and its scenario; return the scenario's path.

    Args:
        words: a comment for its top, a line each.

    Raises:
        Unsayable: a scenario cannot tell of it; nothing is written.
    """
    case = replace(case, files=case.files | _declarations(case))
    text = scenario(title, case, words)
    for name, data in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(format_source(data).text.encode() if path.suffix == ".journey" else data)
    place = folder / f"{folder.name}.scenario"
    place.write_text(text, "utf-8")
    return place


def _declarations(case: Case) -> dict[str, bytes]:
    """Declare what somebody does though no journey speaks of it: shrinking has taken the line away."""
    text = b"\n".join(case.files.values()).decode()
    events = [step.event for step in case.steps if step.event is not None]
    lines = {
        f'{kind}s "{name}"\n'
        for event in events
        for kind, name in event.properties.items()
        if kind in _DECLARED and not re.search(rf'^{kind}s .*"{re.escape(str(name))}"', text, re.MULTILINE)
    }
    return {"declarations.journey": "".join(sorted(lines)).encode()} if lines else {}


def scenario(title: str, case: Case, words: Iterable[str] = ()) -> str:
    """Return the text of a scenario that tells of a case, by the clock of the workspace or else by UTC.

    A local time that comes twice means the first one; where the second is meant, UTC tells them apart.
    Raises `Unsayable`.
    """
    world, words = simulated(case), tuple(words)
    try:
        return _checked(_Teller(title, case, world, _zone(case)), words)
    except _Twice:
        return _checked(_Teller(title, case, world, ZoneInfo("UTC"), True), words)


def _zone(case: Case) -> ZoneInfo:
    return ZoneInfo(case.compiled.definitions.time_zone)


def _checked(teller: _Teller, words: Iterable[str]) -> str:
    """Return the text, formatted, if it passes and its runs go as those of the pair."""
    text = format_source(teller.text(words).encode(), "scenario").text
    case = teller.case
    _compiled, made = compile_scenarios({**case.files, "pair.scenario": text.encode()})
    wrong = [one for one in made.diagnostics if one.severity == "error"]
    if wrong or len(made.scripts) != 1:
        line = text.split("\n")[wrong[0].span.line - 1].strip() if wrong else ""
        raise Unsayable(f"“{line}”: {wrong[0].message if wrong else 'no script'}")
    played = play(made.scripts[0], Set.of(case.compiled))
    mine, theirs = _traces(played.stage.world), _traces(teller.world)
    if mine != theirs:
        there = next((one for one in theirs if one not in mine), "one row less")
        raise Unsayable(f"what makes the difference between its story and that of the pair ({there})")
    if played.misses:
        raise Unsayable(f"what is expected in “{played.misses[0].expectation.text}”")
    return text


def _traces(world: World) -> list[str]:
    lines = remains.traces({id_: record.rows for id_, record in world.runs.items()})
    return [line.replace("smtp 550", REFUSED) for line in lines]


class _Twice(Exception):
    """A local time is not the only one of its kind."""


@dataclass(slots=True)
class _Teller:
    """Tells a case by the clock of `zone`. `elsewhere`: that is not the workspace's."""

    title: str
    case: Case
    world: World
    zone: ZoneInfo
    elsewhere: bool = False
    lines: dict[int, list[str]] = field(default_factory=dict)

    def text(self, words: Iterable[str]) -> str:
        """Return the whole text."""
        self.lines = {}
        givens = [*self.companies(), *self.people()]
        for contact in self.case.refused:
            self.at(self.case.published, f'provider refuses "{self.name(contact)}"')
        for outage in self.case.outages:
            self.at(max(outage.start, self.case.published), self.outage(outage))
        for step in self.case.steps:
            if self.is_said(step):
                self.at(step.at, self.happens(step))
        for (at, line), number in Counter(self.outcomes()).items():
            self.at(at, f"expect {_counted(line, number)}")
        for line in self.standing():
            self.at(self.case.until, f"expect {line}")
        words = [*words, *self.remarks()]
        return "\n".join([*self.head(words, givens), "", *self.body(), *self.bounds()]) + "\n"

    def remarks(self) -> Iterator[str]:
        """Yield what is no matter of a scenario, but of Temporal, or of what a record may hold."""
        if self.case.limit:
            yield f"On Temporal a history is continued as a new one after {self.case.limit} events."
        for step in self.case.steps:
            if step.event is None and step.by_hand is None:
                yield f"On Temporal the server forgets histories on {self.moment(step.at)}."
            if step.event is not None and step.delivered is not None:
                told = f"{self.moment(step.at)} is delivered on {self.moment(step.delivered)}"
                yield f"On Temporal the word of “{step.event.name}” on {told}."
        for contact in self.case.contacts:
            if contact.time_zone is not None and not civil.is_zone(contact.time_zone):
                whose = f"The time zone of {self.name(contact.id)}"
                yield f"{whose} is “{contact.time_zone}”, which is none: the workspace's counts."

    def head(self, words: Iterable[str], givens: list[str]) -> Iterator[str]:
        yield from (f"# {line}" for line in words)
        yield f'scenario "{say.quoted(self.title)}"'
        if self.elsewhere:
            yield f'  given time zone "{self.zone.key}"'
        yield from (f"  {line}" for line in givens)
        yield f"  starting {self.moment(self.case.published)}"

    def body(self) -> Iterator[str]:
        for at in sorted(self.lines):
            yield f"  on {self.moment(at)}"
            yield from (f"    {line}" for line in self.lines[at])

    def bounds(self) -> Iterator[str]:
        """Yield how many emails there are at most: one too many is otherwise seen by nobody."""
        sent = Counter(
            record.contact
            for record in self.world.runs.values()
            for row in record.rows
            if row.kind in ("sent", "in doubt") and self.effect(record, row, "send") is not None
        )
        for contact in self.case.contacts:
            if contact.id in self.world.aliases:
                continue
            number = sent[contact.id]
            mails = "email" if number == 1 else "emails"
            yield f'  never more than {number} {mails} to "{self.name(contact.id)}" in any {_EVER}'

    def at(self, at: int, line: str) -> None:
        if at < self.case.published:
            raise Unsayable("what happened before the journeys were in force")
        if at <= self.case.until:
            self.lines.setdefault(at, []).append(line)

    def moment(self, at: int) -> str:
        clock = say.clock(at, self.zone)
        local = civil.date_field(_date(at, self.zone), clock, 0, "day", self.zone)
        if local != at:
            raise _Twice
        return f"{say.day(at, self.zone)} {clock}"

    # ------------------------------------------------------------------------------------------ who there is

    def name(self, id_: str) -> str:
        """Return the name under which a scenario gives somebody this id."""
        name = id_.title()
        if name.casefold() != id_ or not id_.isalnum():
            raise Unsayable(f"the id “{id_}”")
        return name

    def companies(self) -> Iterator[str]:
        declared = self.case.compiled.definitions.account_fields
        for account in self.case.accounts:
            held = {name: account.fields[name] for name in declared if account.fields.get(name) is not None}
            told = f" with {say.several(held, self.zone, 'account')}" if held else ""
            yield f'given account "{self.name(account.id)}"{told}'
            if "name" in declared and "name" not in held:  # it would be called as the line calls it
                self.at(self.case.published, f'account.name of "{self.name(account.id)}" becomes empty')

    def people(self) -> Iterator[str]:
        for contact in self.case.contacts:
            name, held = self.name(contact.id), dict(contact.fields)
            if held.get("first_name") == name:
                del held["first_name"]  # as every contact has it
            told = [say.several(held, self.zone, "contact")]
            zone = contact.time_zone
            zone = zone if zone is not None and civil.is_zone(zone) else None
            if zone is None and self.elsewhere:
                zone = _zone(self.case).key
            told += [f'time zone "{zone}"'] if zone is not None else []
            told += ['no consent "Marketing"'] if "Marketing" not in contact.consents else []
            if contact.known_since:
                told.append(f"known for {(self.case.published - contact.known_since) // 60} minutes")
            of = f'account "{self.name(contact.account_id)}"' if contact.account_id else "no account"
            yield f'given contact "{name}" of {of} with {", ".join(told)}'

    # ------------------------------------------------------------------------------------------ what happens

    def happens(self, step: Step) -> str:
        if step.by_hand is not None:
            return self.by_hand(step.by_hand, step.at)
        assert step.event is not None
        return self.event(step.event)

    def is_said(self, step: Step) -> bool:
        """Whether a scenario has a line for it. What is done to a run that is over changes nothing."""
        act = step.by_hand
        if act is None or act.scope != "run":
            return step.event is not None or act is not None
        return any(self.is_open(one, step.at) for one in self.of_journey(self.world.runs[act.name]))

    def is_open(self, run: RunRecord, at: int) -> bool:
        return run.view.entered <= at and (run.state.ended is None or run.state.at >= at)

    def outage(self, outage: Outage) -> str:
        again = "" if outage.retry_after is None else f", try again after {say.length(outage.retry_after)}"
        return f"provider of {_WORDS[outage.kind]} is down until {self.moment(outage.end)}{again}"

    def by_hand(self, act: ByHand, at: int) -> str:
        until = "" if act.until is None else f" until {self.moment(act.until)}"
        decisions = {"suppress": "suppress", "lift": "lift", "let through": "lift"}
        if act.what in decisions:
            anyway = " anyway" if act.what == "let through" else ""
            return f'{decisions[act.what]} contact "{self.name(act.name)}"{anyway}{until}'
        if act.what == "erase":
            return f'erase contact "{self.name(act.name)}"'
        if act.what == "merge":
            return f'merge contact "{self.name(act.name)}" into "{self.name(act.into)}"'
        if act.what not in ("pause", "resume", "stop", "stop sends", "resume sends"):
            raise Unsayable(f"“{act.what}” by hand")
        if act.scope == "all":
            return act.what if act.what.endswith("sends") else f"{act.what} everything"
        of = " of" if act.what.endswith("sends") else ""
        return f"{act.what}{of} {self.runs(act, at)}"

    def runs(self, act: ByHand, at: int) -> str:
        """Say whose runs a person means. A scenario names one of them by its contact and its journey."""
        if act.scope == "journey":
            return f'journey "{act.name}"'
        if act.scope == "contact":
            return f'contact "{self.name(act.name)}"'
        run = self.world.runs[act.name]
        if sum(self.is_open(one, at) for one in self.of_journey(run)) > 1:
            raise Unsayable("which of several open runs of a journey a person means")
        return f'contact "{self.name(run.contact)}" in journey "{run.view.journey}"'

    def of_journey(self, run: RunRecord) -> list[RunRecord]:
        """Return the runs of the contact and the journey of a run, in the order in which they began."""
        like = (run.contact, run.view.journey)
        found = (one for one in self.world.runs.values() if (one.contact, one.view.journey) == like)
        return sorted(found, key=lambda one: one.view.entered)

    def event(self, event: RecordedEvent) -> str:
        late = 0 if event.occurred is None else event.at - event.occurred
        if late < 0:
            raise Unsayable("an event that is received before it occurred")
        values, ago = dict(event.properties), say.ago(late)
        run = self.run_of(event)
        if run is not None:
            del values["run"]
        of = "" if run is None else self.of(run)
        if event.account is not None:
            told = " by a machine" if event.machine else ""
            told += f" with {say.several(values, self.zone)}" if values else ""
            return f'account "{self.name(event.account)}" does "{event.name}"{told}{ago}'
        assert event.contact is not None
        name = self.name(event.contact)
        machine = event.machine
        if self.case.compiled.definitions.events[event.name].subject == "account":
            of = " for the account"
        if self.unfounded(event, run):
            return say.act(name, event.name, values, self.zone, machine=machine, bare=True, late=late, of=of)
        if event.name == "Email Bounced" and values.keys() == {"email", "kind"}:
            kind = "" if values["kind"] == "hard" else " for now"
            return f'email "{values["email"]}"{of} to "{name}" bounces{kind}{ago}'
        return say.act(name, event.name, values, self.zone, machine=machine, late=late, of=of)

    def run_of(self, event: RecordedEvent) -> RunRecord | None:
        """Return the run whose email an event says that it answers."""
        named = event.properties.get("run")
        if named is None or "run" in self.case.compiled.definitions.events[event.name].fields:
            return None
        run = self.world.runs.get(named)
        at = event.at if event.occurred is None else event.occurred
        if run is None or run.contact != event.contact or run.view.entered > at:
            raise Unsayable("an answer to an email of a run that is not there yet")
        return run

    def of(self, run: RunRecord) -> str:
        """Say which run an email is of."""
        runs = self.of_journey(run)
        number = f"run {runs.index(run) + 1} of " if len(runs) > 1 else ""
        return f' from {number}journey "{run.view.journey}"'

    def unfounded(self, event: RecordedEvent, run: RunRecord | None) -> bool:
        """Whether the contact has not been sent what the event is about, or sales has nothing to answer."""
        assert event.contact is not None
        # What happens in a second comes before what is done in it.
        last = event.at - 1 if event.occurred is None or event.occurred == event.at else event.occurred
        if event.name in _MAIL:
            sent = self.world.facts[event.contact].sent
            sent = [one for one in sent if run is None or one.run == run.view.id]
            return not any(one.email == event.properties.get("email") and one.at <= last for one in sent)
        if event.name not in (ACCEPTED, REJECTED):
            return False
        handed = [one for one in self.world.sales.handoffs.values() if one.contact == event.contact]
        refused = event.id in {id_ for id_, _ in self.world.turned_away}
        return refused or not any(one.opened_at <= last and not _answered(one, event.at) for one in handed)

    # --------------------------------------------------------------------------------------- what is expected

    def outcomes(self) -> Iterator[tuple[int, str]]:
        """Yield what came of it, and when; `#` stands where a number can."""
        for record in self.world.runs.values():
            journey, entered = record.view.journey, record.view.entered
            yield entered, f'contact "{self.then(record, entered)}" enters journey "{journey}"'
            for row in record.rows:
                if row.kind == "goal":
                    yield row.at, f'contact "{self.then(record, row.at)}" reaches goal "{row.reason}"'
                elif told := self.outcome(record, row):
                    yield row.at, told
            if record.state.ended is not None:
                kind, reason = record.state.ended
                why = "" if kind == "goal" else f' because "{plain(reason or kind)}"'
                at = record.state.at
                yield at, f'contact "{self.then(record, at)}" leaves journey "{journey}"{why}'
        for contact, one in self.world.refused:
            who = f'contact "{self.name(contact)}"'
            yield one.at, f'{who} does not enter journey "{one.journey}" because "{one.reason}"'
        for handoff in self.world.sales.handoffs.values():
            at, whose = handoff.opened_at, self.then(self.world.runs[handoff.run], handoff.opened_at)
            yield at, f'#handoff "{handoff.handoff}" of "{whose}"'

    def then(self, record: RunRecord, at: int) -> str:
        """Name the contact of a run as it was at an instant: runs of one that was merged are another's."""
        subject = record.view.id.split("/")[1]
        acts = [step for step in self.case.steps if step.by_hand is not None and step.by_hand.what == "merge"]
        merged = {step.by_hand.name: step.at for step in acts if step.by_hand is not None}
        return self.name(subject if at < merged.get(subject, at) else record.contact)

    def outcome(self, record: RunRecord, row: TraceRow) -> str:
        """Return the line about what became of an outer effect; "" if there is none."""
        effect = self.effect(record, row)
        if effect is None or row.kind not in ("sent", "in doubt", "held", "skipped", "failed"):
            return ""
        who = f'"{self.then(record, row.at)}"'
        told = {
            "send": lambda: f'#email "{effect.email}" to {who}',
            "message": lambda: f'#{effect.channel} "{effect.message}" to {who}',
            "notify": lambda: f'#notice "{effect.message}" to team "{effect.team}" about {who}',
            "sync": lambda: f'#sync to "{effect.target}" about {who}',
            "webhook": lambda: f'#webhook "{effect.webhook}" about {who}',
            "task": lambda: f'#task "{effect.title}" about {who}',
            "audience": lambda: f'#{_change(effect)} audience "{effect.audience}" of {who}',
        }.get(effect.kind)
        if told is None or (effect.kind == "task" and row.kind not in ("sent", "in doubt")):
            return ""
        if row.kind in ("sent", "in doubt"):
            return told()
        why = REFUSED if row.reason == "smtp 550" else row.reason
        return f'{told()} {row.kind} because "{why}"' if why else f"{told()} {row.kind}"

    def effect(self, record: RunRecord, row: TraceRow, kind: str = "") -> Any:
        """Return the effect that a row is about, or None."""
        step: AnyStep | None = self.steps(record.view.journey).get(row.step)
        effect = getattr(step, "effect", None)
        return effect if effect is not None and effect.outer and kind in ("", effect.kind) else None

    def steps(self, journey: str) -> Mapping[str, AnyStep]:
        return {step.id: step for step in self.case.compiled.plans[journey].steps}

    def standing(self) -> Iterator[str]:
        """Yield how everybody stands at the end."""
        for contact in self.case.contacts:
            if contact.id in self.world.aliases:
                continue
            facts, who = self.world.facts[contact.id], f'"{self.name(contact.id)}"'
            points = round(score(facts, self.case.until), 6)
            if points == int(points):
                yield f"score of {who} is {points:g}"
            else:
                low = int(points) - (points < 0)
                yield f"score of {who} is between {low} and {low + 1}"
            if facts.stage:
                yield f'contact {who} is in stage "{facts.stage}"'
            yield from (f'contact {who} has tag "{tag}"' for tag in sorted(facts.tags))
            negated = "" if suppressed(facts, self.case.until) else "not "
            yield f"contact {who} is {negated}suppressed"
            for record in self.world.runs.values():
                if record.contact == contact.id and record.state.ended is None:
                    yield f'contact {who} is in journey "{record.view.journey}"'


def _counted(line: str, number: int) -> str:
    """Write the number where it can stand, and what is counted behind it."""
    if number == 1:
        return line.replace("#", "")
    return re.sub(
        rf"#({'|'.join(_PLURAL)})?", lambda found: f"{number} {found[1] + 's' if found[1] else ''}", line
    )


def _change(effect: ChangeAudience) -> str:
    return "addition to" if effect.add else "removal from"


def _answered(handoff: Handoff, at: int) -> bool:
    return any(said is not None and said < at for said in (handoff.accepted_at, handoff.rejected_at))


def _date(at: int, zone: ZoneInfo) -> str:
    """Return the day of an instant as fields have it."""
    return datetime.fromtimestamp(at, zone).date().isoformat()
