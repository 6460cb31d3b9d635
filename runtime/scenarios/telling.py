"""Telling a miss: the line, what happened instead, the nearest event, and the contact's story around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from dsl import civil
from dsl.plan import ChangeAudience
from dsl.scenarios.script import (
    Change,
    Decision,
    Departure,
    Effect,
    Entry,
    Event,
    Fact,
    Handed,
    Passage,
    Place,
    Pressure,
    Refusal,
    Stretch,
    Switch,
    What,
)
from runtime.reporting import Line, tell
from runtime.reporting.from_world import person
from runtime.reporting.words import count, moment, reason_of
from runtime.scenarios.judging import (
    SENT,
    Done,
    Miss,
    all_effects,
    all_passages,
    answer_of,
    effects,
    handed,
    is_about,
    name_of,
    of_now,
    passages,
)
from runtime.scenarios.playing import Played
from runtime.scenarios.stage import Stage

_BEFORE, _AFTER = 4, 3
_LONGER = 14 * 86_400
_WEEK = 7 * 86_400
_MOST = 16
_SAME_SECOND = ", in the same second, but after what happens in it"
_CALLED = {
    "send": "email",
    "message": "message",
    "notify": "notice",
    "sync": "sync",
    "webhook": "webhook",
    "task": "task",
}
_DONE = {
    "sent": "was sent",
    "in doubt": "was sent",
    "held": "was held",
    "skipped": "was skipped",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A miss in words.

    `instead`: what happened in place of it; `nearest`: what comes nearest to it, if anything; `story`: the
    contact's timeline around the moment, the lines that lie in the stretch marked. `happens`: the line is no
    expectation, but tells what happens, and it cannot. `remedy`: what to write instead, or where, if that can
    be said.
    """

    file: str
    line: int
    text: str
    stretch: str
    instead: str
    nearest: str
    contact: str
    story: tuple[tuple[bool, Line], ...]
    happens: bool = False
    remedy: str = ""

    @property
    def when(self) -> str:
        """Say when it was expected, or happens."""
        return f"{'happens' if self.happens else 'expected'} {self.stretch}"


def misses(played: Played) -> list[Told]:
    """Tell everything that was otherwise than expected.

    Time passes for a while longer: what comes nearest may come too late.
    """
    played.stage.pass_to(played.script.until + _LONGER)
    stage = played.stage
    now = [replace(miss, expectation=of_now(miss.expectation, stage)) for miss in played.misses]
    return [_Teller(played, miss).told() for miss in now]


