"""`nurture worker`: carry the runs of what is deployed until told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

from activities.smtp import SmtpSettings
from runtime.builds import Build, begin
from runtime.cli.database import database, now
from runtime.cli.failures import Failure
from runtime.cli.loading import load_to_carry
from runtime.cli.output import note
from runtime.cli.starting import as_deployed, publish_first
from runtime.cli.stopping import until_stopped
from runtime.cli.watching import Port, Say, Watch, watched
from runtime.config import Config, load_config, resolve, unset
from runtime.hosting import Connections, build_host
from runtime.lacking import Lacking
from runtime.logs import LogFormat, configure
from runtime.reaching import opened, reach
from runtime.relay import Relay
from runtime.tracing import Tracing, tracing
from runtime.worker import working

if TYPE_CHECKING:
    from temporalio.client import Client

    from dsl import Compiled
    from runtime.workspace import Workspace

log = logging.getLogger("nurture.cli")

_ANSWERS_WITHIN = 3.0  # seconds


def worker(
    *,
    workspace: Path = Path(),
    port: Port | None = None,
    log_format: LogFormat = "text",
    build_id: str | None = None,
    runs_stay: bool = False,
) -> int:
    """Carry the runs of what is deployed until stopped (Ctrl-C, or SIGTERM).

    Told to stop, it finishes what it has offered to a provider and begins nothing new; others go on.

    Where nothing is deployed yet, the workspace is; later `nurture deploy` puts another version in force,
    the texts of its emails too. Teams, and where calls go, are read from the worker's own settings; what
    stands in its other files, mistakes too, does not touch what is deployed.

    Temporal is found by the standard TEMPORAL_ variables and profile; the database, mail server and secret
    by NURTURE_DATABASE_URL, NURTURE_SMTP_URL and NURTURE_SECRET. Start as many workers as you like.

    Parameters
    ----------
    workspace
        The folder of the workspace.
    port
        Where this machine finds /health and /metrics. 0 takes a free one; without it there are none.
    log_format
        What the log on standard error is written in. No person's data is in it.
    build_id
        Which build this worker is, where workers of old and new code run side by side: a version, a commit.
        The first build becomes the current one; `temporal worker deployment` makes another one current.
    runs_stay
        Runs that begin on this build end on it, so it is kept until they have; else they follow.
    """
    if runs_stay and build_id is None:
        raise Failure("--runs-stay says on what runs stay: name the build with --build-id.")
    found, compiled = load_to_carry(workspace)
    config = load_config()
    secret = config.signing_secret()
    configure(log_format)
    say = log.info if log_format == "json" else note
    _note_silent_chats(compiled, log.warning if log_format == "json" else note)
    build = Build.of(build_id, config.task_queue, runs_stay) if build_id is not None else None
    spans = tracing(os.environ)
    try:
        asyncio.run(_work(found, compiled, config, secret, _Options(port, say, build, spans)))
    finally:
        if spans is not None:
            spans.close()
    return 0


@dataclass(frozen=True, slots=True)
class _Options:
    port: int | None
    say: Say
    build: Build | None
    spans: Tracing | None


async def _work(
    workspace: Workspace, compiled: Compiled, config: Config, secret: bytes, options: _Options
) -> None:
    say, build, spans = options.say, options.build, options.spans
    async with database(config, create=True) as store, httpx2.AsyncClient(timeout=20) as http:
        await store.keep_secret(now())
        sound = compiled.ok
        if not sound:
            compiled = await as_deployed(store, workspace, compiled, say)
        client = await reach(config.keys(), (spans.interceptor,) if spans is not None else ())
        await opened(client, store)
        relay = Relay(store, client, now, config.task_queue)
        connections = Connections(
            smtp_url=config.smtp_url.get_secret_value(),
            secret=secret,
            resolve=lambda text: resolve(text, os.environ),
            gateway_url=config.gateway_url,
        )
        host = build_host(compiled, store, http, connections, relay.nudge)
        if spans is not None:
            host = replace(host, span=spans.span)
        if sound:
            await publish_first(store, compiled, say)
        lacking = Lacking(host, log.warning if say == log.info else say)
        published = await lacking.look()
        await _note_silent_mail(host.server, say)
        stopped = until_stopped()
        async with AsyncExitStack() as stack:
            watch = Watch(client, options.port, stopped, lacking)
            watched_host = stack.enter_context(watched(host, watch, say))
            await stack.enter_async_context(lacking.watching())
            async with working(client, watched_host, relay, config.task_queue, admits=True, build=build):
                if build is not None:
                    await _say_current(client, build, say)
                number = len(published.active)
                journeys = f"{number} journey{'' if number == 1 else 's'}"
                say(f"carrying {journeys} on the task queue “{config.task_queue}”. Ctrl-C stops.")
                await stopped.wait()
                say("stopping; what is under way is finished first.")
        say("stopped.")


async def _say_current(client: Client, build: Build, say: Say) -> None:
    current = await begin(client, build)
    if current == build.id:
        say(f"build {build.id} is the current one of “{build.deployment}”.")
        return
    say(
        f"build {current} of “{build.deployment}” is the current one; this is {build.id}, which takes runs "
        f"once it is: temporal worker deployment set-current-version --deployment-name {build.deployment} "
        f"--build-id {build.id}"
    )


async def _note_silent_mail(server: SmtpSettings, say: Say = note) -> None:
    """Say so if the mail server does not answer: the worker works all the same, and mails wait."""
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN):
            _reader, writer = await asyncio.open_connection(server.host, server.port)
    except OSError:
        say(
            f"the mail server {server.host}:{server.port} does not answer. Start it, or say with "
            "NURTURE_SMTP_URL where it is; until then mails are held and tried again, and none is lost."
        )
        return
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def _note_silent_chats(compiled: Compiled, say: Say) -> None:
    teams = compiled.settings.teams if compiled.settings else {}
    for name, team in teams.items():
        if team.chat and (missing := unset(team.chat, os.environ)):
            say(f"{missing[0]} is not set, so the team “{name}” is told by email alone, not in its chat.")
