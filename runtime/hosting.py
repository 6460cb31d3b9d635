"""Hosting: from a workspace and its configuration to what the activities of a worker share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import httpx2

from activities.crm import Crm, WebhookCrm
from activities.guarding import guarded_client
from activities.host import Host
from activities.message import Sender
from activities.notify import Team
from activities.previewing import Preview
from activities.rendering import prepare
from activities.smtp import Patience, SmtpSettings
from activities.templates import check
from dsl import Compiled
from runtime.connecting import HostingError, Targets
from runtime.store import Store


@dataclass(frozen=True, slots=True)
class Connections:
    """What a worker connects to.

    `resolve` fills in `${NAME}` of a setting; None where the variable is not set. `private`: webhooks may lie
    in private networks whatever the settings say, for they are stand-ins on this machine.
    """

    smtp_url: str
    secret: bytes
    resolve: Callable[[str], str | None]
    gateway_url: str | None = None
    patience: Patience = field(default_factory=Patience)
    private: bool = False


def build_host(
    compiled: Compiled,
    store: Store,
    client: httpx2.AsyncClient,
    connections: Connections,
    relay: Callable[[], Awaitable[None]],
) -> Host:
    """Build the host of a checked workspace.

    Raises `HostingError` for a setting that a worker needs, `ChannelError` for an address that is none.
    """
    settings = compiled.settings
    if settings is None or settings.email is None:
        raise HostingError(
            'A worker needs to know who sends: add [email] with from = "Name <address>" to nurture.toml.'
        )
    proofread(compiled)
    targets = Targets(settings, connections.resolve, client, guarded_client(), connections.private)
    return Host(
        store=store,
        emails=compiled.emails,
        teams={
            name: Team(name, team.emails, connections.resolve(team.chat) if team.chat else None)
            for name, team in settings.teams.items()
        },
        members={name: team.members for name, team in settings.teams.items()},
        territories={name: team.territories for name, team in settings.teams.items()},
        crms=_crms({name: target.url for name, target in settings.sync.items()}, connections, client),
        sender=_sender(compiled, connections.gateway_url),
        server=SmtpSettings.parse(connections.smtp_url),
        client=client,
        secret=connections.secret,
        patience=connections.patience,
        relay=relay,
        channels=targets.channels(),
        webhooks=targets.webhooks(),
        audiences=targets.audiences(compiled.plans.values()),
        tasks=targets.tasks(compiled.plans.values()),
        closing=targets.guarded.aclose,
    )


def proofread(compiled: Compiled) -> None:
    """See to it that every text can be filled in and every address is one, before it is sent or deployed.

    Raises `ChannelError` for an address that is none, `TemplateFailure` for a text.
    """
    texts = compiled.texts()
    for email in texts.emails.values():
        for version in (email.default, *email.versions.values()):
            prepare(version)
    for message in compiled.definitions.messages:
        check(message.text)
    if texts.letterhead is not None:
        Sender.of(texts.letterhead, compiled.definitions.workspace, None)


def preview(compiled: Compiled) -> Preview | None:
    """Return what tells a simulation which mail cannot be written for a contact; None if nobody sends."""
    return Preview.of(compiled)


def _sender(compiled: Compiled, gateway_url: str | None) -> Sender:
    letterhead = compiled.texts().letterhead
    assert letterhead is not None
    return Sender.of(letterhead, compiled.definitions.workspace, gateway_url)


def _crms(urls: Mapping[str, str], connections: Connections, client: httpx2.AsyncClient) -> dict[str, Crm]:
    crms: dict[str, Crm] = {}
    for name, url in urls.items():
        resolved = connections.resolve(url)
        if resolved is None:
            raise HostingError(
                f'[sync."{name}"] in nurture.toml refers to {url}, which is not set. Set it in the '
                "environment of the worker."
            )
        crms[name] = WebhookCrm(resolved, client)
    return crms


__all__ = ["Connections", "HostingError", "build_host", "preview", "proofread"]
