"""The outline pass: any bytes become a tree of lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.decoding import split
from dsl.diagnostics import Report
from dsl.formatting import format_source
from dsl.outline import DEEPEST, Line, Outline, outline

_PIECES = st.sampled_from(
    [
        "  ",
        "\t",
        " ",
        "\n",
        "\r\n",
        "#",
        '"',
        "“",
        "\u00a0",
        "\ufeff",
        "\0",
        "a",
        "day 5",
        "é",
        "\u200b",
        "\r",
    ]
)


def read(data: bytes) -> tuple[Outline, Report]:
    report = Report()
    return outline("x.journey", data, report), report


def codes(data: bytes) -> list[str]:
    return [d.code for d in read(data)[1].sorted()]


def shape(lines: list[Line] | tuple[Line, ...]) -> list[object]:
    return [[line.text, shape(line.children)] for line in lines]


@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    read(data)


@given(st.lists(_PIECES, max_size=80).map("".join))
def test_every_line_that_says_something_is_kept_once(text: str) -> None:
    found, report = read(text.encode())
    numbers = [line.number for root in found.lines for line in root.walk()]
    assert numbers == sorted(set(numbers))
    too_deep = any(d.code == "N011" for d in report.found)
    said = [
        n for n, row in enumerate(split(text.removeprefix("\ufeff"))[0], 1) if "day 5" in row.split("#")[0]
    ]
    assert too_deep or not set(said) - set(numbers) - {
        n for n, row in enumerate(split(text)[0], 1) if '"' in row or "“" in row
    }


@given(st.lists(_PIECES, max_size=80).map("".join))
def test_spans_lie_in_the_file(text: str) -> None:
    rows = split(text.removeprefix("\ufeff"))[0]
    for found in read(text.encode())[1].found:
        assert 1 <= found.span.line <= len(rows)
        assert 1 <= found.span.start <= found.span.end


@given(st.lists(st.integers(min_value=0, max_value=8), max_size=30))
def test_children_are_indented_more_than_their_parents(depths: list[int]) -> None:
    found, _ = read("\n".join("  " * d + "x" for d in depths).encode())
    for root in found.lines:
        for line in root.walk():
            assert all(child.column > line.column or child.number > line.number for child in line.children)


def test_indentation_makes_a_tree() -> None:
    found, report = read(b"a\n  b\n    c\n  d\ne\n")
    assert shape(found.lines) == [["a", [["b", [["c", []]]], ["d", []]]], ["e", []]]
    assert not report.found


def test_a_comment_is_kept_and_is_no_part_of_the_text() -> None:
    found, _ = read(b'a "x # y"  # why\n# alone\n')
    assert [line.text for line in found.lines] == ['a "x # y"']
    assert [(c.text, c.span.line, c.span.start) for c in found.comments] == [
        ("# why", 1, 12),
        ("# alone", 2, 1),
    ]


def test_tabs_are_understood_and_reported_once_with_all_edits() -> None:
    found, report = read(b"a\n\tb\n\tc\n")
    assert shape(found.lines) == [["a", [["b", []], ["c", []]]]]
    (only,) = report.found
    assert only.code == "N003"
    assert only.fix is not None
    assert [(e.span.line, e.text) for e in only.fix.edits] == [(2, "  "), (3, "  ")]


def test_odd_spaces_are_understood_and_reported() -> None:
    found, report = read("a\n\u00a0\u00a0b\u00a0c\n".encode())
    assert shape(found.lines) == [["a", [["b c", []]]]]
    assert [d.code for d in report.found] == ["N004"]


def test_windows_line_ends_and_a_byte_order_mark_are_warnings() -> None:
    found, report = read(b"\xef\xbb\xbfa\r\n  b\r\n")
    assert shape(found.lines) == [["a", [["b", []]]]]
    assert [(d.code, d.severity) for d in report.sorted()] == [("N001", "warning"), ("N002", "warning")]


def test_bad_bytes_break_their_own_line_only() -> None:
    found, report = read(b"a\n  \xff b\n  c\0\n  d\n")
    assert [d.code for d in report.sorted()] == ["N005", "N006"]
    assert [line.broken for line in found.lines[0].walk()] == [False, True, True, False]


def test_curly_quotes_are_understood_outside_straight_ones_only() -> None:
    found, report = read('a “b” c\nd "say “e”"\n'.encode())
    assert [line.text for line in found.lines] == ['a "b" c', 'd "say “e”"']
    assert [d.code for d in report.found] == ["N008"]


def test_an_unclosed_quote_is_reported_with_the_place_to_close_it() -> None:
    assert codes(b'a "b\nc\n') == ["N009"]


def test_odd_indentation_is_reported_once_and_goes_to_the_nearest_level() -> None:
    found, report = read(b"a\n    b\n  c\n    d\n")
    assert [d.code for d in report.found] == ["N010"]
    assert shape(found.lines) == [["a", [["b", []], ["c", []], ["d", []]]]]


def test_depth_has_a_limit_and_deep_files_cost_one_message() -> None:
    text = "\n".join(" " * n + "x" for n in range(1200))
    found, report = read(text.encode())
    assert [d.code for d in report.found] == ["N011"]
    assert sum(not line.broken for line in found.lines[0].walk()) == DEEPEST


def test_the_work_grows_with_the_size_of_the_file() -> None:
    # Counted in calls, not in seconds: a profile of a file twice as long has twice the calls.
    import cProfile
    import pstats

    def calls(lines: int) -> int:
        data = b"".join(b"  " * (n % 7) + b'send email "X" # why\n' for n in range(lines))
        profile = cProfile.Profile()
        profile.runcall(read, data)
        return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]

    calls(10)
    assert calls(2000) < 2.2 * calls(1000)


def test_a_file_that_is_too_large_is_refused_whole() -> None:
    found, report = read(b"x\n" * 600_000)
    assert found.refused
    assert [d.code for d in report.found] == ["N012"]


@pytest.mark.parametrize(
    "data",
    [bytes(range(256)) * 8, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x04\x00\x00\x00\x03", b"\x00" * 50],
)
def test_what_is_no_text_costs_one_message(data: bytes) -> None:
    found, report = read(data)
    assert found.refused
    assert [d.code for d in report.found] == ["N015"]
    assert format_source(data).changed is False


def test_a_text_with_a_few_stray_signs_is_read() -> None:
    found, report = read(b'journey "A"\n  owner "B\x07\x00"\n  exit "Gr\xfc\xdfe"\n')
    assert not found.refused
    assert {d.code for d in report.found} == {"N005", "N006"}


CONFLICT = """journey "A"
<<<<<<< HEAD
  send email "News"
