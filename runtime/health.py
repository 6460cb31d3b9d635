"""Health: whether a worker can work, and its metrics, on one loopback port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from temporalio.client import Client
from temporalio.service import RPCError

from runtime.endpoint import Reply, Routes, as_json
from runtime.metrics import KIND, Metrics
from runtime.store import Store

_WITHIN = 3.0


@dataclass(frozen=True, slots=True)
class Health:
    """Looks after one worker. `stopping`: set once it has been told to stop.

    `lacking`: names the sections that its settings lack. That is told and is no failure: it takes work all
    the same, and holds what it cannot do.
    """

    store: Store
    client: Client
    metrics: Metrics
    clock: Callable[[], int]
    stopping: asyncio.Event
    lacking: Callable[[], Sequence[str]] = tuple

    def routes(self) -> Routes:
        """Return what the endpoint answers."""
        return {("GET", "/health"): self.health, ("GET", "/metrics"): self.figures}

    async def health(self, _body: bytes) -> Reply:
        """Answer 200 if the worker takes work and reaches its database and Temporal, else 503."""
        database, temporal = await asyncio.gather(self._database(), self._temporal())
        fine = database and temporal and not self.stopping.is_set()
        status = "stopping" if self.stopping.is_set() else "ok" if fine else "failing"
        found = {"status": status, "database": database, "temporal": temporal}
        return as_json(200 if fine else 503, {**found, "lacking": list(self.lacking())})

    async def figures(self, _body: bytes) -> Reply:
        """Answer with the metrics."""
        return Reply(200, await self.metrics.text(self.clock()), KIND)

    async def _database(self) -> bool:
        try:
            async with asyncio.timeout(_WITHIN), self.store.reading() as connection:
                await connection.execute(text("SELECT 1"))
        except Exception:  # whatever it is, the database does not answer
            return False
        return True

    async def _temporal(self) -> bool:
        try:
            return await self.client.service_client.check_health(timeout=timedelta(seconds=_WITHIN))
        except (RPCError, RuntimeError):
            return False
