"""Webhooks: JSON posted to a configured address, safe to repeat by its idempotency key."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2

from activities.outcomes import (
    CONNECTION_LOST,
    TIMED_OUT,
    UNREACHABLE,
    ChannelError,
    Outcome,
    failed,
    in_doubt,
    retry,
    sent,
)

# It logs the address of each request, and the addresses of webhooks are secrets.
logging.getLogger("httpx2").setLevel(logging.WARNING)

_TRY_AGAIN = frozenset({408, 425, 429})
_DETAIL_LIMIT = 500
_LONGEST_WAIT = 86_400
# The request never left, or the server never saw the whole of it.
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


class WebhookUrlWrong(ChannelError):
    """A webhook is configured by an address that cannot be used."""


def check_url(url: str, what: str) -> str:
    """Return the URL, or raise `WebhookUrlWrong`. `what` names the setting; the URL may hold a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise WebhookUrlWrong(f"{what} must be a web address that begins with https://.")
    return url


async def post_json(
    url: str,
    body: Mapping[str, Any],
    idempotency_key: str,
    client: httpx2.AsyncClient,
    *,
    headers: Mapping[str, str] | None = None,
    repeatable: bool = True,
) -> Outcome:
    """Post JSON once.

    Args:
        idempotency_key: sent as `Idempotency-Key`, equal for every attempt at one effect.
        client: carries the time limits. Redirects are not followed.
        repeatable: the receiver honours the key, so a lost reply is `retry`. If it does not (chat), a
            lost reply is `in doubt`.

    Never raises for what a server does. The URL is a secret and appears in no outcome.
    """
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    head = {**(headers or {}), "Content-Type": "application/json", "Idempotency-Key": idempotency_key}
    try:
        response = await client.post(url, content=content, headers=head, follow_redirects=False)
    except _NOT_SENT as error:
        return retry(UNREACHABLE, type(error).__name__)
    except httpx2.TransportError as error:
        reason = TIMED_OUT if isinstance(error, httpx2.TimeoutException) else CONNECTION_LOST
        return (retry if repeatable else in_doubt)(reason, type(error).__name__)
    return _verdict(response)


def _verdict(response: httpx2.Response) -> Outcome:
    code, detail = response.status_code, response.text[:_DETAIL_LIMIT]
    if 200 <= code < 300:
        return sent(detail)
    if code in _TRY_AGAIN or code >= 500:
        return retry(f"http {code}", detail, _retry_after(response))
    return failed(f"http {code}", detail)


def _retry_after(response: httpx2.Response) -> int | None:
    """Read Retry-After: seconds, or a date, which is compared with the server's own Date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return min(int(value), _LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(response.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return min(max(int(wait.total_seconds()), 0), _LONGEST_WAIT)
