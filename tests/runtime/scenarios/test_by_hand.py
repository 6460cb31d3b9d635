"""What people do by hand in a scenario does what their commands do: with runs, sends and contacts that go."""

from __future__ import annotations

import pytest

from tests.dsl.workspaces import SENDS, workspace
from tests.runtime.scenarios.playing import missed, play, scripts

GIVEN = 'given contact "Ana"\ngiven contact "Ben"'
ENTER = 'on monday 10:00\n  contact "Ana" submits form "Whitepaper"\n'
BOTH = ENTER + '  contact "Ben" submits form "Whitepaper"\n'
DAY_1, DAY_2, DAY_3 = ("on day 1 09:00\n  ", "\non day 2 10:00\n  ", "\non day 3 09:00\n  ")
OFFER, NONE = 'expect email "Offer" to "Ana"', 'expect no email to "Ana"'
BEN = 'expect email "Offer" to "Ben"'
TWICE = SENDS.replace(b"runs once for each contact", b"runs again at any time")


def told(steps: str, sends: bytes = SENDS) -> list[str]:
    return missed(play(steps, GIVEN, workspace(**{"sends.journey": sends, "other.journey": _OTHER})))


_OTHER = b"""
journey "Other"
  start when contact submits form "Whitepaper"
  runs once for each contact
  goal "Asked" when contact submits form "Demo request"
  day 2
    send email "News"
"""


@pytest.mark.parametrize(
    "whom", ["everything", 'journey "Sends"', 'contact "Ana"', 'contact "Ana" in journey "Sends"']
)
def test_runs_stand_still_and_go_on(whom: str) -> None:
    paused = f"{BOTH}{DAY_1}pause {whom}{DAY_2}"
    assert told(paused + 'expect no email "Offer" to "Ana"') == []
    assert told(paused + OFFER) == [OFFER]
    going = f'{paused}{NONE[:16]} "Offer"{NONE[15:]}\n{DAY_3[1:]}resume {whom}\non day 4\n  {OFFER}'
    assert told(going.replace("no email  ", "no email ")) == []


@pytest.mark.parametrize(
    ("whom", "news", "ben"),
    [
        ("everything", False, False),
        ('journey "Sends"', True, False),
        ('contact "Ana"', False, True),
        ('contact "Ana" in journey "Sends"', True, True),
    ],
)
def test_they_end_for_whom_it_is_said(whom: str, news: bool, ben: bool) -> None:
    ended = f"{BOTH}{DAY_1}stop {whom}{DAY_2}"
    assert told(ended + 'expect no email "Offer" to "Ana"') == []
    left = (
        f'{BOTH}{DAY_1}stop {whom}\n  expect contact "Ana" leaves journey "Sends" because "stopped by hand"'
    )
    assert told(left) == []
    lines = ['expect email "News" to "Ana"', BEN]
    assert told(ended + "\n  ".join(lines)) == [
        line for line, so in zip(lines, (news, ben), strict=True) if not so
    ]


def test_only_runs_that_are_open_at_that_moment_are_meant() -> None:
    pause = 'pause contact "Ana" in journey "Sends"'
    asked = '1 hour later\n  contact "Ana" submits form "Demo request"\n'
    again = '1 hour later\n  contact "Ana" submits form "Whitepaper"\n'
    later = f"{ENTER}1 hour later\n  {pause}\n{asked}{again}by day 3\n  {OFFER}"
    assert told(later, TWICE) == []
    assert told(later.replace(pause, 'pause contact "Ana"'), TWICE) == [OFFER]
    # Where there is none, the line says what cannot be.
    (over,) = play(f"{ENTER}{asked}1 hour later\n  {pause}\n  {NONE}\n", GIVEN)
    assert (over.text, over.instead, over.remedy) == (
        pause,
        "By then Ana was not in the journey “Sends”.",
        "Let “Ana” enter it before, or leave the line out.",
    )
    (early,) = play(
        f'on monday 09:00\n  {pause}\n1 hour later\n{ENTER[16:]}  {NONE[:16]} "Case" to "Ana"\n', GIVEN
    )
    assert early.remedy == "Put the line under a moment after that."


def test_the_run_of_an_account_is_each_contacts() -> None:
    files = workspace(**{"acme.journey": _ACME})
    given = f'given account "Acme"\n{GIVEN}'
    begun = 'on monday 10:00\n  account "Acme" does "Contract Signed"\n'
    stop = f'{begun}1 hour later\n  stop contact "Ben" in journey "Acme"\n'
    quiet = 'on day 3 11:00\n  expect no notice to team "SDR"'
    assert missed(play(stop + quiet, given, files)) == []
    # What was so stays so, whoever goes afterwards.
    entered = f'{begun}  expect contact "Ben" enters journey "Acme"\n1 hour later\n  erase contact "Ana"\n'
    assert missed(play(entered, given, files)) == []


