"""A handoff's clock and its answers are heard although no notice can be delivered."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.handoffs import Handoff
from tests.equality.case import load
from tests.equality.drivers import Outcome, on_temporal

CASE = """
until = 2041-03-09T00:00:00Z
expect = []
definitions = '''
forms "Whitepaper"

handoff "SDR"
  assign to round robin
  notify team "SDR"
  respond within 8 hours
  remind at half time
  escalate to team "Sales managers" when overdue
  reject only as ("No budget", "Student")
'''
journey = '''
journey "Sales"
  start when contact submits form "Whitepaper"
  runs once for each contact

  hand off to "SDR"
'''

[[contacts]]
id = "ana"

[[outages]]
from = 2041-03-05T08:00:00Z
to = 2041-03-06T08:00:00Z

[[happens]]
at = 2041-03-05T10:00:00Z
event = "Form Submitted"
contact = "ana"
properties = { form = "Whitepaper" }
"""
ANSWER = """
[[happens]]
at = 2041-03-05T13:00:00Z
event = "Handoff {}"
contact = "ana"
"""
TEN = 2_246_090_400  # 5 March 2041, 10:00 UTC
HOUR = 3_600


async def play(folder: Path, url: str, text: str) -> tuple[Outcome, Handoff]:
    (folder / "case.toml").write_text(text, "utf-8")
    outcome = await on_temporal(load(folder / "case.toml"), folder, url=url)
    (handoff,) = outcome.handoffs
    return outcome, handoff


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (ANSWER.format("Accepted"), "accepted"),
        (ANSWER.format("Rejected") + 'properties = { reason = "Student" }', "rejected"),
    ],
    ids=["accepted", "rejected"],
)
async def test_an_answer_before_the_first_notice_was_delivered_is_the_end_of_it(
    tmp_path: Path, url: str, answer: str, status: str
) -> None:
    outcome, handoff = await play(tmp_path, url, CASE + answer)
    assert (handoff.status, handoff.reminded_at, handoff.overdue_at) == (status, None, None)
    assert outcome.mails == 0


async def test_the_clock_goes_on_while_no_notice_is_taken_and_each_is_given_once(
    tmp_path: Path, url: str
) -> None:
    outcome, handoff = await play(tmp_path, url, CASE)
    assert (handoff.status, handoff.opened_at) == ("overdue", TEN)
    assert (handoff.reminded_at, handoff.overdue_at) == (TEN + 4 * HOUR, TEN + 8 * HOUR)
    # To the team and its owner that there is a handoff, to those above that nobody has answered; no reminder.
    assert outcome.mails == 3
    assert outcome.duplicates == []


async def test_the_owner_alone_is_reminded(tmp_path: Path, url: str) -> None:
    outcome, handoff = await play(tmp_path, url, CASE.replace("2041-03-06T08", "2041-03-05T09"))
    assert handoff.reminded_at == TEN + 4 * HOUR
    assert outcome.mails == 4
    mails = [path.read_text("utf-8") for path in sorted((tmp_path / "mail").glob("*.eml"))]
    (reminder,) = (mail for mail in mails if "Half of the time" in mail)
    assert "\nTo: one@sender.example.com\n" in reminder
