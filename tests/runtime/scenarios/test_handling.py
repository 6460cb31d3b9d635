"""What people do by hand, sales answers and providers refuse, in tests in Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from runtime.scenarios.acting import ActingError, Contact, Contacts, Journeys
from runtime.scenarios.handling import Provider, Sales, Switched
from runtime.scenarios.rehearsing import Clock
from tests.runtime.scenarios.test_vetting import play


def entered() -> tuple[Contact, Contact, Clock]:
    """Return two contacts who have just entered “Sends”: an email is due on day 2."""
    made = play()
    ana, ben = Contacts(made)("Ana"), Contacts(made)("Ben")
    Clock(made).to("monday 10:00")
    ana.submits("Whitepaper")
    ben.submits("Whitepaper")
    return ana, ben, Clock(made)


def sent(contact: Contact) -> list[str]:
    return [mail.name for mail in contact.emails]


def runs_of(which: str, ana: Contact) -> Switched:
    journey = Journeys(ana.play)
    all_ = {"all": journey, "journey": journey("Sends"), "run": journey("Sends").of(ana), "contact": ana}
    return all_[which]


@pytest.mark.parametrize(("which", "others"), [("all", 1), ("journey", 1), ("run", 2), ("contact", 2)])
def test_runs_stand_still_and_go_on_by_hand(which: str, others: int) -> None:
    ana, ben, clock = entered()
    runs_of(which, ana).pause()
    clock.to("day 2 11:00")
    assert (sent(ana), len(sent(ben))) == (["Receipt"], others)
    runs_of(which, ana).resume()
    clock.to("day 4 12:00")  # later by the two days of the pause
    assert sent(ana) == ["Receipt", "Offer"]


@pytest.mark.parametrize("which", ["all", "journey", "run", "contact"])
def test_runs_leave_by_hand(which: str) -> None:
    ana, ben, _ = entered()
    runs_of(which, ana).stop()
    sends = Journeys(ana.play)("Sends")
    assert not sends.holds(ana)
    assert sends.holds(ben) == (which in ("run", "contact"))


@pytest.mark.parametrize("which", ["all", "journey", "contact"])
def test_sends_stop_by_hand_and_go_again(which: str) -> None:
    ana, _, clock = entered()
    runs_of(which, ana).stop_sends()
    clock.to("day 2 11:00")
    assert sent(ana) == ["Receipt"]
    runs_of(which, ana).resume_sends()
    clock.to("1 hour later")
    assert sent(ana) == ["Receipt", "Offer"]


def test_marketing_reaches_nobody_who_is_suppressed() -> None:
    ana, ben, clock = entered()
    ana.suppress(until="day 1 09:00")
    ben.suppress()
    clock.to("day 2 11:00")
    assert (sent(ana), sent(ben)) == (["Receipt", "Offer"], ["Receipt"])
    ben.lift()
    ana.suppress()
    ana.let_through(until="day 30 09:00")
    clock.to("day 9 09:00")
    assert sent(ana)[-1] == "Case"


def test_who_is_erased_or_one_with_another_goes_once() -> None:
    ana, ben, clock = entered()
    ben.becomes(title="CEO")
    ben.merge_into(ana)
    assert ana.fields["title"] == "CEO"
    assert ben.score == ana.score
    with pytest.raises(ActingError, match="Ben is one with Ana by then"):
        ben.erase()
    with pytest.raises(ActingError, match="Ana is one contact"):
        ana.merge_into(ana)
    ana.erase()
    clock.to("day 2 11:00")
    assert not Journeys(ana.play)("Sends").holds(ana)
    with pytest.raises(ActingError, match="Ana is erased by then"):
        ana.erase()


def test_providers_take_nothing_while_they_are_down_or_refuse() -> None:
    ana, ben, clock = entered()
    provider = Provider(ana.play)
    provider.down("emails", until="day 3 09:00", again=timedelta(hours=23))
    provider.refuses(ben)
    clock.to("day 2 23:00")
    assert (sent(ana), sent(ben)) == (["Receipt"], ["Receipt"])
    clock.to("day 3 10:00")
    assert (sent(ana), sent(ben)) == (["Receipt", "Offer"], ["Receipt"])


def test_sales_answers_handoffs_that_wait() -> None:
    ana, ben, clock = entered()
    clock.to("day 2 11:00")
    ana.clicks("Offer", "Yes")
    ben.clicks("Offer", "Yes")
    sales = Sales(ana.play)
    clock.forward(hours=1)
    sales.accepts(ana)
    sales.rejects(ben, because="No budget")
    assert ana.handoffs[0].accepted_at is not None
    assert ben.handoffs[0].rejected_at is not None
    with pytest.raises(
        ActingError, match=r"answered every handoff of Ana\. Let the clock go on until a journey"
    ):
        sales.accepts(ana)


def test_an_answer_may_name_the_run_whose_email_it_is() -> None:
    ana, _, clock = entered()
    clock.to("day 2 11:00")
    ana.opens("Offer", from_journey="Sends")
    ana.clicks("Offer", "Yes", from_journey="Sends", run=1)
    assert [one.handoff for one in ana.handoffs] == ["SDR"]
    with pytest.raises(ActingError, match=r"only 1 time\. Let the clock go on until the contact enters it"):
        ana.replies("Offer", from_journey="Sends", run=2)


REFUSED: list[tuple[Callable[[Contact], object], str]] = [
    (lambda a: a.suppress(until="day 0 09:00"), "“day 0 09:00” is no moment to come."),
    (lambda a: a.suppress(until="soon"), "“soon” is no moment to come."),
    (lambda a: a.clicks("Receipt", from_journey="Send"), 'Did you mean "Sends"?'),
    (lambda a: a.clicks("Receipt", from_journey="Sends", run=0), "Runs are counted from 1"),
    (lambda a: a.clicks("Receipt", run=1), "Runs are counted from 1"),
    (lambda a: Provider(a.play).down("email", until="day 2 09:00"), 'Did you mean "emails"?'),
    (lambda a: Provider(a.play).down("zebra", until="day 2 09:00"), "There are: emails, messages, notices"),
    (lambda a: Provider(a.play).down("emails", until="day 0 09:00"), "is no moment to come."),
]


@pytest.mark.parametrize(("does", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_cannot_be_done_by_hand_is_refused(does: Callable[[Contact], object], said: str) -> None:
    ana, _, _ = entered()
    with pytest.raises(ActingError) as refused:
        does(ana)
    assert said in str(refused.value)
