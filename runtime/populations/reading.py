"""Reading `behaviour.toml`: each mistake is told with its place and its remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NoReturn

from dsl import civil
from dsl.plan import Definitions
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


def read_behaviour(path: Path, known: Known) -> Behaviour:
    """Read a file. Raises `FileError`."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise FileError(f"There is no file {path}. Check the path, or leave --behaviour out.") from None
    except (ValueError, OSError) as problem:
        raise FileError(f"{path} is no TOML: {problem}.") from None
    return _Reading(path, known).behaviour(data)


@dataclass(frozen=True, slots=True)
class _Reading:
    path: Path
    known: Known

    def behaviour(self, data: dict[str, Any]) -> Behaviour:
        tables = ("contacts", "starts", "group", "emails", "segments", "answers", "event", "sales")
        self._only(data, tables, "")
        contacts = self._table(data, "contacts", ("within", "account", "consent", "bounce", "time_zones"))
        found: dict[str, Any] = {}
        if "within" in contacts:
            found["within"] = self._length(contacts["within"], "[contacts], within")
        if "account" in contacts:
            found["per_account"] = self._whole(contacts["account"], "[contacts], account", 50)
        for key in ("consent", "bounce"):
            if key in contacts:
                found[key] = self._share(contacts[key], f"[contacts], {key}")
        found["time_zones"] = self._zones(contacts, "[contacts]")
        emails = self._table(data, "emails", None)
        single = {name: value for name, value in emails.items() if isinstance(value, dict)}
        general = self._mail({k: v for k, v in emails.items() if k not in single}, "[emails]")
        found["mail"] = Mail(**general)
        found["emails"] = {
            self._one_of(name, self.known.emails, "[emails]", "email"): Mail(
                **{**general, **self._mail(value, f'[emails."{name}"]')}
            )
            for name, value in single.items()
        }
        segments = self.known.definitions.segments
        found["segments"] = {
            self._one_of(name, segments, "[segments]", "segment"): self._mail(value, f'[segments."{name}"]')
            for name, value in self._table(data, "segments", None).items()
        }
        found["groups"] = tuple(self._groups(data.get("group", [])))
        found["starts"] = {
            self._one_of(name, self.known.journeys, "[starts]", "journey"): self._share(
                value, f'[starts], "{name}"'
            )
            for name, value in self._table(data, "starts", None).items()
        }
        self._at_most_all(found["starts"].values(), "[starts]")
        found["answers"] = self._answers(self._table(data, "answers", None))
        found["habits"] = tuple(self._habits(data.get("event", [])))
        found["sales"] = self._sales(data)
        return Behaviour(**found)

    def _mail(self, data: Any, place: str) -> dict[str, Any]:
        if not isinstance(data, dict):
            self._fail(place, "is a table of shares and delays, such as open = 55")
        self._only(data, tuple(_MAIL), place)
        return {
            name: (self._length if _MAIL[name] == "length" else self._share)(value, f"{place}, {name}")
            for name, value in data.items()
        }

    def _groups(self, data: Any) -> list[Group]:
        groups = []
        for place, one in self._each(data, "group"):
            self._only(one, ("name", "share", "keen", "consent", "fields", "time_zones"), place)
            for needed in ("name", "share"):
                if needed not in one:
                    self._fail(place, f"needs `{needed}`")
            fields_ = one.get("fields", {})
            self._only(fields_, ("contact", "account"), f"{place}, fields")
            of_contact, of_account = fields_.get("contact", {}), fields_.get("account", {})
            for name in of_contact:
                self._one_of(name, self.known.definitions.contact_fields, place, "field of a contact")
            for name in of_account:
                self._one_of(name, self.known.definitions.account_fields, place, "field of an account")
            keen = one.get("keen", 1.0)
            if not isinstance(keen, int | float) or isinstance(keen, bool) or not 0 <= keen <= 100:
                self._fail(f"{place}, keen", "is a factor from 0 to 100, such as 1.5")
            groups.append(
                Group(
                    str(one["name"]),
                    self._share(one["share"], f"{place}, share"),
                    float(keen),
                    self._share(one["consent"], f"{place}, consent") if "consent" in one else None,
                    of_contact,
                    of_account,
                    self._zones(one, place),
                )
            )
        self._at_most_all([group.share for group in groups], "[[group]]")
        return groups

    def _answers(self, data: Mapping[str, Any]) -> Answers:
        own: dict[str, Any] = {}
        events: dict[str, float] = {}
        for name, value in data.items():
            place = f"[answers], {name}"
            if name in ("after", "unprompted_after"):
                own[name] = self._length(value, place)
            elif name in ("otherwise", "unprompted", "asked"):
                own[name] = self._share(value, place)
            else:
                self._one_of(name, self.known.definitions.events, "[answers]", "event")
                events[name] = self._share(value, place)
        if events:
            own["events"] = events
        return Answers(**own)

    def _habits(self, data: Any) -> list[Habit]:
        habits = []
        for place, one in self._each(data, "event"):
            self._only(one, ("event", "with", "share", "after", "times"), place)
            for needed in ("event", "share"):
                if needed not in one:
                    self._fail(place, f"needs `{needed}`")
            properties = one.get("with", {})
            if not isinstance(properties, dict):
                self._fail(f"{place}, with", 'is a table of properties, such as { page = "/pricing" }')
            habits.append(
                Habit(
                    self._one_of(str(one["event"]), self.known.definitions.events, place, "event"),
                    properties,
                    self._share(one["share"], f"{place}, share"),
                    self._length(one.get("after", "7 days"), f"{place}, after"),
                    self._whole(one.get("times", 1), f"{place}, times", _MOST_TIMES),
                )
            )
        return habits

    def _sales(self, data: Mapping[str, Any]) -> SalesHabits:
        kinds = {one.name: one.name.endswith("_after") for one in fields(SalesHabits)}
        table = self._table(data, "sales", tuple(kinds))
        found: dict[str, Any] = {
            name: (self._length if kinds[name] else self._share)(value, f"[sales], {name}")
            for name, value in table.items()
        }
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
        if not isinstance(data, dict):
            self._fail(place, "is a table")
        for name in data:
            if name not in known:
                where = f" in {place}" if place else ""
                raise FileError(f"{self.path}: there is no `{name}`{where}. {_advice(name, known, '`')}")

    def _one_of(self, name: str, known: Collection[str], place: str, what: str) -> str:
        if name not in known:
            raise FileError(
                f"{self.path}, {place}: there is no {what} “{name}” in this workspace. {_advice(name, known)}"
            )
        return name

    def _share(self, value: Any, place: str) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 100:
            self._fail(place, f"is a percentage from 0 to 100, not {value!r}. Write 12.5 for 12.5 %")
        return float(value) / 100

    def _at_most_all(self, shares: Collection[float], place: str) -> None:
        if sum(shares) > 1 + 1e-9:
            self._fail(place, f"adds up to {100 * sum(shares):g} %. Leave it at 100 % at most")

    def _length(self, value: Any, place: str) -> int:
        match = _LENGTH.fullmatch(value) if isinstance(value, str) else None
        seconds = int(match[1]) * _UNITS[match[2]] if match else 0
        if not 0 < seconds <= _LONGEST:
            self._fail(place, f'is a length of time up to ten years, such as "3 hours", not {value!r}')
        return seconds

    def _whole(self, value: Any, place: str, most: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            self._fail(place, f"is a whole number from 1 to {most:,}, not {value!r}")
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


def _advice(name: str, known: Collection[str], mark: str = "”") -> str:
    guess = nearest(name, known)
    opening = "“" if mark == "”" else mark
    if guess:
        return f"Did you mean {opening}{guess}{mark}?"
    return f"There are: {', '.join(sorted(known)) or 'none'}."