||||||| base
  send email "Old"
=======
  send email "Offer"
>>>>>>> spring
  exit "Done"
"""


def test_of_a_merge_conflict_the_first_version_is_read_and_one_thing_is_said() -> None:
    found, report = read(CONFLICT.encode())
    assert [(d.code, d.span.line, d.message) for d in report.found] == [
        ("N013", 2, "A merge conflict stands here, up to line 8.")
    ]
    assert [row.line.text for row in found.rows] == ['journey "A"', 'send email "News"', 'exit "Done"']
    assert 'send email "Offer"' in "".join(found.left)


@pytest.mark.parametrize("mark", ["<<<<<<< HEAD", ">>>>>>> spring"])
def test_a_mark_of_a_conflict_that_was_left_behind_is_told_alone(mark: str) -> None:
    found, report = read(f'journey "A"\n{mark}\n  exit "Done"\n'.encode())
    assert [(d.code, d.span.line) for d in report.found] == [("N013", 2)]
    assert len(found.rows) == 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_read_as_it_was_meant(encoding: str) -> None:
    found, report = read('forms "Prospekt für alle", "Neu"\n'.encode(encoding))
    assert [d.code for d in report.found] == ["N014"]
    assert [row.line.text for row in found.rows] == ['forms "Prospekt für alle", "Neu"']


def test_one_line_holds_and_several_hold() -> None:
    texts = (b"a\tb\n", b"a\tb\na\tb\n", b"a\r\n", b"a\r\nb\r\n")
    assert [read(text)[1].found[0].message for text in texts] == [
        "One line of the file holds tabs.",
        "2 lines of the file hold tabs.",
        "One line of the file ends in Windows line ends.",
        "2 lines of the file end in Windows line ends.",
    ]
