"""Messages: RFC 5322 mail around a rendered email, safe against header injection."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import quote

from activities.invitation import Invitation
from activities.keys import EffectKey, effect_id, unsubscribe_token
from activities.outcomes import INVALID_ADDRESS, ChannelError, PermanentFailure
from activities.rendering import SUBJECT_LIMIT, Rendered
from activities.templates import one_line
from dsl.plan import Letterhead

NAME_LIMIT = (
    60  # characters of a display name: the header stays on one line, where the standard library is right
)
_LOCAL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+)*"
)
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_UNBROKEN = frozenset({"message-id", "list-unsubscribe", "feedback-id"})


class InvalidAddress(PermanentFailure):
    """An address that no server can deliver to."""

    def __init__(self) -> None:
        super().__init__(
            INVALID_ADDRESS, "The contact's email address is not one; correct it and enter again."
        )


class SenderWrong(ChannelError):
    """The workspace's own addresses cannot be used."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a workspace's mail comes from.

    `unsubscribe_address`: the mailbox that unsubscribe mails go to (default: `address`). `gateway_url`: where
    a gateway takes one-click unsubscription (RFC 8058); without one only `mailto:` is offered.
    """

    name: str
    address: str
    reply_to: str | None = None
    postal_address: str = ""
    unsubscribe_address: str | None = None
    gateway_url: str | None = None

    def __post_init__(self) -> None:
        for address in (self.address, self.reply_to, self.unsubscribe_address):
            try:
                deliverable(self.address if address is None else address)
            except InvalidAddress:
                raise SenderWrong(f"{address!r} in the [email] settings is not an email address.") from None

    @classmethod
    def of(cls, letterhead: Letterhead, workspace: str, gateway_url: str | None) -> Sender:
        """Return whom a letterhead names; the workspace's name is that of an address without one."""
        name, address = parseaddr(letterhead.sender)
        return cls(
            name=name or workspace,
            address=address,
            reply_to=letterhead.reply_to,
            postal_address=letterhead.postal_address or "",
            unsubscribe_address=letterhead.unsubscribe,
            gateway_url=gateway_url,
        )

    def unsubscribe_mailto(self, token: str) -> str:
        """Return the `mailto:` address that unsubscribes the contact of the token."""
        mailbox = quote(self.unsubscribe_address or self.address, safe="@")
        return f"mailto:{mailbox}?subject=unsubscribe-{token}"

    def unsubscribe_url(self, token: str) -> str | None:
        """Return the gateway's address for the token, if there is a gateway."""
        return f"{self.gateway_url.rstrip('/')}/unsubscribe/{token}" if self.gateway_url else None

    def unsubscribe_link(self, token: str) -> str:
        """Return what the footer of an email links to."""
        return self.unsubscribe_url(token) or self.unsubscribe_mailto(token)


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom: `contact` is the contact's id, which the unsubscribe token carries."""

    contact: str
    address: str
    name: str = ""


class _MailPolicy(EmailPolicy):
    """SMTP lines, 7-bit bodies, and headers written by us where the standard library's folding is wrong.

    It may lose a space between two encoded words, and breaks or encodes a long identifier.
    """

    def fold(self, name: str, value: Any) -> str:
        written = _written(name, value, self.linesep)
        return f"{name}: {written}{self.linesep}" if written else str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        written = _written(name, value, self.linesep)
        if not written:
            return super().fold_binary(name, value)
        # Beyond ASCII is only an address, and only where the server takes those (RFC 6532).
        return f"{name}: {written}{self.linesep}".encode()


def _written(name: str, value: Any, end: str) -> str:
    name = name.lower()
    if name in _UNBROKEN:
        return str(value).replace(", ", f",{end} ")
    if name == "subject":
        return _phrase(str(value), end) or str(value)
    if name in ("from", "to", "reply-to"):
        for address in value.addresses:  # INVARIANT: one, for `mailbox` made it
            phrase = _phrase(address.display_name, end)
            return f"{phrase} <{address.addr_spec}>" if phrase else str(address)
    return ""


