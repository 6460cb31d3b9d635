"""Watching: a worker's health and metrics on a port of this machine, if one was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from temporalio.client import Client

from activities.host import Host
from runtime.cli.database import now
from runtime.endpoint import Endpoint
from runtime.health import Health
from runtime.metrics import Metrics

Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))]

Say = Callable[[str], None]


@contextmanager
def watched(
    host: Host, client: Client, port: int | None, stopping: asyncio.Event, say: Say
) -> Iterator[Host]:
    """Answer on the port while the block lasts; give the host that tells the metrics. Raises `PortTaken`."""
    if port is None:
        yield host
        return
    metrics = Metrics(host.store)
    with Endpoint(Health(host.store, client, metrics, now, stopping).routes(), port) as endpoint:
        say(f"health and metrics are at {endpoint.url}/health and {endpoint.url}/metrics.")
        yield replace(host, dispatched=metrics.dispatched)
