"""What a run is said to cost is what its history holds.

`tests/histories` holds the same events to their number on both databases; here one of them is enough.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory

import dsl
from dsl import Compiled
from dsl.plan import Plan
from runtime import costing
from runtime.costing import Cost, PathCost, ShareWrong, Taken, estimate
from runtime.explore import Bound
from tests.equality.drivers import on_temporal
from tests.histories import whitepaper
from tests.histories.whitepaper import ENTRY, MONDAY

_HEAD = """
journey "J"
  start when contact submits form "Whitepaper"
  runs once for each contact
"""
CLICK = ("Email Clicked", {"email": "Related blog post"})
OPEN = ("Email Opened", {"email": "Related blog post"})
DOWNLOAD = ("Asset Downloaded", {"asset": "Case study"})
PRICING = ("Page Viewed", {"page": "/pricing"})

# Each: the lines, what happens (days after the entry), what is taken at the branches.
SHAPES: dict[str, tuple[str, list[Any], dict[str, str]]] = {
    "emails": (
        'send email "Related blog post"\nwait 2 days\nsend email "We miss you"',
        [],
        {},
    ),
    "records alone": ("add 5 to score\nwait 1 day\nadd 5 to score\nadd 5 to score", [], {}),
    "a sync after a send, and one alone": (
        'send email "We miss you"\nsync to "CRM"\nwait 1 day\nsync to "CRM"',
        [],
        {},
    ),
    "several effects on the world": (
        'notify team "SDR" "A"\nsync to "CRM"\nsend email "We miss you"\nnotify team "SDR" "B"',
        [],
        {},
    ),
    "an arm that is met": (
        'send email "Related blog post"\nwait up to 3 days\n  when contact clicks email "Related blog post"\n'
        '    send email "We miss you"\n  otherwise\n    add 1 to score\nadd 2 to score',
        [(1.1, *CLICK)],
        {"wait:up-to-3-days": "event"},
    ),
    "a branch": (
        'wait 1 day\nif score is at least 5\n  send email "We miss you"\notherwise\n  add 1 to score',
        [],
        {"if:score-is-at-least-5": "yes"},
    ),
    "both ways send": (
        'wait 1 day\nif score is at least 500\n  send email "We miss you"\notherwise\n'
        '  send email "Demo invitation"',
        [],
        {"if:score-is-at-least-500": "no"},
    ),
    "a split": (
        'wait 1 day\nsplit "A or B"\n  variant 50% "A"\n    send email "We miss you"\n'
        '  variant 50% "B"\n    send email "Demo invitation"',
        [],
        {},
    ),
    "a send held for the hours": (
        'wait 5 hours\nif score is at least 5\n  send email "We miss you"\nadd 1 to score',
        [],
        {"if:score-is-at-least-5": "yes"},
    ),
    "effects on records before a send": (
        'add 5 to score\nadd tag "topic: automation"\nsend email "Related blog post"\nwait 1 day\n'
        'add 5 to score\nsend email "We miss you"',
        [],
        {},
    ),
    "rounds": ('repeat up to 3 times\n  send email "We miss you"\n  wait 2 days', [], {}),
    "another journey": ('wait 1 day\nstart journey "Re-engagement"', [], {}),
}


def counted(history: WorkflowHistory) -> Cost:
    """Count what a history holds. Markers of one workflow task are one action."""
    kinds = Counter(
        (e.WhichOneof("attributes") or "").removesuffix("_event_attributes") for e in history.events
    )
    marked = {
        event.marker_recorded_event_attributes.workflow_task_completed_event_id
        for event in history.events
        if event.HasField("marker_recorded_event_attributes")
    }
    activities, timers = kinds["activity_task_scheduled"], kinds["timer_started"]
    signals = kinds["workflow_execution_signaled"]
    return Cost(
        events=len(history.events),
        activities=activities,
        bookkeeping=kinds["marker_recorded"],
        timers=timers,
        signals=signals,
        actions=1 + activities + timers + signals + len(marked),
    )


def compiled(body: str) -> Compiled:
    lines = "\n".join(
        f"  {line}" for line in f"sending hours weekdays 09:00 to 17:00 contact time\n{body}".split("\n")
    )
    files = whitepaper.workspace() | {"journeys/j.journey": f"{_HEAD}{lines}\n".encode()}
    del files["journeys/whitepaper.journey"]
    found = dsl.compile_workspace(files)
    assert found.ok, [d.message for d in found.diagnostics]
    return found


async def spent(journeys: Compiled, happens: list[Any], folder: Path, run: str, days: int = 100) -> Cost:
    """Let one contact, whose time zone is UTC, go through a journey, and count."""
    case = whitepaper.path("cost", ENTRY, *happens, days=days, journeys=journeys)
    (person,) = case.contacts
    played = await on_temporal(replace(case, contacts=(replace(person, time_zone="UTC"),)), folder)
    return counted(played.histories[run])


def the_path(plan: Plan, taken: dict[str, str]) -> PathCost:
    """Return the path on which these ways are taken; the first one, if several are alike."""
    found = [
        path
        for path in estimate(plan, bound=Bound(entered=MONDAY), paths=100).paths
        if all(taken.get(one.at, one.option) == one.option for one in path.taken)
    ]
    assert found
    return found[0]


@pytest.mark.parametrize("name", SHAPES)
async def test_a_path_costs_what_its_history_holds(name: str, tmp_path: Path) -> None:
    body, happens, taken = SHAPES[name]
    journeys = compiled(body)
    said = the_path(journeys.plans["J"], taken)
    real = await spent(journeys, happens, tmp_path, "j/ana/-/1", days=20)
    assert replace(said.cost, others=0) == real


WAYS: dict[str, tuple[list[Any], dict[str, str]]] = {
    "nothing happens": (
        [],
        {
            "day-2/wait:up-to-1-day": "timeout",
            "day-2/if:contact-has-not-opened-email-related-blog-post": "yes",
            "day-5/wait:up-to-5-days": "timeout",
            "day-5/if:score-is-at-least-mql": "no",
            "day-20/if:contact-has-engaged-in-the-last-14-days": "no",
        },
    ),
    "a click and a download": (
        [(2.5, *CLICK), (8, *DOWNLOAD)],
        {
            "day-2/wait:up-to-1-day": "event",
            "day-5/wait:up-to-5-days": "event",
            "day-5/if:score-is-at-least-mql": "no",
            "day-20/if:contact-has-engaged-in-the-last-14-days": "yes",
        },
    ),
}


@pytest.mark.parametrize("name", WAYS)
async def test_the_whitepaper_journey_costs_what_its_histories_hold(name: str, tmp_path: Path) -> None:
    happens, taken = WAYS[name]
    journeys = whitepaper.compiled()
    said = the_path(journeys.plans["Whitepaper nurture"], taken)
    real = await spent(journeys, happens, tmp_path, "whitepaper-nurture/ana/-/1")
    assert replace(said.cost, others=0) == real


async def test_a_firing_of_a_handler_adds_what_it_is_said_to_add(tmp_path: Path) -> None:
    journeys = whitepaper.compiled()
    said = estimate(journeys.plans["Whitepaper nurture"], bound=Bound(entered=MONDAY)).news
    for name in "12":
        (tmp_path / name).mkdir()
    without = await spent(journeys, [], tmp_path / "1", "whitepaper-nurture/ana/-/1", days=2)
    fired = await spent(journeys, [(1, *PRICING)], tmp_path / "2", "whitepaper-nurture/ana/-/1", days=2)
    assert fired - without == said["whenever:visit-to-pricing"]


def _plan(body: str) -> Plan:
    return compiled(body).plans["J"]


BRANCH = 'wait 1 day\nif score is at least 5\n  send email "We miss you"'


def test_branches_without_a_share_are_taken_equally_and_splits_by_their_weights() -> None:
    split = 'split "A or B"\n  variant 20% "A"\n    add 2 to score\n  variant 80% "B"\n    add 1 to score'
    found = estimate(_plan(f"{split}\n{BRANCH}"))
    assert [(c.shares, c.given) for c in found.choices] == [((0.2, 0.8), False), ((0.5, 0.5), False)]
    assert sum(path.share for path in found.paths) == pytest.approx(1)


def test_the_expected_value_is_the_sum_over_the_paths_by_their_shares() -> None:
    plan = whitepaper.compiled().plans["Whitepaper nurture"]
    found = estimate(plan, {"day-2/wait:up-to-1-day": (0.3,)}, paths=1000)
    assert len(found.paths) == found.count
    for figure, expected in enumerate(found.expected.figures()):
        summed = sum(path.share * path.cost.figures()[figure] for path in found.paths)
        assert summed == pytest.approx(expected)
    assert {path.cost.events for path in found.paths} >= {found.least, found.most}


def test_a_share_of_one_way_leaves_the_rest_to_the_others() -> None:
    found = estimate(_plan(BRANCH), {"if:score-is-at-least-5": (0.1,)})
    assert [(path.share, path.taken) for path in found.paths] == [
        (0.9, (Taken("if:score-is-at-least-5", "no"),)),
        (0.1, (Taken("if:score-is-at-least-5", "yes"),)),
    ]


CLICKS = (
    'send email "Related blog post"\nwait up to 2 days until contact clicks email "Related blog post"\n'
    'if contact has clicked email "Related blog post"\n  send email "We miss you"\n'
    "otherwise\n  add 1 to score"
)


def test_what_a_path_has_seen_has_no_share() -> None:
    found = estimate(_plan(CLICKS), {"wait:up-to-2-days": (0.2,)})
    assert [(path.share, path.taken) for path in found.paths] == [
        (0.8, (Taken("wait:up-to-2-days", "timeout"),)),
        (0.2, (Taken("wait:up-to-2-days", "event"),)),
    ]
    with pytest.raises(ShareWrong, match="has no share: what comes before it"):
        estimate(_plan(CLICKS), {"if:contact-has-clicked-email-related-blog-post": (0.5,)})


def test_of_too_many_ways_what_they_have_seen_is_left_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    asks = 'if contact has visited page "/{n}" since the start\n  add 1 to score\nwait 1 day\n'
    twice = "".join(asks.format(n=n) for n in range(3)) * 2
    # Who has visited a page has visited it, and who has not may yet do it.
    assert estimate(_plan(twice)).count == 3**3
    monkeypatch.setattr(costing, "_NODES", 40)
    assert estimate(_plan(twice)).count == 2**6


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"nowhere": (0.5,)}, "nowhere is no branch"),
        ({"if:score-is-at-least-5": (0.5, 0.6)}, "come to 100%"),
        ({"if:score-is-at-least-5": (0.5, 0.2)}, "come to 100%"),
        ({"if:score-is-at-least-5": (0.2, 0.2, 0.6)}, "has 2 ways on"),
        ({"if:score-is-at-least-5": (-0.2,)}, "come to 100%"),
    ],
)
def test_a_share_that_cannot_be_is_refused(given: dict[str, tuple[float, ...]], said: str) -> None:
    with pytest.raises(ShareWrong, match=said):
        estimate(_plan(BRANCH), given)


def test_a_long_history_is_continued_as_new() -> None:
    (path,) = estimate(_plan("repeat up to 1000 times\n  wait 1 day\n  add 1 to score")).paths
    rounds, starts = 1_000, 2
    # One more timer: that of the round in which the run was continued is started again.
    assert path.cost.timers == rounds
    assert path.cost.actions == starts + rounds + path.cost.bookkeeping
    assert path.cost.events > 4_096


def test_many_ways_that_come_together_are_summed_up_without_going_each() -> None:
    branch = "if score is at least {n}\n  add 1 to score\nwait 1 day"
    found = estimate(_plan("\n".join(branch.format(n=n) for n in range(20))), paths=3)
    assert found.count == 2**20
    assert len(found.paths) == 3
