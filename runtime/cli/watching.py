"""Watching: a worker's health and metrics on a port of this machine, if one was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from temporalio.client import Client

from activities.host import Host
from runtime.cli.database import now
from runtime.endpoint import Endpoint
from runtime.health import Health
from runtime.lacking import Lacking
from runtime.metrics import Metrics

Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))]

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Watch:
    """What is looked after beside a worker, and where: no `port`, no endpoint."""

    client: Client
    port: int | None
    stopping: asyncio.Event
    lacking: Lacking


@contextmanager
def watched(host: Host, watch: Watch, say: Say) -> Iterator[Host]:
    """Answer on the port while the block lasts; give the host that tells the metrics. Raises `PortTaken`."""
    if watch.port is None:
        yield host
        return
    lacking = watch.lacking.named
    metrics = Metrics(host.store, lacking)
    health = Health(host.store, watch.client, metrics, now, watch.stopping, lacking)
    with Endpoint(health.routes(), watch.port) as endpoint:
        say(f"health and metrics are at {endpoint.url}/health and {endpoint.url}/metrics.")
        yield replace(host, dispatched=metrics.dispatched)
