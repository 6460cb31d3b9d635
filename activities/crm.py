"""CRM: one interface to the customer database of sales, and its implementation by webhook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx2

from activities.outcomes import Outcome
from activities.webhooks import check_url, post_json


@dataclass(frozen=True, slots=True)
class CrmContact:
    """A contact as it stands when it is synced."""

    id: str
    email: str | None
    fields: Mapping[str, Any] = field(default_factory=dict)
    score: float = 0.0
    stage: str | None = None
    tags: frozenset[str] = frozenset()
    account_id: str | None = None
    account: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return the contact as JSON data, in a stable order."""
        return {
            "id": self.id,
            "email": self.email,
            "fields": dict(self.fields),
            "score": self.score,
            "stage": self.stage,
            "tags": sorted(self.tags),
            "account": {"id": self.account_id, "fields": dict(self.account)} if self.account_id else None,
        }


class Crm(Protocol):
    """What a connection to a CRM does. Implementations are idempotent for equal keys."""

    async def upsert(self, contact: CrmContact, key: str) -> Outcome:
        """Create or update the contact. `key` is `keys.effect_id` of the sync."""
        ...


class WebhookCrm:
    """Posts each contact to one address; the receiver remembers `Idempotency-Key`."""

    def __init__(self, url: str, client: httpx2.AsyncClient, token: str | None = None) -> None:
        self._url = check_url(url, "The address of the CRM's webhook")
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def upsert(self, contact: CrmContact, key: str) -> Outcome:
        return await post_json(self._url, contact.payload(), key, self._client, headers=self._headers)
