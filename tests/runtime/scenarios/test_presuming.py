"""What a line takes for granted must be there: a click that nobody could make proves nothing."""

from __future__ import annotations

import pytest

import dsl
from runtime.scenarios.telling import Told
from tests.dsl.workspaces import HEAD, SENDS, workspace
from tests.runtime.scenarios.playing import missed, play

GIVEN = 'given account "Acme"\ngiven contact "Ana"'
ENTER = 'on monday 10:00\n  contact "Ana" submits form "Whitepaper"\n'
OFFERED = ENTER + "on day 2 11:00\n"
YES = '  contact "Ana" clicks link "Yes" in email "Offer"\n'
QUIET = '  expect no notice "Other" to team "SDR"\n'
SENT_BEFORE = GIVEN + '\ngiven contact "Ana" has been sent email "Offer" 3 days ago'


def told(steps: str, given: str = GIVEN, **files: bytes) -> list[Told]:
    journeys = {"sends.journey": SENDS, "other.journey": _OTHER} | files
    return play(steps, given, workspace(**journeys))


_OTHER = b"""
journey "Other"
  start when contact does "Webinar Cancelled"
  runs once for each contact
  notify team "SDR" "Other"
"""


@pytest.mark.parametrize(
    "line",
    [
        'contact "Ana" clicks email "Offer"',
        'contact "Ana" clicks link "Yes" in email "Offer"',
        'contact "Ana" opens email "Offer"',
        'contact "Ana" opens email "Offer" by a machine',
        'contact "Ana" replies to email "Offer"',
        'email "Offer" to "Ana" bounces',
        'email "Offer" to "Ana" bounces for now',
    ],
)
def test_nobody_does_anything_with_an_email_that_was_not_sent_yet(line: str) -> None:
    (early,) = told(f"{ENTER}1 hour later\n  {line}\n{QUIET}")
    assert (early.text, early.line, early.when) == (line, 7, "happens Mon 2 Mar 11:00")
    assert early.instead == "By then Ana had not been sent the email “Offer”, only “Receipt”."
    suppressed = "bounces" in line and "now" not in line
    if not suppressed:
        assert early.nearest == "The email “Offer” was sent on Wed 4 Mar 10:00, 2 days later."
        assert early.remedy == "Put the line under a moment after that."
    assert told(f"{OFFERED}  {line}\n{QUIET}") == []


def test_what_happens_in_a_second_comes_before_what_is_sent_in_it() -> None:
    at_once = "on day 2 10:00\n" + YES + '  expect email "Offer" to "Ana"\n'
    (early,) = told(ENTER + at_once)
    assert early.nearest == (
        "The email “Offer” was sent on Wed 4 Mar 10:00, in the same second, but after what happens in it."
    )
    assert early.remedy == "Put the line under a later moment, such as: 1 minute later"
    assert told(ENTER + at_once.replace("10:00", "10:00:01").replace('email "Offer" to', "no email to")) == []


def test_one_that_is_never_sent_can_be_given() -> None:
    steps = f"at the start\n{YES}{QUIET}"
    (never,) = told(steps)
    assert never.instead == "By then Ana had been sent no email."
    assert never.nearest == ""
    line = never.remedy.split(": ", 1)[1]
    assert told(steps, f"{GIVEN}\n{line}") == []
    assert told(steps, f'{GIVEN}\ngiven contact "Ana" has opened email "Offer" 3 days ago') == []
    other = SENT_BEFORE.replace("Offer", "Receipt")
    assert told(steps, other)[0].instead.endswith("“Offer”, only “Receipt”.")


def test_each_contact_has_mail_of_its_own() -> None:
    ben = YES.replace("Ana", "Ben")
    (other,) = told(f"{OFFERED}{YES}{ben}{QUIET}", f'{GIVEN}\ngiven contact "Ben"')
    assert (other.text, other.contact) == (ben.strip(), "Ben")


def test_an_email_that_no_journey_sends_comes_from_elsewhere() -> None:
    assert told(f'at the start\n  contact "Ana" clicks email "News"\n{QUIET}') == []


