"""Contacts, accounts and events from files: what is wrong is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsl.plan import Definitions, FieldDefinition
from runtime.people import FileError, event_from, read_accounts, read_contacts, read_events

DEFINITIONS = Definitions(
    workspace="W",
    time_zone="Europe/Berlin",
    contact_fields={"employees": FieldDefinition(type="number"), "vip": FieldDefinition(type="yes or no")},
)


def file(folder: Path, *lines: str) -> Path:
    path = folder / "file.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_values_have_the_types_of_their_fields(tmp_path: Path) -> None:
    path = file(
        tmp_path, "id,email,employees,vip,consent,created_at", "c1,a@b.example,12,yes,Marketing,2026-03-01"
    )
    (contact,) = read_contacts(path, DEFINITIONS)
    assert contact.fields == {"email": "a@b.example", "employees": 12, "vip": True}
    assert contact.consents == {"Marketing"}
    assert contact.known_since == 1_772_323_200


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("name", "x"), "has no column `id`"),
        (("id,email", "c1"), "line 2 has more or fewer columns"),
        (("id,email", ",x"), "line 2 has no `id`"),
        (("id,email", "ana@example.com,x"), "line 2: the id 'ana@example.com' is an address"),
        (("id,email", "a b,x"), "line 2: the id 'a b' is not one"),
        (("id,employees", "c1,many"), "line 2: `employees` is declared as a number, 'many' is none"),
        (("id,vip", "c1,maybe"), "line 2: `vip` is yes or no, 'maybe' is neither"),
        (("id,created_at", "c1,yesterday"), "line 2: 'yesterday' is not a moment"),
        (("id", "c1", "c1"), "has the id 'c1' twice"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_damaged_line_is_named(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(FileError, match=r"file\.csv") as raised:
        read_contacts(file(tmp_path, *lines), DEFINITIONS)
    assert said in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="There is no file"):
        read_accounts(tmp_path / "none.csv", DEFINITIONS)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", 'line 1 is not JSON. Write one event a line, such as: {"event"'),
        ("[]", "an event needs its name"),
        ('{"event": "E"}', 'an event needs "contact" or "account"'),
        ('{"event": "E", "contact": "c", "at": "soon"}', "'soon' is not a moment"),
        ('{"event": "E", "contact": "c", "at": 1, "properties": []}', '"properties" is an object'),
    ],
)
def test_a_damaged_event_is_named(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(FileError) as raised:
        read_events(file(tmp_path, line))
    assert said in str(raised.value)


def test_events_come_in_order_of_time(tmp_path: Path) -> None:
    late = '{"event": "B", "contact": "c", "at": "2026-03-02T10:00:00Z"}'
    early = '{"event": "A", "contact": "c", "at": "2026-03-02T10:00:00+02:00"}'
    assert [e.name for e in read_events(file(tmp_path, late, "", early))] == ["A", "B"]


def test_an_event_that_is_moved_keeps_how_late_it_was() -> None:
    event = event_from({"event": "Ping", "contact": "c", "at": 100, "occurred": 40}, "x")
    assert (event.occurred, event.moved(7).at, event.moved(7).occurred) == (40, 107, 47)
    assert event_from({"event": "Ping", "contact": "c", "at": 100}, "x").moved(7).occurred is None


def test_a_contact_is_known_since_it_was_created_or_else_since_the_file_was_read(tmp_path: Path) -> None:
    path = file(tmp_path, "id,created_at", "ana,2026-01-05", "ben,")
    assert [one.known_since for one in read_contacts(path, DEFINITIONS, 7)] == [1_767_571_200, 7]
