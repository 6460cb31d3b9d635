"""Calling: claimed effects that go by HTTP: messages on channels, webhooks, audiences and tasks."""

from __future__ import annotations

import hashlib
from typing import Any

from activities import draining
from activities.crm import CrmContact
from activities.filling import context
from activities.host import Host
from activities.keeping import OFFER_WITHIN, kept
from activities.keys import EffectKey, effect_id
from activities.outcomes import Outcome, failed, retry
from activities.templates import TemplateFailure, render_plain
from dsl.plan import CallWebhook, ChangeAudience, CreateTask, MessageDefinition, SendMessage
from runtime.evaluate import score, value_of
from runtime.facts import Facts
from runtime.store.ledger import Claim, offer


async def send_message(host: Host, claim: Claim, clock: int) -> Outcome:
    """Deliver a message on a channel.

    A person would see it twice, so it is offered in the ledger first, and a lost reply is in doubt.
    `StaleAttempt` passes through: a later attempt has taken over.
    """
    effect = claim.effect
    assert isinstance(effect, SendMessage)
    found = claim.published.definitions.message(effect.channel, effect.message)
    if found is None:
        what = f"message {effect.message!r} on {effect.channel}"
        return retry("message missing", f"There is no {what} in what is deployed.")
    target = host.channels.get(effect.channel)
    if target is None:
        # A worker of an older workspace, while a newer one is being brought out.
        return retry("target missing", f"The workspace of this worker has no channel {effect.channel!r}.")
    try:
        text = render_plain(
            found.text, context(claim.facts, claim.run.trigger, claim.outer.at), claim.outer.at
        )
    except TemplateFailure as failure:
        return failed(f"template: {failure.reason}", str(failure))
    if not text:
        return failed("template: empty text", "The text is empty for this contact. Give it a fixed part.")
    body: dict[str, Any] = {"channel": effect.channel, "message": effect.message, "text": text}
    body |= {"to": _to(found, claim.facts), "service": effect.service, "contact": contact_of(claim)}
    draining.refuse()
    await kept(lambda: offer(host.store, claim, clock), OFFER_WITHIN)
    return await target.post(body, _key(host, claim), clock, host.patience, repeatable=False)


async def call_webhook(host: Host, claim: Claim, clock: int) -> Outcome:
    """Send the contact as it stands, and what led to it."""
    effect = claim.effect
    assert isinstance(effect, CallWebhook)
    target = host.webhooks.get(effect.webhook)
    if target is None:
        return retry("target missing", f"The workspace of this worker has no webhook {effect.webhook!r}.")
    body: dict[str, Any] = {"webhook": effect.webhook, **_whence(claim)}
    body |= {"contact": contact_of(claim), "trigger": dict(claim.run.trigger)}
    return await target.post(body, _key(host, claim), clock, host.patience)


async def change_audience(host: Host, claim: Claim, clock: int) -> Outcome:
    """Add the contact to a group of an advertising system, or remove it.

    The system learns the id and the digest of the address by which such systems match people, no more.
    """
    effect = claim.effect
    assert isinstance(effect, ChangeAudience)
    target = host.audiences.get(effect.audience)
    if target is None:
        return retry("target missing", f"The workspace of this worker has no audience {effect.audience!r}.")
    email = str(claim.facts.contact.get("email") or "").strip().lower()
    digest = hashlib.sha256(email.encode()).hexdigest() if email else None
    body = {"audience": effect.audience, "action": "add" if effect.add else "remove"}
    contact = {"id": claim.contact_id, "email_sha256": digest}
    return await target.post(body | {"contact": contact}, _key(host, claim), clock, host.patience)


async def create_task(host: Host, claim: Claim, clock: int) -> Outcome:
    """Give a task to a person or a team, in the system that takes tasks."""
    effect = claim.effect
    assert isinstance(effect, CreateTask)
    if host.tasks is None:
        return retry("target missing", "No [sync.…] in the settings of this worker says where tasks go.")
    person = value_of(effect.person, claim.facts, claim.run) if effect.person is not None else None
    if person is None and effect.team is None:
        return failed("nobody named", "The field that names the person has been emptied meanwhile.")
    body: dict[str, Any] = {"title": effect.title, "assignee": person, "team": effect.team}
    body |= {**_whence(claim), "contact": contact_of(claim)}
    return await host.tasks.post(body, _key(host, claim), clock, host.patience)


def contact_of(claim: Claim) -> dict[str, Any]:
    """Return the contact as it stands, as JSON data."""
    return crm_contact(claim).payload()


def crm_contact(claim: Claim) -> CrmContact:
    """Return the contact as a CRM takes it."""
    facts = claim.facts
    return CrmContact(
        id=facts.contact_id,
        email=facts.contact.get("email"),
        fields={k: v for k, v in facts.contact.items() if k != "email"},
        score=score(facts, claim.outer.at),
        stage=facts.stage,
        tags=frozenset(facts.tags),
        account_id=facts.account_id,
        account=facts.account,
    )


def _to(message: MessageDefinition, facts: Facts) -> Any:
    return facts.contact.get(message.address) if message.address else None


def _whence(claim: Claim) -> dict[str, str]:
    """Return where in which run it comes from; nothing that another attempt would say otherwise."""
    return {"journey": claim.run.journey, "run": claim.run.id, "step": claim.outer.step_id}


def _key(host: Host, claim: Claim) -> str:
    return effect_id(host.secret, EffectKey(claim.run.id, claim.outer.step_id, claim.outer.visit))
