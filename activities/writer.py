"""Writers: who an email comes from when a field names a person.

A mail server vouches for the workspace's own domain alone. So a person at another domain lends the name
and gets the answers, while the mail comes from the workspace's address. Bounces go there in any case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from activities.message import InvalidAddress, Sender, deliverable
from activities.templates import one_line

# As systems export it: the name may hold a comma that no quotes surround.
_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")


@dataclass(frozen=True, slots=True)
class Writer:
    """The sender as this email has it. `address`: the person's own, to which answers go; None if unknown."""

    sender: Sender
    address: str | None = None


def writer(sender: Sender, person: object) -> Writer:
    """Return who writes. `person`: `Ana Lee <ana@acme.example>`, an address, a name, or anything else."""
    text = one_line(person) if isinstance(person, str) else ""
    if not text:
        return Writer(sender)
    name, address = _parts(text)
    try:
        # Beyond ASCII every server on the way would have to know such addresses.
        own = deliverable(address) if address.isascii() and address else None
    except InvalidAddress:
        own = None
    # Unsubscriptions never go to a person.
    sender = replace(sender, unsubscribe_address=sender.unsubscribe_address or sender.address)
    if own is None:
        return Writer(replace(sender, name=name or sender.name))
    if own.rpartition("@")[2] == deliverable(sender.address).rpartition("@")[2]:
        return Writer(replace(sender, name=name, address=own, reply_to=None), own)
    return Writer(replace(sender, name=name or own.partition("@")[0], reply_to=own), own)


def _parts(text: str) -> tuple[str, str]:
    """Return a name and an address; both may be empty."""
    if found := _NAMED.fullmatch(text):
        return found["name"].strip().strip('"').strip(), found["address"].strip()
    return ("", text) if "@" in text else (text, "")
