"""Policies at dispatch: consent, quiet hours, holds after events, caps; service mail is exempt."""

from __future__ import annotations

import pytest

from dsl import civil
from tests.dsl.workspaces import HEAD
from tests.runtime.simulator.lives import BEGIN, DAY, Life, life

HOUR = 3600
BERLIN = civil.zone("Europe/Berlin", "UTC")


def under(rules: str, body: str, head: str = HEAD) -> Life:
    policy = '\npolicy "Marketing email"\n' + "".join(f"  {rule}\n" for rule in rules.split("\n"))
    return life(body + policy + 'event "Sales Conversation"\nconsents "Product news"\n', head)


def sent(lives: Life) -> list[float]:
    """When emails went, in days from the start."""
    return [(row.at - BEGIN) / DAY for row in lives.record().rows if row.kind == "sent"]


def reasons(lives: Life) -> list[tuple[str, str]]:
    return [(r.kind, r.reason) for r in lives.record().rows if r.kind in ("held", "skipped")]


def test_a_required_consent_is_asked_for_marketing_only() -> None:
    lives = under(
        'require consent "Product news"',
        """
  send email "News"
  send service email "Receipt"
  grant consent "Product news"
  send email "News"
""",
    )
    lives.run()
    assert reasons(lives) == [("skipped", "no consent")]
    assert len(sent(lives)) == 2


def test_what_would_go_while_a_fact_holds_is_not_sent() -> None:
    lives = under('skip while contact has tag "topic: automation"', """
  add tag "topic: automation"
  send email "News"
  remove tag "topic: automation"
  send email "News"
""")  # fmt: skip
    lives.run()
    assert reasons(lives) == [("skipped", "policy")]
    assert len(sent(lives)) == 1


@pytest.mark.parametrize(("wait", "goes"), [("1 hour", 1 / 24), ("11 hours", 22 / 24), ("20 hours", 22 / 24)])
def test_quiet_hours_hold_until_they_end(wait: str, goes: float) -> None:
    body = f'  wait {wait}\n  send email "News"\n  send service email "Receipt"\n'
    lives = under("hold between 20:00 and 08:00 contact time", body)
    lives.run()
    assert sent(lives)[0] == pytest.approx(goes)


def test_mail_is_held_for_a_time_after_an_event() -> None:
    lives = under(
        'hold for 14 days after contact does "Sales Conversation"',
        '  wait 3 days\n  send email "News"\n',
    )
    lives.happens("Sales Conversation", BEGIN + DAY)
    lives.run()
    assert reasons(lives) == [("held", "policy")]
    assert sent(lives) == [15]


DAILY = """
  send email "News"
  wait 1 day
  send email "Offer"
  wait 1 day
  send email "News"
"""


def test_a_cap_that_rolls_skips_what_has_no_room() -> None:
    lives = under(
        "allow at most 2 emails in any 7 days, otherwise skip",
        DAILY + '  wait 5 days\n  send email "Offer"\n',
    )
    lives.run()
    assert reasons(lives) == [("skipped", "cap")]
    assert sent(lives) == [0, 1, 7]


def test_a_cap_holds_for_room_and_not_longer_than_it_says() -> None:
    lives = under("allow at most 2 emails in any 4 days, otherwise hold up to 3 days", DAILY)
    lives.run()
    assert reasons(lives) == [("held", "cap")]
    assert sent(lives) == [0, 1, 4]
    late = under("allow at most 2 emails in any 7 days, otherwise hold up to 3 days", DAILY)
    late.run()
    assert reasons(late) == [("skipped", "cap")]


def test_a_cap_of_a_calendar_week_begins_anew_on_monday() -> None:
    lives = under("allow at most 2 emails in a calendar week, otherwise hold up to 7 days", DAILY)
    lives.run()
    assert reasons(lives) == [("held", "cap")]
    midnight = civil.at_clock(BEGIN, "00:00", BERLIN, 0)
    assert sent(lives) == [0, 1, (midnight - BEGIN) / DAY]


def test_a_cap_of_a_calendar_day_begins_anew_at_midnight() -> None:
    lives = under(
        "allow at most 1 email in a calendar day, otherwise hold up to 2 days",
        '  send email "News"\n  wait 1 hour\n  send email "News"\n',
    )
    lives.run()
    assert reasons(lives) == [("held", "cap")]
    midnight = civil.at_clock(BEGIN, "00:00", BERLIN)
    assert sent(lives) == [0, (midnight - BEGIN) / DAY]


def test_a_cap_counts_the_mail_of_all_journeys_and_not_service_mail() -> None:
    other = HEAD.replace('"Test"', '"Other"') + '  send email "Offer"\n  send service email "Receipt"\n'
    lives = under(
        "allow at most 1 email in any 7 days, otherwise skip", '  wait 1 hour\n  send email "News"\n' + other
    )
    lives.run()
    test = next(record for id_, record in lives.world.runs.items() if id_.startswith("test/"))
    assert [row.reason for row in test.rows if row.kind == "skipped"] == ["cap"]
    assert [entry.outcome for entry in lives.world.ledger.values()].count("sent") == 2


def test_a_limit_of_a_journey_counts_its_own_mail() -> None:
    head = HEAD + "  allow at most 2 emails in any 7 days, otherwise skip\n"
    lives = life(DAILY, head)
    lives.run()
    assert reasons(lives) == [("skipped", "cap")]