@dataclass(slots=True)
class _Teller:
    played: Played
    miss: Miss

    @property
    def stage(self) -> Stage:
        return self.played.stage

    @property
    def zone(self) -> ZoneInfo:
        return civil.zone(self.played.script.zone, "UTC")

    @property
    def year(self) -> int:
        return datetime.fromtimestamp(self.played.script.start, self.zone).year

    @property
    def exact(self) -> bool:
        """Whether the line asks to the second; the end of a day or a minute is no such thing."""
        stretch = self.miss.expectation.stretch
        return stretch.since % 60 != 0 or stretch.until % 60 not in (0, 59)

    def clock(self, at: int) -> str:
        return moment(at, self.zone, self.year, seconds=self.exact)

    def told(self) -> Told:
        one = self.miss.expectation
        contact = self._contact() or self._closest()
        return Told(
            file=self.played.script.file,
            line=one.line,
            text=one.text,
            stretch=self._stretch(one.stretch),
            instead=self._instead(),
            nearest=self._nearest() or self._silence(),
            contact=self._name(contact),
            story=tuple(self._story(contact, one.stretch)) if contact else (),
            happens=self.miss.happens,
            remedy=self._remedy() if self.miss.happens else self._below(),
        )

    def _name(self, contact: str | None) -> str:
        return next((p.name for p in self.played.script.people if p.id == contact), "")

    def _contact(self) -> str | None:
        what = self.miss.expectation.what
        if not isinstance(what, Fact):
            people = self.played.script.people
            return what.contact or (people[0].id if len(people) == 1 else None)
        return (
            what.id if what.of == "contact" else next(iter(self.stage.world.members.get(what.id, ())), None)
        )

    def _stretch(self, stretch: Stretch) -> str:
        since, until = self.clock(stretch.since), self.clock(stretch.until)
        if stretch.since == stretch.until:
            return since
        return f"{since} to {until}"

    def _instead(self) -> str:
        """Say what is so, in one sentence."""
        if self.miss.what and not isinstance(self.miss.expectation.what, Pressure):
            return f"{self.miss.what[:1].upper()}{self.miss.what[1:]}."
        what, wanted, found = self.miss.expectation.what, self.miss.expectation.count, self.miss.found
        if isinstance(what, Pressure):
            last = self.clock(int(self.miss.what))
            return f"{count(found, 'email')} went out in such a time, the last on {last}."
        if not found:
            return "It did not happen."
        begun = self._times()
        if not begun:  # what it was is nobody's any more
            return f"It happened {count(found, 'time')}; expected {wanted}."
        times = self.clock(begun[0])
        if wanted.most == 0:
            more = f", and {found - 1} more" if found > 1 else ""
            return f"It happened on {times}{more}."
        return f"It happened {count(found, 'time')}, first on {times}; expected {wanted}."

    def _times(self) -> list[int]:
        one = self.miss.expectation
        if isinstance(one.what, Effect):
            return sorted(done.row.at for done in effects(one.what, self.stage, one.stretch))
        if isinstance(one.what, Passage):
            return sorted(at for at, _ in passages(one.what, self.stage, one.stretch))
        assert isinstance(one.what, Handed)
        # How one stands is asked of all that were opened before, too.
        since = self.stage.start if one.what.answer else one.stretch.since
        return sorted(h.opened_at for h in handed(one.what, self.stage, Stretch(since, one.stretch.until)))

    # -------------------------------------------------------------------------------------- the nearest event

    def _nearest(self) -> str:
        """Say what comes nearest to what was expected and did not happen."""
        what, found = self.miss.expectation.what, self.miss.found
        if found and not isinstance(what, Pressure):
            return ""
        if isinstance(what, Effect):
            return self._nearest_effect(what)
        if isinstance(what, Passage):
            return self._nearest_passage(what)
        return self._nearest_handoff(what) if isinstance(what, Handed) else ""

    def _nearest_effect(self, what: Effect) -> str:
        done = self._nearest_done(what)
        return "" if done is None else self._say(what, done)

    def _nearest_done(self, what: Effect) -> Done | None:
        """Return what comes nearest: the same at another time, else another of its kind in this time.

        Of nobody in particular another one at any time, for there is no story in which it would stand.
        """
        stretch = self.miss.expectation.stretch
        alike = [done for done in all_effects(self.stage) if is_about(what, done)]
        if not alike and not self.miss.happens:
            other = replace(what, name=None, subject=None, says=())
            alike = [done for done in all_effects(self.stage) if is_about(other, done)]
            if self._contact() is not None:
                alike = [done for done in alike if _inside(done.row.at, stretch)]
        return min(alike, key=lambda done: (_away(done.row.at, stretch), done.row.n), default=None)

    def _closest(self) -> str | None:
        """Return to whom something happened that comes nearest, where a line names nobody."""
        what, stretch = self.miss.expectation.what, self.miss.expectation.stretch
        if not isinstance(what, Effect):
            return None
        if done := self._nearest_done(what):
            return done.run.contact
        found = [(line.at, one.id) for one in self.played.script.people for line in self._lines(one.id)]
        return min(found, key=lambda one: _away(one[0], stretch), default=(0, None))[1]

    def _silence(self) -> str:
        """Say that nothing at all happened: then there is no story that would tell where it went wrong."""
        what, contact = self.miss.expectation.what, self._contact()
        if self.miss.found or (isinstance(what, Fact) and what.of == "account"):
            return ""
        since, until = self.played.script.start, self.miss.expectation.stretch.until
        acts = [act for act in self.played.script.acts if act.at <= until]
        whom = [one.id for one in self.played.script.people if contact in (None, one.id)]
        happened = any(since <= line.at <= until for one in whom for line in self._lines(one))
        if happened or any(contact is None or _whom(act.what) == contact for act in acts):
            return ""
        named = "anybody" if contact is None else self._name(contact)
        return f"From the start until then nothing at all happened to {named}."

    def _say(self, what: Effect, done: Done) -> str:
        row, stretch = done.row, self.miss.expectation.stretch
        how = _DONE[row.kind]
        why = f": {reason_of(row.reason)}" if row.reason else ""
        until = f" until {self.clock(row.due)}" if row.due is not None and row.kind == "held" else ""
        whom = "" if self._contact() is not None else f", about {self._name(done.run.contact)}"
        said = f"{_title(done)} {how}{until} on {self.clock(row.at)}{_distance(row.at, stretch)}{whom}{why}."
        if row.kind == "sent" and _inside(row.at, stretch):
            said = f"{said[:-1]}{_SAME_SECOND}." if self.miss.happens else said + self._difference(what, done)
        return said

    def _difference(self, what: Effect, done: Done) -> str:
        """Say in what a sent message differs from what was to be read in it."""
        from runtime.simulator.world import effect_name

        name = effect_name(done.step.effect)
        letter = self.stage.letter(done.run.view.id, what.kind, done.row.at, name)
        if letter is None:
            return ""
        if what.subject is not None and letter.subject != what.subject:
            return f" Its subject is “{letter.subject}”."
        missing = [words for words in what.says if words not in letter.text]
        if missing:
            text = " ".join(letter.text.split())
            return f" It does not say “{missing[0]}”. It says: “{_cut(text)}”"
        return ""

    def _nearest_passage(self, what: Passage) -> str:
        stretch = self.miss.expectation.stretch
        found = [(at, name, why) for at, name, why in all_passages(what, self.stage) if name == what.name]
        if not found:
            found = [one for one in all_passages(what, self.stage) if _inside(one[0], stretch)]
        if not found:
            return self._refusal(what)
        at, name, why = min(found, key=lambda one: _away(one[0], stretch))
        verb = {"enters": "entered", "leaves": "left", "reaches": "reached"}[what.how]
        verb = "was not let into" if what.refused else verb
        because = f": {reason_of(why)}" if why else ""
        return f"The contact {verb} “{name}” on {self.clock(at)}{_distance(at, stretch)}{because}."

    def _refusal(self, what: Passage) -> str:
        """Say why somebody who was expected to enter was not let in."""
        if what.how != "enters":
            return ""
        for at, name, why in all_passages(replace(what, refused=True), self.stage):
            if name == what.name:
                return f"The contact was not let into “{name}” on {self.clock(at)}: {reason_of(why)}."
        return ""

    def _nearest_handoff(self, what: Handed) -> str:
        stretch = self.miss.expectation.stretch
        found = [h for h in self.stage.world.sales.handoffs.values() if h.contact == what.contact]
        if not found:
            return ""
        one = min(found, key=lambda h: _away(h.opened_at, stretch))
        owner = f", to {one.owner}" if one.owner else ", to nobody"
        high = ", high priority" if one.priority == "high" else ""
        at = f"{self.clock(one.opened_at)}{_distance(one.opened_at, stretch)}"
        if self.miss.happens and _inside(one.opened_at, stretch):
            at += _SAME_SECOND
        stood = answer_of(one, stretch.until)
        told = f"The handoff “{one.handoff}” was opened on {at}{owner}{high}; it was {stood}."
        return f"{told} Its priority was not high." if what.high and not high else told

    def _remedy(self) -> str:
        """Say what to write in place of a line that tells what cannot happen."""
        what, at = self.miss.expectation.what, self.miss.expectation.stretch.since
        if isinstance(what, Effect):
            alike = [done.row for done in all_effects(self.stage) if is_about(what, done)]
            came = [row.at for row in alike if row.kind in SENT]
            given = f'given contact "{self._name(what.contact)}" has been sent email "{what.name}" 1 day ago'
            if came and max(came) < at and self.miss.remedy:
                return self.miss.remedy
            other = f"Let a journey send it before, or write above the first moment: {given}"
        elif isinstance(what, Passage):
            came = [when for when, name, _ in all_passages(what, self.stage) if name == what.name]
            came = [when for when in came if when > at]
            other = f"Let “{self._name(what.contact)}” enter it before, or {self.miss.remedy}."
        elif isinstance(what, Fact):
            return self.miss.remedy
        else:
            assert isinstance(what, Handed)
            found = [h for h in self.stage.world.sales.handoffs.values() if h.contact == what.contact]
            before = [answer_of(h, at) for h in found if h.opened_at < at]
            if "unanswered" in before or "overdue" in before:
                return ""  # it is the reason that was turned away, and which are known is said
            came = [h.opened_at for h in found if h.opened_at >= at]
            other = (
                "Leave the line out." if before else "Let a journey hand the contact off before this line."
            )
        if at in came:
            return "Put the line under a later moment, such as: 1 minute later"
        told = next(act.at for act in self.played.script.acts if act.line == self.miss.expectation.line)
        if came and min(came) <= told:
            return "It had come by the moment of the line, but later than the line says: shorten its “… ago”."
        return "Put the line under a moment after that." if came else other

    def _below(self) -> str:
        """Say that a line below happens in the moment of which this one asks how it stands."""
        one = self.miss.expectation
        what = one.what
        if not isinstance(what, Fact | Place) and not (isinstance(what, Handed) and what.answer):
            return ""
        ours = what.id if isinstance(what, Fact) else what.contact
        acts = [act for act in self.played.script.acts if act.at == one.stretch.until and act.line > one.line]
        others = {person.id for person in self.played.script.people} - {ours}
        acts = [act for act in acts if not {_whom(act.what)} & others]
        if not acts:
            return ""
        return (
            f"Line {acts[0].line} below it happens in the same moment, and all that happens comes before "
            "what is expected. Put it under a later moment, such as: 1 minute later"
        )

    # ---------------------------------------------------------------------------------------------- the story

    def _story(self, contact: str, stretch: Stretch) -> Iterator[tuple[bool, Line]]:
        lines = self._lines(contact)
        first, last = _around(lines, self._window(stretch))
        for line in lines[first:last]:
            yield _inside(line.at, stretch), line

    def _lines(self, contact: str) -> list[Line]:
        # On the clock of the scenario, by which its moments are read.
        about = replace(person(self.stage.world, contact, self.stage.now), time_zone=self.zone.key)
        return tell(about).short()

    def _window(self, stretch: Stretch) -> Stretch:
        """Return the part of a stretch that is worth telling: all of it, unless it is one of a bound."""
        if not isinstance(self.miss.expectation.what, Pressure):
            return stretch
        last = int(self.miss.what)
        return Stretch(max(stretch.since, last - _WEEK), last)