def _phrase(text: str, end: str) -> str:
    """Return the text as encoded words (RFC 2047), or "" where it can stand as it is."""
    if text.isascii() and "=?" not in text:
        return ""
    return Header(text, "utf-8", maxlinelen=75, header_name="Reply-To").encode(linesep=end)


POLICY = _MailPolicy(linesep="\r\n", cte_type="7bit")


def build(
    rendered: Rendered,
    sender: Sender,
    recipient: Recipient,
    *,
    key: EffectKey,
    secret: bytes,
    at: int,
    marketing: bool,
    high: bool = False,
    invitation: Invitation | None = None,
) -> EmailMessage:
    """Build the message of one send.

    Args:
        key: names the send; the Message-ID is its HMAC, so that a repetition is recognised by everyone.
        secret: the workspace's signing key.
        at: the Date, in seconds since the epoch (logical time).
        marketing: adds the List-Unsubscribe headers (RFC 2369, RFC 8058).
        high: mail programs mark it as important (RFC 2156, and what Outlook reads).
        invitation: an entry for the calendar.

    Raises `InvalidAddress`.
    """
    message = plain_message(sender, recipient, rendered.subject, rendered.text, key=key, secret=secret, at=at)
    message.add_alternative(rendered.html, subtype="html")
    if invitation is not None:
        invitation.attach(message)
    for number, part in enumerate(p for p in message.walk() if p.is_multipart()):
        more = f"-{number}" if number else ""
        part.set_boundary(f"part-{effect_id(secret, key)}{more}")  # equal bytes for equal sends
    if high:
        mark_high(message)
    if marketing:
        token = unsubscribe_token(secret, recipient.contact)
        targets = [sender.unsubscribe_url(token), sender.unsubscribe_mailto(token)]
        message["List-Unsubscribe"] = ", ".join(f"<{target}>" for target in targets if target)
        if sender.gateway_url:
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return message


def plain_message(
    sender: Sender, recipient: Recipient, subject: str, text: str, *, key: EffectKey, secret: bytes, at: int
) -> EmailMessage:
    """Build a message of plain text, such as a notice to a team. Raises `InvalidAddress`."""
    message = EmailMessage(policy=POLICY)
    message["From"] = mailbox(sender.name, sender.address)
    message["To"] = mailbox(recipient.name, recipient.address)
    if sender.reply_to:
        message["Reply-To"] = mailbox("", sender.reply_to)
    message["Subject"] = one_line(subject)[:SUBJECT_LIMIT].strip()
    message["Date"] = format_datetime(dt.datetime.fromtimestamp(at, dt.UTC))
    message["Message-ID"] = message_id(secret, key, sender.address)
    message.set_content(text)
    return message


def mark_high(message: EmailMessage) -> None:
    """Mark a message as important, for each family of mail programs in its own words."""
    message["Importance"] = "high"
    message["Priority"] = "urgent"
    message["X-Priority"] = "1"


def message_id(secret: bytes, key: EffectKey, sender_address: str) -> str:
    """Return the Message-ID of an effect: the same for every attempt."""
    return f"<{effect_id(secret, key)}@{deliverable(sender_address).rpartition('@')[2]}>"


def mailbox(name: str, address: str) -> Address:
    """Return a header's mailbox. A name cannot add a header, an address or a second recipient."""
    local, _, domain = deliverable(address).rpartition("@")
    return Address(one_line(name)[:NAME_LIMIT].strip(), local, domain)


def deliverable(address: str) -> str:
    """Return the address with its domain in ASCII (IDNA), or raise `InvalidAddress`.

    The rules are those of RFC 5321 for an unquoted mailbox; no network is asked.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or len(local.encode()) > 64 or not _LOCAL.fullmatch(local) or one_line(local) != local:
        raise InvalidAddress
    try:
        ascii_domain = domain.encode("idna").decode().lower()
    except UnicodeError:
        raise InvalidAddress from None
    labels = ascii_domain.split(".")
    if len(labels) < 2 and ascii_domain != "localhost":
        raise InvalidAddress
    if len(ascii_domain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise InvalidAddress
    return f"{local}@{ascii_domain}"
