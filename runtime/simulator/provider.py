"""How the outside world behaves in a simulation: providers that accept, refuse, or are down for a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dsl.plan import Effect
from runtime.evaluate import RunView
from runtime.facts import Facts

Preview = Callable[[Effect, Facts, RunView, int], str | None]


@dataclass(frozen=True, slots=True)
class Outage:
    """From `start` until before `end` (epoch seconds) effects of this kind cannot be delivered.

    `retry_after`: the seconds that the provider asks us to wait, if it does.
    """

    start: int
    end: int
    kind: str = "send"
    reason: str = "provider unreachable"
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """Outcomes by rule. `refused`: contact id to the code with which its address is refused.

    `preview`: tells why an email or a message cannot be written for a contact, without which all can be.
    """

    outages: tuple[Outage, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    preview: Preview | None = None

    def deliver(self, effect: Effect, facts: Facts, run: RunView, at: int) -> tuple[str, str, int | None]:
        """Return (sent | failed | retry, reason, seconds to wait) for an effect that goes out at `at`."""
        if self.preview is not None and (reason := self.preview(effect, facts, run, at)):
            return "failed", reason, None
        contact = facts.contact_id
        if (outage := self.out(effect.kind, at)) is not None:
            return "retry", outage.reason, outage.retry_after
        if effect.kind == "send" and contact in self.refused:
            return "failed", self.refused[contact], None
        return "sent", "", None

    def out(self, kind: str, at: int) -> Outage | None:
        """Return the outage for effects of a kind at an instant, if there is one."""
        found = (one for one in self.outages if one.kind == kind and one.start <= at < one.end)
        return next(found, None)
