"""What is true of a contact: rows 26, 40, 41, 43 and 44."""

from __future__ import annotations

from pathlib import Path

from tests.semantics.stage import clicks, contact, does, form, moment, seconds, told


async def test_row_26_late_and_out_of_order_events(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
scoring "Lead score"
  engagement, halved every 30 days
    add 30 when contact visits page "/pricing", at most 40 a day
  threshold "MQL" at 60

journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  wait up to 5 days until contact does "Ping"
  if score is at least 20
    send email "Warm"
  otherwise
    send email "Cold"
  wait up to 5 days until contact does "Ping"
  if contact has visited page "/pricing" in the last 2 days
    send email "Visited"
""",
        [
            form("03-04 10:00"),
            does("03-05 10:00", "ana", "Ping"),
            # It happened thirty days ago: half of its points are left, whenever it is told of.
            does("03-06 10:00", "ana", "Page Viewed", page="/pricing") | {"occurred": moment("02-04 10:00")},
            does("03-07 10:00", "ana", "Ping") | {"occurred": moment("03-01 10:00")},
        ],
        "03-07 10:00",
        definitions="""
forms "Whitepaper", "Demo request"
event "Ping"
""",
    )
    # What was decided stays decided; a wait counts the moment at which it hears, and so does a fact.
    assert found.sends() == ["03-05 10:00 sent send:cold", "03-07 10:00 sent send:visited"]
    late = found.world.facts["ana"].events["Page Viewed"][0]
    assert (late.at, late.occurred) == (seconds("03-06 10:00"), seconds("02-04 10:00"))
    # 30 points, thirty-one days old.
    assert round(found.outcome.scores["ana"], 1) == 14.7


async def test_row_26_an_event_later_than_declared_wakes_nobody(tmp_path: Path) -> None:
    late = {"occurred": moment("03-01 10:00")}
    found = await told(
        tmp_path,
        """
scoring "Lead score"
  engagement, halved every 30 days
    add 30 when contact visits page "/pricing"
  threshold "MQL" at 20

journey "Row"
  start when contact submits form "Whitepaper"
  runs again at any time
  goal "Seen" when contact visits page "/pricing"

  wait up to 5 days until contact does "Ping"
  if contact has visited page "/pricing" ever
    send email "Visited"

journey "Warm"
  start when score reaches "MQL"
  runs once for each contact
  send email "Warm"
""",
        [
            form("03-04 10:00"),
            # Three days are in time, a second more is not.
            does("03-04 10:00:01", "ana", "Form Submitted", form="Whitepaper") | late,
            does("03-04 10:00", "ben", "Form Submitted", form="Whitepaper") | late,
            does("03-05 10:00", "ana", "Ping") | late,
            does("03-05 11:00", "ana", "Page Viewed", page="/pricing") | late,
            does("03-06 10:00", "ana", "Unsubscribed") | late,
        ],
        "04-01 00:00",
        [contact("ana"), contact("ben")],
        definitions="""
forms "Whitepaper", "Demo request"
event "Ping"
""",
        workspace='late_events = "3 days"',
    )
    assert sorted(found.traces) == ["row/ana/-/1", "row/ben/-/1", "warm/ana/-/1"]
    # It is on record, its points count, and what is built in holds; but nothing starts, waits or ends by it.
    assert found.lines() == [
        "03-04 10:00 entered",
        "03-04 10:00 waiting wait:up-to-5-days -> 03-09 10:00",
        "03-09 10:00 timeout wait:up-to-5-days",
        "03-09 10:00 took if:contact-has-visited-page-pricing-ever branch 1",
        "03-09 10:00 skipped send:visited unsubscribed",
        "03-09 10:00 completed",
    ]
    assert found.sends("warm/ana/-/1") == ["03-05 11:00 sent send:warm"]
    assert found.refused == []


async def test_row_40_facts_without_a_scope(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs again at any time

  send email "First"
  wait 2 days
  if contact has clicked email "First"
    send email "Clicked"
  if contact has clicked email "First" ever
    send email "Ever"
""",
        [form("03-04 10:00"), clicks("03-05 10:00", "First"), form("03-10 10:00")],
        "04-01 00:00",
    )
    assert found.sends() == [
        "03-04 10:00 sent send:first",
        "03-06 10:00 sent send:clicked",
        "03-06 10:00 sent send:ever",
    ]
    # The click of the first run does not count for the second one.
    assert found.sends("row/ana/-/2") == ["03-10 10:00 sent send:first", "03-12 10:00 sent send:ever"]


