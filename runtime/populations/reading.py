"""Reading `behaviour.toml`: all mistakes are told at once, each with its place and its remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NoReturn

from dsl import civil
from dsl.plan import Definitions, EventDefinition, FieldDefinition
from dsl.spelling import nearest
from runtime.people import FileError
from runtime.populations.behaviour import (
    DAY,
    HOUR,
    Answers,
    Behaviour,
    Group,
    Habit,
    Mail,
    SalesHabits,
)
from runtime.populations.reacting import MAIL_EVENTS, NO_ANSWERS
from runtime.populations.values import fitting, written
from runtime.toml import read_toml

NAME = "behaviour.toml"

_LENGTH = re.compile(r"(\d{1,6}) (second|minute|hour|day|week)s?")
_UNITS = {"second": 1, "minute": 60, "hour": HOUR, "day": DAY, "week": 7 * DAY}
_LONGEST = 3_660 * DAY
_MOST_TIMES = 1_000
_MAIL = {one.name: "length" if one.name.endswith("_after") else "share" for one in fields(Mail)}


@dataclass(frozen=True, slots=True)
class Known:
    """What a behaviour may name."""

    definitions: Definitions
    journeys: Collection[str]
    emails: Collection[str]


def read_behaviour(path: Path, known: Known, told: Callable[[str], None] = lambda _said: None) -> Behaviour:
    """Read a file. Raises `FileError` with a line for each mistake. `told`: hears what may be one."""
    reading = _Reading(path, known, told)
    found = reading.behaviour(read_toml(path))
    if reading.wrong:
        raise FileError("\n".join(reading.wrong))
    return found


@dataclass(frozen=True, slots=True)
class _Reading:
    path: Path
    known: Known
    told: Callable[[str], None]
    wrong: list[str] = field(default_factory=list)

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """Keep the mistake of this part, and go on with the next one."""
        try:
            yield
        except FileError as problem:
            self.wrong.append(str(problem))

    def behaviour(self, data: dict[str, Any]) -> Behaviour:
        tables = ("contacts", "starts", "group", "emails", "segments", "answers", "event", "sales")
        self._only(data, tables, "")
        found: dict[str, Any] = {}
        with self._kept():
            self._contacts(data, found)
        with self._kept():
            self._emails(data, found)
        with self._kept():
            found["segments"] = self._segments(data)
        with self._kept():
            found["groups"] = tuple(self._groups(data.get("group", [])))
        with self._kept():
            found["starts"] = self._starts(data)
        with self._kept():
            found["answers"] = self._answers(self._table(data, "answers", None))
        with self._kept():
            found["habits"] = tuple(self._habits(data.get("event", [])))
        with self._kept():
            found["sales"] = self._sales(data)
        found["said"] = found.get("said", frozenset()) | _said(data)
        return Behaviour(**found)

    def _contacts(self, data: Mapping[str, Any], found: dict[str, Any]) -> None:
        contacts = self._table(data, "contacts", ("within", "account", "consent", "bounce", "time_zones"))
        if "within" in contacts:
            with self._kept():
                found["within"] = self._length(contacts["within"], "[contacts], within")
                found["within_said"] = f"{self.path}, [contacts], within"
        if "account" in contacts:
            with self._kept():
                found["per_account"] = self._whole(contacts["account"], "[contacts], account", 50)
        for key in ("consent", "bounce"):
            if key in contacts:
                with self._kept():
                    found[key] = self._share(contacts[key], f"[contacts], {key}")
        with self._kept():
            found["time_zones"] = self._zones(contacts, "[contacts]")

    def _emails(self, data: Mapping[str, Any], found: dict[str, Any]) -> None:
        emails = self._table(data, "emails", None)
        single = {name: value for name, value in emails.items() if isinstance(value, dict)}
        general = self._mail({k: v for k, v in emails.items() if k not in single}, "[emails]")
        found["mail"] = Mail(**general)
        found["emails"] = {}
        for name, value in single.items():
            with self._kept():
                self._one_of(name, self.known.emails, "[emails]", "email")
                found["emails"][name] = Mail(**{**general, **self._mail(value, f'[emails."{name}"]')})
        found["said"] = frozenset(general)

    def _segments(self, data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        found = {}
        for name, value in self._table(data, "segments", None).items():
            with self._kept():
                self._one_of(name, self.known.definitions.segments, "[segments]", "segment")
                found[name] = self._mail(value, f'[segments."{name}"]')
        return found

    def _starts(self, data: Mapping[str, Any]) -> dict[str, float]:
        found = {}
        for name, value in self._table(data, "starts", None).items():
            with self._kept():
                self._one_of(name, self.known.journeys, "[starts]", "journey")
                found[name] = self._share(value, f'[starts], "{name}"')
        self._at_most_all(found.values(), "[starts]")
        return found

    def _mail(self, data: Any, place: str) -> dict[str, Any]:
        if not isinstance(data, dict):
            self._fail(place, "is a table of shares and delays, such as open = 55")
        self._only(data, tuple(_MAIL), place)
        found: dict[str, Any] = {}
        for name, value in data.items():
            if name not in _MAIL:
                continue
            with self._kept():
                read = self._length if _MAIL[name] == "length" else self._share
                found[name] = read(value, f"{place}, {name}")
                if name in ("open", "click") and 0 < found[name] < 0.01:
                    self.told(
                        f"{self.path}, {place}, {name}: {value:g} is {value:g} %, less than one of a "
                        f"hundred. Write {100 * value:g} for {100 * value:g} %."
                    )
        return found

    def _groups(self, data: Any) -> list[Group]:
        groups = []
        for place, one in self._each(data, "group"):
            with self._kept():
                groups.append(self._group(one, place))
                names = [group.name for group in groups]
                if names.index(names[-1]) < len(names) - 1:
                    self._fail(f"{place}, name", f"is “{names[-1]}” as of another group. Give each its own")
        self._at_most_all([group.share for group in groups], "[[group]]")
        return groups

    def _group(self, one: Mapping[str, Any], place: str) -> Group:
        self._only(one, ("name", "share", "keen", "consent", "fields", "time_zones"), place)
        for needed in ("name", "share"):
            if needed not in one:
                self._fail(place, f"needs `{needed}`")
        fields_ = one.get("fields", {})
        self._only(fields_, ("contact", "account"), f"{place}, fields")
        definitions = self.known.definitions
        of_contact = self._values(
            fields_.get("contact", {}), definitions.contact_fields, f"{place}, fields", "field of a contact"
        )
        of_account = self._values(
            fields_.get("account", {}), definitions.account_fields, f"{place}, fields", "field of an account"
        )
        keen = one.get("keen", 1.0)
        if not isinstance(keen, int | float) or isinstance(keen, bool) or not 0 <= keen <= 100:
            self._fail(f"{place}, keen", "is a factor from 0 to 100, such as 1.5")
        return Group(
            str(one["name"]),
            self._share(one["share"], f"{place}, share"),
            float(keen),
            self._share(one["consent"], f"{place}, consent") if "consent" in one else None,
            of_contact,
            of_account,
            self._zones(one, place),
        )

    def _values(
        self, given: Any, declared: Mapping[str, FieldDefinition], place: str, what: str
    ) -> dict[str, Any]:
        """Read values of declared fields."""
        if not isinstance(given, dict):
            self._fail(place, 'is a table of names and values, such as { industry = "Software" }')
        found = {}
        for name, value in given.items():
            with self._kept():
                self._one_of(name, declared, place, what)
                try:
                    found[name] = fitting(value, declared[name])
                except ValueError as problem:
                    sentence = str(problem).rstrip("?")
                    end = "?" if sentence != str(problem) else "."
                    raise FileError(f"{self.path}, {place}: `{name}` {sentence}{end}") from None
        return found

    def _answers(self, data: Mapping[str, Any]) -> Answers:
        own: dict[str, Any] = {}
        events: dict[str, float] = {}
        for name, value in data.items():
            place = f"[answers], {name}"
            with self._kept():
                if name in ("after", "unprompted_after"):
                    own[name] = self._length(value, place)
                elif name in ("otherwise", "unprompted", "asked"):
                    own[name] = self._share(value, place)
                else:
                    self._one_of(name, self.known.definitions.events, "[answers]", "event")
                    if name in NO_ANSWERS:
                        table = "[emails]" if name in MAIL_EVENTS else "[sales]"
                        self._fail(place, f"is no answer of this kind. {table} says how often it comes")
                    events[name] = self._share(value, place)
        if events:
            own["events"] = events
        return Answers(**own)

    def _habits(self, data: Any) -> list[Habit]:
        habits = []
        for place, one in self._each(data, "event"):
            with self._kept():
                habits.append(self._habit(one, place))
        return habits

    def _habit(self, one: Mapping[str, Any], place: str) -> Habit:
        self._only(one, ("event", "with", "share", "after", "times"), place)
        for needed in ("event", "share"):
            if needed not in one:
                self._fail(place, f"needs `{needed}`")
        event = self._one_of(str(one["event"]), self.known.definitions.events, place, "event")
        declared = self.known.definitions.events.get(event, EventDefinition()).fields
        return Habit(
            event,
            self._values(one.get("with", {}), declared, f"{place}, with", f"property of “{event}”"),
            self._share(one["share"], f"{place}, share"),
            self._length(one.get("after", "7 days"), f"{place}, after"),
            self._whole(one.get("times", 1), f"{place}, times", _MOST_TIMES),
        )

    def _sales(self, data: Mapping[str, Any]) -> SalesHabits:
        kinds = {one.name: one.name.endswith("_after") for one in fields(SalesHabits)}
        table = self._table(data, "sales", tuple(kinds))
        found: dict[str, Any] = {}
        for name, value in table.items():
            if name not in kinds:
                continue
            with self._kept():
                read = self._length if kinds[name] else self._share
                found[name] = read(value, f"[sales], {name}")
        sales = SalesHabits(**found)
        self._at_most_all([sales.accept, sales.reject], "[sales], accept and reject")
        return sales

    def _each(self, data: Any, name: str) -> list[tuple[str, dict[str, Any]]]:
        if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
            self._fail(f"[{name}]", f"stands once for each. Write [[{name}]]")
        return [(f"[[{name}]] number {number}", one) for number, one in enumerate(data, start=1)]

    def _table(self, data: Mapping[str, Any], name: str, known: tuple[str, ...] | None) -> dict[str, Any]:
        found = data.get(name, {})
        if not isinstance(found, dict):
            self._fail(name, f"is a table. Write [{name}]")
        if known is not None:
            self._only(found, known, f"[{name}]")
        return dict(found)

    def _only(self, data: Any, known: tuple[str, ...], place: str) -> None:
        """Note each name that is none."""
        if not isinstance(data, dict):
            self._fail(place, "is a table")
        for name in data:
            if name not in known:
                where = f" in {place}" if place else ""
                self.wrong.append(f"{self.path}: there is no `{name}`{where}. {_advice(name, known, '`')}")

    def _one_of(self, name: str, known: Collection[str], place: str, what: str) -> str:
        if name not in known:
            raise FileError(
                f"{self.path}, {place}: there is no {what} “{name}” in this workspace. {_advice(name, known)}"
            )
        return name

    def _share(self, value: Any, place: str) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 100:
            self._fail(place, f"is a percentage from 0 to 100, not {written(value)}. Write 12.5 for 12.5 %")
        return float(value) / 100

    def _at_most_all(self, shares: Collection[float], place: str) -> None:
        if sum(shares) > 1 + 1e-9:
            self._fail(place, f"adds up to {100 * sum(shares):g} %. Leave it at 100 % at most")

    def _length(self, value: Any, place: str) -> int:
        match = _LENGTH.fullmatch(value) if isinstance(value, str) else None
        seconds = int(match[1]) * _UNITS[match[2]] if match else 0
        if not 0 < seconds <= _LONGEST:
            self._fail(place, f'is a length of time up to ten years, such as "3 hours", not {written(value)}')
        return seconds

    def _whole(self, value: Any, place: str, most: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            self._fail(place, f"is a whole number from 1 to {most:,}, not {written(value)}")
        return int(value)

    def _zones(self, data: Mapping[str, Any], place: str) -> tuple[str, ...]:
        zones = data.get("time_zones", [])
        if not isinstance(zones, list):
            self._fail(f"{place}, time_zones", 'is a list, such as ["Europe/Berlin"]')
        for zone in zones:
            if not isinstance(zone, str) or not civil.is_zone(zone):
                self._fail(
                    f"{place}, time_zones", f"holds {zone!r}, which is no time zone. Write an IANA name"
                )
        return tuple(zones)

    def _fail(self, place: str, sentence: str) -> NoReturn:
        raise FileError(f"{self.path}, {place}: it {sentence}.")


def _said(data: Mapping[str, Any]) -> set[str]:
    """Return what else is said, by its place; `bounce` as a share of emails is."""
    headings = {"group": "[[group]]", "answers": "[answers]", "starts": "[starts]"}
    found = {heading for name, heading in headings.items() if data.get(name)}
    contacts = data.get("contacts")
    if isinstance(contacts, dict):
        found |= {f"[contacts] {name}" for name in ("account", "consent", "time_zones") if name in contacts}
        found |= {"bounce"} & contacts.keys()
    return found


def _advice(name: str, known: Collection[str], mark: str = "”") -> str:
    guess = nearest(name, known)
    opening = "“" if mark == "”" else mark
    if guess:
        return f"Did you mean {opening}{guess}{mark}?"
    return f"There are: {', '.join(sorted(known)) or 'none'}."
