"""Whatever stands in a scenario file, it is answered with diagnostics, formatted without loss, and played."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

import dsl
from dsl.diagnostics import Report
from dsl.formatting import format_source
from dsl.outline import outline
from dsl.parser import Tree, parse
from dsl.scenarios.making import READERS
from dsl.span import Span
from dsl.tables import tables
from dsl.tokens import tokens
from runtime.scenarios.playing import play
from runtime.scenarios.stage import Set
from runtime.scenarios.telling import as_text, misses
from tests.dsl.test_robustness import sentence
from tests.dsl.workspaces import MESSAGES, SENDS, example, workspace

FILES = workspace(**{"sends.journey": SENDS}, **MESSAGES)
EXAMPLE = example(scenarios=True)
PATHS = sorted(path for path in EXAMPLE if path.endswith(".scenario"))
WORDS = [
    *sorted(tables("scenario").words),
    '"Ana"',
    '"Offer"',
    "5",
    "09:00",
    "contact.title",
    "x",
    ",",
    "each.x",
]


def answered(text: str, files: dict[str, bytes]) -> list[dsl.Diagnostic]:
    compiled, made = dsl.compile_scenarios(files | {"x.scenario": text.encode()})
    dsl.as_text(made.diagnostics)
    set_ = Set.of(compiled)
    for script in made.scripts:
        if script.file == "x.scenario":
            for miss in misses(play(script, set_)):
                as_text(miss)
    return made.diagnostics


def meaning(text: str) -> list[object]:
    """Read a file independently of the formatter: depth and tokens of all lines."""
    found: list[object] = []
    stack = [(line, 0) for line in reversed(outline("x", text.encode(), Report()).lines)]
    while stack:
        line, depth = stack.pop()
        stack.extend((child, depth + 1) for child in reversed(line.children))
        found.append((depth, [(t.kind, t.text) for t in tokens(line.text, line.span)]))
    return found


def test_every_line_of_the_grammar_has_a_reader() -> None:
    rules = {rule.name for rule in tables("scenario").rules}
    assert set(READERS) <= rules
    lines = {"scenario", "given_zone", "starting", "for_each", "at_start", "on_point", "later", "by_point"}
    assert {r for r in rules if r.startswith(("expect_", "never_"))} <= set(READERS)
    assert lines <= rules


def test_a_field_may_be_called_like_a_word_of_scenarios() -> None:
    for word in sorted(tables("scenario").words):
        text = f'given contact "Ana" with contact.{word} "x"'
        assert isinstance(parse(text, Span("x", 1, 1, len(text) + 1), "scenario"), Tree), word


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_lines_that_parse_by_chance_are_answered_and_keep_their_meaning_when_formatted(seed: int) -> None:
    choose = random.Random(seed)
    rows = ['scenario "X"', '  given contact "News"', "  on day 1 10:00"]
    rows += [" " * 2 * choose.randint(0, 3) + sentence(choose, "scenario") for _ in range(12)]
    text = "\n".join(rows) + "\n"
    answered(text, FILES)
    made = format_source(text.encode(), "scenario").text
    assert meaning(made) == meaning(text)
    assert format_source(made.encode(), "scenario").text == made


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_files_changed_at_random_never_break_the_compiler_or_the_player(seed: int) -> None:
    choose = random.Random(seed)
    rows = EXAMPLE[choose.choice(PATHS)].decode().split("\n")
    for _ in range(choose.randint(1, 4)):
        n = choose.randrange(len(rows))
        words = rows[n].split(" ")
        words[choose.randrange(len(words))] = choose.choice(WORDS)
        rows[n] = choose.choice(["  ", "", "    "]) * choose.randint(0, 1) + " ".join(words)
        if choose.random() < 0.3:
            del rows[choose.randrange(len(rows))]
    answered("\n".join(rows), EXAMPLE)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered_with_diagnostics(data: bytes) -> None:
    files = FILES | {"x.scenario": data}
    dsl.as_text(dsl.compile_scenarios(files)[1].diagnostics)
    format_source(data, "scenario")
