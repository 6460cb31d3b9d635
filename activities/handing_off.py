"""Handing off: an owner, a notice with the deadline, and a word to those above when nobody answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from activities.host import Host
from activities.noticing import Telling, about, tell
from activities.notify import Team
from activities.outcomes import Outcome
from dsl import civil
from dsl.plan import HandoffRule
from runtime.messages import HandoffOpen, HandoffRequest, NoticeResult
from runtime.store import StoreError, handoffs
from runtime.store.handoffs import Handoff
from runtime.store.snapshot import of_contact

_RETRY_MINUTES = (15, 30, 60, 120, 240)
_GIVE_UP_AFTER = 24


async def open_handoff(host: Host, request: HandoffRequest) -> HandoffOpen:
    """Assign an owner by the handoff's rule; the deadline is counted from when it was opened."""
    handoff = await handoffs.get_handoff(host.store, request.handoff)
    rule = _rule(host, handoff)
    members = host.members.get(rule.team, ())
    handoff = await handoffs.assign(host.store, handoff.id, rule, members, request.clock)
    return HandoffOpen(handoff.due_at)


async def close_handoff(host: Host, request: HandoffRequest) -> None:
    """Write down that the time is over, unless sales has answered."""
    if request.notice == "overdue":
        await handoffs.overdue(host.store, request.handoff, request.clock)


async def notify_handoff(host: Host, request: HandoffRequest) -> NoticeResult:
    """Tell the owner (`assigned`), or the team above (`overdue`)."""
    handoff = await handoffs.get_handoff(host.store, request.handoff)
    rule = _rule(host, handoff)
    if request.notice == "overdue" and handoff.accepted_at is not None:
        return NoticeResult("skipped")
    team = _team(host, rule, handoff, request.notice)
    async with host.store.reading() as connection:
        snapshot = await of_contact(host.store, connection, handoff.contact)
    due = _moment(handoff.due_at, snapshot.published.definitions.time_zone)
    message = {
        "assigned": f"New {rule.name} handoff",
        "overdue": f"Nobody has answered the {rule.name} handoff",
    }[request.notice]
    owner = f", for {handoff.owner}" if handoff.owner else ""
    notice = about(
        snapshot.facts,
        message,
        request.clock,
        why=f"Handoff “{rule.name}”{owner}",
        high=handoff.priority == "high",
        due=due,
    )
    step = f"{handoff.id.removeprefix(handoff.run + '/')}/{request.notice}"
    telling = Telling(team, notice, handoff.run, step, 1, handoff.contact, "", request.clock, request.clock)
    return _result(await tell(host, telling), request)


def _rule(host: Host, handoff: Handoff) -> HandoffRule:
    rule = host.handoffs.get(handoff.handoff)
    if rule is None:
        raise StoreError(
            f'The workspace of this worker has no handoff "{handoff.handoff}". Start a worker that has it.'
        )
    return rule


def _team(host: Host, rule: HandoffRule, handoff: Handoff, notice: str) -> Team:
    """Return whom to tell: at first the team and the owner, later those above them."""
    name = (rule.escalate_to or rule.team) if notice == "overdue" else rule.team
    team = host.teams.get(name, Team(name))
    owner = handoff.owner
    if notice == "assigned" and owner and "@" in owner and owner not in team.emails:
        return replace(team, emails=(owner, *team.emails))
    return team


def _result(outcome: Outcome, request: HandoffRequest) -> NoticeResult:
    if outcome.kind != "retry":
        return NoticeResult(outcome.kind)
    if request.attempt >= _GIVE_UP_AFTER:
        return NoticeResult("failed")
    minutes = _RETRY_MINUTES[min(request.attempt, len(_RETRY_MINUTES)) - 1]
    return NoticeResult("held", request.clock + max(60 * minutes, outcome.retry_after or 0))


def _moment(at: int, time_zone: str) -> str:
    moment = dt.datetime.fromtimestamp(at, civil.zone(time_zone, "UTC"))
    return f"{moment:%A %d %B %Y, %H:%M} ({time_zone})"
