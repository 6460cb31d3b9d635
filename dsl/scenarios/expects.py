"""What the world is expected to get: `expect email "Case study" to "Ana"`, notices, tasks, calls."""

from __future__ import annotations

from dsl.nodes import Name
from dsl.scenarios.expecting import expect, is_sent, outcome_of
from dsl.scenarios.lines import Said
from dsl.scenarios.making import Making, reads, string
from dsl.scenarios.script import Effect
from dsl.tokens import Token

_CHANNELS = {
    "sms": "sms",
    "in_app": "in-app",
    "chat": "chat",
    "direct_mail": "direct mail",
    "survey": "survey",
}


@reads("expect_mail")
def mail(said: Said, making: Making) -> None:
    """Read emails to a contact."""
    tree = said.tree
    contact = making.contact(string(tree.need("to_contact")))
    outcome = outcome_of(tree, making)
    email = next(iter(tree.tokens("STRING")), None)
    if email is not None and not is_sent(email, making):
        return
    if contact is None or outcome is None:
        return
    subject = tree.find("subject")
    effect = Effect(
        "send",
        email.value if email else None,
        contact,
        *outcome,
        subject=string(subject).value if subject else None,
        says=tuple(string(t).value for t in tree.trees() if t.rule == "says"),
    )
    expect(said, making, effect)


@reads("expect_message")
def message(said: Said, making: Making) -> None:
    """Read messages on a channel."""
    tree = said.tree
    channel = _CHANNELS[tree.need(*_CHANNELS).rule]
    name = string(tree)
    contact = making.contact(string(tree.need("to_contact")))
    outcome = outcome_of(tree, making)
    if making.check.known(f"{channel} message", Name.of(name)) and contact and outcome:
        says = tuple(string(t).value for t in tree.trees() if t.rule == "says")
        effect = Effect("message", name.value, contact, *outcome, channel=channel, says=says)
        expect(said, making, effect)


@reads("expect_notice")
def notice(said: Said, making: Making) -> None:
    """Read notices to a team."""
    tree = said.tree
    team = string(tree.need("team_named"))
    about = tree.find("about")
    contact = making.contact(string(about)) if about else None
    outcome = outcome_of(tree, making)
    text = next(iter(tree.tokens("STRING")), None)
    fine = making.check.known("team", Name.of(team)) and not (about and contact is None)
    if text is not None and not _told(text, "notify", "No journey gives the notice", making):
        return
    if fine and outcome:
        name = text.value if text else None
        expect(said, making, Effect("notify", name, contact, *outcome, team=team.value))


@reads("expect_task")
def task(said: Said, making: Making) -> None:
    """Read tasks."""
    text = string(said.tree)
    contact = making.contact(string(said.tree.need("about")))
    if _told(text, "task", "No journey creates the task", making) and contact:
        expect(said, making, Effect("task", text.value, contact))


@reads("expect_sync", "expect_webhook")
def system(said: Said, making: Making) -> None:
    """Read what another system is told."""
    tree = said.tree
    kind = "sync" if tree.rule == "expect_sync" else "webhook"
    name = string(tree)
    contact = making.contact(string(tree.need("about")))
    outcome = outcome_of(tree, making)
    if making.check.known(kind, Name.of(name)) and contact and outcome:
        expect(said, making, Effect(kind, name.value, contact, *outcome))


@reads("expect_audience")
def audience(said: Said, making: Making) -> None:
    """Read that an advertising system gains or loses a contact."""
    tree = said.tree
    name = string(tree)
    contact = making.contact(string(tree.need("whose")))
    outcome = outcome_of(tree, making)
    if making.check.known("audience", Name.of(name)) and contact and outcome:
        effect = Effect("audience", name.value, contact, *outcome, adds=tree.has("addition"))
        expect(said, making, effect)


def _told(text: Token, kind: str, message: str, making: Making) -> bool:
    """Whether a journey says such a thing; reports what none says."""
    known = making.journeys.ask(lambda offered: offered.said[kind], None)
    if known is not None and kind == "notify":
        known |= making.shared.notices
    if known is None or text.value in known:
        return True
    making.unknown("S301", text, f"{message} “{text.value}”", known)
    return False
