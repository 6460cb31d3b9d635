"""CSV files are read as they come: whatever wrote them, and however they are damaged."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.columns import match, read_map
from runtime.people import FileError
from runtime.tables import Broken, Rejected, Row, Table, harmless


def rows(path: Path, encoding: str | None = None) -> list[Row | Broken]:
    with Table(path, encoding) as table:
        return list(table.rows())


def file(folder: Path, data: bytes | str) -> Path:
    path = folder / "people.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def values(path: Path, encoding: str | None = None) -> list[dict[str, str]]:
    found = rows(path, encoding)
    assert all(isinstance(row, Row) for row in found), found
    return [dict(row.values) for row in found if isinstance(row, Row)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_usual_way_to_write_a_table_is_read(
    tmp_path: Path, encoding: str, delimiter: str, end: str
) -> None:
    text = (
        end.join(delimiter.join(cells) for cells in (("id", "name"), ("c1", "Zoë"), ("c2", "Łukasz"))) + end
    )
    assert values(file(tmp_path, text.encode(encoding))) == [
        {"id": "c1", "name": "Zoë"},
        {"id": "c2", "name": "Łukasz"},
    ]


def test_a_spreadsheets_own_mark_of_the_delimiter_is_read(tmp_path: Path) -> None:
    assert values(file(tmp_path, "sep=;\r\nid;name\r\nc1;a,b\r\n")) == [{"id": "c1", "name": "a,b"}]


def test_another_encoding_is_named(tmp_path: Path) -> None:
    path = file(tmp_path, "id,name\nc1,Zoë\nc2,Bo\n".encode("cp1252"))
    broken, row = rows(path)
    assert isinstance(broken, Broken)
    assert (broken.line, "name its encoding" in broken.reason) == (2, True)
    assert isinstance(row, Row)
    assert values(path, "cp1252")[0]["name"] == "Zoë"


def test_a_row_may_go_over_lines_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    found = rows(file(tmp_path, 'id,note\n\nc1,"one\ntwo"\n,\nc2,three\n'))
    assert [(row.line, row.cells) for row in found] == [(3, ["c1", "one\ntwo"]), (6, ["c2", "three"])]


def test_a_quote_that_is_never_closed_costs_its_own_row(tmp_path: Path) -> None:
    lines = ["id,note", 'c0,"never closed', *(f"c{n},x" for n in range(1, 400)), 'd,"and again', "e,y"]
    found = rows(file(tmp_path, "\n".join(lines) + "\n"))
    assert [row.line for row in found if isinstance(row, Broken)] == [2, 402]
    assert [row.cells[0] for row in found if isinstance(row, Row)] == [*(f"c{n}" for n in range(1, 400)), "e"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("c1", "has fewer columns than the header, 1 and not 2"),
        ("c1,a,b", "has more columns than the header"),
        ('c1,"a"b', "has a quote in the wrong place"),
        ("c1,a\0b", "holds a character that is none"),
        (f"c1,{'x' * 140_000}", "has a value of more than 131,072 characters"),
    ],
)
def test_a_broken_row_says_what_is_wrong_and_the_next_one_is_read(
    tmp_path: Path, line: str, said: str
) -> None:
    broken, row = rows(file(tmp_path, f"id,note\n{line}\nc2,fine\n"))
    assert isinstance(broken, Broken)
    assert said in broken.reason
    assert broken.line == 2
    assert isinstance(row, Row)
    assert row.values == {"id": "c2", "note": "fine"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "has no header line"),
        (b"id,a,a\n", "has the column “a” twice"),
        (b"PK\x03\x04\0\0\0", "is no text"),
        ("\ufeffid,a\nc1".encode("utf-16") + b"\x00", "is not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(FileError, match=r"people\.csv") as raised:
        rows(file(tmp_path, data))
    assert said in str(raised.value)


_CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)


@given(
    table=st.lists(st.lists(_CELL, min_size=3, max_size=3), max_size=8), delimiter=st.sampled_from(",;\t|")
)
def test_whatever_a_writer_quotes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], delimiter: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b", "c"], *table])
    found = rows(file(tmp_path_factory.mktemp("csv"), text.getvalue()))
    assert [row.cells for row in found] == [cells for cells in table if any(c.strip() for c in cells)]


def test_rejected_rows_are_kept_aside_harmless_and_can_be_read_again(tmp_path: Path) -> None:
    aside = tmp_path / "people.rejected.csv"
    cells = ["=HYPERLINK(1)", "+49 30 1", "plain", "-5", "@x"]
    with Rejected(aside, list("abcde"), ";") as rejected:
        rejected.add(Broken(7, cells, "=Odd"))
    assert aside.stat().st_mode & 0o777 == 0o600
    with Table(aside) as table:
        assert table.header == ("rejected_line", "rejected_because", *"abcde")
        (row,) = table.rows()
    assert isinstance(row, Row)
    assert list(row.cells) == ["7", "=Odd", *cells]
    raw = aside.read_text("utf-8-sig").splitlines()[1]
    assert raw == "7;'=Odd;'=HYPERLINK(1);'+49 30 1;plain;'-5;'@x"
    # Rejected once more, they are not wrapped up twice.
    again = tmp_path / "again.csv"
    with Rejected(again, table.header, ";") as rejected:
        rejected.add(Broken(2, row.cells, "Odd"))
    assert again.read_text("utf-8-sig").splitlines() == [
        "rejected_line;rejected_because;a;b;c;d;e",
        "2;Odd;'=HYPERLINK(1);'+49 30 1;plain;'-5;'@x",
    ]


def test_nothing_rejected_leaves_no_file(tmp_path: Path) -> None:
    with Rejected(tmp_path / "none.csv", ["a"], ","):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_columns_go_by_their_names_and_by_a_map(tmp_path: Path) -> None:
    known = {"id", "email", "first_name", "industry"}
    mapped = read_map(["Contact ID=id", "Branche = industry", "Notes="])
    header = ["Contact ID", "E mail", "First-Name", "Branche", "Notes", "Fax"]
    found = match(header, known, mapped, ("id",), Path("x.csv"))
    assert found.fields == {"Contact ID": "id", "First-Name": "first_name", "Branche": "industry"}
    assert found.left_out == ("E mail", "Fax")
    (tmp_path / "map.toml").write_text('[columns]\n"A = B" = "id"\n', "utf-8")
    assert read_map([str(tmp_path / "map.toml")]) == {"A = B": "id"}


@pytest.mark.parametrize(
    ("header", "mapped", "said"),
    [
        (["id"], ["Id=id"], "has no column “Id”. Did you mean “id”?"),
        (["id", "x"], ["x=emial"], "There is no field “emial” to map “x” to. Did you mean “email”?"),
        (["id", "ID"], [], "“id” and “ID” are both the field `id`. Map one of them"),
        (["email"], [], "has no column `id` in its first line. Say which: --map 'CSV column=id'."),
        (["id"], ["nonsense"], "--map 'nonsense' is no map"),
        (["id"], ["none.toml"], "There is no file none.toml"),
    ],
)
def test_a_map_that_cannot_be_is_refused(header: list[str], mapped: list[str], said: str) -> None:
    with pytest.raises(FileError) as raised:
        match(header, {"id", "email"}, read_map(mapped), ("id",), Path("x.csv"))
    assert said in str(raised.value)


def test_a_pipe_is_refused_in_a_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match=r"is a pipe, and a table is read more than once"):
        Table(tmp_path / "pipe")
