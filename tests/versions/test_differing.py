"""Differences in tiers, and how steps of two versions are matched."""

from __future__ import annotations

from dataclasses import replace

import pytest

import dsl
from dsl.plan import Plan
from runtime.store.publishing import Contents
from runtime.versions.aligning import align
from runtime.versions.change import Change
from runtime.versions.differing import compare
from runtime.versions.needing import Standing
from tests.versions.test_migration import JOURNEY, SETTINGS, SHARED

EMAILS = ("Welcome", "Second", "Third")


def contents(
    journey: str = JOURNEY, shared: bytes = SHARED, body: str = "Hello.", settings: bytes = SETTINGS
) -> Contents:
    files = {"nurture.toml": settings, "shared.journey": shared, "rich.journey": journey.encode()}
    for name in EMAILS:
        head = f"---\nname: {name}\nclass: marketing\nsubject: {name}\n---\n{body}\n"
        files[f"emails/{name.lower()}.md"] = head.encode()
    compiled = dsl.compile_workspace(files)
    assert compiled.ok, compiled.diagnostics
    return Contents.of(compiled.definitions, compiled.plans.values(), compiled.texts())


OLD = contents()


def plan(of: Contents) -> Plan:
    return of.active["Rich"]


def changes(new: Contents, places: dict[str, int] | None = None) -> list[Change]:
    standing = [Standing(plan(OLD), 3, places or {})]
    return [change for one in compare(OLD, new, standing) for change in one.changes]


def said(new: Contents, places: dict[str, int] | None = None) -> list[tuple[str, str]]:
    return [(change.tier, change.what) for change in changes(new, places)]


def test_nothing_differs_from_itself_or_with_other_lines() -> None:
    assert changes(OLD) == []
    assert changes(contents("# A remark.\n\n" + JOURNEY)) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("wait 4 days", "wait 6 days", [("entering", "“Wait 4 days” is now “Wait 6 days”")]),
        ("  day 7\n", "  day 8\n", [("entering", "the block “day 7” is now “day 8”")]),
        ("    wait 1 day\n", "", [("entering", "“Wait 1 day” is gone")]),
        (
            "    add 1 to score\n",
            "    add 1 to score\n    add 9 to score\n",
            [("entering", "“Add 9 to the score” is new, line 17")],
        ),
        (
            "up to 3 times",
            "up to 2 times",
            [("entering", "“Repeat up to 3 times” is now “Repeat up to 2 times”")],
        ),
        (
            "  runs once for each contact",
            "  runs again 9 days after it ended",
            [("entering", "how often it runs")],
        ),
        (
            "  runs once for each contact",
            '  runs once for each contact\n  description "New"',
            [("wording", "its owner or description")],
        ),
        (
            "    add 1 to score\n    repeat",
            "    repeat",
            [("entering", "“Add 1 to the score” is gone")],
        ),
    ],
)
def test_an_edit_is_told_once_and_for_whom(before: str, after: str, expected: list[tuple[str, str]]) -> None:
    assert before in JOURNEY
    assert said(contents(JOURNEY.replace(before, after, 1))) == expected


def test_lines_that_change_places_are_told() -> None:
    moved = JOURNEY.replace(
        '    send email "Welcome"\n    wait 1 day\n', '    wait 1 day\n    send email "Welcome"\n', 1
    )
    assert {tier for tier, _what in said(contents(moved))} == {"entering"}
    assert any("followed by something else" in what for _tier, what in said(contents(moved)))


def test_the_text_of_an_email_is_wording() -> None:
    assert {tier for tier, _what in said(contents(body="Good day."))} == {"wording"}
    assert ("wording", "the text of the email “Second”") in said(contents(body="Good day."))


def test_people_are_counted_where_they_stand_and_concerned_where_they_move() -> None:
    head = "  runs once for each contact\n"
    moving = JOURNEY.replace(head, head + "  people inside move to the new version\n")
    places = {"day-0/wait:1-day": 2, "day 7": 1}
    changed = contents(moving.replace("    wait 1 day\n", "").replace("  day 7\n", "  day 8\n"))
    found = {change.what: change for change in changes(changed, places)}
    assert found["“Wait 1 day” is gone"].tier == "inside"
    assert found["“Wait 1 day” is gone"].people == 2
    assert found["the block “day 7” is now “day 8”"].people == 1
    unsafe = [change for change in changes(changed, places) if change.tier == "unsafe"]
    assert [(change.step, change.people) for change in unsafe] == [("day-0/wait:1-day", 2)]


