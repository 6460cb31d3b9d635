"""Splits, repeats and sections, from text to what contacts get."""

from __future__ import annotations

from collections import Counter

from tests.runtime.simulator.lives import BEGIN, DAY, life

SPLIT = """
  split "Story"
    variant 45% "Short"
      add 1 to score
    variant 45% "Long"
      add 2 to score
    holdout 10%
  add tag "topic: automation"
"""


def test_a_split_divides_contacts_as_written_and_all_go_on_below() -> None:
    people = tuple(f"c{n}" for n in range(400))
    lives = life(SPLIT, contacts=people)
    lives.run()
    chosen = Counter(lives.rows(name)[1].removeprefix("chose split:story ") for name in people)
    assert set(chosen) == {"Short", "Long", "Holdout"}
    assert 150 < chosen["Short"] < 210
    assert 20 < chosen["Holdout"] < 60
    assert all("tagged tag:topic-automation" in lives.rows(name) for name in people)
    held = next(name for name in people if "chose split:story Holdout" in lives.rows(name))
    assert lives.world.facts[held].score == 0


def test_a_split_of_one_name_is_sticky_over_runs_and_journeys() -> None:
    people = tuple(f"c{n}" for n in range(40))
    once, again = life(SPLIT, contacts=people), life("  wait 3 days\n" + SPLIT, contacts=people)
    once.run()
    again.run()
    assert [once.world.facts[n].score for n in people] == [again.world.facts[n].score for n in people]


REPEAT = """
  repeat up to 3 times
    send email "News"
    wait up to 2 days
      when contact clicks email "News"
        stop repeating
  add 1 to score
"""


def test_a_repeat_ends_after_its_last_round() -> None:
    lives = life(REPEAT)
    lives.run()
    assert lives.rows().count("sent send:news") == 3
    assert lives.rows()[-2:] == ["scored score:add-1", "completed"]


def test_stop_repeating_leaves_at_once_and_goes_on_below() -> None:
    lives = life(REPEAT)
    lives.happens("Email Clicked", BEGIN + 3 * DAY, email="News")
    lives.run()
    assert lives.rows().count("sent send:news") == 2
    assert lives.rows()[-2:] == ["scored score:add-1", "completed"]
    assert lives.record().rows[-1].at == BEGIN + 3 * DAY


def test_a_section_runs_where_it_is_called_and_goes_on_behind_that_line() -> None:
    lives = life("""
  run section "Both"
  wait 1 day
  run section "Both"
  add 1 to score

  section "Both"
    send email "News"
    run section "Last"
  section "Last"
    add 10 to score
""")
    lives.run()
    rows = [row for row in lives.rows() if row.startswith(("sent", "scored"))]
    once = ["sent section-both/send:news", "scored section-last/score:add-10"]
    assert rows == [*once, *once, "scored score:add-1"]
    assert len([key for key in lives.world.ledger if key[1] == "section-both/send:news"]) == 2


def test_what_a_round_changes_is_not_asked_again_before_the_next_send() -> None:
    lives = life("""
  if contact has no tag "topic: automation"
    repeat up to 2 times
      send email "News"
      run section "Mark"
      wait 1 day

  section "Mark"
    add tag "topic: automation"
""")
    lives.run()
    assert lives.rows().count("sent send:news") == 2