def _whom(what: What) -> str | None:
    """Return whom something happens to, if it is one contact or account."""
    if isinstance(what, Event):
        return what.contact or what.account
    if isinstance(what, Change):
        return what.id
    if isinstance(what, Switch):
        return what.name if what.scope in ("contact", "run") else None
    return what.contact if isinstance(what, Entry | Refusal | Decision | Departure) else None


def _around(lines: Sequence[Line], stretch: Stretch) -> tuple[int, int]:
    before = sum(line.at < stretch.since for line in lines)
    inside = sum(_inside(line.at, stretch) for line in lines)
    return max(0, before - _BEFORE, before + inside - _MOST), before + inside + _AFTER


def _title(done: Done) -> str:
    effect = done.step.effect
    if isinstance(effect, ChangeAudience):
        return f"The {'addition to' if effect.add else 'removal from'} the audience “{name_of(done)}”"
    return f"The {_CALLED.get(effect.kind, effect.kind)} “{name_of(done)}”"


def _inside(at: int, stretch: Stretch) -> bool:
    return stretch.since <= at <= stretch.until


def _away(at: int, stretch: Stretch) -> int:
    return 0 if _inside(at, stretch) else min(abs(at - stretch.since), abs(at - stretch.until))


def _distance(at: int, stretch: Stretch) -> str:
    if _inside(at, stretch):
        return ""
    seconds, word = _away(at, stretch), "earlier" if at < stretch.since else "later"
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return f", {count(round(seconds / size), unit)} {word}"
    return f", {count(seconds, 'second')} {word}"


