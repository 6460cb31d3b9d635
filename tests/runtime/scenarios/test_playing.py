"""What scenarios tell happens, and what they expect is judged: each line that holds, and its opposite."""

from __future__ import annotations

import pytest

from runtime.scenarios.running import run
from runtime.scenarios.telling import Told, as_text
from tests.dsl.golden import check_golden
from tests.dsl.workspaces import MESSAGES, SENDS, email, workspace
from tests.runtime.scenarios.playing import missed, misses, play, scripts

ENTER = 'on monday 10:00\n  contact "Ana" submits form "Whitepaper"\n'
HANDED = ENTER + 'on day 2 11:00\n  contact "Ana" clicks link "Yes" in email "Offer"\n'

# Steps, an expectation that holds after them, and one that does not.
_HOLDS = [
    # mail
    (ENTER, 'expect email "Receipt" to "Ana"', 'expect no email to "Ana"'),
    (ENTER, 'expect 1 email to "Ana"', 'expect 2 emails to "Ana"'),
    (ENTER, 'expect at most 1 email to "Ana"', 'expect at least 2 emails to "Ana"'),
    (ENTER, 'expect email "Offer" to "Ana" within 2 days', 'expect email "Offer" to "Ana" within 47 hours'),
    (ENTER, 'expect no email "Offer" to "Ana"', 'expect email "Offer" to "Ana"'),
    (
        ENTER,
        'expect email "Receipt" to "Ana", subject "About Receipt", saying "Hello."',
        'expect email "Receipt" to "Ana", subject "About", saying "Hello."',
    ),
    (ENTER, 'expect email to "Ana", saying "Hello"', 'expect email to "Ana", saying "Bye"'),
    (ENTER + "by day 2\n", 'expect email "Offer" to "Ana"', 'expect no email "Offer" to "Ana"'),
    (ENTER + "on day 2 10:00\n", 'expect email "Offer" to "Ana"', 'expect email "Receipt" to "Ana"'),
    (ENTER + "on day 2\n", 'expect email "Offer" to "Ana"', 'expect email "Receipt" to "Ana"'),
    (
        ENTER + "between day 1 and day 4\n",
        'expect 1 email to "Ana"',
        'expect no email to "Ana"',
    ),
    # what contacts do
    (
        ENTER + 'on day 2 11:00\n  contact "Ana" clicks link "Yes" in email "Offer"\n',
        'expect notice "Worth a call" to team "SDR" about "Ana"',
        'expect no notice to team "SDR"',
    ),
    (
        ENTER + 'on day 2 11:00\n  contact "Ana" clicks link "No" in email "Offer"\n',
        'expect no notice to team "SDR"',
        'expect notice to team "SDR"',
    ),
    (
        ENTER + '1 hour later\n  contact "Ana" visits page "/pricing"\n',
        'expect score of "Ana" is 25',
        'expect score of "Ana" is at least "MQL"',
    ),
    (
        ENTER + '1 hour later\n  contact "Ana" visits page "/pricing" by a machine\n',
        'expect score of "Ana" is 0',
        'expect score of "Ana" is between 20 and 30',
    ),
    (
        ENTER + 'on day 1 10:00\n  contact "Ana" unsubscribes\non day 2 10:00\n',
        'expect email "Offer" to "Ana" skipped because "unsubscribed"',
        'expect email "Offer" to "Ana"',
    ),
    (
        ENTER + 'on day 1 10:00\n  email "Receipt" to "Ana" bounces\n',
        'expect contact "Ana" is suppressed',
        'expect contact "Ana" is not suppressed',
    ),
    (
        ENTER + 'on day 1 10:00\n  email "Receipt" to "Ana" bounces for now\n',
        'expect contact "Ana" is not suppressed',
        'expect contact "Ana" is suppressed',
    ),
    # journeys
    (
        ENTER,
        'expect contact "Ana" enters journey "Sends"',
        'expect contact "Ana" does not enter journey "Sends"',
    ),
    (ENTER, 'expect contact "Ana" is in journey "Sends"', 'expect contact "Ana" is not in journey "Sends"'),
    (
        ENTER,
        'expect contact "Ana" is waiting for "day 2" in journey "Sends"',
        'expect contact "Ana" is waiting for "day 9" in journey "Sends"',
    ),
    (
        ENTER + "on day 3 10:00\n",
        'expect contact "Ana" is at "day 2" in journey "Sends"',
        'expect contact "Ana" is not at "day 2" in journey "Sends"',
    ),
    (
        ENTER + "on day 3 10:00\n",
        'expect contact "Ana" is at "day-2/wait:up-to-3-days" in journey "Sends"',
        'expect contact "Ana" is waiting for "day 2" in journey "Sends"',
    ),
    (
        ENTER + 'on day 1 10:00\n  contact "Ana" submits form "Whitepaper"\n',
        'expect contact "Ana" does not enter journey "Sends" because "already running"',
        'expect contact "Ana" does not enter journey "Sends" because "too soon"',
    ),
    (
        ENTER + 'on day 1 10:00\n  contact "Ana" submits form "Demo request"\n',
        'expect contact "Ana" reaches goal "Asked"',
        'expect contact "Ana" does not reach goal "Asked"',
    ),
    (
        ENTER + "by day 9\n",
        'expect contact "Ana" leaves journey "Sends" because "Through"',
        'expect contact "Ana" does not leave journey "Sends"',
    ),
    (
        'on monday 10:00\n  start journey "Sends" for "Ana"\n',
        'expect contact "Ana" is in journey "Sends"',
        'expect contact "Ana" is not in journey "Sends"',
    ),
    (
        ENTER + '1 hour later\n  stop journey "Sends"\n',
        'expect contact "Ana" leaves journey "Sends" because "stopped by hand"',
        'expect contact "Ana" is in journey "Sends"',
    ),
    (
        ENTER + 'on day 1 10:00\n  pause contact "Ana"\non day 4 10:00\n  resume contact "Ana"\non day 5\n',
        'expect email "Offer" to "Ana"',
        'expect no email to "Ana"',
    ),
    # records
    (
        ENTER,
        'expect contact "Ana" has tag "topic: automation"',
        'expect contact "Ana" has no tag "topic: automation"',
    ),
    (
        'on monday 10:00\n  contact.title of "Ana" becomes "IT manager"\n',
        'expect contact "Ana" is in segment "Managers"',
        'expect contact "Ana" is not in segment "Managers"',
    ),
    (
        'on monday 10:00\n  contact.renewal of "Ana" becomes day 10\n',
        'expect contact.renewal of "Ana" is 12 march 2026',
        'expect contact.renewal of "Ana" is empty',
    ),
    (
        'on monday 10:00\n  contact.setup_complete of "Ana" becomes yes\n',
        'expect contact.setup_complete of "Ana" is yes',
        'expect contact.setup_complete of "Ana" is not yes',
    ),
    (
        'on monday 10:00\n  account.employees of "Acme" becomes 500\n',
        'expect account.employees of "Acme" is 500',
        'expect account.employees of "Acme" is not 500',
    ),
    # providers
    (
        ENTER + "on day 2 09:00\n  provider of emails is down until day 2 12:00\non day 2 10:00\n",
        'expect email "Offer" to "Ana" held because "provider unreachable"',
        'expect email "Offer" to "Ana"',
    ),
    (
        ENTER + 'on day 1 09:00\n  provider refuses "Ana"\non day 2 10:00\n',
        'expect email "Offer" to "Ana" failed because "address refused"',
        'expect email "Offer" to "Ana" failed because "template: empty field"',
    ),
    # sales
    (
        ENTER + 'on day 2 11:00\n  contact "Ana" clicks link "Yes" in email "Offer"\n',
        'expect handoff "SDR" of "Ana"',
        'expect handoff "SDR" of "Ana", high priority',
    ),
    (
        ENTER + 'on day 2 11:00\n  contact "Ana" clicks link "Yes" in email "Offer"\non day 3 12:00\n',
        'expect handoff of "Ana" is overdue',
        'expect handoff of "Ana" is unanswered',
    ),
    # what teams are told of a handoff, by the handoff itself
    (
        HANDED,
        'expect notice "New SDR handoff" to team "SDR" about "Ana"',
        'expect no notice "New SDR handoff" to team "SDR"',
    ),
    (HANDED, 'expect 2 notices to team "SDR"', 'expect 1 notice to team "SDR"'),
    (
        HANDED + "on day 3 11:00\n",
        'expect notice "Nobody has answered the SDR handoff" to team "Sales managers"',
        'expect no notice to team "Sales managers" about "Ana"',
    ),
    (
        HANDED + '1 hour later\n  sales accepts "Ana"\nby day 4\n',
        'expect no notice to team "Sales managers"',
        'expect notice "Nobody has answered the SDR handoff" to team "Sales managers"',
    ),
    (
        HANDED + '1 hour later\n  sales accepts "Ana"\n',
        'expect handoff of "Ana" is accepted',
        'expect handoff of "Ana" is rejected',
    ),
]