def test_the_bare_event_presumes_nothing() -> None:
    bare = '  contact "Ana" does "Email Clicked" with email "Offer"\n'
    assert told(f"at the start\n{bare}{QUIET}") == []


def test_it_happens_all_the_same_and_the_rest_is_judged() -> None:
    files = {
        "clicks.journey": HEAD.replace("Test", "Clicks")
        .replace('submits form "Whitepaper"', 'clicks email "Offer"')
        .encode()
        + b'  notify team "SDR" "Clicked"\n'
    }
    steps = f'at the start\n{YES}  expect notice "Clicked" to team "SDR"\n  expect email to "Ana"\n'
    assert missed(told(steps, **files)) == [YES.strip(), 'expect email to "Ana"']


def test_an_email_of_the_past_counts_for_caps_and_facts_and_wakes_nobody() -> None:
    policy = b'policy "M"\n  allow at most 1 email in any 7 days, otherwise skip\n'
    files = {"policy.journey": policy}
    steps = f'{OFFERED[:-15]}by day 2 12:00\n  expect email "Offer" to "Ana" skipped because "cap"\n'
    assert told(steps, SENT_BEFORE, **files) == []
    assert missed(told(steps, SENT_BEFORE.replace("3 days", "6 days"), **files))
    assert missed(told(steps, SENT_BEFORE.replace("Offer", "Receipt"), **files)), "service mail has no cap"
    asks = HEAD.replace("Test", "Asks").encode() + (
        b'  if contact has been sent email "News" in the last 5 days\n    notify team "SDR" "Has it"\n'
    )
    steps = f'{ENTER}  expect notice "Has it" to team "SDR"\n'
    given = SENT_BEFORE.replace("Offer", "News")
    assert told(steps, given, **{"asks.journey": asks}) == []
    assert missed(told(steps, given.replace("3 days", "5 days"), **{"asks.journey": asks}))


ANSWERS = ('sales accepts "Ana"', 'sales rejects "Ana" because "No budget"')


def handoff(name: str, reason: str = "") -> bytes:
    rows = ('notify team "SDR"', "assign to round robin", "respond within 24 hours")
    only = (f'reject only as ("{reason}")',) if reason else ()
    told = "".join(f"  {row}\n" for row in (*rows, *only))
    return f'handoff "{name}"\n{told}'.encode()


@pytest.mark.parametrize("answer", ANSWERS)
def test_sales_answers_what_it_was_given(answer: str) -> None:
    (never,) = told(f"{ENTER}  {answer}\n{QUIET}")
    assert never.instead == "By then sales had no handoff of Ana."
    assert never.remedy == "Let a journey hand the contact off before this line."

    (early,) = told(f"{OFFERED}{YES}  {answer}\n{QUIET}")
    assert early.text == answer
    assert early.nearest.startswith(
        "The handoff “SDR” was opened on Wed 4 Mar 11:00, in the same second, but after what happens in it,"
    )
    assert early.remedy == "Put the line under a later moment, such as: 1 minute later"

    good = f"{OFFERED}{YES}1 minute later\n  {answer}\n{QUIET}"
    assert told(good) == []
    (twice,) = told(f"{good}1 minute later\n  {answer}\n{QUIET}")
    assert twice.instead == "By then sales had answered every handoff of Ana."
    assert twice.remedy == "Leave the line out."


def test_a_reason_that_is_turned_away_is_told() -> None:
    only = SENDS.replace(b'hand off to "SDR"', b'hand off to "Knows"')
    more = handoff("Knows", "No budget") + handoff("More", "Student") + _MORE
    files = {"sends.journey": only, "more.journey": more}
    steps = f'{OFFERED}{YES}1 minute later\n  sales rejects "Ana" because "Student"\n{QUIET}'
    (refused,) = told(steps, **files)
    assert refused.instead == (
        '“Student” is no reason to reject the handoff “Knows”. Give one of “No budget”, written: because "…".'
    )
    assert (refused.remedy, told(steps.replace("Student", "No budget"), **files)) == ("", [])


