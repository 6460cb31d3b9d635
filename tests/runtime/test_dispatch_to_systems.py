"""Dispatch of what is no email: messages on channels, audiences and tasks."""

from __future__ import annotations

import pytest

from dsl.plan import CallWebhook, ChangeAudience, CreateTask, Effect, HasTag, QuietHours, Ref, SendMessage
from dsl.plan import Policy as Rules
from runtime import dispatch
from runtime.dispatch import GO, Fail, Hold, Skip
from runtime.evaluate import RunView
from runtime.facts import Facts
from tests.runtime.snapshots import MONDAY, facts, plan

SMS = SendMessage(channel="sms", message="Hello")
CODE = SendMessage(channel="sms", message="Code", service=True)
OWNER = CreateTask(title="Call them", person=Ref(of="account", field="owner"))


def _decide(effect: Effect, known: Facts, address: str | None = None, *rules: Rules) -> object:
    journey = plan(predicates=(HasTag(tag="hot"),))
    run = RunView("r", journey.journey, journey.hash, MONDAY, {})
    return dispatch.decide(journey, effect, known, run, MONDAY, "UTC", rules, None, address)


def _known(**more: object) -> Facts:
    known = facts()
    known.consents = {"Marketing"}
    for name, value in more.items():
        setattr(known, name, value)
    return known


def test_a_message_needs_what_an_email_needs_and_its_own_address() -> None:
    assert _decide(SMS, _known()) == GO
    assert _decide(SMS, _known(consents=set())) == Skip("no consent")
    assert _decide(SMS, _known(suppressed="unsubscribed")) == Skip("unsubscribed")
    assert _decide(SMS, _known(suppressed="bounced")) == Skip("bounced")
    assert _decide(SMS, _known(contact={"email": "ann@example.com"}), "phone") == Skip("no address")
    assert _decide(SMS, _known(contact={"phone": "+49 30 1"}), "phone") == GO


def test_a_service_message_goes_without_consent_and_although_mail_bounced() -> None:
    assert _decide(CODE, _known(consents=set(), suppressed="bounced")) == GO
    assert _decide(CODE, _known(contact={}), "phone") == Skip("no address")


def test_the_ifs_around_a_message_are_looked_at_again() -> None:
    guarded = SMS.model_copy(update={"guards": ((0, True),)})
    assert _decide(guarded, _known()) == Skip("no longer true")
    assert _decide(guarded, _known(tags={"hot"})) == GO


def test_policies_hold_marketing_on_every_channel() -> None:
    night = Rules(name="Night", quiet=(QuietHours(from_="00:00", to="23:00", zone="UTC"),))
    held = _decide(SMS, _known(), None, night)
    assert isinstance(held, Hold)
    assert held.reason == "quiet hours"
    assert _decide(CODE, _known(), None, night) == GO
    assert _decide(SMS, _known(), None, Rules(name="Events", consents=("Events",))) == Skip("no consent")


def test_nobody_is_advertised_to_against_their_will_but_everybody_can_leave() -> None:
    enter, leave = ChangeAudience(audience="A"), ChangeAudience(audience="A", add=False)
    assert _decide(enter, _known()) == GO
    assert _decide(enter, _known(consents=set())) == Skip("no consent")
    assert _decide(enter, _known(suppressed="Talk")) == Skip("Talk")
    assert _decide(leave, _known(consents=set(), suppressed="unsubscribed")) == GO


def test_a_task_for_a_person_needs_one() -> None:
    assert _decide(OWNER, _known(account={"owner": "ana@example.com"})) == GO
    assert _decide(OWNER, _known(account={"owner": " "})) == Skip("nobody named")
    assert _decide(OWNER, _known(account={})) == Skip("nobody named")
    assert _decide(CreateTask(title="Look", team="SDR"), _known(account={})) == GO


@pytest.mark.parametrize(
    ("attempt", "asked", "minutes"),
    [(1, None, 15), (2, None, 30), (9, None, 240), (1, 60, 15), (1, 3_600, 60), (1, 10**9, 1_440)],
)
def test_trouble_waits_as_long_as_it_is_asked_to_within_a_day(
    attempt: int, asked: int | None, minutes: int
) -> None:
    found = dispatch.after_trouble(
        plan(), CallWebhook(webhook="W"), facts(), MONDAY, attempt, "http 503", "UTC", asked
    )
    assert found == Hold("http 503", MONDAY + 60 * minutes)


def test_it_is_given_up_however_long_one_was_asked_to_wait() -> None:
    found = dispatch.after_trouble(plan(), SMS, facts(), MONDAY, 24, "http 503", "UTC", 60)
    assert found == Fail("http 503, given up")