@pytest.mark.parametrize(("steps", "right", "wrong"), _HOLDS, ids=lambda text: text[-40:].strip())
def test_a_line_that_holds_is_silent_and_its_opposite_is_told(steps: str, right: str, wrong: str) -> None:
    given = 'given account "Acme"\ngiven contact "Ana"'
    told = play(f"{steps}  {right}\n  {wrong}\n", given)
    assert missed(told) == [wrong]
    assert told[0].instead.endswith(".")


def test_the_golden_text_of_failures_is_what_a_person_read() -> None:
    given = 'given account "Acme"\ngiven contact "Ana"'
    told = [as_text(one) for steps, _, wrong in _HOLDS for one in play(f"{steps}  {wrong}\n", given)]
    check_golden("scenario-failures.txt", "\n\n".join(told) + "\n")


@pytest.mark.parametrize(
    ("known", "right", "wrong"),
    [
        ("score 40", 'expect score of "Ana" is 40', 'expect score of "Ana" is 0'),
        (
            'stage "Known"',
            'expect contact "Ana" is in stage "Known"',
            'expect contact "Ana" is in stage "MQL"',
        ),
        (
            'list "Guests"',
            'expect contact "Ana" is in list "Guests"',
            'expect contact "Ana" is not in list "Guests"',
        ),
        (
            'no consent "Marketing"',
            'expect contact "Ana" has no consent "Marketing"',
            'expect contact "Ana" has consent "Marketing"',
        ),
        (
            'email "a@acme.example"',
            'expect contact.email of "Ana" contains "@acme"',
            'expect contact.email of "Ana" is empty',
        ),
    ],
)
def test_contacts_stand_as_they_are_given(known: str, right: str, wrong: str) -> None:
    assert missed(play(f"at the start\n  {right}\n  {wrong}", f'given contact "Ana" with {known}')) == [wrong]


