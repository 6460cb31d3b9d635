"""What the activities of a worker share: the store, the workspace's teams, the connections.

What is deployed (plans, definitions, the texts of emails) is read from the database with each claim, so that
a worker of another workspace does what is in force; where things are, it knows from its own settings.
"""

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
from runtime.published import Published
from runtime.store import Store


class EmailFile(Protocol):
    """An email: `dsl.plan.EmailDefinition`, or `dsl.emails.Email` of the worker's own workspace."""

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
    `emails`, `sender`: those of the worker's workspace, for a database in which none were deployed yet.
    `tasks`: where tasks go. `closing`: what was opened for this host.
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
    sender: Sender
    server: SmtpSettings
    client: httpx2.AsyncClient
    secret: bytes
    patience: Patience = field(default_factory=Patience)
    answer_within: float = ANSWER_WITHIN
    relay: Callable[[], Awaitable[None]] = _nothing
    channels: Mapping[str, Target] = field(default_factory=dict)
    webhooks: Mapping[str, Target] = field(default_factory=dict)
    audiences: Mapping[str, Target] = field(default_factory=dict)
    tasks: Target | None = None
    closing: Callable[[], Awaitable[None]] = _nothing
    dispatched: Callable[[str, str, float], None] = _unwatched
    territories: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    span: Span = _untraced

    def email(self, name: str, published: Published) -> EmailFile | None:
        """Return an email as it is deployed."""
        emails = self.emails if published.texts is None else published.texts.emails
        return emails.get(name)

    def from_whom(self, published: Published) -> Sender:
        """Return who emails come from, as it is deployed."""
        if published.texts is None or published.texts.letterhead is None:
            return self.sender
        workspace = published.definitions.workspace
        return Sender.of(published.texts.letterhead, workspace, self.sender.gateway_url)

    def notifier(self, sender: Sender, within: float) -> Notifier:
        """Return what posts a message of a notice, in so many seconds."""
        patience = replace(self.patience, budget=min(within, self.patience.budget))
        return Notifier(sender, self.server, self.client, self.secret, patience)
