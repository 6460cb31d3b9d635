"""Encryption of everything that Temporal keeps for us: AES-256-GCM, with keys that only workers have.

Each payload (inputs, results, signals, summaries, and the texts of failures) is sealed by itself, under a
random nonce. Its metadata name the key by a digest, so that keys can be changed while runs are under way:
the first key seals, all of them open. What was not sealed passes as it is, so histories from before it was
switched on still replay. In the clear remain ids, types, queues and times: Temporal works with them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ENCODING = b"binary/encrypted"
VARIABLE = "NURTURE_ENCRYPTION_KEYS"

_KEY_ID = "encryption-key-id"
_NONCE = 12  # bytes, as NIST SP 800-38D recommends for random ones


class Undecipherable(Exception):
    """A payload cannot be opened with the keys that there are. The message names the key, never a secret."""


class Encryption(PayloadCodec):
    """Seals with the first key, opens with any. Without keys it seals nothing, and says so of what is sealed.

    `keys`: 32 bytes each.
    """

    def __init__(self, keys: Iterable[bytes] = ()) -> None:
        found = {key_id(key): _cipher(key) for key in keys}
        self._ciphers = found
        self._first = next(iter(found), None)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seal payloads, unless there is no key."""
        return [self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Open payloads; those that were never sealed pass. Raises `Undecipherable`."""
        return [self._open(payload) for payload in payloads]

    def _seal(self, payload: Payload) -> Payload:
        if self._first is None:
            return payload
        nonce, name = os.urandom(_NONCE), self._first.encode()
        sealed = self._ciphers[self._first].encrypt(nonce, payload.SerializeToString(), name)
        return Payload(metadata={"encoding": ENCODING, _KEY_ID: name}, data=nonce + sealed)

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        name = payload.metadata.get(_KEY_ID, b"").decode(errors="replace")
        cipher = self._ciphers.get(name)
        if cipher is None:
            held = f"holds {', '.join(self._ciphers)}" if self._ciphers else "is not set"
            raise Undecipherable(
                f"Temporal's histories are encrypted with the key {name}, and {VARIABLE} {held}. Give it the "
                "key that sealed them, beside others if there are any; nothing is lost meanwhile."
            )
        from cryptography.exceptions import InvalidTag

        try:
            plain = cipher.decrypt(payload.data[:_NONCE], payload.data[_NONCE:], name.encode())
        except InvalidTag:
            raise Undecipherable(
                f"A payload of Temporal that is encrypted with the key {name} was altered; it is not used."
            ) from None
        return Payload.FromString(plain)


def converter(keys: Sequence[bytes]) -> DataConverter:
    """Return what a client and its workers write and read payloads with. Without keys nothing is sealed."""
    found = dataclasses.replace(DataConverter.default, payload_codec=Encryption(keys))
    if not keys:
        return found
    # The texts of failures and their traces are no payloads unless they are told to be.
    return dataclasses.replace(found, failure_converter_class=DefaultFailureConverterWithEncodedAttributes)


def key_id(key: bytes) -> str:
    """Return what a key is called in the clear: a digest from which nothing of it follows."""
    return hashlib.sha256(b"nurture key " + key).hexdigest()[:8]


def _cipher(key: bytes) -> AESGCM:
    # Nearly nobody needs it, and it takes a while to load.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)
