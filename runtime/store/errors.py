"""What can go wrong with the store. A message says what to do."""

from __future__ import annotations


class StoreError(Exception):
    """Raise for anything that the store refuses or cannot do."""


class StaleAttempt(StoreError):
    """Raise when an attempt at an effect was overtaken: it must not reach the provider any more."""
