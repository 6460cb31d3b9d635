"""What the activities of a worker share: the store, the workspace's emails and teams, the connections."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

import httpx2

from activities.crm import Crm
from activities.keeping import ANSWER_WITHIN
from activities.message import Sender
from activities.notify import Notifier, Team
from activities.rendering import Version
from activities.smtp import Patience, SmtpSettings
from activities.targets import Target
from dsl.plan import HandoffRule, MessageDefinition
from runtime.store import Store


class EmailFile(Protocol):
    """An email of the workspace: `dsl.emails.Email`."""

    @property
    def name(self) -> str: ...
    @property
    def service(self) -> bool: ...
    @property
    def default(self) -> Version: ...
    @property
    def versions(self) -> Mapping[str, Version]: ...


async def _nothing() -> None:
    return


def _unwatched(_kind: str, _outcome: str, _seconds: float) -> None:
    return


Span = Callable[[str, Mapping[str, str | int]], AbstractContextManager[Callable[[str, str], None]]]
"""Gives an attempt (its kind, its ids) a span, and takes the outcome and the reason."""


@contextmanager
def _untraced(_kind: str, _fields: Mapping[str, str | int]) -> Iterator[Callable[[str, str], None]]:
    yield lambda _outcome, _reason: None


@dataclass(frozen=True, slots=True)
class Host:
    """Everything that an activity needs, passed in once.

    `answer_within`: seconds that an earlier attempt that has offered is waited for, until it counts as dead.
    `messages`: by channel and name. `tasks`: where tasks go. `closing`: what was opened for this host.
    `dispatched` is told of each attempt: its kind, its outcome, its seconds. `span` traces it.
    `members`: the people of each team, in the order in which they take turns; `territories`: who of a team
    answers for which. `secret` signs Message-IDs
    and unsubscribe tokens. `relay` hands over at once what a turn has left in the outbox; the worker's own
    loop does so again, so losing it loses nothing.
    """

    store: Store
    emails: Mapping[str, EmailFile]
    teams: Mapping[str, Team]
    members: Mapping[str, tuple[str, ...]]
    crms: Mapping[str, Crm]
    handoffs: Mapping[str, HandoffRule]
    sender: Sender
    server: SmtpSettings
    client: httpx2.AsyncClient
    secret: bytes
    patience: Patience = field(default_factory=Patience)
    answer_within: float = ANSWER_WITHIN
    relay: Callable[[], Awaitable[None]] = _nothing
    messages: Mapping[tuple[str, str], MessageDefinition] = field(default_factory=dict)
    channels: Mapping[str, Target] = field(default_factory=dict)
    webhooks: Mapping[str, Target] = field(default_factory=dict)
    audiences: Mapping[str, Target] = field(default_factory=dict)
    tasks: Target | None = None
    closing: Callable[[], Awaitable[None]] = _nothing
    dispatched: Callable[[str, str, float], None] = _unwatched
    territories: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    span: Span = _untraced

    def notifier(self, within: float) -> Notifier:
        """Return what posts a message of a notice, in so many seconds."""
        patience = replace(self.patience, budget=min(within, self.patience.budget))
        return Notifier(self.sender, self.server, self.client, self.secret, patience)
