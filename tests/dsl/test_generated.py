"""Programs made by a builder: all compile, keep their meaning in the formatter, and survive one edit."""

from __future__ import annotations

import random
import re

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import dsl
from dsl.formatting import format_source
from tests.dsl.test_formatting import mangled, meaning
from tests.dsl.workspaces import MESSAGES, workspace

PATH = "x.journey"
_WORD = re.compile(r'"[^"]*"|[\w]+\.\w+|(?P<word>[a-z][a-z-]*)')
SEEDS = st.integers(0, 2**40)
DEFINITIONS = b"""
webinars "Product tour"
meetings "Demo"
business hours weekdays 09:00 to 17:00
holidays "Germany"
  closed on 1 january
  closed on 24 december to 26 december
event "Trial Started"
  field ends is date and time
"""
HEADS = (
    'owner "Demand generation"',
    'description "Made by chance"',
    'sending hours weekdays 09:00 to 17:00 contact time, except holidays "Germany"',
    "allow at most 3 emails in any 7 days, otherwise hold up to 3 days",
    "priority high",
    "people inside move to the new version",
    "stop as soon as account has an open opportunity",
    'stop when contact does "Webinar Cancelled"',
    'goal "Asked" when contact submits form "Demo request"',
    'goal "Ripe" as soon as score is at least 500',
)
FACTS = (
    "score is at least 20",
    "score is between 10 and 20",
    'contact.industry is "Software"',
    'contact.title contains "IT"',
    'contact.title starts with "Head"',
    "contact.setup_complete is yes",
    "account.employees is more than 200",
    "contact.renewal is in the next 30 days",
    "contact.renewal is before 1 january 2030",
    'contact has tag "topic: automation"',
    'contact is not in stage "MQL"',
    'contact is in segment "Managers"',
    'contact has visited page "/pricing" at least 2 times in the last 2 weeks',
    'contact has done "Webinar Registered" since the start',
    "contact has not engaged in the last 60 days",
    'account.name is not one of ("A", "B")',
    "at least 3 contacts of account have engaged in the last 30 days",
)
EVENTS = (
    "contact clicks any email",
    'contact visits page "/pricing"',
    'contact does "Webinar Registered" where event.minutes is at least 10',
    'contact attends webinar "Product tour"',
    'contact books meeting "Demo"',
    "contact unsubscribes",
)
ACTS = (
    'send email "News"',
    'send email "News", subject "Again", even outside sending hours',
    'send email "Case", version by contact.industry',
    'send service email "Receipt"',
    'send in-app "Tour"',
    'send email "News", from account.owner, high priority',
    "add 2.5 to score",
    "subtract 1 from score",
    'add tag "topic: automation"',
    'set stage to "Known"',
    'set contact.title to "Head"',
    "set contact.renewal to 24 november 2030",
    'notify team "SDR" "Look", high priority',
    'hand off to "SDR"',
    'sync to "CRM"',
    'call webhook "Warehouse"',
    'add to list "Guests"',
    'add to audience "Retargeting"',
    'create task "Call" for team "SDR"',
    'grant consent "Marketing"',
    'suppress contact because "Dormant"',
    "lift suppression",
    "wait 2 days",
    "wait 3 business days",
    "wait until tuesday 10:00",
    "wait until 3 days before contact.renewal 10:00",
    'wait up to 5 days until contact visits page "/pricing"',
)


