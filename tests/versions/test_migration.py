"""Mapping a state: to the same plan it is the same state; to an edited one it goes on without error."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dsl
from dsl.plan import Plan
from runtime.machine import (
    Answered,
    Applied,
    Apply,
    Ask,
    Done,
    Due,
    Happening,
    Perform,
    Started,
    State,
    Told,
    Unmovable,
    advance,
    move,
    pending,
    start_state,
)
from runtime.versions.aligning import MapError, align
from runtime.versions.regions import regions

SETTINGS = (
    b'[workspace]\nname = "T"\ntime_zone = "UTC"\n[email]\nfrom = "A <a@b.example>"\npostal_address = "X"\n'
)
SHARED = b"""forms "Whitepaper", "Demo request"
assets "Case study"
tags "hot"
list "Guests" of contacts
"""
JOURNEY = """journey "Rich"
  start when contact submits form "Whitepaper"
  runs once for each contact
  goal "Demo requested" when contact submits form "Demo request"
  stop as soon as contact has tag "hot"
  pause while contact is in list "Guests"

  whenever contact visits page "/pricing", at most once every 7 days
    add 2 to score
    wait 3 days
    send email "Welcome"

  day 0
    send email "Welcome"
    wait 1 day
    add 1 to score
    repeat up to 3 times
      run section "Mail"
      wait up to 2 days
        when contact clicks email "Welcome"
          add 3 to score
          stop repeating
        when contact downloads asset "Case study"
          add 4 to score
        otherwise
          send email "Second"
  day 7
    if score is at least 20
      wait 2 days
      send email "Second"
    otherwise
      split "Half"
        variant 50% "One"
          add 5 to score
        variant 50% "Two"
          wait 4 days
          send email "Third"
  day 30
    run section "Mail"
    add 6 to score

  section "Mail"
    add 7 to score
    wait 12 hours
    send email "Third"
"""
LEAVES = ("add ", "send ", "wait 1", "wait 2", "wait 3", "wait 4", "run section")


def compiled(text: str) -> Plan | None:
    files = {"nurture.toml": SETTINGS, "shared.journey": SHARED, "rich.journey": text.encode()}
    for name in ("Welcome", "Second", "Third"):
        head = f"---\nname: {name}\nclass: marketing\nsubject: {name}\n---\nHello.\n"
        files[f"emails/{name.lower()}.md"] = head.encode()
    found = dsl.compile_workspace(files)
    return found.plans.get("Rich") if found.ok else None


@cache
def original() -> Plan:
    plan = compiled(JOURNEY)
    assert plan is not None
    return plan


def edited(random: Random, times: int) -> Plan | None:
    """Return the journey with lines taken out, put in, or changed."""
    lines = JOURNEY.splitlines()
    for _ in range(times):
        leaves = [i for i, line in enumerate(lines) if line.strip().startswith(LEAVES)]
        place = random.choice(leaves)
        indent = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
        kind = random.randrange(5)
        if kind == 0:
            del lines[place]
        elif kind == 1:
            lines.insert(place, f"{indent}add {random.randrange(10, 99)} to score")
        elif kind == 2:
            lines.insert(place, f"{indent}wait {random.randrange(10, 99)} minutes")
        elif kind == 3:
            lines = [line.replace("up to 3 times", "up to 2 times") for line in lines]
        else:
            day = random.choice(["day 3", "day 14"])
            at = next(
                i
                for i, line in enumerate(lines)
                if line == random.choice(["  day 7", "  day 30"]) or line == "  day 30"
            )
            if f"  {day}" not in lines:
                lines[at:at] = [f"  {day}", f"    add {random.randrange(10, 99)} to score"]
    return compiled("\n".join(lines) + "\n")


class Driver:
    """Feeds a run whatever may happen."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def go(self, plan: Plan, state: State, happenings: int) -> State:
        """Let things happen; stop at rest, or when the run has ended."""
        while state.ended is None and (happenings > 0 or pending(plan, state) is not None):
            state = advance(plan, state, self.next(plan, state)).state
            happenings -= 1
        return state

    def next(self, plan: Plan, state: State) -> Happening:
        random = self.random
        if not state.started:
            return Started(state.entered)
        command = pending(plan, state)
        if isinstance(command, Ask):
            truths = tuple(random.random() < 0.2 for _ in command.predicates)
            instants = tuple(command.base + random.randrange(-100_000, 900_000) for _ in command.instants)
            return Answered(truths, instants, random.randrange(2))
        if isinstance(command, Apply):
            return Applied()
        if isinstance(command, Perform):
            held = random.random() < 0.3
            return Done("held", "cap", state.at + random.randrange(1, 90_000)) if held else Done("sent")
        due = state.due()
        if due is None or random.random() < 0.5:
            interests = tuple(
                i for i in range(len(plan.interests)) if random.random() < 0.3 and not _ends(plan, i)
            )
            return Told(state.at + random.randrange(9_000), ((state.inbox, interests),))
        return Due(due)


def _ends(plan: Plan, interest: int) -> bool:
    return any(ending.interest == interest for ending in plan.endings)


SEEDS = st.integers(0, 10**9)


@given(seed=SEEDS, happenings=st.integers(1, 60))
@settings(max_examples=200, deadline=None)
def test_mapping_to_the_same_plan_changes_nothing(seed: int, happenings: int) -> None:
    plan = original()
    state = Driver(Random(seed)).go(plan, start_state(0), happenings)
    if state.ended is not None:
        return
    before = state.to_json()
    mapped = move(plan, plan, state, align(plan, plan))
    assert mapped.state == state
    assert mapped.dropped == ()
    assert state.to_json() == before


@given(seed=SEEDS, happenings=st.integers(1, 60), times=st.integers(1, 4))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_mapped_state_goes_on_without_error(seed: int, happenings: int, times: int) -> None:
    random = Random(seed)
    old, new = original(), edited(random, times)
    driver = Driver(random)
    state = driver.go(old, start_state(0), happenings)
    if new is None or state.ended is not None:
        return
    try:
        mapped = move(old, new, state, align(old, new))
    except Unmovable as problem:
        gone = {step.id for step in old.steps} - {step.id for step in new.steps}
        if problem.why != "gone" or problem.step not in gone:
            raise
        return
    assert State.from_json(mapped.state.to_json()) == mapped.state
    frames = regions(new)
    for thread in mapped.state.threads:
        for frame in thread.frames:
            assert frame.at is not None
            assert frame.kind == "schedule" or any(region.kind == frame.kind for region in frames[frame.at])
    state = driver.go(new, mapped.state, 200)
    assert state.ended is not None or pending(new, state) is None
    # And back: whoever has gone on can be mapped again, or is told why not.
    if state.ended is None:
        try:
            back = move(new, old, state, align(new, old)).state
        except Unmovable:
            return
        driver.go(old, back, 50)


def test_a_target_in_another_kind_of_body_is_refused() -> None:
    old = original()
    for source, target in (
        ("day-0/wait:1-day", "section-mail/wait:12-hours"),
        ("day-0/wait:1-day", "day-0/wait:up-to-2-days"),
        ("day-0/wait:1-day", "whenever:visit-to-pricing/wait:3-days"),
        ("section-mail/wait:12-hours", "day-0/wait:1-day"),
    ):
        with pytest.raises(MapError, match="people cannot go from one into the other"):
            align(old, old, {source: target})
    assert align(old, old, {"day-0/wait:1-day": "day-7/wait:2-days"})
