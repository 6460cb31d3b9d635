"""Stand-ins: for each address that a workspace calls, one on this machine that only remembers the calls."""

from __future__ import annotations

from dsl import Compiled
from runtime.sites import Sites


def stand_ins(compiled: Compiled, sites: Sites) -> dict[str, str]:
    """Return the address of the stand-in for each setting that holds one, as the setting is written."""
    settings = compiled.settings
    if settings is None:
        return {}
    sections = (settings.webhooks, settings.channels, settings.audiences)
    hooks = {target.url: name for section in sections for name, target in section.items()}
    hooks |= {target.tasks: "tasks" for target in settings.sync.values() if target.tasks}
    found = {url: sites.hook_url(name) for url, name in hooks.items()}
    for team in settings.teams.values():
        if team.chat:
            found[team.chat] = sites.chat_url(team.chat.removeprefix("${").removesuffix("}"))
    return found | dict.fromkeys((target.url for target in settings.sync.values()), sites.crm_url)
