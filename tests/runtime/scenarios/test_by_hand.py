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
    asked = '  contact "Ana" submits form "Demo request"\n'
    again = f'{ENTER}1 hour later\n{asked}1 hour later\n  pause contact "Ana" in journey "Sends"\n'
    later = f'{again}1 hour later\n  contact "Ana" submits form "Whitepaper"\nby day 3\n  {OFFER}'
    assert told(later, TWICE) == []
    assert told(later.replace('pause contact "Ana" in journey "Sends"', 'pause contact "Ana"'), TWICE) == [
        OFFER
    ]


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


def test_two_contacts_that_are_one_get_everything_once() -> None:
    merged = f'{BOTH}{DAY_1}merge contact "Ben" into "Ana"{DAY_2}'
    assert told(f'{merged}expect 1 email "Offer" to "Ana"\n  expect 1 email "Offer" to "Ben"') == []
    click = 'contact "Ben" clicks link "Yes" in email "Offer"'
    later = f'{merged}{click}\n1 hour later\n  {click}\n  expect handoff "SDR" of "Ana"'
    assert told(later) == [click], "in the very second it was not sent yet"
    assert told(f'{merged}expect contact.first_name of "Ben" is "Ana"') == []
    assert told(f"{merged}{NONE}") == [NONE]
    paused = f'{BOTH}{DAY_1}merge contact "Ben" into "Ana"\n1 hour later\n  pause contact "Ben"{DAY_2}'
    assert told(f'{paused}expect no email "Offer" to "Ana"') == []


def test_a_provider_says_when_it_wants_to_be_tried_again() -> None:
    down = f"on monday 10:00\n  provider of emails is down until monday 10:50{{}}\n{ENTER[16:]}"
    at = 'monday {}\n  expect email "Receipt" to "Ana"'
    assert told(down.format("") + "on " + at.format("11:45")) == []
    assert told(down.format(", try again after 1 hour") + "on " + at.format("11:00")) == []
    assert told(down.format(", try again after 3660 seconds") + "on " + at.format("11:01")) == []


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