_ACME = b"""
journey "Acme"
  start when account does "Contract Signed"
  runs once for each account
  wait 3 days
  notify team "SDR" "Signed"
"""


@pytest.mark.parametrize(
    "of", ["", ' of journey "Sends"', ' of contact "Ana"', ' of contact "Ana" in journey "Sends"']
)
def test_sends_are_held_and_go_again(of: str) -> None:
    held = f'{ENTER}{DAY_1}stop sends{of}{DAY_2}expect email "Offer" to "Ana" held because "sends stopped"'
    assert told(held) == []
    assert told(f"{held}{DAY_3}resume sends{of}\n  {OFFER}") == []
    assert told(f"{held}{DAY_3}{OFFER}") == [OFFER]


def test_a_salesperson_decides_whether_marketing_reaches_a_contact() -> None:
    skipped = 'expect email "Offer" to "Ana" skipped because "suppressed by hand"'
    assert told(f'{ENTER}{DAY_1}suppress contact "Ana"{DAY_2}{skipped}') == []
    assert told(f'{ENTER}{DAY_1}suppress contact "Ana"\n  lift contact "Ana"{DAY_2}{OFFER}') == []
    assert told(f'{ENTER}{DAY_1}suppress contact "Ana" until day 2 10:00{DAY_2}{OFFER}') == []
    assert told(f'{ENTER}{DAY_1}suppress contact "Ana" until day 2 10:01{DAY_2}{skipped}') == []
    for_sales = SENDS.replace(b"  day 2\n", b'  day 1\n    suppress contact because "Sales"\n  day 2\n')
    left_out = 'expect email "Offer" to "Ana" skipped because "Sales"'
    later = "on day 1 11:00\n  "
    assert told(f'{ENTER}{later}expect contact "Ana" is suppressed{DAY_2}{left_out}', for_sales) == []
    assert told(f'{ENTER}{later}lift contact "Ana" anyway{DAY_2}{OFFER}', for_sales) == []
    assert told(f'{ENTER}{later}lift contact "Ana" anyway until day 2{DAY_2}{left_out}', for_sales) == []


def test_a_decision_is_taken_back_by_its_own_word_and_made_where_a_person_can_make_it() -> None:
    for_sales = SENDS.replace(b"  day 2\n", b'  day 1\n    suppress contact because "Sales"\n  day 2\n')
    later = "on day 1 11:00\n  "
    kept = f'{ENTER}{later}lift contact "Ana" anyway\n1 hour later\n  lift contact "Ana"{DAY_2}{OFFER}'
    assert told(kept, for_sales) == []
    anyway = 'lift contact "Ana" anyway'
    gone = f'{ENTER}{later}contact "Ana" unsubscribes\n1 hour later\n  {anyway}'
    (unsubscribed,) = play(f'{gone}{DAY_2}expect no email "Offer" to "Ana"', GIVEN)
    assert (unsubscribed.text, unsubscribed.instead) == (
        anyway,
        "By then Ana has unsubscribed, and no person overrides that.",
    )
    assert unsubscribed.remedy == "Leave the line out."
    no_consent = GIVEN.replace('"Ana"', '"Ana" with no consent "Marketing"')
    asked = f'on monday 10:00\n  suppress contact "Ana"\n1 hour later\n  {anyway}\n'
    (never,) = play(f'{asked}  expect contact "Ana" is suppressed', no_consent)
    assert never.instead == "By then Ana has not agreed to marketing, and no person overrides that."


def test_who_is_erased_gets_nothing_more_and_is_no_more_heard() -> None:
    erased = f'{BOTH}{DAY_1}erase contact "Ana"\n'
    assert (
        told(f'{erased}  expect contact "Ana" leaves journey "Sends" because "erased"{DAY_2}{NONE}\n  {BEN}')
        == []
    )
    again = f'{erased}1 hour later\n  contact "Ana" submits form "Whitepaper"\n'
    assert (
        told(f'{again}  expect contact "Ana" does not enter journey "Sends"\n  expect score of "Ana" is 0')
        == []
    )
    assert told(f"{erased[:-1]}{DAY_2}{OFFER}") == [OFFER], "and the failure can be told"
    becomes = 'contact.title of "Ana" becomes "CEO"'
    assert told(f'{erased}  {becomes}\n  expect contact.title of "Ana" is empty') == []


def test_what_sales_had_of_somebody_who_goes_was_so_then_and_nobody_has_rejected_it() -> None:
    click = 'on day 2 11:00\n  contact "Ana" clicks link "Yes" in email "Offer"\n'
    handed = f'{ENTER}{click}  expect handoff "SDR" of "Ana" to "one@acme.example"\n'
    erased = f'{handed}1 hour later\n  erase contact "Ana"\n'
    owner = "one@acme.example"
    files = workspace(**{"sends.journey": SENDS})
    given = f'given account "Acme" with owner "{owner}"\n{GIVEN}'
    assert missed(play(erased, given, files)) == []
    rejected = 'expect handoff "SDR" of "Ana" is rejected'
    assert missed(play(f"{erased}  {rejected}\n", given, files)) == [rejected]


