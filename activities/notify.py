"""Notify: tell a team by mail and by chat. Each message has its own part of the effect's key.

A notice to three people and a chat room is four messages; when the third fails, the others are not sent
again (semantics row 30). So the caller claims, offers and settles each `Post` in the ledger by its part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx2

from activities.keys import EffectKey, effect_id
from activities.message import InvalidAddress, Recipient, Sender, mark_high, plain_message
from activities.outcomes import Outcome, failed
from activities.smtp import BeforeData, Patience, SmtpSettings, deliver_with_patience
from activities.texts import Notice
from activities.webhooks import WITHIN, post_json

CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Team:
    """A team of the workspace: the addresses of its members, or of the team, and a chat webhook."""

    name: str
    emails: tuple[str, ...] = ()
    chat_url: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """One message of a notice. `part`: `mail-1`, `mail-2` … in the order of the addresses, and `chat`."""

    part: str
    team: Team
    address: str | None = None


def posts(team: Team) -> tuple[Post, ...]:
    """Return the messages that tell this team, mail first. A team without any has no way to be told."""
    mails = [Post(f"mail-{n}", team, address) for n, address in enumerate(team.emails, 1)]
    return (*mails, Post(CHAT, team)) if team.chat_url else tuple(mails)


@dataclass(frozen=True, slots=True)
class Notifier:
    """What posting needs: the sender, the server, an HTTP client and the workspace's key."""

    sender: Sender
    server: SmtpSettings
    client: httpx2.AsyncClient
    secret: bytes
    patience: Patience

    async def deliver(
        self, post: Post, notice: Notice, key: EffectKey, at: int, before_data: BeforeData
    ) -> Outcome:
        """Deliver one message.

        Args:
            key: the effect's key; the post's part is added here.
            at: logical time, the mail's Date.
            before_data: commits `offered`, immediately before it could be accepted.
        """
        key = key._replace(part=post.part)
        if post.address is None:
            return await self._chat(post, notice, key, before_data)
        # The Message-ID and nothing else names the contact's run, so the id of the recipient is the team's.
        recipient = Recipient(post.team.name, post.address)
        try:
            message = plain_message(
                self.sender, recipient, notice.subject(), notice.body(), key=key, secret=self.secret, at=at
            )
        except InvalidAddress as error:
            return error.outcome()
        if notice.high:
            mark_high(message)
        return await deliver_with_patience(
            message, self.sender.address, post.address, self.server, before_data, self.patience
        )

    async def _chat(self, post: Post, notice: Notice, key: EffectKey, before_data: BeforeData) -> Outcome:
        assert post.team.chat_url is not None
        await before_data()
        # Chat services know no idempotency keys: a lost reply leaves it in doubt.
        return await post_json(
            post.team.chat_url,
            notice.chat(),
            effect_id(self.secret, key),
            self.client,
            repeatable=False,
            within=min(WITHIN, self.patience.budget),
        )


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """Return one outcome for a notice: `retry` while a message still can be, else sent if anyone was told.

    Of several that can be tried again, the one that is to wait the longest.
    """
    again = [outcome for outcome in outcomes if outcome.kind == "retry"]
    if again:
        return max(again, key=lambda outcome: outcome.retry_after or 0)
    for kind in ("sent", "in doubt", "failed"):
        for outcome in outcomes:
            if outcome.kind == kind:
                return outcome
    return failed("nobody to tell")
