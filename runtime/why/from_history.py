"""Cases of a history of Temporal: one run, without the facts of its contact, which no history holds."""

from __future__ import annotations

from urllib.parse import unquote

from runtime.replay.story import Story
from runtime.reporting.record import Person
from runtime.turn import position
from runtime.why.case import Case, Passage

PARTIAL = "A history holds no facts about people: what conditions saw, and why a policy held, is not in it."


def subject(story: Story) -> str:
    """Return the id of the contact, or of the account, that the run is of."""
    parts = story.run.split("/")
    return unquote(parts[1]) if len(parts) > 1 else story.run


def case(story: Story) -> Case:
    """Return the case of whoever the run is of."""
    who, last = subject(story), story.moments[-1]
    rows = story.rows
    state = last.state
    plan = last.plan or story.plans[0]
    passage = Passage(
        story.run,
        plan.journey,
        story.run.split("/")[2] if story.run.count("/") >= 3 else "",
        plan,
        state.entered if state is not None else int(story.moments[0].at),
        {},
        rows,
        position(plan, state) if state is not None else [],
        state.due() if state is not None else None,
        state.ended if state is not None else None,
        state.at if state is not None and state.ended is not None else None,
        began=story.plan,
        plans={one.hash: one for one in story.plans},
    )
    person = Person(who, "", "UTC", 0.0, None, (), None, (), (), (), ())
    said = f"{PARTIAL} {story.partial}".strip()
    now = max([int(last.at), *(row.at for row in rows)])
    return Case(who, person, now, None, (), {p.hash: p for p in story.plans}, (passage,), partial=said)
