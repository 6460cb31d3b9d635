"""Figures in words: how long a run lasts, and how many emails it can bring in a week."""

from __future__ import annotations

from collections.abc import Iterator

from dsl.plan import Definitions, Plan, SendMessage
from dsl.proofs.graph import TooLarge
from dsl.proofs.lengths import DAY
from dsl.proofs.pressure import most_emails
from dsl.proofs.stay import stay
from dsl.proofs.subject import Journey, Subject
from dsl.spelling import one_of

_WEEK = 7
_UNITS = ((DAY, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def figures(plan: Plan, definitions: Definitions) -> Iterator[str]:
    """Tell the shortest and the longest stay, and the most emails in any 7 days, a sentence each."""
    journey = Subject.of({plan.journey: plan}, definitions, {}).journeys[plan.journey]
    try:
        yield from _figures(journey)
    except TooLarge:
        return


def _figures(journey: Journey) -> Iterator[str]:
    whole = stay(journey)
    yield f"The shortest way through takes {span(whole.shortest)}, unless a goal or a stop ends it before."
    if whole.longest is None:
        yield "The longest way through has no bound here: a date, an event or many rounds decide."
    else:
        held = ", with all holds for sending hours" if journey.plan.sending_hours and whole.longest else ""
        most_time = f"at most {span(whole.longest, up=True)}" if whole.longest else "no time"
        yield f"The longest way through takes {most_time}{held}."
    most = most_emails(journey, _WEEK, careful=True).emails
    elsewhere = _elsewhere(journey.plan)
    if most is None:
        yield "How many marketing emails it sends somebody in 7 days has no bound here."
    elif most == 0:
        yield f"It sends nobody a marketing email{elsewhere}."
    else:
        emails = f"{most} marketing email{'' if most == 1 else 's'}"
        yield f"It sends nobody more than {emails} in any 7 days{elsewhere}."


def _elsewhere(plan: Plan) -> str:
    """Tell that marketing goes by other channels than email, too."""
    effects = [getattr(step, "effect", None) for step in plan.steps]
    messages = [e for e in effects if isinstance(e, SendMessage) and not e.service]
    channels = sorted({e.channel for e in messages})
    return f"; what goes by {one_of(channels, 'and')} is not counted" if channels else ""


def span(seconds: int, *, up: bool = False) -> str:
    """Write a stretch of time in the unit that fits, rounded down, or up."""
    if seconds == 0:
        return "no time"
    size, unit = next((size, unit) for size, unit in _UNITS if seconds >= size)
    amount = -(-seconds // size) if up else seconds // size
    return f"{amount:,} {unit}{'' if amount == 1 else 's'}"
