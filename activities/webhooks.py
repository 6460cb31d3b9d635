"""Webhooks: JSON posted to a configured address, safe to repeat by its idempotency key."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2

from activities.guarding import PrivateAddress
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
_LONGEST_REPLY = 65_536  # bytes; what follows is not read
_LONGEST_WAIT = 86_400
WITHIN = 15.0
"""Seconds that one call may take as a whole, however slowly a receiver goes on answering."""

PRIVATE = "private address"
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
    within: float = WITHIN,
) -> Outcome:
    """Post JSON once.

    Args:
        idempotency_key: sent as `Idempotency-Key`, equal for every attempt at one effect.
        client: carries the time limits of each step. Redirects are not followed.
        repeatable: the receiver honours the key, so a lost reply is `retry`. If it does not (chat), a
            lost reply is `in doubt`.
        within: seconds for all of it.

    Never raises for what a server does. The URL is a secret and appears in no outcome.
    """
    return await post_bytes(
        url,
        as_json(body),
        idempotency_key,
        client,
        headers=headers,
        repeatable=repeatable,
        within=within,
    )


def as_json(body: Mapping[str, Any]) -> bytes:
    """Return the bytes that are posted, and signed."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


async def post_bytes(
    url: str,
    content: bytes,
    idempotency_key: str,
    client: httpx2.AsyncClient,
    *,
    headers: Mapping[str, str] | None = None,
    repeatable: bool = True,
    within: float = WITHIN,
) -> Outcome:
    """Post JSON that is written already, as `post_json` does."""
    head = {**(headers or {}), "Content-Type": "application/json", "Idempotency-Key": idempotency_key}
    lost = retry if repeatable else in_doubt
    begun = False

    async def watch(event: str, _info: Any) -> None:
        nonlocal begun
        begun = begun or event.endswith("send_request_headers.started")

    try:
        async with (
            asyncio.timeout(within),
            client.stream(
                "POST",
                url,
                content=content,
                headers=head,
                follow_redirects=False,
                extensions={"trace": watch},
            ) as response,
        ):
            return _verdict(response, await _read(response))
    except PrivateAddress as error:
        return retry(PRIVATE, str(error))
    except _NOT_SENT as error:
        return retry(UNREACHABLE, type(error).__name__)
    except httpx2.TransportError as error:
        reason = TIMED_OUT if isinstance(error, httpx2.TimeoutException) else CONNECTION_LOST
        return lost(reason, type(error).__name__)
    except httpx2.DecodingError as error:
        return lost(CONNECTION_LOST, type(error).__name__)
    except TimeoutError:
        return (lost if begun else retry)(TIMED_OUT, "The call took too long as a whole.")


async def _read(response: httpx2.Response) -> str:
    """Return the beginning of a reply, of which nobody knows how long it is."""
    found = bytearray()
    async for chunk in response.aiter_bytes():
        found += chunk
        if len(found) > _LONGEST_REPLY:
            break
    return found.decode("utf-8", "replace")[:_DETAIL_LIMIT]


def _verdict(response: httpx2.Response, detail: str) -> Outcome:
    code = response.status_code
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
