"""Instants: questions of the form "when is …?", answered with whole seconds since the Unix epoch.

The machine never computes a civil time: it asks for the instant with a number, and `runtime.evaluate`
answers with `dsl.civil` in the contact's time zone. Every kind may be folded into the journey's sending
hours (`fold`): then the answer is the first moment inside them at or after the plain one, so that the
wait before a send ends when the send may go (no extra event in the history).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dsl.plan.base import PlanModel
from dsl.plan.conditions import Ref

Unit = Literal["second", "minute", "hour", "day", "week"]


class Window(PlanModel):
    """One weekly window, as in `SendingHours`."""

    days: tuple[int, ...]
    from_: str = Field(pattern=r"^\d\d:\d\d$", description="HH:MM")
    to: str = Field(pattern=r"^\d\d:\d\d$", description="HH:MM")


class SendingHours(PlanModel):
    """Civil hours in which marketing messages may go. `to` before `from_` crosses midnight.

    `days`: 0 is Monday; the day a window begins on. `zone`: "contact", or an IANA name. `also`: further
    windows. `closed`: the days of the holiday calendar `calendar`, ISO; `12-25` is every year.
    """

    days: tuple[int, ...]
    from_: str = Field(pattern=r"^\d\d:\d\d$", description="HH:MM")
    to: str = Field(pattern=r"^\d\d:\d\d$", description="HH:MM")
    zone: str = "contact"
    also: tuple[Window, ...] = ()
    calendar: str | None = None
    closed: tuple[str, ...] = ()
    line: int = 0


class BusinessHours(PlanModel):
    """The hours of the company, in its own zone; fields as in `SendingHours`."""

    days: tuple[int, ...]
    from_: str = Field(pattern=r"^\d\d:\d\d$", description="HH:MM")
    to: str = Field(pattern=r"^\d\d:\d\d$", description="HH:MM")
    zone: str
    also: tuple[Window, ...] = ()
    closed: tuple[str, ...] = ()


class After(PlanModel):
    """`amount` units after the logical time at which it is asked.

    `day` and `week` keep the local clock time; `hour`, `minute`, `second` are elapsed time (row 6). `clock`:
    rather at that time of the day on which it would be, by the contact's clock.
    """

    kind: Literal["after"] = "after"
    amount: int
    unit: Unit
    clock: str | None = None
    fold: bool = False


class AfterBusiness(PlanModel):
    """So many business hours, or business days of the same local time, after it is asked (row 14).

    `clock`: as of `After`.
    """

    kind: Literal["business"] = "business"
    amount: int
    unit: Literal["business hour", "business day"]
    hours: BusinessHours
    clock: str | None = None
    fold: bool = False


class DayOfRun(PlanModel):
    """`day 5`: that many days after entry, at the clock time written, else at the entry's local time."""

    kind: Literal["day"] = "day"
    day: int
    clock: str | None = None
    fold: bool = False


class HourOfRun(PlanModel):
    """`hour 1`: elapsed hours after entry."""

    kind: Literal["hour"] = "hour"
    hour: int
    fold: bool = False


class ClockTime(PlanModel):
    """The next time the contact's clock shows `clock`, on `weekday` (0 is Monday) if given."""

    kind: Literal["clock"] = "clock"
    clock: str
    weekday: int | None = None
    fold: bool = False


class DateField(PlanModel):
    """A date or date-and-time field, moved by `amount` units (negative: before). Empty: no answer."""

    kind: Literal["date"] = "date"
    ref: Ref
    amount: int = 0
    unit: Unit | Literal["month"] = "day"
    clock: str | None = None
    fold: bool = False


class CalendarDate(PlanModel):
    """A day of the calendar, at `clock` or at midnight, in the contact's zone.

    `date`: ISO; `09-01` is the next one, this instant included.
    """

    kind: Literal["on"] = "on"
    date: str
    clock: str | None = None
    fold: bool = False


Instant = Annotated[
    After | AfterBusiness | DayOfRun | HourOfRun | ClockTime | DateField | CalendarDate,
    Field(discriminator="kind"),
]
