"""Dates seen from today: how many days ahead a date lies of which a condition is true."""

from __future__ import annotations

from math import inf

from dsl.plan import DateIs, DateWithin
from dsl.plan.base import PlanModel
from dsl.proofs.domains import Domain

_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7}


def ahead(condition: PlanModel) -> Domain | None:
    """Return the days from now at which the date of a true condition lies; None if that is not understood.

    Days that are past are below zero. A day counts as a whole, so today lies on both sides of now.
    """
    match condition:
        case DateIs(side="before", right="today"):
            return Domain(empty=False, low=-inf, high=0, high_open=True)
        case DateIs(side="after", right="today"):
            return Domain(empty=False, low=0, high=inf, low_open=True)
        case DateWithin():
            days = condition.amount * _DAYS[condition.unit]
            if condition.side == "next":
                return Domain(empty=False, low=0, high=days)
            if condition.side == "last":
                return Domain(empty=False, low=-days, high=0)
            return Domain(empty=False, low=-inf, high=-days, high_open=True)
    return None
