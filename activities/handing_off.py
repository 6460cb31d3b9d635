"""Handing off: an owner, a notice with the deadline, and a word to those above when nobody answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import cast

from activities.host import Host
from activities.noticing import Telling, about, tell
from activities.notify import Team
from activities.outcomes import Outcome, retry
from dsl import civil
from dsl.plan import HandoffNotice, HandoffRule
from runtime.handoffs import Handoff, Roster, tried_again
from runtime.messages import HandoffOpen, HandoffRequest, NoticeResult
from runtime.published import Published
from runtime.store import StoreError, handoffs, load_published
from runtime.store.snapshot import of_contact


async def open_handoff(host: Host, request: HandoffRequest) -> HandoffOpen:
    """Assign an owner by the handoff's rule; the deadline is counted from when it was opened."""
    handoff = await handoffs.get_handoff(host.store, request.handoff)
    published = await load_published(host.store)
    team = _rule(published, handoff).team
    roster = Roster(host.members.get(team, ()), host.territories.get(team, {}))
    rules = published.definitions.handoffs
    return _open(await handoffs.assign(host.store, handoff.id, rules, roster, request.clock))


async def mark_handoff(host: Host, request: HandoffRequest) -> HandoffOpen:
    """Write down that half of the time is over, or all of it, unless sales has answered."""
    return _open(await handoffs.progress(host.store, request.handoff, request.clock))


async def close_handoff(host: Host, request: HandoffRequest) -> None:
    """Write down that the time is over, unless sales has answered."""
    if request.notice == "overdue":
        await handoffs.progress(host.store, request.handoff, request.clock)


async def notify_handoff(host: Host, request: HandoffRequest) -> NoticeResult:
    """Tell the owner (`assigned`, `half`), or the team above (`overdue`); nobody once sales has answered."""
    handoff = await handoffs.get_handoff(host.store, request.handoff)
    if handoff.answer:
        return NoticeResult("skipped")
    async with host.store.reading() as connection:
        snapshot = await of_contact(host.store, connection, handoff.contact)
    rule = _rule(snapshot.published, handoff)
    of = cast(HandoffNotice, request.notice)
    name, text = rule.notice(of)
    team = _team(host.teams.get(name, Team(name)), handoff, of)
    if team.name not in host.teams and not team.emails:
        # A worker with the settings of another workspace: one that knows the team tells it.
        return _result(
            retry("team missing", f"The settings of this worker have no team {team.name!r}."), request
        )
    due = _moment(handoff.due_at, snapshot.published.definitions.time_zone)
    owner = f", for {handoff.owner}" if handoff.owner else ""
    notice = about(
        snapshot.facts,
        text,
        request.clock,
        why=f"Handoff “{rule.name}”{owner}",
        high=handoff.priority == "high",
        due=due,
    )
    step = f"{handoff.id.removeprefix(handoff.run + '/')}/{request.notice}"
    sender, at = host.from_whom(snapshot.published), request.clock
    telling = Telling(sender, team, notice, handoff.run, step, 1, handoff.contact, "", at, at)
    return _result(await tell(host, telling), request)


def _open(handoff: Handoff) -> HandoffOpen:
    return HandoffOpen(handoff.due_at, handoff.half_at, handoff.answer)


def _rule(published: Published, handoff: Handoff) -> HandoffRule:
    rule = published.definitions.handoffs.get(handoff.handoff)
    if rule is None:
        raise StoreError(
            f'There is no handoff "{handoff.handoff}" in what is deployed. Deploy a workspace that has it.'
        )
    return rule


def _team(team: Team, handoff: Handoff, notice: HandoffNotice) -> Team:
    """Return whom to tell: the team and the owner, at half time the owner, in the end those above them."""
    owner = handoff.owner
    if notice == "overdue" or not owner or "@" not in owner:
        return team
    if notice == "half":
        return Team(team.name, (owner,))
    return team if owner in team.emails else replace(team, emails=(owner, *team.emails))


def _result(outcome: Outcome, request: HandoffRequest) -> NoticeResult:
    if outcome.kind != "retry":
        return NoticeResult(outcome.kind)
    wait = tried_again(request.attempt, outcome.retry_after)
    return NoticeResult("failed") if wait is None else NoticeResult("held", request.clock + wait)


def _moment(at: int, time_zone: str) -> str:
    moment = dt.datetime.fromtimestamp(at, civil.zone(time_zone, "UTC"))
    return f"{moment:%A %d %B %Y, %H:%M} ({time_zone})"
