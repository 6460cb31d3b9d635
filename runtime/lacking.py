"""Lacking: what is deployed calls, and a worker's own settings do not say where it is."""

from __future__ import annotations

from collections.abc import Iterator

from activities.host import Host
from dsl.plan import CallWebhook, ChangeAudience, CreateTask, Do, Effect, Notify, SendMessage, Sync
from dsl.settings import FILE
from runtime.published import Published


def lacking(host: Host, published: Published) -> list[str]:
    """Name the sections of `nurture.toml` that this worker would need, for people inside too, and has not."""
    found = {
        section
        for plan in published.plans.values()
        for step in plan.steps
        if isinstance(step, Do)
        for section in _section(host, step.effect)
    }
    for rule in published.definitions.handoffs.values():
        teams = {rule.team, rule.escalate_to or rule.team}
        found |= {f'[teams."{team}"]' for team in teams - host.teams.keys()}
    return sorted(found)


def told(sections: list[str]) -> str:
    """Say it in one sentence, with the remedy."""
    both = f"{', '.join(sections[:-1])} and {sections[-1]}" if len(sections) > 1 else sections[0]
    return (
        f"the {FILE} of this worker has no {both}, which what is deployed or people inside use: what this "
        "worker takes of that is held and tried again. Add it and start the worker again, or start it with "
        "the workspace that is deployed."
    )


def _section(host: Host, effect: Effect) -> Iterator[str]:
    match effect:
        case Notify(team=team) if team not in host.teams:
            yield f'[teams."{team}"]'
        case Sync(target=target) if target not in host.crms:
            yield f'[sync."{target}"]'
        case SendMessage(channel=channel) if channel not in host.channels:
            yield f'[channels."{channel}"]'
        case CallWebhook(webhook=webhook) if webhook not in host.webhooks:
            yield f'[webhooks."{webhook}"]'
        case ChangeAudience(audience=audience) if audience not in host.audiences:
            yield f'[audiences."{audience}"]'
        case CreateTask() if host.tasks is None:
            yield "“tasks” under a [sync.…]"
