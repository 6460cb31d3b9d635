"""Sending: one claimed email rendered, offered and delivered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activities.host import EmailFile, Host
from activities.keys import EffectKey, unsubscribe_token
from activities.message import Recipient, build
from activities.outcomes import Outcome, PermanentFailure, failed, retry
from activities.rendering import Footer, Rendered, choose, render
from activities.smtp import deliver_with_patience
from activities.templates import TemplateFailure
from dsl.plan import SendEmail
from runtime.evaluate import score, value_of
from runtime.facts import Facts
from runtime.store.ledger import Claim, offer


async def send_email(host: Host, claim: Claim, clock: int) -> Outcome:
    """Deliver the email of a claim.

    A template that fails for this contact, or an address that is none, fails visibly and the run goes on
    (semantics row 36). `StaleAttempt` passes through: a later attempt has taken over.
    """
    effect = claim.effect
    assert isinstance(effect, SendEmail)
    email = host.emails.get(effect.email)
    if email is None:
        # A worker of an older workspace, while a newer one is being brought out: no mail is lost by it.
        return retry("email missing", f"The workspace of this worker has no email {effect.email!r}.")
    recipient = _recipient(claim.facts)
    try:
        message = build(
            _render(host, claim, effect, email),
            host.sender,
            recipient,
            key=EffectKey(claim.run.id, claim.outer.step_id, claim.outer.visit),
            secret=host.secret,
            at=claim.outer.at,
            marketing=not effect.service,
        )
    except TemplateFailure as failure:
        return failed(f"template: {failure.reason}", str(failure))
    except PermanentFailure as failure:
        return failure.outcome()

    async def before_data() -> None:
        await offer(host.store, claim, clock, str(message["Message-ID"]))

    return await deliver_with_patience(
        message, host.sender.address, recipient.address, host.server, before_data, host.patience
    )


def context(facts: Facts, trigger: Mapping[str, Any], at: int) -> dict[str, Any]:
    """Return what a template may refer to. `at`: when it is asked; the score has a value at an instant."""
    standing = {"id": facts.contact_id, "score": score(facts, at), "stage": facts.stage}
    return {
        "contact": {**standing, **facts.contact},
        "account": dict(facts.account),
        "trigger": dict(trigger),
    }


def _render(host: Host, claim: Claim, effect: SendEmail, email: EmailFile) -> Rendered:
    by = effect.version_by
    wanted = value_of(by, claim.facts, claim.run) if by is not None else None
    footer = None
    if not effect.service:
        token = unsubscribe_token(host.secret, claim.contact_id)
        footer = Footer(host.sender.name, host.sender.postal_address, host.sender.unsubscribe_link(token))
    return render(
        choose(email.default, email.versions, wanted),
        context(claim.facts, claim.run.trigger, claim.outer.at) | {"sender": {"name": host.sender.name}},
        now=claim.outer.at,
        subject=effect.subject,
        footer=footer,
    )


def _recipient(facts: Facts) -> Recipient:
    name = f"{facts.contact.get('first_name') or ''} {facts.contact.get('last_name') or ''}".strip()
    return Recipient(facts.contact_id, str(facts.contact.get("email") or ""), name)