def test_what_was_done_before_is_on_record_and_wakes_nobody() -> None:
    given = (
        'given contact "Ana"\ngiven contact "Ana" has visited page "/pricing" 3 days ago\n'
        'given contact "Ana" has submitted form "Whitepaper" 2 days ago'
    )
    steps = (
        'at the start\n  expect score of "Ana" is 25\n  expect contact "Ana" is not in journey "Sends"\n'
        'on day 1 10:00\n  contact "Ana" submits form "Demo request"\n  expect email "Offer" to "Ana"'
    )
    asks = b"""
journey "Asks"
  start when contact submits form "Demo request" if contact has visited page "/pricing" in the last 5 days
  runs once for each contact
  send email "Offer"
"""
    files = workspace(**{"sends.journey": SENDS, "asks.journey": asks})
    assert play(steps, given, files) == []
    (told,) = play(steps, given.replace("3 days", "5 days"), files)
    assert told.text == 'expect email "Offer" to "Ana"'


TITLES = (
    "on monday 10:00\n"
    '  contact.title of "Ana" becomes "CEO"\n'
    '  expect contact.title of "Ana" is "CEO"\n'
    '  contact.title of "Ana" becomes empty\n'
    '  expect contact.title of "Ana" is empty\n'
)


def test_a_line_below_in_the_same_moment_is_named() -> None:
    (told,) = play(TITLES)
    assert told.line == 5
    assert told.remedy == (
        "Line 6 below it happens in the same moment, and all that happens comes before what is expected. "
        "Put it under a later moment, such as: 1 minute later"
    )
    empties = '  contact.title of "Ana" becomes empty'
    assert play(TITLES.replace(empties, f"1 minute later\n{empties}")) == []
    other = TITLES.replace(empties, '  contact.title of "Ben" becomes "CFO"')
    (told,) = play(other, 'given contact "Ana"\ngiven contact "Ben"')
    assert (told.text, told.remedy) == ('expect contact.title of "Ana" is empty', "")


