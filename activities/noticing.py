"""Notices: a team told by mail and chat, each message through a ledger row of its own."""

from __future__ import annotations

from dataclasses import dataclass

from activities import draining
from activities.host import Host
from activities.keeping import KEEP_WITHIN, OFFER_WITHIN, answered, kept
from activities.keys import EffectKey
from activities.message import Sender
from activities.notify import Post, Team, posts, together
from activities.outcomes import TIMED_OUT, Outcome, failed, retry
from activities.texts import Notice
from runtime.evaluate import score
from runtime.facts import Facts
from runtime.store import lease, parts
from runtime.store.errors import StaleAttempt
from runtime.store.parts import Part


@dataclass(frozen=True, slots=True)
class Telling:
    """Who tells whom what, about which contact, for which step. `at`: logical time; `clock`: the driver's."""

    sender: Sender
    team: Team
    notice: Notice
    run: str
    step: str
    visit: int
    contact: str
    journey: str
    at: int
    clock: int


async def tell(host: Host, telling: Telling) -> Outcome:
    """Deliver every message of a notice that is not settled yet, and return one outcome for all.

    However many there are, they share the time of one, so that none takes it all; what is not begun by then
    is told when the notice is tried again. The activity's own time must never run out (`smtp.Patience`).
    """
    found = posts(telling.team)
    if not found:
        return failed("nobody to tell", f"Team {telling.team.name!r} has no address and no chat webhook.")
    end = host.patience.clock() + host.patience.budget
    outcomes = []
    for number, post in enumerate(found):
        left = end - host.patience.clock()
        if left <= 0:
            outcomes.append(retry(TIMED_OUT, "The messages before this one have taken all the time."))
            break
        outcomes.append(await _deliver(host, telling, post, left / (len(found) - number)))
    return together(outcomes)


async def _deliver(host: Host, telling: Telling, post: Post, within: float) -> Outcome:
    part = Part(
        telling.run,
        f"{telling.step}#{post.part}",
        telling.visit,
        telling.contact,
        telling.journey,
        telling.team.name,
    )
    draining.refuse()
    since, began = lease.now(), host.patience.clock()
    begun = await answered(
        lambda _, over: parts.begin(host.store, part, telling.at, telling.clock, doubt=over),
        min(host.answer_within, within),
    )
    if isinstance(begun, str):
        return _settled(begun)
    attempt = begun

    async def before_data() -> None:
        if lease.over(since):
            raise StaleAttempt(
                f"Attempt {attempt} at {part.step} of run {part.run} stood still for too long."
            )
        await kept(lambda: parts.offer(host.store, part, attempt, telling.clock), OFFER_WITHIN)

    key = EffectKey(telling.run, telling.step, telling.visit)
    within = max(1.0, within - (host.patience.clock() - began))
    outcome = await host.notifier(telling.sender, within).deliver(
        post, telling.notice, key, telling.at, before_data
    )
    said = (outcome.kind, outcome.reason, outcome.detail)
    await kept(lambda: parts.settle(host.store, part, attempt, *said, telling.clock), KEEP_WITHIN)
    return outcome


def _settled(outcome: str) -> Outcome:
    if outcome not in ("sent", "failed", "in doubt"):
        raise StaleAttempt("A message of this notice is settled in a way that no attempt could leave.")
    return Outcome(outcome)  # type: ignore[arg-type]


def about(facts: Facts, message: str, at: int, *, why: str, high: bool, due: str | None = None) -> Notice:
    """Return a notice about a contact, as it stands at an instant."""
    name = f"{facts.contact.get('first_name') or ''} {facts.contact.get('last_name') or ''}".strip()
    email = facts.contact.get("email")
    return Notice(
        message=message,
        contact=name or str(email or facts.contact_id),
        company=facts.account.get("name"),
        email=email,
        title=facts.contact.get("title"),
        score=score(facts, at),
        stage=facts.stage,
        why=why,
        due=due,
        high=high,
    )
