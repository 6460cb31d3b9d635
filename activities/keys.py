"""Keys: names for effects that providers may see, and signed tokens that they may hand back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import NamedTuple


class EffectKey(NamedTuple):
    """The ledger's key of an effect. It does not contain the plan's hash: a new version sends nothing twice.

    `part`: which of several messages of one effect (`chat`, `mail-2`), each of which has its own ledger row.
    """

    run: str
    step: str
    visit: int
    part: str = ""


def effect_id(secret: bytes, key: EffectKey) -> str:
    """Return 32 hex digits that name the effect to providers: equal for equal keys, telling nothing."""
    return _mac(secret, "effect", key.run, key.step, str(key.visit), key.part).hex()[:32]


def unsubscribe_token(secret: bytes, contact: str) -> str:
    """Sign a contact's id, for unsubscribe addresses and links. Letters, digits, `-`, `_` and one `.`."""
    return f"{_b64(contact.encode())}.{_b64(_mac(secret, 'unsubscribe', contact)[:16])}"


def read_unsubscribe_token(secret: bytes, token: str) -> str | None:
    """Return the contact's id, or None if the token was not signed by us."""
    payload, _, _ = token.strip().partition(".")
    try:
        contact = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    expected = unsubscribe_token(secret, contact)
    return contact if hmac.compare_digest(expected.encode(), token.strip().encode()) else None


def _mac(secret: bytes, *parts: str) -> bytes:
    # Lengths keep ("ab", "c") apart from ("a", "bc"); the first part keeps purposes apart.
    text = "".join(f"{len(part.encode())}:{part}" for part in parts)
    return hmac.new(secret, text.encode(), hashlib.sha256).digest()


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
