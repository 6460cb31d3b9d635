"""Signing: what shows a receiver that a call is ours, and fresh (the Standard Webhooks specification).

webhook-id          equal for every attempt at one effect
webhook-timestamp   when this attempt was made, seconds since the epoch
webhook-signature   v1,BASE64 of the HMAC-SHA256 of `id.timestamp.body`
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

_PREFIX = "whsec_"


def signed(secret: str, id_: str, at: int, body: bytes) -> dict[str, str]:
    """Return the headers that sign a body."""
    mac = hmac.new(_key(secret), f"{id_}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def _key(secret: str) -> bytes:
    """Return the key: what follows `whsec_` in base64, else the secret as it stands."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