def test_a_changed_text_is_wording_in_every_journey_that_sends_it_or_else_for_all() -> None:
    new = contents(body="Hi.")
    assert said(new) == [("wording", f"the text of the email “{name}”") for name in sorted(EMAILS)]
    unsent = 'send email "Third"', 'send email "Second"'
    (shared, rich) = compare(
        contents(JOURNEY.replace(*unsent)), contents(JOURNEY.replace(*unsent), body="Hi."), ()
    )
    assert (shared.journey, [c.what for c in shared.changes]) == ("", ["the text of the email “Third”"])
    assert [c.what for c in rich.changes] == [
        f"the text of the email “{name}”" for name in ("Second", "Welcome")
    ]


def test_who_emails_come_from_is_told_for_all() -> None:
    settings = SETTINGS.replace(b'"A <a@b.example>"', b'"New A <a@b.example>"').replace(b'"X"', b'"Y"')
    assert said(contents(settings=settings + b'reply_to = "c@b.example"\n')) == [
        ("inside", "emails come from New A <a@b.example>"),
        ("inside", "answers to emails go to c@b.example"),
        ("wording", "the postal address under emails"),
    ]


def test_what_all_share_is_told_apart() -> None:
    shared = SHARED + b"fields of contact\n  field size is number\n"
    assert ("entering", "the field of contacts “size” is new") in said(contents(shared=shared))


def test_what_workers_were_not_asked_for_so_far_is_told() -> None:
    settings = SETTINGS + b'[webhooks."ERP"]\nurl = "https://erp.example.com/"\n'
    calling = JOURNEY.replace("    add 1 to score\n", '    call webhook "ERP"\n', 1)
    told = 'workers need [webhooks."ERP"] in their nurture.toml; start again with it those that lack it'
    new = contents(calling, settings=settings)
    assert ("entering", told) in said(new)
    assert [what for one in compare(new, OLD, ()) for c in one.changes if "need" in (what := c.what)] == []
    inside = [Standing(plan(new), 3)]  # who is inside it calls it today
    assert told not in [change.what for one in compare(OLD, new, inside) for change in one.changes]


def test_an_email_that_people_inside_are_to_get_is_missed() -> None:
    without = contents(JOURNEY.replace('send email "Third"', 'send email "Second"'))
    assert without.texts is not None
    left = {name: email for name, email in without.texts.emails.items() if name != "Third"}
    without = replace(without, texts=without.texts.model_copy(update={"emails": left}))
    found = compare(OLD, without, [Standing(plan(OLD), 3)])
    unsafe = [change for one in found for change in one.changes if change.tier == "unsafe"]
    assert [(change.what, change.people) for change in unsafe] == [
        ("the email “Third” has no file any more, and people inside are to get it", 3)
    ]


def test_a_version_that_each_worker_fills_with_its_own_emails_misses_none() -> None:
    found = compare(OLD, replace(OLD, texts=None), [Standing(plan(OLD), 3)])
    assert [(change.tier, change.what) for one in found for change in one.changes] == [
        ("inside", "each worker sends the emails of its own workspace again")
    ]


def test_who_is_inside_a_journey_that_comes_back_and_takes_them_over_is_concerned() -> None:
    head = "  runs once for each contact\n"
    moving = JOURNEY.replace(head, head + "  people inside move to the new version\n")
    new = contents(moving.replace("    wait 1 day\n", ""))
    (back,) = compare(replace(OLD, active={}), new, [Standing(plan(OLD), 3, {"day-0/wait:1-day": 2})])
    assert (back.kind, back.people, back.moves) == ("new", 3, True)
    assert [(change.tier, change.what, change.people) for change in back.changes] == [
        ("entering", "a new journey", 0),
        ("inside", "people inside an older version move to it", 3),
        ("unsafe", "“Wait 1 day” is gone, so who stands on it stays on the old version", 2),
    ]


def test_blocks_whose_day_has_changed_are_matched_with_what_stands_in_them() -> None:
    new = contents(JOURNEY.replace("  day 7\n", "  day 9\n").replace("  day 30\n", "  day 20\n"))
    steps = align(plan(OLD), plan(new))
    assert len(steps.steps) == len(plan(OLD).steps)
    assert set(steps.blocks.values()) == {0, 1, 2}
    assert steps.moved