def test_that_a_priority_is_not_high_is_told() -> None:
    steps = ENTER + 'on day 2 11:00\n  contact "Ana" clicks link "Yes" in email "Offer"\n'
    given = 'given account "Acme"\ngiven contact "Ana"'
    (told,) = play(steps + '  expect handoff "SDR" of "Ana", high priority\n', given)
    assert told.nearest.endswith("Its priority was not high.")


def test_who_has_not_agreed_gets_no_marketing() -> None:
    steps = ENTER + 'on day 2 10:00\n  expect email "Offer" to "Ana" skipped because "no consent"'
    assert play(steps, 'given contact "Ana" with no consent "Marketing"') == []
    assert missed(play(steps)) == ['expect email "Offer" to "Ana" skipped because "no consent"']


def test_each_lives_in_a_time_zone_of_their_own() -> None:
    given = 'given contact "Ana" with time zone "America/New_York"\ngiven contact "Ben"'
    both = ENTER + '  contact "Ben" submits form "Whitepaper"\n'
    # Clocks change there on day 6, here on day 27: nine days later is an hour apart by this clock.
    steps = both + (
        "on day 9 09:00\n"
        '  expect contact "Ana" leaves journey "Sends"\n'
        '  expect contact "Ben" is in journey "Sends"\n'
        'on day 9 10:00\n  expect contact "Ben" leaves journey "Sends"'
    )
    assert play(steps, given) == []


def test_the_clock_of_a_scenario_may_be_elsewhere() -> None:
    given = 'given time zone "Asia/Tokyo"\ngiven contact "Ana"'
    told = play(
        'on day 0 10:00\n  contact "Ana" submits form "Whitepaper"\n  expect no email to "Ana"', given
    )
    assert told[0].stretch == "Mon 2 Mar 10:00"
    assert told[0].instead == "It happened on Mon 2 Mar 10:00."


def test_companies_are_shared_where_it_is_said_so() -> None:
    given = (
        'given account "Acme"\ngiven account "Birch"\n'
        'given contact "Ana" of account "Acme"\ngiven contact "Ben" of account "Birch"\n'
        'given contact "Cleo" of no account'
    )
    steps = (
        'on monday 10:00\n  account.name of "Acme" becomes "New"\n'
        '  expect account.name of "Acme" is "New"\n  expect account.name of "Birch" is "Birch"'
    )
    assert play(steps, given) == []


def test_limits_hold_for_any_stretch_and_for_calendar_days() -> None:
    often = b"""
journey "Often"
  start when contact submits form "Demo request"
  runs again at any time
  send service email "Receipt"
"""
    files = workspace(**{"sends.journey": SENDS, "often.journey": often})
    head = 'scenario "X"\n  given contact "Ana"\n'
    asks = "".join(
        f'  on day {n} 10:00\n    contact "Ana" submits form "Demo request"\n' for n in (0, 3, 6, 7)
    )
    steps = asks + '    expect email to "Ana"\n'
    assert misses(f'{head}{steps}  never more than 3 emails to "Ana" in any 7 days\n', files) == []
    told = misses(f'{head}{steps}  never more than 2 emails to "Ana" in any 7 days\n', files)
    assert told[0].instead == "3 emails went out in such a time, the last on Sun 8 Mar 10:00."
    assert misses(f'{head}{steps}  never more than 1 email to "Ana" in a calendar day\n', files) == []
    assert missed(misses(f'{head}{steps}  never more than 2 emails to "Ana" in a calendar week\n', files))
    assert missed(misses(f'{head}{steps}  never email "Receipt" to "Ana"\n', files))
    assert missed(misses(f'{head}{steps}  never email to "Ana"\n', files))
    assert misses(f'{head}  given contact "Ben"\n{steps}  never email to "Ben"\n', files) == []


