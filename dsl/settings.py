"""The settings of a workspace: `nurture.toml`. `${NAME}` in values is filled in by the runtime."""

from __future__ import annotations

import re
import tomllib
import zoneinfo
from email.utils import parseaddr
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from dsl.decoding import refused
from dsl.diagnostics import Edit, Report
from dsl.span import Span
from dsl.spelling import nearest, one_of
from dsl.toml_slips import mistyped, slip

FILE = "nurture.toml"
ADDRESS = re.compile(r"^[^@\s]+@[^@\s]+$")
CHANNELS = ("sms", "in-app", "chat", "direct mail", "survey")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


_UNITS = {"minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
_LENGTH = re.compile(r"([1-9][0-9]{0,4}) (minute|hour|day|week)(s?)")


class Workspace(_Section):
    """`[workspace]`. `time_zone`: used when a contact's own is missing or invalid.

    `late_events`: how late an event may come so that journeys still hear of it, such as `3 days`.
    """

    name: str = Field(min_length=1)
    time_zone: str
    late_events: str | None = None

    @property
    def lateness(self) -> int | None:
        """The seconds of `late_events`; a day is 24 hours."""
        if self.late_events is None or (found := _LENGTH.fullmatch(self.late_events)) is None:
            return None
        return int(found[1]) * _UNITS[found[2]]

    @field_validator("late_events")
    @classmethod
    def _length(cls, value: str | None) -> str | None:
        found = _LENGTH.fullmatch(value or "")
        if value is not None and (found is None or (found[1] == "1") == bool(found[3])):
            raise ValueError(f'"{value}" is not a length of time; write one such as "12 hours" or "3 days"')
        return value

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(
                f'there is no time zone "{value}"; write a name such as "Europe/Berlin"'
            ) from None
        return value


class Sender(_Section):
    """`[email]`: who mails come from, where replies and unsubscribes go."""

    sender: str = Field(alias="from", min_length=3)
    reply_to: str | None = None
    unsubscribe: str | None = None
    postal_address: str | None = None

    @field_validator("sender", "reply_to", "unsubscribe")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and "${" not in value and not ADDRESS.search(parseaddr(value)[1]):
            raise ValueError(f'"{value}" holds no email address; write such as "Acme <hello@acme.example>"')
        return value

    @field_validator("reply_to", "unsubscribe")
    @classmethod
    def _alone(cls, value: str | None) -> str | None:
        if value is not None and "${" not in value and (address := parseaddr(value)[1]) != value:
            raise ValueError(
                f'"{value}" is more than an address, and no name can stand here; write "{address}"'
            )
        return value


class Team(_Section):
    """`[teams."SDR"]`: whom to tell, and who takes turns. `chat`: an incoming webhook.

    `territories`: a value, such as a country, and the member who answers for it.
    """

    emails: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    chat: str | None = None
    territories: dict[str, str] = Field(default_factory=dict)


class SyncTarget(_Section):
    """`[sync."CRM"]`: a connected system. `tasks`: where it takes tasks."""

    url: str = Field(min_length=1)
    tasks: str | None = Field(default=None, min_length=1)


class Webhook(_Section):
    """`[webhooks."Data warehouse"]`: an address that journeys call.

    `secret` signs each call. `allow_private`: the address may lie in a private network.
    """

    url: str = Field(min_length=1)
    secret: str | None = Field(default=None, min_length=1)
    allow_private: bool = False


class ChannelSettings(Webhook):
    """`[channels."sms"]`: who delivers messages on the channel.

    `address`: the field of the contact that says where to, such as `phone`; contacts without it get none.
    """

    address: str | None = Field(default=None, min_length=1)


class AudienceSettings(Webhook):
    """`[audiences."Retargeting"]`: who keeps the group."""


class Settings(_Section):
    """The whole of `nurture.toml`."""

    workspace: Workspace
    email: Sender | None = None
    teams: dict[str, Team] = Field(default_factory=dict)
    sync: dict[str, SyncTarget] = Field(default_factory=dict)
    webhooks: dict[str, Webhook] = Field(default_factory=dict)
    channels: dict[str, ChannelSettings] = Field(default_factory=dict)
    audiences: dict[str, AudienceSettings] = Field(default_factory=dict)

    @field_validator("channels")
    @classmethod
    def _channels(cls, value: dict[str, ChannelSettings]) -> dict[str, ChannelSettings]:
        wrong = next((name for name in value if name not in CHANNELS), None)
        if wrong is not None:
            raise ValueError(f"there is no channel {wrong}; write {one_of(CHANNELS)}")
        return value


def read_settings(data: bytes | None, report: Report) -> Settings | None:
    """Parse the settings, or report what is wrong with them and return None."""
    top = Span(FILE, 1, 1, 1)
    if data is None:
        fix = 'Add nurture.toml with [workspace], name = "…" and time_zone = "Europe/Berlin".'
        report.add("N701", top, "The workspace has no nurture.toml.", fix)
        return None
    if refused(FILE, data, report):
        return None
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        report.add("N702", top, "nurture.toml is not UTF-8 text.", "Save it as UTF-8.")
        return None
    rows = text.split("\n")
    report.sources[FILE] = rows
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        span, problem = _toml_place(str(error), rows)
        found = slip(rows[span.line - 1], span, problem)
        edits = [found.edit] if found.edit else []
        report.add("N702", span, f"nurture.toml is not TOML here: {found.what}.", found.fix, edits)
        return None
    except (ValueError, RecursionError):
        # A number of thousands of digits, or brackets inside brackets without end.
        report.add("N702", top, "nurture.toml cannot be read: it holds what no settings need.", "Correct it.")
        return None
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        problems = error.errors()
        meant = {key for one in problems if one["type"] == "extra_forbidden" and (key := _meant(one))}
        for one in problems:
            # A setting that is misspelt is not missing as well.
            if one["type"] != "missing" or tuple(map(str, one["loc"])) not in meant:
                _report_problem(one, rows, report)
        return None


def _toml_place(message: str, rows: list[str]) -> tuple[Span, str]:
    match = re.search(r"^(.*?) \(at line (\d+), column (\d+)\)$", message)
    if match is None:
        last = len(rows)
        return Span(FILE, last, 1, len(rows[-1]) + 1), message.split(" (at")[0].lower()
    number = int(match[2])
    row = rows[number - 1] if number <= len(rows) else ""
    return Span(FILE, number, 1, len(row) + 1), match[1][:1].lower() + match[1][1:]


def _meant(problem: Any) -> tuple[str, ...] | None:
    """Return the setting that a misspelt one was meant to be."""
    path = [str(part) for part in problem["loc"]]
    guess = nearest(path[-1], _known_keys(path))
    return (*path[:-1], guess) if guess else None


def _report_problem(problem: Any, rows: list[str], report: Report) -> None:
    path = [str(part) for part in problem["loc"]]
    span = _find(path, rows)
    name = ".".join(path)
    if problem["type"] == "missing":
        report.add(
            "N703", span, f"The setting {name} is missing.", f"Add {path[-1]} under [{'.'.join(path[:-1])}]."
        )
    elif problem["type"] == "extra_forbidden":
        guess = nearest(path[-1], _known_keys(path))
        message = f"There is no setting {name}."
        if guess:
            place = Span(span.file, span.line, span.start, span.start + len(path[-1]))
            edits = [Edit(place, guess)] if rows[span.line - 1].startswith(path[-1]) else []
            report.add("N703", span, f"{message} Did you mean {guess}?", f"Write {guess}.", edits)
        else:
            report.add("N703", span, message, f"Remove it; known here: {one_of(_known_keys(path))}.")
    elif told := mistyped(problem["type"], path[-1], problem.get("input")):
        report.add("N703", span, f"The setting {name} {told[0]}.", told[1])
    else:
        what = str(problem["msg"]).removeprefix("Value error, ")
        report.add(
            "N703", span, f"The setting {name} is wrong: {what[:1].lower()}{what[1:]}.", "Correct the value."
        )


def _known_keys(path: list[str]) -> list[str]:
    section: dict[str, type[BaseModel]] = {
        "workspace": Workspace,
        "email": Sender,
        "teams": Team,
        "sync": SyncTarget,
        "webhooks": Webhook,
        "channels": ChannelSettings,
        "audiences": AudienceSettings,
    }
    model = Settings if len(path) == 1 else section[path[0]]
    return [field.alias or name for name, field in model.model_fields.items()]


def _find(path: list[str], rows: list[str]) -> Span:
    """Find the line of a setting: its key below its section, else the section, else the top."""
    *section, key = path
    here: list[str] = []
    header = 1
    for number, row in enumerate(rows, 1):
        if match := re.match(r"\s*\[([^\[\]]+)\]", row):
            here = [a or b for a, b in re.findall(r'"([^"]*)"|([^.\s"]+)', match[1])]
            if here in (path, section) or (not section and here[:1] == path):
                header = number
                if here == path:
                    break
        elif here == section and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", row):
            header = number
            break
    return Span(FILE, header, 1, len(rows[header - 1]) + 1)
