"""Targets: addresses of the settings that are called with JSON, signed, and tried again for a minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from activities.outcomes import Outcome
from activities.signing import signed
from activities.smtp import Patience
from activities.webhooks import WITHIN, as_json, post_bytes


@dataclass(frozen=True, slots=True)
class Target:
    """One address. `client` decides whether it may lie in a private network; `secret` signs each call."""

    url: str = field(repr=False)
    client: httpx2.AsyncClient
    secret: str | None = field(default=None, repr=False)

    async def post(
        self,
        body: Mapping[str, Any],
        key: str,
        clock: int,
        patience: Patience,
        *,
        repeatable: bool = True,
    ) -> Outcome:
        """Post a body, again on `retry` while patience lasts; what the receiver asks us to wait counts too.

        Args:
            key: names the effect, equal for every attempt.
            clock: the driver's time, which is signed.
            repeatable: the receiver honours the key, so a lost reply can be tried again.
        """
        content = as_json(body)
        headers = signed(self.secret, key, clock, content) if self.secret else {}
        end = patience.clock() + patience.budget
        pauses = list(patience.pauses)
        while True:
            left = min(WITHIN, end - patience.clock())
            outcome = await post_bytes(
                self.url,
                content,
                key,
                self.client,
                headers=headers,
                repeatable=repeatable,
                within=left,
            )
            if outcome.kind != "retry" or not pauses:
                return outcome
            pause = max(pauses.pop(0), outcome.retry_after or 0)
            if patience.clock() + pause >= end:
                return outcome
            await patience.sleep(pause)
            if patience.over():
                return outcome
