"""Fixes that a program may make: which, how, and that a second time there is nothing left."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dsl
from dsl.diagnostics import Diagnostic, Edit, Fix
from dsl.fixing import Fixed, fix_workspace, is_safe
from dsl.formatting import format_source
from dsl.span import Span
from tests.dsl.test_bad import CASES
from tests.dsl.test_robustness import FILES, PATHS, WORDS
from tests.dsl.workspaces import HEAD, workspace


def fixed(journey: str | bytes) -> Fixed:
    files = workspace()
    files["x.journey"] = journey if isinstance(journey, bytes) else (HEAD + journey).encode()
    return fix_workspace(files)


def text(journey: str) -> str:
    made = fixed(journey).files.get("x.journey", (HEAD + journey).encode())
    return made.decode().removeprefix(HEAD)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("  wait 4 hrs\n", "  wait 4 hours\n"),
        ("  wait 1 days\n", "  wait 1 day\n"),
        ("  wiat 2 days\n", "  wait 2 days\n"),
        ("  Wait: 2 Days\n", "  wait 2 days\n"),
        ("  add contact to the list “Guests”\n", '  add to list "Guests"\n'),
        ("  wiat two dyas\n", "  wait 2 days\n"),
        (
            '  if score>=65 && contact.title != "CTO":\n    exit "x"\n',
            '  if score is at least 65 and contact.title is not "CTO"\n    exit "x"\n',
        ),
        ("\tsend email “News” subject “Hi”\n", '  send email "News", subject "Hi"\n'),
        ('\u00a0\u00a0wait\u200b 2 days # “x”\u00a0\n', "  wait 2 days # “x” \n"),
    ],
)  # fmt: skip
def test_what_is_only_written_otherwise_is_written_right(wrong: str, right: str) -> None:
    assert text(wrong) == right
    assert text(right) == right


@pytest.mark.parametrize(
    "line",
    [
        "  exit with success\n",
        '  notify owner "Call them"\n',
        '  set title to "CTO"\n',
        "  end journey\n",
        '  wait until contact clicks email "News"\n',
        "  sending hours monday friday 09:00 to 17:00 contact time\n",
    ],
)
def test_words_and_quotes_are_never_added_to_a_line_that_is_not_understood(line: str) -> None:
    assert text(line) == line


@pytest.mark.parametrize(
    "wrong",
    [
        '  send email "Nws"\n',
        '  send email "Receipt"\n',
        '  if contact.industry is "Sofware"\n    exit "x"\n',
        '  send email "News\n',
        '  if score is at least 5\n      exit "x"\n    add 1 to score\n',
    ],
)
def test_what_was_meant_is_never_guessed(wrong: str) -> None:
    made = fixed(wrong)
    assert made.files == {}
    assert made.applied == ()
    assert any(d.fix for d in made.left)


def test_a_line_that_stays_unclear_keeps_its_words() -> None:
    made = fixed("  wiat 2 days or so, my friend\n\twait 4 hrs\n")
    rows = made.files["x.journey"].decode().removeprefix(HEAD)
    # How wide the tab is decides whether the line lies under the one above it: it stays as it is.
    assert rows == "  wiat 2 days or so, my friend\n\twait 4 hours\n"
    assert {d.code for d in made.applied} == {"N104"}


def test_files_are_written_with_line_feeds_and_without_a_mark_and_keep_their_bytes() -> None:
    made = fixed(b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode() + b'  wait 4 hrs\r\n  todo "\xff"\r\n')
    assert made.files["x.journey"] == HEAD.encode() + b'  wait 4 hours\n  todo "\xff"\n'
    assert {"N001", "N002"} <= {d.code for d in made.applied}


def test_a_file_in_utf_16_is_written_as_utf_8() -> None:
    made = fixed((HEAD + '  wait 4 hrs\n  todo "Grüße"\n').encode("utf-16"))
    assert made.files["x.journey"].decode() == HEAD + '  wait 4 hours\n  todo "Grüße"\n'


@pytest.mark.parametrize(
    "line",
    [
        "end if score is at least 20",
        "fi score is at least 20",
        'send push "Tour"',
        "after 2 days",
        'wait up to 5 days unless contact clicks email "News"',
        "allow at most 2 emails a day, otherwise skip",
        "runs again 180 days after it began",
        'start with everyone in list "Guests"',
    ],
)
def test_what_may_mean_something_else_is_never_written(line: str) -> None:
    assert fixed(f'{HEAD}  {line}\n    send email "News"\n'.encode()).files == {}


@pytest.mark.parametrize("word", ["endif", "end if", "fi", "done"])
def test_a_word_that_ends_a_block_is_left_out_only_where_it_stands_alone(word: str) -> None:
    made = fixed(f'{HEAD}  send email "News"\n  {word}\n'.encode())
    assert word not in made.files["x.journey"].decode()


def test_only_files_that_were_asked_about_are_changed() -> None:
    files = workspace(HEAD + "  wait 4 hrs\n")
    assert fix_workspace(files, concerns=lambda path: path != "x.journey").files == {}


def test_edits_that_overlap_are_not_applied_together() -> None:
    def check(files: object) -> list[Diagnostic]:
        row = dict(files)["x"].decode()  # type: ignore[call-overload]
        if row != "abcd":
            return []
        spans = [Span("x", 1, 1, 4), Span("x", 1, 3, 5), Span("x", 1, 5, 5)]
        return [
            Diagnostic("N104", "error", s, f"m{n}", "", Fix("f", (Edit(s, str(n)),)))
            for n, s in enumerate(spans)
        ]

    made = fix_workspace({"x": b"abcd"}, check)
    assert made.files == {"x": b"0d2"}
    assert [d.message for d in made.applied] == ["m0", "m2"]


def test_fixing_the_corpus_leaves_no_safe_fix_undone_but_in_lines_that_stay_unclear() -> None:
    # All cases in one workspace, each in a file of its own, so that a round is one check.
    files = workspace()
    files |= {f"case-{n:03}.journey": case.source.encode() for n, case in enumerate(CASES)}
    made = fix_workspace(files)
    assert len(made.applied) > 80
    unclear = {(d.span.file, d.span.line) for d in made.left if d.code.startswith("N1")}
    assert not [d for d in made.left if is_safe(d) and (d.span.file, d.span.line) not in unclear]
    assert fix_workspace({**files, **made.files}).files == {}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_fixing_twice_is_fixing_once(seed: int) -> None:
    choose = random.Random(seed)
    path = choose.choice([p for p in PATHS if p.endswith(".journey")])
    rows = FILES[path].decode().split("\n")
    for _ in range(choose.randint(1, 6)):
        n = choose.randrange(len(rows))
        words = rows[n].split(" ")
        words[choose.randrange(len(words))] = choose.choice(
            [*WORDS, "&&", ">", "“x”", "\t", "4 hrs", "e\u0301"]
        )
        rows[n] = " ".join(words)
    files = {**FILES, path: "\n".join(rows).encode()}
    made = fix_workspace(files)
    after = {**files, **made.files}
    assert fix_workspace(after).files == {}
    assert sum(d.code[:2] in ("N0", "N1") for d in made.left) <= sum(
        d.code[:2] in ("N0", "N1") for d in dsl.check_workspace(files)
    )
    format_source(after[path])


def test_the_line_ends_of_old_macs_are_line_ends() -> None:
    made = fixed((HEAD + "  wait 4 hrs\n").replace("\n", "\r").encode())
    assert made.files["x.journey"] == (HEAD + "  wait 4 hours\n").encode()


def test_a_tab_is_as_wide_as_makes_the_lines_fit() -> None:
    above = "  if score is at least 5\n    add 1 to score\n"
    assert text(f"{above}    if score is at least 6\n\t  add 2 to score\n").endswith(
        "\n      add 2 to score\n"
    )
    assert text(f"{above}\tadd 2 to score\n") == f"{above}\tadd 2 to score\n"


def test_a_value_of_an_email_is_put_in_quotes_but_no_key_is_guessed() -> None:
    front = "---\nname: What is due: 120 days\nclass: marketing\n{}: Due: soon\n---\nHello.\n"
    found = fix_workspace(workspace() | {"emails/x.md": front.format("subject").encode()})
    assert found.left == ()
    text = found.files["emails/x.md"].decode()
    assert text.split("\n")[1:4] == [
        'name: "What is due: 120 days"',
        "class: marketing",
        'subject: "Due: soon"',
    ]
    found = fix_workspace(workspace() | {"emails/x.md": b"---\nname: X\nclass: marketing\nsubjct: Y\n---\n"})
    assert found.files == {}
    assert [d.code for d in found.left] == ["N602"]
