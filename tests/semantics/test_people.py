"""People who turn out to be one, or are to be forgotten: rows 24 and 38."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from runtime.store import schema
from tests.semantics.stage import Looking, Seen, by_hand, contact, does, form, told


async def test_row_24_contacts_merged_mid_run(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
scoring "Lead score"
  add 10 when contact visits page "/pricing", at most 10 a day

policy "Marketing email"
  require consent "Marketing"
  allow at most 1 email in any 5 days, otherwise hold up to 7 days

journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  send email "First"
  wait 3 days
  send email "Second"

journey "Other"
  start when contact submits form "Demo request"
  runs once for each contact
  wait 20 days
  add tag "hot"
""",
        [
            form("03-04 10:00", "ana"),
            form("03-05 10:00", "ana2"),
            form("03-05 11:00", "ana2", "Demo request"),
            does("03-05 12:00", "ana", "Page Viewed", page="/pricing"),
            does("03-05 13:00", "ana2", "Page Viewed", page="/pricing"),
            by_hand("03-06 10:00", "merge", "contact", "ana2") | {"into": "ana"},
            form("03-04 10:00", "ben"),
            by_hand("03-06 10:00", "merge", "contact", "ben2") | {"into": "ben"},
            form("03-15 10:00", "ana2"),
        ],
        "04-01 00:00",
        [contact("ana"), contact("ana2"), contact("ben"), contact("ben2", consent=False)],
        definitions='forms "Whitepaper", "Demo request"\ntags "hot"\n',
    )
    # One run for each key goes on, the older one; runs of other journeys go on as well.
    assert found.last("row/ana2/-/1") == "03-06 10:00 exit merged"
    assert found.last("other/ana2/-/1") == "03-25 11:00 completed"
    # The cap counts what both were sent: the mail of 5 March, too.
    assert found.sends() == [
        "03-04 10:00 sent send:first",
        "03-07 10:00 held send:second cap -> 03-10 10:00",
        "03-10 10:00 sent send:second",
    ]
    # Consent is what both have given; who has run once under either id has run.
    assert found.sends("row/ben/-/1")[1:] == ["03-07 10:00 skipped send:second no consent"]
    assert found.refused == ["03-15 10:00 ana Row runs once"]
    # Two visits of one day count once.
    assert found.outcome.scores["ana"] == 10


class _Forgotten(Looking):
    """Looks for what is left of Ana in the rows of every table."""

    async def play(self) -> Seen:
        outcome = await Looking.play(self)
        async with self.store.reading() as connection:
            for table in schema.metadata.sorted_tables:
                rows: Any = (await connection.execute(select(table))).all()
                assert "Ana-Maria" not in repr(rows), table.name
                assert "ana@people.example.com" not in repr(rows), table.name
        histories = repr([event for history in outcome.histories.values() for event in history.events])
        assert "Ana-Maria" not in histories
        assert "people.example.com" not in histories
        return outcome


async def test_row_38_contact_erased_mid_run(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs again at any time
  goal "Asked" when contact submits form "Demo request"

  send email "First"
  wait 2 days
  send email "Second"
""",
        [
            form("03-04 10:00", "ana"),
            form("03-04 10:00", "ben"),
            # In the second of a goal, and told after it: what is forgotten reaches nothing any more.
            form("03-05 10:00", "ana", "Demo request"),
            by_hand("03-05 10:00", "erase", "contact", "ana"),
            form("03-07 10:00", "ana"),
        ],
        "04-01 00:00",
        [contact("ana", fields={"first_name": "Ana-Maria"}), contact("ben")],
        _Forgotten,
    )
    assert found.lines() == [
        "03-04 10:00 entered",
        "03-04 10:00 sent send:first",
        "03-04 10:00 waiting wait:2-days -> 03-06 10:00",
        "03-05 10:00 exit erased",
    ]
    assert found.sends("row/ben/-/1")[1:] == ["03-06 10:00 sent send:second"]
    # Who is forgotten does not come back by an event.
    assert "row/ana/-/2" not in found.traces
    assert found.world.facts["ana"].events == {}
