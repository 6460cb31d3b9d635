"""Metrics in Prometheus' text format: what the database holds, and how fast this worker dispatches.

Labels are kinds, outcomes and reasons, never a person, a run or a journey. What is counted in the database
is the same from every worker: take the maximum over them, not the sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest

from runtime.store import Store
from runtime.store.standing import Standing, standing
from runtime.store.switches import switches

KIND = "text/plain; version=0.0.4; charset=utf-8"

_FRESH = 5
_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600)


class Metrics:
    """The figures of one worker. The database is asked at most every five seconds."""

    def __init__(self, store: Store, lacking: Callable[[], Sequence[str]] = tuple) -> None:
        self._store, self._lacking = store, lacking
        self._asked = 0
        self._registry = CollectorRegistry()
        self._dispatch = Histogram(
            "nurture_dispatch_seconds",
            "From when an effect was due until its provider answered, or was certainly not reached.",
            ("kind", "outcome"),
            registry=self._registry,
            buckets=_BUCKETS,
        )
        self._open = self._gauge("nurture_runs_open", "Runs that have not ended.")
        self._paused = self._gauge("nurture_runs_paused", "Open runs that stand still.")
        self._effects = self._gauge(
            "nurture_effects", "Settled effects by kind and outcome.", ("kind", "outcome")
        )
        self._held = self._gauge("nurture_effects_held", "Effects that are held, by reason.", ("reason",))
        self._doubts = self._gauge("nurture_doubts", "Effects of which nobody knows whether they arrived.")
        self._waiting = self._gauge("nurture_outbox_waiting", "Words for Temporal that are not delivered.")
        self._lag = self._gauge("nurture_outbox_lag_seconds", "For how long the oldest of them has waited.")
        self._switches = self._gauge("nurture_switches", "Switches that people have set.", ("what",))
        self._missing = self._gauge(
            "nurture_settings_lacking", "Sections of its settings that this worker lacks of what is deployed."
        )

    def _gauge(self, name: str, words: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(name, words, labels, registry=self._registry)

    def dispatched(self, kind: str, outcome: str, seconds: float) -> None:
        """Note one attempt at an effect."""
        self._dispatch.labels(kind, outcome).observe(max(0.0, seconds))

    async def text(self, now: int) -> str:
        """Return all figures."""
        if now - self._asked >= _FRESH:
            self._take(await standing(self._store, now))
            self._switches.clear()
            for switch in await switches(self._store):
                self._switches.labels(switch.what).inc()
            self._asked = now
        self._missing.set(len(self._lacking()))
        return generate_latest(self._registry).decode()

    def _take(self, found: Standing) -> None:
        self._open.set(found.open)
        self._paused.set(found.paused)
        self._doubts.set(found.doubts)
        self._waiting.set(found.waiting)
        self._lag.set(found.lag)
        self._effects.clear()
        for (kind, outcome), number in found.effects.items():
            self._effects.labels(kind, outcome).set(number)
        self._held.clear()
        for reason, number in found.held.items():
            self._held.labels(reason).set(number)