def test_two_contacts_that_are_one_get_everything_once() -> None:
    merged = f'{BOTH}{DAY_1}merge contact "Ben" into "Ana"{DAY_2}'
    assert told(f'{merged}expect 1 email "Offer" to "Ana"\n  expect 1 email "Offer" to "Ben"') == []
    click = 'contact "Ben" clicks link "Yes" in email "Offer"'
    later = f'{merged}{click}\n1 hour later\n  {click}\n  expect handoff "SDR" of "Ana"'
    assert told(later) == [click], "in the very second it was not sent yet"
    assert told(f'{merged}expect contact.first_name of "Ben" is "Ana"') == []
    assert told(f"{merged}{NONE}") == [NONE]
    refused = f'{BOTH}{DAY_1}merge contact "Ben" into "Ana"\n1 hour later\n  provider refuses "Ben"{DAY_2}'
    assert told(f'{refused}expect email "Offer" to "Ana" failed because "address refused"') == []
    before = f'{BOTH}  expect email "Receipt" to "Ben"\n{DAY_1}merge contact "Ben" into "Ana"\n'
    only = before.replace('  contact "Ana" submits form "Whitepaper"\n', '  expect no email to "Ana"\n')
    assert told(only) == [], "what was sent before was one's or the other's"
    paused = f'{BOTH}{DAY_1}merge contact "Ben" into "Ana"\n1 hour later\n  pause contact "Ben"{DAY_2}'
    assert told(f'{paused}expect no email "Offer" to "Ana"') == []


def test_a_provider_says_when_it_wants_to_be_tried_again() -> None:
    down = f"on monday 10:00\n  provider of emails is down until monday 10:50{{}}\n{ENTER[16:]}"
    at = 'monday {}\n  expect email "Receipt" to "Ana"'
    assert told(down.format("") + "on " + at.format("11:45")) == []
    assert told(down.format(", try again after 1 hour") + "on " + at.format("11:00")) == []
    assert told(down.format(", try again after 3660 seconds") + "on " + at.format("11:01")) == []


def test_a_notice_of_a_handoff_waits_for_its_provider_until_sales_has_answered() -> None:
    down = "on day 2 10:30\n  provider of notices is down until day 2 11:20\n"
    handed = f'{ENTER}{down}on day 2 11:00\n  contact "Ana" clicks link "Yes" in email "Offer"\n'
    new = 'expect {} "New SDR handoff" to team "SDR"{}'
    held = f"{handed}  {new.format('notice', ' held')}\n  {new.format('no notice', '')}\n"
    later = f"on day 2 11:45\n  {new.format('notice', '')}"
    quiet = SENDS.replace(b'        notify team "SDR" "Worth a call"\n', b"")
    assert told(held + later, quiet) == []
    accepted = 'on day 2 11:30\n  sales accepts "Ana"\non day 2\n  '
    assert told(held + accepted + new.format("no notice", ""), quiet) == []


def test_how_a_handoff_stands_is_told_of_one_that_was_opened_before() -> None:
    click = 'on day 2 11:00\n  contact "Ana" clicks link "Yes" in email "Offer"\n'
    accepted = f'{ENTER}{click}1 hour later\n  sales accepts "Ana"\n'
    wrong = 'expect no handoff "SDR" of "Ana" is accepted'
    (one,) = play(f"{accepted}1 hour later\n  {wrong}\n", GIVEN)
    assert one.instead == "It happened on Wed 4 Mar 11:00."


def test_what_is_told_of_a_contact_for_its_account_is_taken_in_for_it_alone() -> None:
    signed = b"""
journey "Signed"
  start when account does "Contract Signed"
  runs once for each contact
  send service email "Receipt"
"""
    given = f'given account "Acme"\n{GIVEN}'
    files = workspace(**{"signed.journey": signed})
    lines = ['expect email "Receipt" to "Ana"', 'expect email "Receipt" to "Ben"']
    steps = "on monday 10:00\n  {}\n  " + "\n  ".join(lines)
    assert missed(play(steps.format('account "Acme" does "Contract Signed"'), given, files)) == []
    alone = steps.format('contact "Ana" does "Contract Signed" for the account')
    assert missed(play(alone, given, files)) == lines[1:]


def test_which_lines_there_are_is_found_where_they_are_nearly_right() -> None:
    text = f'scenario "A"\n  {GIVEN.splitlines()[0]}\n  on day 1 10:00\n    {{}}\n    {NONE}\n'
    for line in ("stop sends", "pause everything", 'erase contact "Ana"'):
        found, _ = scripts(text.format(line))
        assert [act.text for act in found[0].acts] == [line]
