"""Sending: what became of one send of a run, and which rule decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dsl.plan import Do, Plan, SendEmail, SendMessage
from runtime.policies import Asked, rank
from runtime.reporting.words import count, reason_of
from runtime.trace import TraceRow
from runtime.why import limits, reaching, standing
from runtime.why.answer import Answer, Place, Reason
from runtime.why.case import Dispatch, Passage
from runtime.why.limits import Rule
from runtime.why.telling import Telling, in_order

_OUTCOMES = frozenset({"sent", "skipped", "held", "failed", "in doubt"})
_SAID = {
    "unsubscribed": ("Unsubscribed",),
    "bounced": ("Email Bounced",),
    "complained": ("Complained",),
}
_MOST_MAILS = 10


def sends(plan: Plan, name: str) -> list[tuple[int, Do]]:
    """Return the steps that send an email, or a message, of this name."""
    found = []
    for number, step in enumerate(plan.steps):
        if isinstance(step, Do) and name in _names(step):
            found.append((number, step))
    return found


def _names(step: Do) -> tuple[str, ...]:
    effect = step.effect
    if isinstance(effect, SendEmail):
        return (effect.email,)
    return (effect.message,) if isinstance(effect, SendMessage) else ()


def why_sent(telling: Telling, passage: Passage, number: int, name: str) -> Answer:
    """Answer why a run sent an email, or did not."""
    return _Sending(telling, passage, number, name).answer()


class _Sending:
    def __init__(self, telling: Telling, passage: Passage, number: int, name: str) -> None:
        self.telling, self.passage, self.name = telling, passage, name
        self.plan = telling.sources.plan(passage.plan)
        step = self.plan.steps[number]
        assert isinstance(step, Do)
        assert isinstance(step.effect, SendEmail | SendMessage)
        self.number, self.step, self.effect = number, step, step.effect
        self.place = telling.place(self.plan, step.line)
        self.rows = [row for row in passage.rows if row.step == step.id and row.kind in _OUTCOMES]
        mine = (one for one in telling.case.ledger if (one.run, one.step) == (passage.id, step.id))
        self.ledger: list[Dispatch] = sorted(mine, key=lambda one: one.visit)

    @property
    def who(self) -> str:
        """Whom it goes to: a run of an account mails the contact by whom it came in."""
        passage, telling = self.passage, self.telling
        if passage.contact in ("", telling.case.contact):
            return telling.who
        return f"{passage.contact}, whom the run of the account mails,"

    def answer(self) -> Answer:
        if self.rows:
            return self.came_up()
        if self.ledger and self.ledger[-1].status in ("claimed", "offered"):
            return self.under_way()
        return self.not_reached()

    def made(self, verdict: str, sentence: str, reasons: Sequence[Reason]) -> Answer:
        chain = in_order([*standing.entered(self.telling, self.passage), *reasons])
        return Answer(
            verdict,
            sentence,
            tuple(chain),
            self.passage.journey,
            self.passage.id,
            self.step.id,
            self.name,
        )

    # ----------------------------------------------------------------------------------- it came up

    def came_up(self) -> Answer:
        sent = [row for row in self.rows if row.kind == "sent"]
        row = sent[-1] if sent else self.rows[-1]
        way = reaching.ways(self.telling, self.passage, self.number)
        reasons = [*way.reasons, *self.before(way)]
        holds = [
            held for held in self.rows if held.kind == "held" and held.visit == row.visit and held is not row
        ]
        for held in holds[-3:]:
            reasons += [self.tell(held), *self.rules(held)]
        reasons += [self.tell(row), *self.rules(row)]
        reasons += self.settled(row)
        return self.made(row.kind, self.sentence(row, len(sent)), reasons)

    def sentence(self, row: TraceRow, sent: int) -> str:
        who, when, what = self.who, self.telling.clock(row.at), f"“{self.name}”"
        why = reason_of(row.reason)
        match row.kind:
            case "sent":
                again = f" (the last of {sent})" if sent > 1 else ""
                return f"{what} was sent to {who} on {when}{again}."
            case "skipped":
                return f"{what} was not sent to {who}: when it came up on {when}, {self.reason(row.reason)}."
            case "held":
                until = f" until {self.telling.clock(row.due)}" if row.due is not None else ""
                return f"{what} is not sent to {who} yet: it is held{until}, {self.reason(row.reason)}."
            case "failed":
                return f"{what} could not be sent to {who} on {when}: {why}."
            case _:
                return f"{what} may or may not have reached {who} on {when}: {why}; it was not sent again."

    def reason(self, code: str) -> str:
        return {
            "left": "the contact had left the journey",
            "no consent": "there was no consent to it",
            "no longer true": "what it depends on was no longer true",
            "policy": "a policy forbade it",
            "cap": "a limit on emails was used up",
            "no address": "there was no address",
            "no date": "the date of its calendar entry was empty",
            "sending hours": "for it is outside the sending hours",
            "quiet hours": "for these are quiet hours",
            "unsubscribed": "the contact had unsubscribed",
        }.get(code, reason_of(code))

    def tell(self, row: TraceRow) -> Reason:
        return standing.told(self.telling, self.passage, row)

    def before(self, way: reaching.Way) -> list[Reason]:
        """Tell the last wait behind the last gate before it: why it went then, and not earlier."""
        first = self.rows[0]
        rows = [
            r for r in self.passage.rows if r.n < first.n and r.kind in ("woke", "met", "timeout", "passed")
        ]
        return [self.tell(row) for row in rows[-1:] if row.n > way.n]

    def settled(self, row: TraceRow) -> Iterator[Reason]:
        """Tell what a person has said of it since, if it was in doubt."""
        for one in self.ledger:
            if one.visit == row.visit and one.answer is not None:
                came = "it arrived" if one.answer == "sent" else "it did not arrive"
                yield self.telling.reason(f"Settled: {came}, says {one.answered_by}", one.answered_at)
            elif one.visit == row.visit and row.kind == "in doubt":
                yield self.telling.reason("Settle it with `nurture doubts` when you know whether it arrived")

    # --------------------------------------------------------------------------------- which rule it was

    def rules(self, row: TraceRow) -> list[Reason]:
        """Tell which line of the journey or of a policy decided about a send that was skipped or held."""
        teller = {
            "cap": self.caps,
            "policy": self.policy,
            "quiet hours": self.quiet,
            "no consent": self.consent,
            "no longer true": self.guards,
            "sending hours": self.hours,
            "left": self.left,
            "paused": self.paused,
            "sends stopped": self.paused,
        }.get(row.reason)
        if teller is not None:
            return list(teller(row))
        return list(self.suppressed(row)) if row.kind == "skipped" else []

    def asked(self, row: TraceRow) -> Asked | None:
        facts, definitions = self.telling.facts(row.at), self.telling.definitions(row.at)
        if facts is None or definitions is None:
            return None
        # Its own sending, in the same second, has not used anything up.
        own = [s for s in facts.sent if (s.run, s.email, s.at) != (self.passage.id, self.name, row.at)]
        facts = replace(facts, sent=own)
        zone, first = definitions.time_zone, rank(self.plan, self.effect)
        return Asked(
            self.plan, facts, self.telling.view(self.passage, row.at), row.at, self.rows[0].at, zone, first
        )

    def rule(self, rule: Rule, at: int | None = None) -> Reason:
        name = f"the policy “{rule.owner.name}”" if not isinstance(rule.owner, Plan) else "the journey"
        text = f"{name[:1].upper()}{name[1:]}: {rule.said}"
        return self.telling.reason(text, at, self.telling.rule(rule.owner, rule.line), detail=True)

    def caps(self, row: TraceRow) -> Iterator[Reason]:
        asked, definitions = self.asked(row), self.telling.definitions(row.at)
        found = (
            limits.full(definitions.policies, asked, self.telling.sources) if asked and definitions else []
        )
        for rule in found:
            yield self.rule(rule)
            for sent in rule.sent[-_MOST_MAILS:]:
                text = f"Used up by “{sent.email}” of “{sent.journey}”"
                yield self.telling.reason(text, sent.at, detail=True)
            if len(rule.sent) > _MOST_MAILS:
                more = count(len(rule.sent) - _MOST_MAILS, "email")
                yield self.telling.reason(f"… and {more} more", detail=True)
        if not found:
            text = "Another email that was due at the same time went first, or was on its way"
            yield self.telling.reason(text, row.at, sure=False)

    def policy(self, row: TraceRow) -> Iterator[Reason]:
        asked, definitions = self.asked(row), self.telling.definitions(row.at)
        look = self.telling.look(row.at)
        if asked is None or definitions is None or look is None:
            return
        found = (
            limits.after_events(definitions.policies, asked, self.telling.sources)
            if row.kind == "held"
            else limits.skipping(definitions.policies, look, self.telling.sources)
        )
        for rule in found:
            yield self.rule(rule, rule.event.at if rule.event else None)
            yield from self.telling.found(rule.found, row.at, None)
        if not found:
            text = "Which rule it was can no longer be told: what it asked about has changed since"
            yield self.telling.reason(text, row.at, sure=False)

    def quiet(self, row: TraceRow) -> Iterator[Reason]:
        definitions = self.telling.definitions(row.at)
        for rule in limits.quiet(definitions.policies, self.telling.sources) if definitions else ():
            yield self.rule(rule)

    def hours(self, _row: TraceRow) -> Iterator[Reason]:
        if self.plan.sending_hours is not None:
            place = self.telling.place(self.plan, self.plan.sending_hours.line)
            yield self.telling.reason("These are the sending hours of the journey", None, place, detail=True)

    def consent(self, row: TraceRow) -> Iterator[Reason]:
        from runtime.dispatch import MARKETING

        facts, definitions = self.telling.facts(row.at), self.telling.definitions(row.at)
        if facts is None or definitions is None:
            return
        found = limits.requiring(definitions.policies, facts.consents, self.telling.sources)
        for consent, rule in found:
            yield self.rule(rule)
            yield self.since(consent)
        if all(consent != MARKETING for consent, _ in found):
            text = f"Every marketing email needs the consent “{MARKETING}”; only service emails go without it"
            yield self.telling.reason(text, detail=True)
            yield self.since(MARKETING)

    def since(self, consent: str) -> Reason:
        taken = [one for one in self.telling.case.consents if one.name == consent and not one.given]
        if taken:
            return self.telling.reason(f"The consent “{consent}” was withdrawn", taken[-1].at, detail=True)
        return self.telling.reason(f"The consent “{consent}” was never given", detail=True)

    def guards(self, row: TraceRow) -> Iterator[Reason]:
        look = self.telling.look(row.at, self.passage, account=self.plan.subject == "account")
        if look is None:
            return
        told = 0
        for number, wanted in self.effect.guards:
            condition = self.plan.predicates[number]
            if look.truth(condition) != wanted:
                told += 1
                yield from self.telling.decided(condition, look, not wanted, self.guard_place(number))
        if not told:
            text = "Which condition it was can no longer be told: a value was changed since"
            yield self.telling.reason(text, row.at, sure=False)

    def guard_place(self, number: int) -> Place | None:
        lines = [
            branch.line or step.line
            for step in self.plan.steps
            if step.op == "decide"
            for branch in step.branches
            if branch.predicate == number
        ]
        before = [line for line in lines if line <= self.step.line]
        return self.telling.place(self.plan, max(before, default=min(lines, default=0)))

    def left(self, _row: TraceRow) -> Iterator[Reason]:
        yield from standing.ending(self.telling, self.passage)

    def paused(self, _row: TraceRow) -> Iterator[Reason]:
        yield from standing.stopped(self.telling, self.passage)

    def suppressed(self, row: TraceRow) -> Iterator[Reason]:
        names = _SAID.get(row.reason, ())
        events = [e for e in self.telling.case.person.events if e.name in names and e.at <= row.at]
        if events:
            from runtime.reporting import words

            yield self.telling.reason(words.event(events[-1].name, events[-1].properties), events[-1].at)
        elif row.reason == "suppressed by hand":
            acts = [a for a in self.telling.case.acts if a.what == "suppress" and a.at <= row.at]
            for act in acts[-1:]:
                yield self.telling.reason(f"Gets no marketing any more, by {act.by}", act.at)
        else:
            since = [one for one in self.telling.case.suppressions if one.name == row.reason]
            for one in since[-1:]:
                yield self.telling.reason(f"Suppressed since then: {reason_of(one.name)}", one.at)

    # --------------------------------------------------------------------------- it has not come up

    def under_way(self) -> Answer:
        row = self.ledger[-1]
        since = self.telling.clock(row.at)
        text = f"“{self.name}” is on its way to {self.who}: the provider has it since {since}."
        way = reaching.ways(self.telling, self.passage, self.number)
        return self.made("under way", text, way.reasons)

    def not_reached(self) -> Answer:
        telling, passage = self.telling, self.passage
        way = reaching.ways(telling, passage, self.number)
        what = f"“{self.name}” was not sent to {self.who}"
        send = telling.reason(f"So it did not come to this: {self.step.text}", None, self.place)
        if way.turned and not (way.never and passage.ended is None):
            over = "" if passage.ended is None else f", and the run {standing.how_it_ended(telling, passage)}"
            over = over if way.never else ""
            return self.made(way.kind, f"{what}: the run {way.turned}{over}.", [*way.reasons, send])
        if passage.ended is not None and not passage.whole:
            over = standing.how_it_ended(telling, passage)
            sentence = f"{what}: the run {over}; its journal is no longer whole, so why is not on record."
            return self.made("ended before", sentence, [send])
        if passage.ended is not None:
            ended = list(standing.ending(telling, passage))
            kind = "passed by" if passage.ended[0] == "completed" else "ended before"
            sentence = f"{what}: before it came to that, the run {standing.how_it_ended(telling, passage)}."
            return self.made(kind, sentence, [*way.reasons, *ended, send])
        if not way.stopped and not way.turned and self.number not in standing.ahead(passage):
            sentence = f"{what}: the run is past the place where it would have been, and goes on."
            return self.made("passed by", sentence, [*way.reasons, *standing.waiting(telling, passage), send])
        stands = list(standing.waiting(telling, passage))
        kind = "paused" if standing.pausing(passage) else "waiting"
        now = "stands still" if kind == "paused" else standing.place_now(telling, passage)
        sentence = f"“{self.name}” has not been sent to {self.who} yet: the run {now}."
        if way.never:
            kind = way.kind
            sentence = f"{what}: the run {way.turned}."
        else:
            send = telling.reason(f"It may still come to this: {self.step.text}", None, self.place)
        return self.made(kind, sentence, [*way.reasons, *stands, send])