def _cut(text: str, most: int = 160) -> str:
    return text if len(text) <= most else f"{text[:most].rstrip()} …"


def once(misses: Sequence[Told]) -> Iterator[tuple[Told, int]]:
    """Yield misses, each with the line under which its story was told already; 0: it is still to be told."""
    told: dict[tuple[str, tuple[Line, ...]], int] = {}
    for miss in misses:
        lines = tuple(line for _, line in miss.story)
        stands = next((at for (who, all_), at in told.items() if who == miss.contact and _in(lines, all_)), 0)
        if lines and not stands:
            told[miss.contact, lines] = miss.line
        yield miss, stands if lines else 0


def _in(lines: tuple[Line, ...], all_: tuple[Line, ...]) -> bool:
    return set(lines) <= set(all_)


def elsewhere(told: Told, line: int) -> str:
    """Say where a story stands that was told before."""
    return f"What happened to {told.contact} stands above, under line {line}."


def as_texts(misses: Sequence[Told]) -> str:
    """Write the misses of a scenario as plain text, each story once."""
    return "\n\n".join(as_text(miss, stands) for miss, stands in once(misses))


def as_text(told: Told, stands: int = 0) -> str:
    """Write a miss as plain text. `stands`: the line under which its story was told already."""
    rows = [f"{told.file}:{told.line}: {told.text}", f"  {told.when}", f"  {told.instead}"]
    rows += [f"  {told.nearest}"] if told.nearest else []
    rows += [f"  {told.remedy}"] if told.remedy else []
    if stands:
        return "\n".join([*rows, f"  {elsewhere(told, stands)}"])
    rows += [f"  {told.contact}:"] if told.story else []
    rows += [f"  {'›' if inside else ' '} {line.local}  {line.text}" for inside, line in told.story]
    return "\n".join(rows)
