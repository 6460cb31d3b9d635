"""What can go wrong with the store. A message says what to do."""

from __future__ import annotations

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError

_OURS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)


class StoreError(Exception):
    """Raise for anything that the store refuses or cannot do."""


class StaleAttempt(StoreError):
    """Raise when an attempt at an effect was overtaken: it must not reach the provider any more."""


class StillOffered(StoreError):
    """Raise for an effect that an earlier attempt has offered: it may live, and know what became of it."""


class UnknownContact(StoreError):
    """Raise for an id that no contact has. `contact`: the id."""

    def __init__(self, sentence: str, contact: str) -> None:
        super().__init__(sentence)
        self.contact = contact


class ErasedError(StoreError):
    """Raise for what is about a contact that was erased. `contact`: its id."""

    def __init__(self, sentence: str, contact: str) -> None:
        super().__init__(sentence)
        self.contact = contact


def may_pass(error: BaseException) -> bool:
    """Tell whether an error is trouble of the database, which may pass: it is away, starting, or full."""
    if isinstance(error, DBAPIError):
        return not isinstance(error, _OURS)
    # A driver's own error, where a connection could not be made at all.
    return isinstance(error, OSError) or type(error).__module__.partition(".")[0] == "asyncpg"


def code(error: BaseException) -> str:
    """Return what kind of trouble it is, for logs: a type and a code, never the text."""
    cause = getattr(error, "orig", None)
    state = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    return f"{type(error).__name__} ({state})" if state else type(error).__name__
