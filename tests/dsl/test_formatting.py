"""The formatter: one look, the same meaning, the same comments, and never a second change."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl import formatting
from dsl.diagnostics import Report
from dsl.formatting import FormattingRefused, format_source
from dsl.outline import outline
from dsl.parser import Failure, Tree, parse
from dsl.span import Span
from dsl.tokens import Token, tokens
from tests.dsl.test_robustness import sentence
from tests.dsl.workspaces import EXAMPLE

EXAMPLES = sorted(EXAMPLE.parent.rglob("*.journey"))


def formatted(text: str) -> str:
    return format_source(text.encode()).text


def meaning(data: bytes) -> list[object]:
    """Read a file independently of the formatter: depth, kind and text of all tokens of all lines."""
    found: list[object] = []
    stack = [(line, 0) for line in reversed(outline("x", data, Report()).lines)]
    while stack:
        line, depth = stack.pop()
        stack.extend((child, depth + 1) for child in reversed(line.children))
        parsed = parse(line.text, line.span)
        rule = parsed.rule if isinstance(parsed, Tree) else line.text
        found.append((depth, rule, [(t.kind, t.text) for t in tokens(line.text, line.span)]))
    return found


def comments(data: bytes) -> list[str]:
    return [c.text for c in outline("x", data, Report()).comments]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_the_examples_are_formatted(path: object) -> None:
    data = path.read_bytes()  # type: ignore[attr-defined]
    assert format_source(data).text == data.decode()


@pytest.mark.parametrize("path", sorted(EXAMPLE.parent.rglob("*.scenario")), ids=lambda p: p.name)
def test_the_scenarios_of_the_examples_are_formatted(path: Path) -> None:
    data = path.read_bytes()
    assert format_source(data, "scenario").text == data.decode()


@pytest.mark.parametrize(
    ("messy", "tidy"),
    [
        ('scenario   "A"\n\ton  monday   10:00', 'scenario "A"\n  on monday 10:00\n'),
        ('scenario "A"\n   for each a ,b\n      "x" ,  5', 'scenario "A"\n  for each a, b\n    "x", 5\n'),
        (
            'scenario "A"\n  expect score  of "Ana" is   each.points # so',
            'scenario "A"\n  expect score of "Ana" is each.points  # so\n',
        ),
        ('scenario "A"\n  exepct   no email', 'scenario "A"\n  exepct no email\n'),
        ('scenario "A"\n  a |   b', 'scenario "A"\n  a |   b\n'),
        ('scenario "A"\n  on day 1\nscenario "B"', 'scenario "A"\n  on day 1\n\nscenario "B"\n'),
    ],
)
def test_scenarios_have_one_look_too(messy: str, tidy: str) -> None:
    assert format_source(messy.encode(), "scenario").text == tidy
    assert format_source(tidy.encode(), "scenario").text == tidy


@pytest.mark.parametrize(
    ("messy", "tidy"),
    [
        ("", ""),
        ("\n\n", ""),
        ('forms   "A" ,"B"', 'forms "A", "B"\n'),
        ('\ufeffforms "A"\r\n', 'forms "A"\n'),
        ("forms “A”, „B“", 'forms "A", "B"\n'),
        ('journey "A"\n\t\towner\t"B"', 'journey "A"\n  owner "B"\n'),
        ("day  5\n\u00a0\u00a0\u00a0wait 2 days", "day 5\n  wait 2 days\n"),
        ('if contact.a is one of("A","B")', 'if contact.a is one of ("A", "B")\n'),
        ("if ( score is at least 5 )", "if (score is at least 5)\n"),
        ('forms "A"# why', 'forms "A"  # why\n'),
        ('forms "A"      # why  ', 'forms "A"  # why\n'),
        ('forms "A # B"', 'forms "A # B"\n'),
        ('forms "A   B"', 'forms "A   B"\n'),
    ],
)  # fmt: skip
def test_spaces_quotes_and_indentation_are_settled(messy: str, tidy: str) -> None:
    assert formatted(messy) == tidy


def test_empty_rows_part_what_has_lines_under_it_and_never_stand_twice() -> None:
    messy = (
        'forms "A"\nassets "B"\n\n\ntags "C"\njourney "A"\n\n\n  owner "B"\n  description "C"\nforms "D"\n\n'
    )
    tidy = 'forms "A"\nassets "B"\n\ntags "C"\n\njourney "A"\n\n  owner "B"\n  description "C"\n\nforms "D"\n'
    assert formatted(messy) == tidy


def test_a_comment_stays_with_the_lines_that_it_is_about() -> None:
    messy = (
        '# on top\njourney "A"\n    # about the owner\n    owner "B"\n'
        '       # more about the owner\n    # wait 2 days\n# about the forms\nforms "A"\n  # at the end'
    )
    tidy = (
        '# on top\njourney "A"\n  # about the owner\n  owner "B"\n'
        '  # more about the owner\n  # wait 2 days\n\n# about the forms\nforms "A"\n# at the end\n'
    )
    assert formatted(messy) == tidy


def test_a_line_that_does_not_parse_keeps_its_words() -> None:
    assert formatted('journey "A"\n    wiat   2  days\n    send email "A') == (
        'journey "A"\n  wiat   2  days\n  send email "A\n'
    )


def test_an_unclear_indentation_stays_unclear() -> None:
    # The author says where the line belongs; the formatter must not hide the question.
    messy = 'journey "A"\n    if score is at least 5\n        exit "A"\n      exit "B"\n'
    tidy = 'journey "A"\n  if score is at least 5\n    exit "A"\n   exit "B"\n'
    assert formatted(messy) == tidy
    report = Report()
    outline("x", tidy.encode(), report)
    assert [d.code for d in report.found] == ["N010"]


def test_bytes_that_are_no_text_are_written_back_as_they_were() -> None:
    made = format_source(b'journey "A"\n     owner  "\xff\xfe"  # \xff\n')
    assert made.data == b'journey "A"\n  owner  "\xff\xfe"  # \xff\n'


def test_a_file_that_is_too_deep_is_left_alone() -> None:
    rows = "".join(f"{' ' * n}if  score is at least 5\n" for n in range(40))
    made = format_source(rows.encode())
    assert (made.text, made.changed) == (rows, False)


def test_a_result_with_another_meaning_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatting, "_spaced", lambda text: text.replace("2", "3"))
    with pytest.raises(FormattingRefused, match="would mean something else"):
        formatted("wait 2 days")


def test_a_result_that_would_change_again_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatting, "_spaced", lambda text: text.replace(" ", "  "))
    with pytest.raises(FormattingRefused, match="change it again"):
        formatted("wait 2 days")


def mangled(choose: random.Random, text: str) -> str:
    """Change the spaces of a line, and its quotes, but nothing that it says."""
    out = ""
    before: Token | None = None
    for token in tokens(text, Span("x", 1, 1, len(text) + 1))[:-1]:
        tight = before is None or token.text in ",)%" or before.text == "("
        out += choose.choice(["", " ", "  "] if tight else [" ", "   ", "\t", "\u00a0"])
        out += f"“{token.value}”" if token.kind == "STRING" and choose.random() < 0.2 else token.text
        before = token
    return out.strip()


def written(choose: random.Random) -> bytes:
    """Write a file of lines that parse, of some that do not, and of comments, in any shape."""
    rows: list[str] = []
    levels = [0]
    for _ in range(choose.randint(1, 14)):
        kind = choose.random()
        if kind < 0.15:
            rows.append(choose.choice(["", "   ", "\t", "\u00a0"]))
            continue
        if kind < 0.3:
            rows.append(" " * choose.randint(0, 9) + "#" + choose.choice(["", " why", "  “why” "]))
            continue
        levels = levels[: choose.randint(1, len(levels))]
        odd = choose.choice([0, 0, 0, 0, 0, 0, 0, 1])
        indent = " " * (levels[-1] + odd)
        text = sentence(choose)
        if choose.random() < 0.1:
            text = choose.choice(["wiat  2 days", 'send  email "A', "\x07", "a\ufffdb", text[1:]])
        elif isinstance(parse(text, Span("x", 1, 1, len(text) + 1)), Failure):
            continue
        else:
            text = mangled(choose, text)
        rows.append(indent + text + choose.choice(["", "", "", "# x", "   #y  ", "  "]))
        if len(levels) < 7 and choose.random() < 0.6:
            levels.append(levels[-1] + choose.randint(1, 4))
    end = choose.choice(["\n", "\n", "\r\n"])
    data = end.join(rows).encode() + choose.choice([b"", end.encode(), b"\n\n\n"])
    return choose.choice([b"", b"", b"\xef\xbb\xbf"]) + data


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**40))
def test_whatever_is_written_keeps_its_meaning_and_comments_and_is_formatted_once(seed: int) -> None:
    data = written(random.Random(seed))
    made = format_source(data)
    assert meaning(made.data) == meaning(data)
    assert comments(made.data) == comments(data)
    again = format_source(made.data)
    assert (again.text, again.changed) == (made.text, False)
    assert made.changed == (made.data != data)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_formatted_or_left_alone(data: bytes) -> None:
    made = format_source(data)
    assert format_source(made.data).data == made.data


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**40))
def test_formatted_lines_hold_no_odd_spaces(seed: int) -> None:
    choose = random.Random(seed)
    text = sentence(choose)
    if isinstance(parse(text, Span("x", 1, 1, len(text) + 1)), Failure):
        return
    one = formatted(mangled(choose, text))
    assert one == formatted(mangled(choose, text))
    assert "  " not in one