async def test_row_41_has_not_engaged_in_60_days_for_a_contact_of_yesterday(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
engagement
  when contact clicks any email

journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  if contact has not engaged in the last 60 days
    send email "Silent"
  if contact has not engaged ever
    send email "Never"
  if contact has engaged in the last 60 days
    send email "Lively"
""",
        [
            clicks("02-01 10:00", "Silent", "cy"),
            *(form("03-04 10:00", who) for who in ("ana", "ben", "cy")),
        ],
        "04-01 00:00",
        [
            contact("ana", known=moment("03-03 10:00")),
            contact("ben", known=moment("01-03 10:00")),
            contact("cy", known=moment("01-01 10:00")),
        ],
    )
    assert found.sends() == ["03-04 10:00 sent send:never"]
    # Known for sixty days to the second.
    assert found.sends("row/ben/-/1") == ["03-04 10:00 sent send:silent", "03-04 10:00 sent send:never"]
    assert found.sends("row/cy/-/1") == ["03-04 10:00 sent send:lively"]


async def test_row_43_a_journeys_success_reached_late_or_from_inside(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact
  goal "Read" when contact clicks email "First", and stay

  send email "First"
  wait 2 days
  if contact has clicked email "First"
    add 50 to score
    wait 1 day
    reach goal "Qualified"
  send email "Second"
""",
        [form("03-04 10:00"), clicks("03-05 10:00", "First"), clicks("03-05 11:00", "First")],
        "04-01 00:00",
    )
    assert found.lines(but=["waiting", "woke", "took"]) == [
        "03-04 10:00 entered",
        "03-04 10:00 sent send:first",
        "03-05 10:00 goal goal:read Read",
        "03-05 11:00 goal goal:read Read",
        "03-06 10:00 scored score:add-50",
        "03-07 10:00 goal goal:qualified Qualified",
    ]


async def test_row_44_empty_values_in_comparisons(tmp_path: Path) -> None:
    branches = {
        'contact.industry is "Software"': "Is",
        'contact.industry is not "Software"': "Is not",
        'contact.industry is one of ("Software", "Fintech")': "One of",
        'contact.industry is not one of ("Software", "Fintech")': "Not one of",
        "contact.seats is at most 5": "At most",
        "contact.seats is more than 5": "More than",
        "contact.renewal is before 1 january 2042": "Before",
        "contact.renewal is not 1 may 2041": "Not that day",
        "contact.industry is contact.region": "Same",
        "contact.industry is not contact.region": "Not same",
        'contact.region contains "e"': "Contains",
        "contact.industry is empty": "Empty",
    }
    lines = "".join(f'  if {asked}\n    send email "{name}"\n' for asked, name in branches.items())
    journey = (
        'journey "Row"\n  start when contact submits form "Whitepaper"\n  runs once for each contact\n\n'
    )
    found = await told(
        tmp_path,
        journey + lines,
        [form("03-04 10:00", "ana"), form("03-04 10:00", "ben")],
        "04-01 00:00",
        [
            contact("ana"),
            contact("ben", fields={"industry": "Software", "region": "East", "seats": 3}),
        ],
        definitions="""
forms "Whitepaper", "Demo request"
fields of contact
  field industry is text
  field region is text
  field seats is number
  field renewal is date
""",
    )
    names = {"send:" + name.lower().replace(" ", "-"): name for name in branches.values()}

    def true(run: str) -> set[str]:
        return {names[row.step] for row in found.rows(run) if row.kind == "sent"}

    # Ana has no values: what compares in order is false, and “is not” is what “is” is not.
    assert true("row/ana/-/1") == {"Is not", "Not one of", "Not that day", "Not same", "Empty"}
    assert true("row/ben/-/1") == {"Is", "One of", "At most", "Not that day", "Not same", "Contains"}
