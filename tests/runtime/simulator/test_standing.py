"""Lists, consents and suppression: what journeys change about a contact, and what follows at once."""

from __future__ import annotations

from tests.dsl.workspaces import MESSAGES
from tests.runtime.simulator.lives import BEGIN, DAY, life


def test_a_list_is_seen_by_the_next_line() -> None:
    lives = life(
        """
  add to list "Guests"
  if contact is in list "Guests"
    add 1 to score
  remove from list "Guests"
  if contact is not in list "Guests"
    add 2 to score
""",
        **MESSAGES,
    )
    lives.run()
    assert lives.world.facts["ana"].score == 3
    assert lives.world.facts["ana"].lists == set()
    assert [row for row in lives.rows() if "listed" in row] == [
        "listed list:guests",
        "unlisted unlist:guests",
    ]


def test_a_run_that_watches_a_list_hears_of_it() -> None:
    lives = life('  add to list "Guests"\n  wait 10 days\n', _STOP, **MESSAGES)
    lives.run()
    assert lives.rows()[-1].startswith("exit")
    assert lives.record().rows[-1].at == BEGIN


_STOP = """journey "Test"
  start when contact submits form "Whitepaper"
  runs once for each contact
  stop as soon as contact is in list "Guests"
"""


def test_withdrawn_consent_ends_marketing_and_a_grant_brings_it_back() -> None:
    lives = life("""
  withdraw consent "Marketing"
  send email "News"
  send service email "Receipt"
  grant consent "Marketing"
  send email "News"
""")
    lives.run()
    sends = [row for row in lives.rows() if "send:" in row]
    assert sends == ["skipped send:news no consent", "sent send:receipt", "sent send:news~2"]


def test_suppression_ends_marketing_in_all_journeys_until_it_is_lifted() -> None:
    lives = life("""
  suppress contact because "Dormant"
  send email "News"
  send service email "Receipt"
  wait 1 day
  lift suppression
  send email "News"
""")
    lives.run()
    sends = [row for row in lives.rows() if "send:" in row]
    assert sends == ["skipped send:news Dormant", "sent send:receipt", "sent send:news~2"]


def test_what_the_contact_decided_is_neither_replaced_nor_lifted() -> None:
    lives = life("""
  wait 2 days
  suppress contact because "zzz"
  grant consent "Marketing"
  lift suppression
  send email "News"
""")
    lives.happens("Unsubscribed", BEGIN + DAY)
    lives.run()
    assert lives.world.facts["ana"].suppressed == "unsubscribed"
    assert "skipped send:news unsubscribed" in lives.rows()
