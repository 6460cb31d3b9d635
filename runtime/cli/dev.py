"""`nurture dev`: a whole installation on this machine, in real time; started again, everything goes on."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import httpx2

from activities.smtp import Patience
from runtime.cli.database import now
from runtime.cli.failures import Failure
from runtime.cli.loading import load_to_run
from runtime.cli.output import note
from runtime.cli.starting import publish_first
from runtime.cli.stopping import until_stopped
from runtime.cli.watching import Port
from runtime.development import Server, serving
from runtime.endpoint import Endpoint, Routes
from runtime.example import example
from runtime.health import Health
from runtime.hosting import Connections, build_host
from runtime.lacking import Lacking
from runtime.logs import configure
from runtime.metrics import Metrics
from runtime.people import read_accounts, read_contacts
from runtime.receiving import Receiver
from runtime.relay import Relay
from runtime.sink import MailSink
from runtime.sites import Sites
from runtime.stand_ins import stand_ins
from runtime.store import Store, import_accounts, import_contacts, open_store
from runtime.worker import working
from runtime.workspace import SETTINGS

if TYPE_CHECKING:
    from dsl import Compiled


def dev(
    *,
    workspace: Path | None = None,
    data: Path = Path("nurture-dev"),
    port: Port = 8025,
    mail_port: Port = 1025,
    temporal_port: Port = 7233,
    ui_port: Port = 8233,
) -> int:
    """Run everything on this machine in real time, until stopped (Ctrl-C): no mail leaves it.

    Temporal's development server with its web UI, a worker, a mail server that only keeps mails, stand-ins
    for what webhooks call, and an address that takes events. Started again with the same folder of data,
    everything goes on where it was, with the journeys that are in force there: a changed file waits for
    `nurture deploy`, and the start says so with the command.

    Parameters
    ----------
    workspace
        The folder of the workspace. The current folder if it is one, else the example.
    data
        Where Temporal's file, the database, the mails and the secret are kept.
    port
        Where events are taken: POST /events. 0 takes a free one, here and below.
    mail_port
        Where the mail server listens.
    temporal_port
        Where Temporal listens.
    ui_port
        Where Temporal's web UI is.
    """
    if workspace is None:
        workspace = Path() if Path(SETTINGS).is_file() else example()
    found, compiled = load_to_run(workspace)
    configure("text")
    asyncio.run(_run(_Dev(compiled, found.root, data, port, mail_port, temporal_port, ui_port)))
    return 0


@dataclass(frozen=True, slots=True)
class _Dev:
    compiled: Compiled
    root: Path
    data: Path
    port: int
    mail_port: int
    temporal_port: int
    ui_port: int

    @property
    def database(self) -> Path:
        return self.data / "nurture.db"


async def _run(dev: _Dev) -> None:
    stopped = until_stopped()
    try:
        dev.data.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise Failure(f"{dev.data} is no folder. Name another one with --data.") from None
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(dev.data, dev.temporal_port, dev.ui_port))
        begun = not dev.database.exists()
        store = await open_store(f"sqlite:///{dev.database}", _secret(dev.data / "secret"))
        stack.push_async_callback(store.close)
        await store.keep_secret(now())
        before = f"NURTURE_DATABASE_URL={quote(f'sqlite:///{dev.database}')} "
        await publish_first(store, dev.compiled, note, before, f" --workspace {quote(str(dev.root))}")
        people = await _bring_sample(dev, store) if begun else 0
        sink = await stack.enter_async_context(MailSink(dev.data / "mails", dev.mail_port))
        sites = stack.enter_context(Sites())
        http = await stack.enter_async_context(httpx2.AsyncClient(timeout=20))
        relay = Relay(store, server.client, now)
        addresses = stand_ins(dev.compiled, sites)
        connections = Connections(
            sink.url,
            _secret(dev.data / "secret"),
            lambda text: addresses.get(text, text),
            patience=Patience(),
            private=True,
        )
        host = build_host(dev.compiled, store, http, connections, relay.nudge)
        lacking = Lacking(host, note)
        published = await lacking.look()
        await stack.enter_async_context(lacking.watching())
        metrics = Metrics(store, lacking.named)
        health = Health(store, server.client, metrics, now, stopped, lacking.named)
        await stack.enter_async_context(
            working(server.client, replace(host, dispatched=metrics.dispatched), relay, admits=True)
        )
        routes: Routes = {("POST", "/events"): Receiver(store, now, relay.nudge), **health.routes()}
        endpoint = stack.enter_context(Endpoint(routes, dev.port))
        _print_places(dev, published.active, server, sink, endpoint, people)
        await stopped.wait()
        note("stopping; what is under way is finished first.")
    note(f"stopped. Start it again with the same folder, {dev.data}, and everything goes on where it was.")


async def _bring_sample(dev: _Dev, store: Store) -> int:
    """Bring in the people of a workspace's sample, and return how many contacts there are."""
    sample, definitions = dev.root / "sample", dev.compiled.definitions
    accounts, contacts = sample / "accounts.csv", sample / "contacts.csv"
    if accounts.is_file():
        await import_accounts(store, read_accounts(accounts, definitions), definitions, now())
    if not contacts.is_file():
        return 0
    at = now()
    return await import_contacts(store, read_contacts(contacts, definitions, at), definitions, at)


def _secret(file: Path) -> bytes:
    """Return what signs, made at the first start: after that it must stay the same."""
    try:
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes()
    with os.fdopen(made, "wb") as opened:
        opened.write(secrets.token_urlsafe(32).encode())
    return file.read_bytes()


def _print_places(
    dev: _Dev, journeys: Iterable[str], server: Server, sink: MailSink, endpoint: Endpoint, people: int
) -> None:
    names = ", ".join(f"“{name}”" for name in sorted(journeys)) or "none in force"
    brought = f"; {people} contacts of its sample are in the database" if people else ""
    places = {
        "journeys": f"{names}; the workspace is {dev.root}{brought}",
        "Temporal": f"{server.ui}  (clients: {server.address})",
        "events": f"POST {endpoint.url}/events  (also: /health, /metrics)",
        "mail": f"{sink.url}, kept in {dev.data / 'mails'}",
        "database": str(dev.database),
        "look": f"NURTURE_DATABASE_URL=sqlite:///{dev.database} nurture show CONTACT",
    }
    for name, place in places.items():
        print(f"  {name:<9} {place}")
    print("Ctrl-C stops.", flush=True)
