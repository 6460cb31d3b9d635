"""What is expected: `expect email "Case study" to "Ana"`, `expect contact "Ana" is in stage "MQL"`."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast

import dsl.constructs  # noqa: F401  registers the conditions
from dsl import civil
from dsl.constructs.comparison import ORDERS
from dsl.constructs.score import ScoreIs
from dsl.constructs.values import number
from dsl.nodes import CONDITIONS, Name
from dsl.parser import Tree
from dsl.plan import Compare, Condition, DateIs, IsSet, Ref, Score
from dsl.scenarios import reasons
from dsl.scenarios.lines import Said
from dsl.scenarios.making import Making, reads, string
from dsl.scenarios.moments import sound_length
from dsl.scenarios.script import (
    Answer,
    Count,
    Effect,
    Expectation,
    Expected,
    Fact,
    Handed,
    Outcome,
    Passage,
    Passing,
    Place,
    Pressure,
    Stretch,
)
from dsl.scenarios.values import name_span, read
from dsl.tokens import Token

_CHANNELS = {
    "sms": "sms",
    "in_app": "in-app",
    "chat": "chat",
    "direct_mail": "direct mail",
    "survey": "survey",
}
_FACTS = ("in_stage", "in_segment", "in_list", "has_tag", "has_consent", "is_suppressed")
_PASSES: dict[str, Passing] = {
    "enters_run": "enters",
    "enter_run": "enters",
    "leaves_run": "leaves",
    "leave_run": "leaves",
    "reaches_goal": "reaches",
    "reach_goal": "reaches",
}
_NEVER = Count(0, 0)


def _expect(said: Said, making: Making, what: Expected | None, *, count: bool = True) -> None:
    """Add an expectation, unless something of it was reported."""
    stretch = _stretch(said.tree, making)
    if what is None or stretch is None:
        return
    amount = _amount(said.tree) if count else Count()
    making.expectations.append(Expectation(said.line.number, said.line.text, stretch, what, amount))


def _stretch(tree: Tree, making: Making) -> Stretch | None:
    """Return when it is expected: now, or within a length of time from now."""
    within = tree.find("within")
    now = making.stretch
    if within is None:
        return now
    length = sound_length(within.need("duration"), making.check)
    if length is None:
        return None
    if making.moment is not None and not making.moment.instant:
        message = "“within” counts from an instant, and this line stands under a stretch of time."
        fix = "Leave it out, or write a moment with a time of day above."
        making.report.add("S103", within.span, message, fix)
        return None
    until = civil.add(now.since, length.whole, length.one, making.clock.zone)
    return Stretch(now.since, until)


def _amount(tree: Tree) -> Count:
    if tree.has("no"):
        return _NEVER
    found = tree.find("count")
    if found is None:
        return Count()
    text = found.token("NUMERAL").text
    many = int(float(text))
    if found.has("at_least"):
        return Count(many, None)
    return Count(0, many) if found.has("at_most") else Count(many, many)


def _outcome(tree: Tree, making: Making) -> tuple[Outcome, str | None] | None:
    """Return the outcome that is expected and its reason; None if the reason was reported."""
    found = tree.find("held", "skipped", "failed")
    because = tree.find("because")
    outcome = cast(Outcome, found.rule if found else "sent")
    if because is None:
        return outcome, None
    reason = string(because)
    plans = making.plans.values() if making.plans is not None else ()
    known = {"held": reasons.held(), "skipped": reasons.skipped(plans), "failed": reasons.failed()}[outcome]
    if outcome != "failed" and making.plans is not None and reason.value not in known:
        making.unknown("S303", reason, f"Nothing is {outcome} because of “{reason.value}”", known)
        return None
    return outcome, reason.value


# ------------------------------------------------------------------------------------- effects on the world


@reads("expect_mail")
def mail(said: Said, making: Making) -> None:
    """Read emails to a contact."""
    tree = said.tree
    contact = making.contact(string(tree.need("to_contact")))
    outcome = _outcome(tree, making)
    email = next(iter(tree.tokens("STRING")), None)
    if email is not None and not _sent(email, making):
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
    _expect(said, making, effect)


def _sent(email: Token, making: Making) -> bool:
    """Whether a journey sends the email; reports one that none does."""
    if not making.check.known("email", Name.of(email)):
        return False
    sent = making.sent()
    if sent is None or email.value in sent:
        return True
    making.unknown("S301", email, f"No journey sends the email “{email.value}”", sent)
    return False


@reads("expect_message")
def message(said: Said, making: Making) -> None:
    """Read messages on a channel."""
    tree = said.tree
    channel = _CHANNELS[tree.need(*_CHANNELS).rule]
    name = string(tree)
    contact = making.contact(string(tree.need("to_contact")))
    outcome = _outcome(tree, making)
    if making.check.known(f"{channel} message", Name.of(name)) and contact and outcome:
        says = tuple(string(t).value for t in tree.trees() if t.rule == "says")
        effect = Effect("message", name.value, contact, *outcome, channel=channel, says=says)
        _expect(said, making, effect)


@reads("expect_notice")
def notice(said: Said, making: Making) -> None:
    """Read notices to a team."""
    tree = said.tree
    team = string(tree.need("team_named"))
    about = tree.find("about")
    contact = making.contact(string(about)) if about else None
    outcome = _outcome(tree, making)
    text = next(iter(tree.tokens("STRING")), None)
    fine = making.check.known("team", Name.of(team)) and not (about and contact is None)
    if text is not None and not _told(text, "notify", "message", "No journey gives the notice", making):
        return
    if fine and outcome:
        name = text.value if text else None
        _expect(said, making, Effect("notify", name, contact, *outcome, team=team.value))


@reads("expect_task")
def task(said: Said, making: Making) -> None:
    """Read tasks."""
    text = string(said.tree)
    contact = making.contact(string(said.tree.need("about")))
    if _told(text, "task", "title", "No journey creates the task", making) and contact:
        _expect(said, making, Effect("task", text.value, contact))


@reads("expect_sync", "expect_webhook")
def system(said: Said, making: Making) -> None:
    """Read what another system is told."""
    tree = said.tree
    kind = "sync" if tree.rule == "expect_sync" else "webhook"
    name = string(tree)
    contact = making.contact(string(tree.need("about")))
    outcome = _outcome(tree, making)
    if making.check.known(kind, Name.of(name)) and contact and outcome:
        _expect(said, making, Effect(kind, name.value, contact, *outcome))


def _told(text: Token, kind: str, attribute: str, message: str, making: Making) -> bool:
    """Whether a journey says such a thing; reports what none says."""
    known = making.effects(kind, attribute)
    if known is None or text.value in known:
        return True
    making.unknown("S301", text, f"{message} “{text.value}”", known)
    return False


# --------------------------------------------------------------------------------------- journeys and sales


@reads("expect_handoff")
def handoff(said: Said, making: Making) -> None:
    """Read handoffs."""
    tree = said.tree
    name = next(iter(tree.tokens("STRING")), None)
    contact = making.contact(string(tree.need("whose")))
    owner = tree.find("owner_named")
    answer = tree.find("overdue", "accepted", "rejected", "waiting")
    if name is not None and not making.check.known("handoff", Name.of(name)):
        return
    if contact:
        told = {"waiting": "unanswered"}.get(answer.rule, answer.rule) if answer else None
        what = Handed(
            contact,
            name.value if name else None,
            string(owner).value if owner else None,
            tree.has("high_priority"),
            cast(Answer | None, told),
        )
        _expect(said, making, what)


@reads("expect_run")
def run(said: Said, making: Making) -> None:
    """Read that a contact enters or leaves a journey, or reaches a goal."""
    tree = said.tree
    contact = making.contact(string(tree))
    passes = tree.need(*_PASSES)
    how, name = _PASSES[passes.rule], string(passes)
    negated = tree.has("is_not")
    if how == "reaches":
        known = reasons.goals(making.plans) if making.plans is not None else None
        if known is not None and name.value not in known:
            making.unknown("S301", name, f"No journey has the goal “{name.value}”", known)
            return
    elif not making.check.known("journey", Name.of(name)):
        return
    because = tree.find("because")
    if because is not None and not _because(string(because), how, name.value, negated, making):
        return
    if contact is None:
        return
    reason = string(because).value if because else None
    what = Passage(contact, how, name.value, reason)
    stretch = _stretch(tree, making)
    if stretch is None:
        return
    # “does not enter … because” is a refusal that is expected; without a reason nothing of the kind is.
    count = Count() if not negated or reason is not None else _NEVER
    if negated and reason is not None:
        what = replace(what, refused=True)
    making.expectations.append(Expectation(said.line.number, said.line.text, stretch, what, count))


def _because(reason: Token, how: Passing, journey: str, negated: bool, making: Making) -> bool:
    plan = making.plans.get(journey) if making.plans is not None else None
    if how == "enters":
        if not negated:
            message = "Nobody enters for a reason; only who is not let in has one."
            making.report.add("S303", reason.span, message, "Leave “because …” out.")
            return False
        known: tuple[str, ...] = reasons.NOT_ENTERED
    elif how == "leaves" and not negated and plan is not None:
        known = reasons.left(plan)
    elif how == "reaches" or negated:
        message = "Here no reason can be given."
        making.report.add("S303", reason.span, message, "Leave “because …” out.")
        return False
    else:
        return True
    if reasons.plain(reason.value) in known:
        return True
    verb = "lets nobody in" if how == "enters" else "lets nobody out"
    making.unknown("S303", reason, f"The journey “{journey}” {verb} because of “{reason.value}”", known)
    return False


@reads("expect_place")
def place(said: Said, making: Making) -> None:
    """Read where a contact stands in a journey."""
    tree = said.tree
    contact = making.contact(string(tree))
    where = tree.need("in_run", "at_step", "waiting_for")
    *step, journey = where.tokens("STRING")
    if not making.check.known("journey", Name.of(journey)):
        return
    if step and not _step(step[0], journey.value, where.rule == "waiting_for", making):
        return
    if contact:
        wanted = step[0].value if step else ""
        what = Place(contact, journey.value, wanted, tree.has("is_not"), where.rule == "waiting_for")
        _expect(said, making, what, count=False)


def _step(token: Token, journey: str, blocks_only: bool, making: Making) -> bool:
    """Whether a journey has such a block, or such a step."""
    plan = making.plans.get(journey) if making.plans is not None else None
    if plan is None:
        return True
    blocks = [block.label for step in plan.steps if step.op == "schedule" for block in step.blocks]
    known = blocks if blocks_only else [*blocks, *(step.id for step in plan.steps)]
    if token.value in known:
        return True
    kind = "block" if blocks_only else "place"
    making.unknown("S302", token, f"The journey “{journey}” has no {kind} “{token.value}”", known)
    return False


# --------------------------------------------------------------------------------------------------- facts


@reads("expect_fact")
def fact(said: Said, making: Making) -> None:
    """Read what is true of a contact: its stage, tags, consents, lists, segments."""
    tree = said.tree
    contact = making.contact(string(tree))
    found = tree.need(*_FACTS)
    node = CONDITIONS[found.rule].read(found)
    before = len(making.report.found)
    node.check(making.check)
    if contact and len(making.report.found) == before:
        name = next((token.value for token in found.tokens("STRING")), "")
        asked = f"segment “{name}”" if found.rule == "in_segment" else found.rule
        inverse = found.has("is_not") or found.has("no")
        what = Fact("contact", contact, node.lower(making.check.given), False, asked, inverse)
        _expect(said, making, what, count=False)


@reads("expect_score")
def score(said: Said, making: Making) -> None:
    """Read what the score is."""
    tree = said.tree
    contact = making.contact(string(tree.need("whose")))
    before = len(making.report.found)
    if tree.has("between") or tree.find(*ORDERS):
        node = ScoreIs.read(tree)
        node.check(making.check)
        condition: Condition = node.lower(making.check.given)
    else:
        token = next(part for part in tree.parts if isinstance(part, Token))
        if token.kind == "STRING":
            if not making.check.known("threshold", Name.of(token)):
                return
            points = making.check.catalog.thresholds.get(token.value, 0.0)
        else:
            points = float(number(token.text))
        condition = Score(kind="eq", points=points)
    if contact and len(making.report.found) == before:
        _expect(said, making, Fact("contact", contact, condition, False, "score"), count=False)


@reads("expect_field")
def field(said: Said, making: Making) -> None:
    """Read what a field of a contact or an account holds."""
    tree = said.tree
    ref = tree.need("ref")
    whose, name = ref.token("REF").text.split(".", 1)
    token = string(tree.need("whose"))
    if whose not in ("contact", "account"):
        message = f"Only contacts and accounts have fields here, and “{whose}” is neither."
        making.report.add("N305", ref.span, message, f"Write contact.{name} or account.{name}.")
        return
    id_ = (making.contact if whose == "contact" else making.account)(token)
    definition = making.check.field_of(whose, name, name_span(ref.span, whose))
    left = Ref(of=cast(Literal["contact", "account"], whose), field=name)
    if tree.has("empty") or tree.has("set"):
        condition: Condition | None = IsSet(left=left, value=tree.has("set"))
    elif tree.has("contains"):
        condition = Compare(left=left, kind="contains", right=string(tree).value)
    else:
        literal = tree.need("string", "amount", "yes", "no", "list", "point")
        value = read(literal, definition, f"{whose}.{name}", making)
        condition = None if value is None else _equal(left, literal, value)
    if id_ and definition and condition is not None:
        what = Fact(
            cast(Literal["contact", "account"], whose), id_, condition, tree.has("is_not"), f"{whose}.{name}"
        )
        _expect(said, making, what, count=False)


def _equal(left: Ref, literal: Tree, value: object) -> Condition | None:
    if literal.rule == "point" and isinstance(value, str) and "T" not in value:
        return DateIs(left=left, side="on", right=value)
    if isinstance(value, list):
        return None
    return Compare(left=left, kind="eq", right=cast(str, value))


# --------------------------------------------------------------------------------------------------- bounds


@reads("never_more", "never_mail")
def never(said: Said, making: Making) -> None:
    """Read what is never to happen, from the start to the end of the scenario."""
    tree = said.tree
    contact = making.contact(string(tree.need("to_contact")))
    whole = Stretch(making.clock.start, 0)  # until the end, which is known last
    if tree.rule == "never_mail":
        email = string(tree)
        if _sent(email, making) and contact:
            what: Expected = Effect("send", email.value, contact)
            made = Expectation(said.line.number, said.line.text, whole, what, _NEVER)
            making.expectations.append(made)
        return
    most = tree.token("NUMERAL")
    if not most.text.isdigit():
        making.report.add("N403", most.span, f"{most.text} is no number of emails.", "Write a whole number.")
        return
    amount, unit = 0, "week" if tree.has("calendar_week") else "day"
    if rolling := tree.find("rolling"):
        length = sound_length(rolling.need("duration"), making.check)
        if length is None:
            return
        amount, unit = length.whole, length.one
    if contact:
        named = cast(Literal["minute", "hour", "day", "week"], unit)
        what = Pressure(contact, int(most.text), amount, named)
        making.expectations.append(Expectation(said.line.number, said.line.text, whole, what))