def test_the_cases_of_a_table_are_played_each_on_its_own() -> None:
    text = """scenario "Pages"
  given contact each.who with score each.before
  for each who, before, page, after
    "Ana", 0, "/pricing", 25
    "Ben", 10, "/pricing", 35
    "Ben", 10, "/other", 11
  on monday 10:00
    contact each.who visits page each.page
    expect score of each.who is each.after
"""
    (told,) = misses(text)
    assert told.instead == "The score is 10."
    assert (told.line, told.contact) == (9, "Ben")


def test_several_processes_give_the_results_of_one() -> None:
    text = """scenario "Pages"
  given contact "Ana"
  for each page, after
    "/pricing", 25
    "/other", 5
    "/about", 0
    "/pricing", 1
    "/", 0
  on monday 10:00
    contact "Ana" visits page each.page
    expect score of "Ana" is each.after
"""
    found, set_ = scripts(text)

    def told(workers: int) -> list[tuple[str, int, tuple[Told, ...]]]:
        return [(one.title, one.line, one.misses) for one in run(found, set_, workers=workers).results]

    assert [len(miss) for _, _, miss in told(1)] == [0, 1, 0, 1, 0]
    assert told(1) == told(2) == told(3) == told(9)


def test_a_template_that_fails_for_one_contact_fails_here_too() -> None:
    files = workspace(
        **{
            "sends.journey": SENDS,
            "emails/offer.md": email("Offer", "Hi {{ contact.title }} [Yes](https://x.example/y)"),
        }
    )
    steps = ENTER + 'on day 2 10:00\n  expect email "Offer" to "Ana"'
    (told,) = play(steps, files=files)
    assert told.nearest == ("The email “Offer” failed on Wed 4 Mar 10:00: template: empty field.")
    assert play(steps, 'given contact "Ana" with title "VP"', files=files) == []


def test_messages_on_channels_can_be_read() -> None:
    tour = b"""
journey "Tour"
  start when contact submits form "Demo request"
  runs once for each contact
  send in-app "Tour"
"""
    files = workspace(**{"sends.journey": SENDS, "tour.journey": tour}, **MESSAGES)
    steps = (
        'on monday 10:00\n  contact "Ana" submits form "Demo request"\n'
        '  expect in-app "Tour" to "Ana", saying "around, {}"'
    )
    assert play(steps.format("Ana"), files=files) == []
    (told,) = play(steps.format("Ben"), files=files)
    assert told.nearest.endswith("It does not say “around, Ben”. It says: “Look around, Ana”")


def test_an_audience_gains_and_loses_contacts() -> None:
    ads = b"""
journey "Ads"
  start when contact submits form "Demo request"
  runs once for each contact
  add to audience "Retargeting"
  wait 2 days
  remove from audience "Retargeting"
"""
    files = workspace(**{"sends.journey": SENDS, "ads.journey": ads}, **MESSAGES)
    asks = 'on monday 10:00\n  contact "Ana" submits form "Demo request"\n'
    steps = (
        f'{asks}  expect addition to audience "Retargeting" of "Ana"\n'
        '  expect no addition to audience "Partners" of "Ana"\n'
        'on day 2\n  expect removal from audience "Retargeting" of "Ana"\n'
        '  expect no addition to audience "Retargeting" of "Ana"'
    )
    assert play(steps, files=files) == []
    (told,) = play(f'{asks}  expect removal from audience "Retargeting" of "Ana"', files=files)
    assert told.instead == "It did not happen."
    assert told.nearest == (
        "The removal from the audience “Retargeting” was sent on Wed 4 Mar 10:00, 2 days later."
    )
    down = "on monday 09:00\n  provider of audiences is down until day 1 09:00\n"
    steps = f'{down}{asks}  expect addition to audience "Retargeting" of "Ana" held because "http 503"'
    assert play(steps, files=files) == []
