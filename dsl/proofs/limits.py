"""Limits against what a journey can send: the worst path in the window of each `allow at most`.

Counted as the journey says its times, without sending hours: these may move emails closer together, which is
told by `most_emails` but no mistake of the journey.
"""

from __future__ import annotations

from collections.abc import Iterator

from dsl.plan.plan import Limit
from dsl.proofs.lengths import DAY, SECONDS
from dsl.proofs.pressure import most_emails
from dsl.proofs.subject import Finding, Journey, Subject


def over_limits(subject: Subject) -> Iterator[Finding]:
    """Find journeys of which one run alone can send more than the journey or a policy allows."""
    shared = [
        (limit, f"the policy “{policy.name}”")
        for policy in subject.definitions.policies
        for limit in policy.limits
    ]
    for journey in subject.journeys.values():
        limits = [(limit, "the journey") for limit in journey.plan.limits] + shared
        if limits and journey.emails:
            plain = journey.without_hours()
            for limit, whose in limits:
                yield from _check(plain, limit, whose)


def _check(journey: Journey, limit: Limit, whose: str) -> Iterator[Finding]:
    seconds = (limit.amount or 1) * SECONDS[limit.unit]
    most = most_emails(journey, seconds / DAY)
    if most.emails is None or most.emails > limit.count:
        most = most_emails(journey, seconds / DAY, careful=True)
    if most.trail is None or most.last is None or (most.emails is not None and most.emails <= limit.count):
        return
    span = (
        f"in {limit.amount} {limit.unit}{'' if limit.amount == 1 else 's'}"
        if limit.amount
        else f"in a {limit.unit}"
    )
    many = "any number of" if most.emails is None else f"{most.emails}"
    message = f"One contact can come to {many} marketing emails {span}, and {whose} allows {limit.count}."
    line = journey.steps[most.last].line
    then = "waits" if limit.hold else "is not sent"
    fix = f"Put more time between them; as it is, what is over the limit {then}."
    yield Finding("N550", journey.plan.journey, line, message, fix, most.trail)