_MORE = b"""
journey "More"
  start when contact does "Webinar Cancelled"
  runs once for each contact
  hand off to "More"
"""


def test_a_reason_of_no_handoff_that_a_journey_makes_is_found_by_check() -> None:
    # “More” takes any reason, but no journey hands off to it.
    only = SENDS.replace(b'hand off to "SDR"', b'hand off to "Knows"')
    files = workspace(
        **{"sends.journey": only, "more.journey": handoff("Knows", "No budget") + handoff("More")}
    )
    text = (
        'given contact "Ana"\nscenario "X"\n  on day 3 11:00\n    sales rejects "Ana" because "Too small"\n'
    )
    text += '    expect no email to "Ana"\n'

    def codes(more: bytes) -> list[str]:
        made = dsl.compile_scenarios(files | {"made.journey": more, "x.scenario": text.encode()})[1]
        return [one.code for one in made.diagnostics]

    assert codes(b"") == ["S303"]
    assert codes(_MORE) == []


def test_where_no_journey_hands_off_sales_has_its_contacts_from_elsewhere() -> None:
    files = {"sends.journey": SENDS.replace(b'        hand off to "SDR"\n', b"")}
    assert told(f"{ENTER}  {ANSWERS[0]}\n{QUIET}", **files) == []


OF = ' from journey "Sends"'


def test_an_answer_names_the_run_of_the_journey_that_it_says() -> None:
    files = {"sends.journey": SENDS.replace(b"runs once for each contact", b"runs again at any time")}
    opens = '  contact "Ana" opens email "Receipt"{}\n'
    clicks = '  contact "Ana" clicks link "Yes" in email "Offer"{}\n'
    asked = '  contact "Ana" submits form "Demo request"\n'
    twice = f"{OFFERED}{asked}1 hour later\n{ENTER[16:]}by day 4 13:00\n{QUIET}on day 4 14:00\n"
    handed = '  expect {} "Worth a call" to team "SDR"\n'
    # The second run has sent its offer at twelve; a click in the one of the first run is not its business.
    for of, so in (("", True), (OF, True), (OF.replace("journey", "run 2 of journey"), True)):
        assert bool(told(twice + clicks.format(of) + handed.format("notice"), **files)) != so
    first = OF.replace("journey", "run 1 of journey")
    assert told(twice + clicks.format(first) + handed.format("no notice"), **files) == []

    (third,) = told(twice + clicks.format(OF.replace("journey", "run 3 of journey")) + QUIET, **files)
    assert third.instead == "By then Ana had entered the journey “Sends” only 2 times."
    assert third.remedy == "Let “Ana” enter it before, or leave “from journey …” out."
    (early,) = told("on monday 09:00\n" + opens.format(OF) + f"1 hour later\n{ENTER[16:]}{QUIET}")
    assert early.instead == "By then Ana had not entered the journey “Sends”."
    assert early.nearest == "The contact entered “Sends” on Mon 2 Mar 10:00, 1 hour later."
    assert early.remedy == "Put the line under a moment after that."
    (unsent,) = told(f"{ENTER}1 hour later\n{clicks.format(OF)}{QUIET}")
    assert unsent.instead == (
        "By then Ana had not been sent the email “Offer” by that run of “Sends”, only “Receipt”."
    )
    assert unsent.remedy == "Put the line under a moment after that."
    other = HEAD.replace("Test", "Again").encode() + b"  wait 30 days\n"
    elsewhere = f"{OFFERED}{clicks.format(OF.replace('Sends', 'Again'))}{QUIET}"
    (another,) = told(elsewhere, **{"again.journey": other})
    assert another.remedy == "Name the journey that has sent it, or leave “from journey …” out."
    ago = f"{ENTER}1 hour later\n{opens.format(OF).rstrip()}, 2 hours ago\n{QUIET}"
    (long_ago,) = told(ago)
    assert long_ago.remedy.startswith("It had come by the moment of the line, but later than the line says")
    (bounced,) = told(f'{ENTER}1 hour later\n  email "Offer"{OF} to "Ana" bounces for now\n{QUIET}')
    assert bounced.instead == unsent.instead
