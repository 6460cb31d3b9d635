"""How the outside world behaves in a simulation: providers that accept, refuse, or are down for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dsl.plan import Effect


@dataclass(frozen=True, slots=True)
class Outage:
    """From `start` until before `end` (epoch seconds) effects of this kind cannot be delivered."""

    start: int
    end: int
    kind: str = "send"


@dataclass(frozen=True, slots=True)
class Provider:
    """Outcomes by rule. `refused`: contact id to the code with which its address is refused."""

    outages: tuple[Outage, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)

    def deliver(self, effect: Effect, contact: str, at: int) -> tuple[str, str]:
        """Return (sent | failed | retry, reason) for an effect that goes out at `at`."""
        if any(o.kind == effect.kind and o.start <= at < o.end for o in self.outages):
            return "retry", "provider unreachable"
        if effect.kind == "send" and contact in self.refused:
            return "failed", self.refused[contact]
        return "sent", ""
