"""Asking: the answers to a question about one contact, from its case alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dsl import civil
from dsl.plan import Plan
from dsl.spelling import nearest, one_of
from runtime.reporting.words import count, moment, reason_of
from runtime.suppression import ERASED, suppressed
from runtime.why import entering, reaching, sending, standing
from runtime.why.answer import Answer, Answers, Reason
from runtime.why.case import Case, Passage
from runtime.why.places import Sources
from runtime.why.question import Question, Unanswerable
from runtime.why.telling import Telling, in_order, newest

_TOLD = 40
_LISTED = 12
_BEYOND = "Nothing is known beyond this moment, so it is told how things stand at it."


def ask(case: Case, question: Question, sources: Sources | None = None) -> Answers:
    """Answer a question.

    Raises:
        Unanswerable: the journey or the email is known nowhere.
    """
    beyond = question.at is not None and question.at > case.now
    if question.at is not None and question.at < case.now:
        case = case.until(question.at)
    telling = Telling(case, sources or Sources(), civil.zone(case.person.time_zone, "UTC"))
    asking = _Asking(telling, question)
    answers = tuple(asking.answers())
    return Answers(
        case.contact,
        case.person.name,
        case.person.time_zone,
        case.now,
        moment(case.now, telling.zone, 0),
        answers,
        (*([_BEYOND] if beyond else []), *asking.notes()),
        case.partial,
    )


class _Asking:
    def __init__(self, telling: Telling, question: Question) -> None:
        self.telling, self.case, self.question = telling, telling.case, question
        self.active = self.case.active(self.case.now)
        self.passages = newest(self.case.passages)

    def answers(self) -> list[Answer]:
        journey, email = self.question.journey, self.question.email
        if journey is not None:
            self.known(journey)
        if email is not None:
            return self.about_email(email, journey)
        if journey is not None:
            return self.about_journey(journey)
        names = [*dict.fromkeys(run.journey for run in self.passages), *self.active]
        return [replace(self.where(name), reasons=()) for name in dict.fromkeys(names)]

    def known(self, journey: str) -> None:
        """Refuse a journey that is neither in force nor has had a run."""
        names = [*self.active, *(run.journey for run in self.passages), *self.telling.sources.plans]
        names += [name for edition in self.case.editions for name in edition.active]
        if journey not in names:
            guess = nearest(journey, names)
            there = one_of((f"“{name}”" for name in dict.fromkeys(names)), "and")
            advice = (
                f"Did you mean “{guess}”?" if guess else f"There are: {there}." if names else "There is none."
            )
            raise Unanswerable(f"There is no journey “{journey}”. {advice}")

    def notes(self) -> list[str]:
        """Say what stands above all: erased, suppressed, without consent."""
        facts = self.case.facts
        reason = suppressed(facts, self.case.now) if facts is not None else self.case.person.suppressed
        if reason == ERASED:
            return [
                f"{self.case.contact} was erased: nothing is sent, and of events and fields nothing is left."
            ]
        made = []
        if self.case.editions and self.case.now < self.case.editions[0].at:
            first = moment(self.case.editions[0].at, self.telling.zone, 0)
            made.append(f"Nothing was deployed yet then: the first deployment is of {first}.")
        made += [
            f"{note.text}." for note in self.case.person.notes if " was merged into this contact" in note.text
        ]
        if reason is not None:
            made.append(f"Nothing of marketing reaches {self.telling.who}: {reason_of(reason)}.")
        elif facts is not None and "Marketing" not in facts.consents:
            made.append(f"Nothing of marketing reaches {self.telling.who}: there is no consent to it.")
        return made

    # ------------------------------------------------------------------------------------------ an email

    def about_email(self, email: str, journey: str | None) -> list[Answer]:
        made: list[Answer] = []
        for name in self.journeys_with(email):
            if journey in (None, name):
                made += self.email_in(name, email)
        if made:
            order = ("sent", "under way", "in doubt", "held", "waiting", "paused")
            return sorted(
                made, key=lambda one: order.index(one.verdict) if one.verdict in order else len(order)
            )
        return [self.unsent(email, journey)]

    def journeys_with(self, email: str) -> list[str]:
        plans = [*self.active.values(), *(run.plan for run in self.passages)]
        return list(dict.fromkeys(plan.journey for plan in plans if sending.sends(plan, email)))

    def email_in(self, journey: str, email: str) -> list[Answer]:
        runs = [run for run in self.passages if run.journey == journey and sending.sends(run.plan, email)]
        if not runs:
            plan = self.active[journey]
            if not any(run.journey == journey for run in self.passages):
                _, step = sending.sends(plan, email)[0]
                return [entering.never_entered(self.telling, plan, email, step.id)]
            return [self.other_version(journey, email)]
        made = self.in_run(runs[0], email)
        earlier = [one for run in runs[1:] for one in self.in_run(run, email) if one.verdict == "sent"]
        since = entering.refusals(self.telling, runs[0].plan, runs[0].entered)
        if since and made[0].verdict not in ("sent", "under way"):
            made[0] = replace(made[0], reasons=tuple(in_order([*made[0].reasons, *since])))
        return [*made, *earlier[:1]]

    def in_run(self, run: Passage, email: str) -> list[Answer]:
        """Answer for each step of the run that sends it; those that it did not come to only if none was."""
        made = [
            sending.why_sent(self.telling, run, number, email) for number, _ in sending.sends(run.plan, email)
        ]
        came = [one for one in made if one.verdict in ("sent", "in doubt", "held", "under way")]
        return came or made

    def other_version(self, journey: str, email: str) -> Answer:
        run = next(run for run in self.passages if run.journey == journey)
        text = (
            f"“{email}” was not sent to {self.telling.who}: the run of {self.telling.clock(run.entered)} "
            "keeps to the version of the journey with which it came in, and that has no such email."
        )
        reasons = tuple(standing.entered(self.telling, run))
        return Answer("no journey", text, reasons, journey, run.id, "", email)

    def unsent(self, email: str, journey: str | None) -> Answer:
        """Answer about an email that no journey in force and no run has."""
        sources = self.telling.sources
        places = [
            (plan, step)
            for plan in sources.plans.values()
            for _, step in sending.sends(plan, email)
            if journey in (None, plan.journey)
        ]
        who = self.telling.who
        if places:
            plan, step = places[0]
            reasons = (self.telling.reason(step.text, None, sources.place(plan, step.line)),)
            text = (
                f"“{email}” was not sent to {who}: “{plan.journey}” has it in the workspace, but that "
                "version is not in force; put it there with `nurture deploy`."
            )
            return Answer("not deployed", text, reasons, plan.journey, "", step.id, email)
        if journey is not None and self.journeys_with(email):
            names = one_of((f"“{name}”" for name in self.journeys_with(email)), "and")
            return Answer(
                "no journey",
                f"“{journey}” has no email “{email}”; {names} has it.",
                (),
                journey,
                "",
                "",
                email,
            )
        known = sorted({name for plan in self.every_plan() for name in _emails(plan)})
        if email not in known:
            guess = nearest(email, known)
            more = f" and {len(known) - _LISTED:,} more" if len(known) > _LISTED else ""
            there = one_of((f"“{name}”" for name in known[:_LISTED]), "," if more else "and")
            advice = f"Did you mean “{guess}”?" if guess else f"There are: {there}{more}."
            raise Unanswerable(f"No journey has an email “{email}”. {advice if known else 'There is none.'}")
        where = (
            f"“{journey}” has no such email" if journey else "no journey that is in force has such an email"
        )
        text = f"“{email}” was not sent to {who}: {where}."
        return Answer("no journey", text, (), journey or "", "", "", email)

    def every_plan(self) -> Iterable[Plan]:
        return (*self.active.values(), *self.telling.sources.plans.values(), *self.case.plans.values())

    # ---------------------------------------------------------------------------------------- a journey

    def about_journey(self, journey: str) -> list[Answer]:
        first = self.where(journey)
        runs = [run for run in self.passages if run.journey == journey]
        plan = runs[0].plan if runs else None
        made = [first]
        for email in _emails(plan) if plan is not None else ():
            told: dict[str, Answer] = {}  # of several steps that send it, those that say the same once
            for one in self.in_run(runs[0], email):
                told.setdefault(one.sentence, replace(one, reasons=()))
            made += told.values()
        return made

    def where(self, journey: str) -> Answer:
        """Answer where the contact stands in a journey."""
        runs = [run for run in self.passages if run.journey == journey]
        if not runs:
            plan = self.active.get(journey)
            return self.not_in_force(journey) if plan is None else entering.never_entered(self.telling, plan)
        run, who = runs[0], self.telling.who
        reasons: list[Reason] = standing.entered(self.telling, run)
        rows = [row for row in run.rows if row.kind not in ("entered", "waiting", "woke")]
        steady = rows[:-1] if run.ended is not None else rows
        if len(steady) > _TOLD:
            left = count(len(steady) - _TOLD, "step")
            reasons.append(self.telling.reason(f"({left} of it, the oldest, are left out here.)", None, None))
        for row in steady[-_TOLD:]:
            reasons += reaching.row(self.telling, run, row) if row.kind != "held" else []
        if run.ended is None:
            reasons += list(standing.waiting(self.telling, run))
            still = standing.pausing(run) is not None
            now = "stands still" if still else standing.place_now(self.telling, run)
            since = self.telling.clock(run.entered)
            text = f"{who} is in “{journey}” since {since}: the run {now}."
            verdict = "paused" if still else "inside"
        else:
            reasons += list(standing.ending(self.telling, run))
            text = f"{who} is no longer in “{journey}”: the run {standing.how_it_ended(self.telling, run)}."
            verdict = "ended"
        reasons += entering.refusals(self.telling, run.plan, run.entered)
        return Answer(verdict, text, tuple(reasons), journey, run.id)

    def not_in_force(self, journey: str) -> Answer:
        who = self.telling.who
        before = [edition for edition in self.case.editions if journey in edition.active]
        ours = self.telling.sources.plans.get(journey)
        reasons = []
        if ours is not None:
            place = self.telling.sources.place(ours, ours.starts[0].line if ours.starts else 1)
            reasons.append(self.telling.reason("It is written in the workspace", None, place))
        if before:
            when = next((e.at for e in self.case.editions if e.at > before[-1].at), None)
            since = f" since {self.telling.clock(when)}" if when else ""
            text = f"{who} is not in “{journey}”: it is not in force{since}."
        else:
            text = f"{who} is not in “{journey}”: it was never deployed; do it with `nurture deploy`."
        return Answer("not deployed", text, tuple(reasons), journey)


def _emails(plan: Plan) -> list[str]:
    return list(dict.fromkeys(effect.email for _, effect in plan.sends()))
