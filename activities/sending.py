"""Sending: one claimed email rendered, offered and delivered."""

from __future__ import annotations

from activities import draining
from activities.filling import context, sender_context
from activities.host import EmailFile, Host
from activities.invitation import Invitation, Party
from activities.keeping import OFFER_WITHIN, kept
from activities.keys import EffectKey, effect_id, unsubscribe_token
from activities.message import Recipient, Sender, build, deliverable
from activities.outcomes import Outcome, PermanentFailure, failed, retry
from activities.rendering import Footer, Rendered, choose, render
from activities.smtp import deliver_with_patience
from activities.templates import TemplateFailure
from activities.writer import Writer, writer
from dsl.plan import SendEmail
from runtime.appointments import appointment
from runtime.evaluate import value_of
from runtime.facts import Facts
from runtime.store.ledger import Claim, offer


async def send_email(host: Host, claim: Claim, clock: int) -> Outcome:
    """Deliver the email of a claim.

    A template that fails for this contact, or an address that is none, fails visibly and the run goes on
    (semantics row 36). `StaleAttempt` passes through: a later attempt has taken over.
    """
    effect = claim.effect
    assert isinstance(effect, SendEmail)
    email = host.email(effect.email, claim.published)
    if email is None:
        # Somebody inside an older version is to get it: it is held, and goes once it is deployed again.
        return retry("email missing", f"There is no email {effect.email!r} in what is deployed.")
    sender = host.from_whom(claim.published)
    recipient = _recipient(claim.facts)
    by = effect.sender
    who = writer(sender, value_of(by, claim.facts, claim.run) if by is not None else None)
    try:
        rendered = _render(host, claim, effect, email, sender, who.sender)
        message = build(
            rendered,
            who.sender,
            recipient,
            key=EffectKey(claim.run.id, claim.outer.step_id, claim.outer.visit),
            secret=host.secret,
            at=claim.outer.at,
            marketing=not effect.service,
            high=effect.priority == "high",
            invitation=_invitation(host, claim, effect, sender, who, recipient, rendered.subject),
        )
    except TemplateFailure as failure:
        return failed(f"template: {failure.reason}", str(failure))
    except PermanentFailure as failure:
        return failure.outcome()

    offered = False

    async def before_data() -> None:
        nonlocal offered
        if not offered:
            draining.refuse()
        await kept(lambda: offer(host.store, claim, clock, str(message["Message-ID"])), OFFER_WITHIN)
        offered = True

    return await deliver_with_patience(
        message, sender.address, recipient.address, host.server, before_data, host.patience
    )


def _render(
    host: Host, claim: Claim, effect: SendEmail, email: EmailFile, house: Sender, sender: Sender
) -> Rendered:
    """Fill in an email. `house`: whom the letterhead names; `sender`: the person who writes, or the same."""
    by = effect.version_by
    wanted = value_of(by, claim.facts, claim.run) if by is not None else None
    footer = None
    if not effect.service:
        token = unsubscribe_token(host.secret, claim.contact_id)
        footer = Footer(house.name, house.postal_address, sender.unsubscribe_link(token))
    return render(
        choose(email.default, email.versions, wanted),
        context(claim.facts, claim.run.trigger, claim.outer.at) | {"sender": sender_context(sender)},
        now=claim.outer.at,
        subject=effect.subject,
        footer=footer,
    )


def _invitation(
    host: Host,
    claim: Claim,
    effect: SendEmail,
    house: Sender,
    who: Writer,
    recipient: Recipient,
    subject: str,
) -> Invitation | None:
    """Return the entry for the calendar. All emails of a run about the same two fields bring one entry."""
    calendar = effect.calendar
    if calendar is None:
        return None
    when = appointment(calendar, claim.facts, claim.run, claim.published.definitions.time_zone)
    if when is None:
        raise PermanentFailure("no date", "A date of the calendar has been emptied meanwhile.")
    about = f"calendar:{calendar.starts.of}.{calendar.starts.field}-{calendar.ends.of}.{calendar.ends.field}"
    uid = effect_id(host.secret, EffectKey(claim.run.id, about, 0))
    return Invitation(
        uid=f"{uid}@{deliverable(house.address).rpartition('@')[2]}",
        starts=when.starts,
        ends=when.ends,
        summary=subject,
        organizer=Party(who.sender.name, who.address or deliverable(house.address)),
        attendee=Party(recipient.name, deliverable(recipient.address)),
        answers=who.address is not None,
        sequence=max(0, claim.outer.at - claim.run.entered),
        stamp=claim.outer.at,
    )


def _recipient(facts: Facts) -> Recipient:
    name = f"{facts.contact.get('first_name') or ''} {facts.contact.get('last_name') or ''}".strip()
    return Recipient(facts.contact_id, str(facts.contact.get("email") or ""), name)
