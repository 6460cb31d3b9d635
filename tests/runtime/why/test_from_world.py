"""Why, asked of simulations about everybody and everything: it agrees with what was done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runtime.hosting import preview
from runtime.published import Published
from runtime.simulator import Provider, Simulator
from runtime.simulator.sales import Sales
from runtime.simulator.world import World
from runtime.why import Answer, Case, Question, ask
from runtime.why.answer import VERDICTS
from runtime.why.from_world import case
from runtime.why.places import Sources
from tests.equality.case import CASES, load
from tests.equality.case import Case as Played

_MOMENTS = 5

# A consent is withdrawn, asked for and granted again within one second: records have no finer order.
_WITHIN_A_SECOND = "consent_and_suppression_are_watched"


def played(given: Played) -> World:
    compiled = given.compiled
    published = Published.of(compiled.definitions, compiled.plans.values())
    world = World(published, written={}, sales=Sales.of(compiled.settings))
    world.populate(given.contacts, given.accounts)
    simulator = Simulator(world, Provider(given.outages, given.refused, preview(compiled)))
    for step in given.steps:
        if step.event is not None:
            simulator.schedule([step.event])
        elif step.by_hand is not None:
            simulator.intervene(step.at, step.by_hand)
    simulator.admit(given.published)
    simulator.run(given.until)
    return world


def emails(whole: Case) -> list[str]:
    return sorted({effect.email for plan in whole.plans.values() for _, effect in plan.sends()})


def moments(whole: Case) -> list[int | None]:
    """The end, and some moments between: those at which something happened, and the second before."""
    times = sorted({row.at for run in whole.passages for row in run.rows})
    some = times[:: max(1, len(times) // _MOMENTS)][:_MOMENTS]
    return [None, *some, *(at - 1 for at in some)]


def questions(whole: Case) -> Iterator[Question]:
    for at in moments(whole):
        yield Question(at=at)
        for email in emails(whole):
            yield Question(email=email, at=at)
        for journey in {plan.journey for plan in whole.plans.values()}:
            yield Question(journey, at=at)


def sane(answer: Answer) -> None:
    assert answer.verdict in VERDICTS
    assert answer.sentence.endswith(".")
    assert "  " not in answer.sentence
    assert all(reason.text for reason in answer.reasons)
    moments = [reason.at for reason in answer.reasons if reason.at is not None and not reason.detail]
    assert moments == sorted(moments) or answer.verdict in ("inside", "ended", "paused", "never entered")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_everybody_is_answered_about_everything(path: object) -> None:
    given = load(path)  # type: ignore[arg-type]
    world = played(given)
    sources = Sources(plans=given.compiled.plans)
    for contact in world.facts:
        whole = case(world, contact, given.published, given.until)
        for question in questions(whole):
            for answer in ask(whole, question, sources).answers:
                sane(answer)
        for email in emails(whole):
            answers = ask(whole, Question(email=email), sources).answers
            sent = {
                entry.run
                for entry in world.ledger.values()
                if (entry.contact, entry.kind, entry.name, entry.outcome) == (contact, "send", email, "sent")
            }
            known = {passage.id for passage in whole.passages}
            assert any(answer.verdict == "sent" for answer in answers) == bool(sent & known), (contact, email)
            for answer in answers:
                if answer.verdict != "sent":
                    assert answer.run not in sent, (contact, email, answer.sentence)


@pytest.mark.parametrize(
    "path", [path for path in CASES if path.stem != _WITHIN_A_SECOND], ids=lambda path: path.stem
)
def test_what_decided_agrees_with_what_is_on_record(path: object) -> None:
    """In a simulation everything is known, so nothing may seem to have been changed since."""
    given = load(path)  # type: ignore[arg-type]
    world = played(given)
    for contact in world.facts:
        whole = case(world, contact, given.published, given.until)
        for question in questions(whole):
            for answer in ask(whole, question).answers:
                for reason in answer.reasons:
                    assert "was changed since" not in reason.text, (contact, question, reason.text)
                    assert "can no longer be told" not in reason.text, (contact, question, reason.text)
