"""The secret: one for all processes of a database and for ever, which the database knows by a digest.

With another one nobody would see it: who was erased would come back, links to unsubscribe would be void, and
an effect would have another name at its provider. So whoever comes with another one is refused.
"""

from __future__ import annotations

import hashlib
import hmac

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.store import schema
from runtime.store.errors import StoreError
from runtime.store.upserts import upsert

_table = schema.secrets
_USE = "signing"
_SHOWN = 8  # characters that tell two digests apart


def known_by(secret: bytes) -> str:
    """Return what the database knows a secret by: keyed with the secret itself, so nothing of it follows."""
    return hmac.new(secret, b"nurture: the secret of this database", hashlib.sha256).hexdigest()


async def check_secret(connection: AsyncConnection, secret: bytes) -> None:
    """See to it that this is the secret of the database, or that it has none yet.

    Raises:
        StoreError: it has another one.
    """
    kept = await connection.scalar(select(_table.c.digest).where(_table.c.use == _USE))
    mine = known_by(secret)
    if kept is not None and not hmac.compare_digest(kept, mine):
        raise StoreError(
            f"NURTURE_SECRET is another one ({mine[:_SHOWN]}) than this database was begun with "
            f"({kept[:_SHOWN]}): erased contacts could come back, and links in mails would be void. Set it "
            "to the one that the workers have, or unset it for a command that only looks; docs/operations.md "
            "says what to do if it is lost."
        )


async def keep_secret(connection: AsyncConnection, secret: bytes, at: int) -> None:
    """Write down what the secret is known by, if nothing is; else check it, as `check_secret` does."""
    row = {"use": _USE, "digest": known_by(secret), "at": at}
    await upsert(connection, _table, [row], ())
    await check_secret(connection, secret)