class Builder:
    """Builds a journey that says nothing wrong."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        self.names = 0

    def journey(self) -> list[str]:
        """Return the rows of a whole journey."""
        head = self.choose.sample(HEADS, self.choose.randint(0, 4))
        start = self.choose.choice(("start by hand", 'start when contact submits form "Whitepaper"'))
        rows = ['journey "Made"', f"  {start}", "  runs again 30 days after it ended"]
        rows += [f"  {row}" for row in head]
        if self.choose.random() < 0.4:
            event = self.choose.choice(EVENTS)
            rows += [f"  whenever {event}, at most once every 7 days", '    sync to "CRM"']
        if self.choose.random() < 0.3:
            for day in sorted(self.choose.sample(range(1, 60), self.choose.randint(1, 3))):
                rows += [f"  day {day} 10:00", *self.steps(2, 2)]
            return rows
        return rows + self.steps(1, 3)

    def steps(self, level: int, deep: int) -> list[str]:
        """Return one to four steps, indented."""
        rows: list[str] = []
        for _ in range(self.choose.randint(1, 4)):
            kinds = (self.act, self.act, self.branch, self.arms, self.split, self.repeat)
            rows += self.choose.choice(kinds if deep else kinds[:2])(level, deep - 1)
        return rows

    def act(self, level: int, deep: int) -> list[str]:
        return ["  " * level + self.choose.choice(ACTS)]

    def condition(self) -> str:
        one, two, three = self.choose.sample(FACTS, 3)
        return self.choose.choice((one, f"{one} and {two}", f"({one} or {two}) and {three}"))

    def branch(self, level: int, deep: int) -> list[str]:
        pad = "  " * level
        rows = [f"{pad}if {self.condition()}", *self.steps(level + 1, deep)]
        if self.choose.random() < 0.5:
            rows += [f"{pad}otherwise", *self.steps(level + 1, deep)]
        return rows

    def arms(self, level: int, deep: int) -> list[str]:
        pad, event = "  " * level, self.choose.choice(EVENTS)
        rows = [f"{pad}wait up to 1 week", f"{pad}  when {event}", *self.steps(level + 2, deep)]
        return [*rows, f"{pad}  otherwise", *self.steps(level + 2, deep)]

    def split(self, level: int, deep: int) -> list[str]:
        self.names += 1
        pad = "  " * level
        rows = [f'{pad}split "Test {self.names}"', f'{pad}  variant 60% "One"', *self.steps(level + 2, deep)]
        return [*rows, f"{pad}  holdout 40%"]

    def repeat(self, level: int, deep: int) -> list[str]:
        pad = "  " * level
        return [f"{pad}repeat up to 3 times", *self.steps(level + 1, deep), f"{pad}  wait 1 day"]


def files(rows: list[str]) -> dict[str, bytes]:
    return workspace("\n".join(rows) + "\n", **MESSAGES, **{"more.journey": DEFINITIONS})


def errors(found: list[dsl.Diagnostic]) -> list[dsl.Diagnostic]:
    return [d for d in found if d.severity == "error"]


def proper(seed: int) -> list[str]:
    """Return a program without errors: what the proofs refuse in this one is left to another."""
    rows = Builder(seed).journey()
    assume(not errors(dsl.check_workspace(files(rows))))
    return rows


def seen(found: list[dsl.Diagnostic]) -> list[tuple[str, str]]:
    return [(d.code, d.message) for d in found]


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_a_made_program_has_no_mistake_but_what_proofs_find(seed: int) -> None:
    found = dsl.check_workspace(files(Builder(seed).journey()))
    wrong = [d for d in errors(found) if not d.code.startswith("N5")]
    assert not wrong, dsl.as_text(wrong)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_checking_twice_says_the_same_twice(seed: int) -> None:
    made = files(Builder(seed).journey())
    again = dict(reversed(made.items()))
    assert dsl.as_json(dsl.check_workspace(made)) == dsl.as_json(dsl.check_workspace(again))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(SEEDS)
def test_a_formatted_program_means_the_same(seed: int) -> None:
    rows = proper(seed)
    choose = random.Random(seed)
    wild = [" " * 3 * _depth(row) + mangled(choose, row.strip()) for row in rows]
    made = format_source(("\n".join(wild) + "\n").encode())
    assert meaning(made.data) == meaning("\n".join(rows).encode())
    before = dsl.compile_workspace(files(rows))
    after = dsl.compile_workspace({**files(rows), PATH: made.data})
    assert seen(after.diagnostics) == seen(before.diagnostics)
    assert after.plans.keys() == before.plans.keys() == {"Made"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(SEEDS)
def test_one_changed_word_is_an_error_on_its_line_or_none(seed: int) -> None:
    rows = proper(seed)
    choose = random.Random(seed)
    number = choose.choice([n for n, row in enumerate(rows) if row.strip()])
    rows[number] = changed(choose, rows[number])
    found = errors(dsl.check_workspace(files(rows)))
    assert {d.span.line for d in found} <= {number + 1}, dsl.as_text(found)
    assert len(found) <= 1, dsl.as_text(found)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(SEEDS)
def test_a_lost_quote_is_one_error_on_its_line(seed: int) -> None:
    rows = proper(seed)
    choose = random.Random(seed)
    number = choose.choice([n for n, row in enumerate(rows) if '"' in row])
    at = choose.choice([i for i, sign in enumerate(rows[number]) if sign == '"'])
    rows[number] = rows[number][:at] + rows[number][at + 1 :]
    found = errors(dsl.check_workspace(files(rows)))
    assert [d.span.line for d in found] == [number + 1], dsl.as_text(found)


def changed(choose: random.Random, row: str) -> str:
    """Misspell, double or leave out a letter of one word of the language."""
    spans = [m.span("word") for m in _WORD.finditer(row) if m["word"]]
    start, end = choose.choice(spans)
    word, at = row[start:end], choose.randrange(end - start)
    other = choose.choice(
        (word[:at] + word[at] + word[at:], word[:at] + word[at + 1 :] or "q", word + "x", word.upper())
    )
    return row[:start] + other + row[end:]


def _depth(row: str) -> int:
    return (len(row) - len(row.lstrip())) // 2
