"""Connecting: from the settings to the addresses that a worker calls, each with its client and its secret."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import httpx2

from activities.guarding import names_private
from activities.targets import Target
from activities.webhooks import check_url
from dsl import Settings
from dsl.plan import ChangeAudience, CreateTask, Do, Effect, Plan
from dsl.settings import FILE, Webhook


class HostingError(Exception):
    """The workspace's settings do not suffice to run a worker. The message names the setting."""


@dataclass(frozen=True, slots=True)
class Targets:
    """The addresses of a workspace. `guarded` gets into no private network, `client` goes anywhere.

    `resolve` fills in `${NAME}` of a setting; None where the variable is not set. `private`: whatever the
    settings say, private networks are meant. All raise `HostingError`.
    """

    settings: Settings
    resolve: Callable[[str], str | None]
    client: httpx2.AsyncClient
    guarded: httpx2.AsyncClient
    private: bool = False

    def channels(self) -> dict[str, Target]:
        """Return who delivers messages, by channel."""
        return self._all("channels", self.settings.channels)

    def webhooks(self) -> dict[str, Target]:
        """Return the webhooks by name."""
        return self._all("webhooks", self.settings.webhooks)

    def audiences(self, plans: Iterable[Plan]) -> dict[str, Target]:
        """Return who keeps each audience. Each that a journey changes needs somebody."""
        for plan, line, effect in _effects(plans):
            if isinstance(effect, ChangeAudience) and effect.audience not in self.settings.audiences:
                raise HostingError(
                    f"Journey “{plan.journey}”, line {line}: nobody keeps the audience “{effect.audience}”. "
                    f'Add [audiences."{effect.audience}"] with url = "…" to {FILE}.'
                )
        return self._all("audiences", self.settings.audiences)

    def tasks(self, plans: Iterable[Plan]) -> Target | None:
        """Return where tasks go: to the one connected system that takes them."""
        takers = [(name, target.tasks) for name, target in self.settings.sync.items() if target.tasks]
        if len(takers) > 1:
            both = " and ".join(f'[sync."{name}"]' for name, _ in takers[:2])
            raise HostingError(f"Both {both} in {FILE} take tasks. Leave “tasks” out of one of them.")
        for plan, line, effect in _effects(plans):
            if isinstance(effect, CreateTask) and not takers:
                raise HostingError(
                    f"Journey “{plan.journey}”, line {line}: no system takes tasks. "
                    f'Add tasks = "…", the address for them, under a [sync.…] of {FILE}.'
                )
        for name, url in takers:
            place = f'[sync."{name}"] tasks'
            return Target(check_url(self._filled(url or "", place), f"{place} in {FILE}"), self.client)
        return None

    def _all(self, section: str, found: Mapping[str, Webhook]) -> dict[str, Target]:
        return {name: self._target(f'[{section}."{name}"]', one) for name, one in found.items()}

    def _target(self, place: str, setting: Webhook) -> Target:
        url = check_url(self._filled(setting.url, f"{place} url"), f"{place} url in {FILE}")
        free = setting.allow_private or self.private
        if names_private(url) and not free:
            raise HostingError(
                f"{place} url in {FILE} leads into a private network. Name a public address, or write "
                "allow_private = true below it if that is meant."
            )
        secret = self._filled(setting.secret, f"{place} secret") if setting.secret else None
        return Target(url, self.client if free else self.guarded, secret)

    def _filled(self, text: str, place: str) -> str:
        found = self.resolve(text)
        if found is None:
            raise HostingError(
                f"{place} in {FILE} refers to {text}, which is not set. Set it in the environment of the "
                "worker."
            )
        return found


def _effects(plans: Iterable[Plan]) -> Iterable[tuple[Plan, int, Effect]]:
    for plan in plans:
        for step in plan.steps:
            if isinstance(step, Do):
                yield plan, step.line, step.effect
