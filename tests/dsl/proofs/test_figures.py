"""The figures of the dataflow, held to the paths that the machine really takes."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dsl.plan import Definitions, Plan
from dsl.plan.definitions import Policy
from dsl.proofs import consent as consents
from dsl.proofs.figures import figures
from dsl.proofs.pressure import most_emails
from dsl.proofs.stay import Stay, stay
from dsl.proofs.subject import Journey, Subject
from runtime.explore import Bound, Path, paths
from tests.dsl.proofs.journeys import calendars, flows, plan

DAY = 86_400
HOURS = "  sending hours weekdays 09:00 to 17:00 contact time\n"
_MOST = 1_500

careful = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def journey(one: Plan) -> Journey:
    definitions = Definitions(workspace="Test", time_zone="UTC")
    return Subject.of({one.journey: one}, definitions, {}).journeys[one.journey]


def all_paths(one: Plan, entered: int = Bound().entered) -> list[Path]:
    found = list(islice(paths(one, Bound(entered=entered)), _MOST))
    assume(len(found) < _MOST)
    return found


def worst(found: list[Path], days: int, service: bool) -> int:
    """Count the emails in the worst window of any path."""
    counts = [0]
    for path in found:
        times = [mail.at for mail in path.mails if mail.service == service]
        counts += [sum(start <= at < start + days * DAY for at in times) for start in times]
    return max(counts)


@given(flows())
@careful
def test_figures_of_a_flow_are_exactly_those_of_its_paths(text: str) -> None:
    one = plan(text)
    found = all_paths(one)
    seconds = [path.seconds for path in found]
    assert stay(journey(one)) == Stay(min(seconds), max(seconds))
    for days in (1, 3, 7):
        for service in (False, True):
            for careful in (False, True):
                most = most_emails(journey(one), days, service=service, careful=careful)
                assert most.emails == worst(found, days, service)


@given(calendars())
@careful
def test_figures_of_a_calendar_are_never_too_low(text: str) -> None:
    one = plan(text)
    found = all_paths(one)
    seconds = [path.seconds for path in found]
    bounds = stay(journey(one))
    assert bounds.shortest <= min(seconds)
    assert bounds.longest is not None
    assert bounds.longest >= max(seconds)
    for days in (1, 3, 7):
        most = most_emails(journey(one), days, careful=True).emails
        assert most is not None
        assert most >= worst(found, days, service=False)


@given(calendars() | flows(), st.integers(0, 7 * 24))
@careful
def test_figures_hold_with_sending_hours_whenever_a_contact_comes(text: str, hour: int) -> None:
    one = plan(text, HOURS)
    found = all_paths(one, Bound().entered + hour * 3600)
    bounds = stay(journey(one))
    assert bounds.shortest <= min(path.seconds for path in found)
    assert bounds.longest is not None
    assert bounds.longest >= max(path.seconds for path in found)
    for days in (1, 7):
        most = most_emails(journey(one), days).emails
        assert most is not None
        assert most >= worst(found, days, service=False)


@given(calendars() | flows())
@careful
def test_the_sends_that_can_be_come_to_are_those_of_the_paths(text: str) -> None:
    one = plan(text)
    sent = {mail.step for path in all_paths(one) for mail in path.mails}
    prover = journey(one)
    assert sent == {one.steps[n].id for _, n in prover.main.steps() if prover.email(n)}


def test_blocks_that_keep_their_days_are_counted_exactly() -> None:
    one = plan(
        '  day 0\n    send email "News"\n  day 2\n    send email "Offer"\n  day 7\n    send email "News"\n'
        '  day 8\n    send email "Offer"\n    send email "News"\n'
    )
    assert [most_emails(journey(one), days).emails for days in (1, 2, 7, 8, 9)] == [2, 3, 4, 4, 5]
    assert stay(journey(one)) == Stay(8 * DAY, 8 * DAY)


def test_the_worst_window_is_told_as_a_path() -> None:
    one = plan('  day 0\n    send email "News"\n  day 9\n    send email "Offer"\n    send email "News"\n')
    trail = most_emails(journey(one), 7).trail
    assert trail is not None
    assert trail.words == (
        "start → day 0 → send email “News” → day 9 → send email “Offer” → send email “News”"
    )


def test_a_handler_that_sends_is_counted_as_often_as_it_may_fire() -> None:
    head = '  whenever contact visits page "/a"{}\n    send email "Offer"\n'
    once = plan('  send email "News"\n  wait 9 days\n', head.format(", at most once every 3 days"))
    assert most_emails(journey(once), 7).emails == 1 + 3
    assert (
        most_emails(
            journey(
                plan('  send email "News"\n', head.format("")),
            ),
            7,
        ).emails
        is None
    )


def test_a_handler_whose_firings_overlap_is_counted_with_all_of_them() -> None:
    head = '  whenever contact visits page "/a", at most once every 2 days\n    send email "Offer"\n'
    one = plan('  send email "News"\n', head + '    wait 3 days\n    send email "News"\n')
    most = most_emails(journey(one), 2)
    assert most.emails == 1 + 2
    assert most.trail is not None
    assert most.trail.words.startswith("start → send email “News”; beside it: whenever contact visits page")


def test_conditions_that_contradict_each_other_are_not_counted_together() -> None:
    one = plan(
        '  if contact.title is set\n    send email "News"\n    send email "Offer"\n'
        '  wait 1 day\n  if contact.title is empty\n    send email "News"\n'
    )
    assert most_emails(journey(one), 7).emails == 3
    assert most_emails(journey(one), 7, careful=True).emails == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('  send service email "Receipt"\n', ["takes no time", "takes no time", "nobody a marketing email"]),
        (
            '  send email "News"\n  wait 36 hours\n',
            ["takes 1 day,", "takes at most 2 days.", "more than 1 marketing"],
        ),
        ("  wait until contact.renewal\n", ["takes no time", "has no bound", "nobody a marketing email"]),
    ],
)
def test_figures_are_told_in_a_sentence_each(text: str, told: list[str]) -> None:
    definitions = Definitions(workspace="Test", time_zone="UTC")
    sentences = list(figures(plan(text), definitions))
    assert all(part in sentence for part, sentence in zip(told, sentences, strict=True)), sentences


def test_a_date_leaves_the_longest_stay_open() -> None:
    one = plan('  at contact.renewal, at once if late\n    send email "News"\n')
    assert stay(journey(one)) == Stay(0, None)


def test_marketing_waits_for_consent_and_it_is_said_for_which() -> None:
    found = consents.consent(journey(plan('  send email "News"\n  send service email "Receipt"\n')))
    assert (found.marketing, found.service) == (1, 1)
    assert found.by == (consents.BUILT_IN,)


def test_what_a_policy_requires_stands_beside_the_consent_that_is_built_in() -> None:
    one = plan('  send email "News"\n')
    policy = Policy(name="All mail", consents=("Newsletter",))
    definitions = Definitions(workspace="Test", time_zone="UTC", policies=(policy,))
    found = consents.consent(Subject.of({"Test": one}, definitions, {}).journeys["Test"])
    assert found.by[1] == "the consent “Newsletter”, which the policy “All mail” requires"
