"""Words: what happened, as a marketer says it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dsl.plan import AnyStep, Arms, Do, Ending, Handler, Handoff, Interest, Plan, Spawn
from dsl.plan.steps import Decide, Split
from runtime.trace import TraceRow, place_of

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

REASONS = {
    "sending hours": "outside sending hours",
    "no longer true": "what it depended on is no longer true",
    "left": "the contact had left the journey",
    "no address": "no email address",
    "no consent": "no consent to marketing",
    "bounced": "the address does not exist",
    "complained": "the contact complained about mail",
    "unsubscribed": "unsubscribed",
    "suppressed by hand": "a person has suppressed the contact",
    "erased": "the contact was erased",
    "merged": "the contact was merged with another one that is in the journey",
    "policy": "a policy of the workspace forbids it then",
    "quiet hours": "quiet hours",
    "cap": "the contact has had as many emails as a limit allows",
    "provider unreachable": "the provider could not be reached",
    "runs once": "the journey runs once for each contact",
    "too soon": "too soon after the last run",
    "chain": "journeys start each other without a pause",
    "already running": "already in the journey",
    "not published": "the journey is not published",
    "no account": "no account is known",
    "nobody named": "the field that names the person is empty",
    "email missing": "no email of this name is deployed; it goes once one is, by `nurture deploy`",
    "message missing": "no message of this name is deployed; it goes once one is, by `nurture deploy`",
    "target missing": "the worker's nurture.toml does not say where to; add it, and start the worker again",
    "team missing": "the worker's nurture.toml has no such team; add it, and start the worker again",
    "private address": "the settings name an address in a private network",
    "no date": "its date is empty",
    "late": "its moment was past",
    "expired": "the next block of its date was due before it could go",
    "already past": "its moment was past",
    "sends stopped": "all sends are stopped by hand",
    "paused": "the run stands still",
}

# What changes a score besides events and journeys, by the source of the change.
# What became of an email or message that a person let go once more.
AGAIN = {
    "sent": "Sent “{}” again",
    "skipped": "Did not send “{}” again: {}",
    "held": "Holds “{}”, which is to go again: {}",
    "failed": "Could not send “{}” again: {}",
    "in doubt": "In doubt: “{}”, sent again, may or may not have arrived",
}

CAME = {
    "fit": "What is known about the contact has changed",
    "time": "Time has passed",
    "merge": "Two contacts are one",
}

# What an event is called, by its name: (the property that says what, words with and without it).
_EVENTS: dict[str, tuple[str, str, str]] = {
    "Form Submitted": ("form", "Submitted the form “{}”", "Submitted a form"),
    "Page Viewed": ("page", "Visited {}", "Visited a page"),
    "Email Opened": ("email", "Opened “{}”", "Opened an email"),
    "Email Clicked": ("email", "Clicked in “{}”", "Clicked in an email"),
    "Email Replied": ("email", "Replied to “{}”", "Replied to an email"),
    "Asset Downloaded": ("asset", "Downloaded “{}”", "Downloaded something"),
    "Email Bounced": ("email", "“{}” bounced", "An email bounced"),
    "Unsubscribed": ("email", "Unsubscribed in “{}”", "Unsubscribed"),
    "Complained": ("email", "Called “{}” spam", "Called an email spam"),
    "Opportunity Opened": ("", "", "Sales opened an opportunity"),
    "Opportunity Closed": ("", "", "The opportunity was closed"),
}


def moment(at: int, zone: ZoneInfo, year: int, *, seconds: bool = False) -> str:
    """Write an instant as the contact's clock shows it; with the year if it is not `year`."""
    local = datetime.fromtimestamp(at, zone)
    day = f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"
    clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    return f"{day} {clock}" if local.year == year else f"{day} {local.year} {clock}"


def day(at: int, zone: ZoneInfo) -> str:
    """Write the date of an instant."""
    local = datetime.fromtimestamp(at, zone)
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def reason_of(code: str) -> str:
    """Say a reason in words; codes that no word is known for stand as they are."""
    return REASONS.get(code, code)


# What a terminal acts upon, and what turns the direction of text.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def shown(text: str) -> str:
    """Return a value of a contact as one line that a terminal only shows."""
    return _CONTROL.sub(" ", text).strip()


def number(points: float) -> str:
    """Write points without needless zeros."""
    return f"{points:g}"


def count(n: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def event(name: str, properties: Mapping[str, Any]) -> str:
    """Say what a contact did."""
    found = _EVENTS.get(name)
    if found is None:
        return f"Did “{name}”"
    key, with_it, without = found
    what = properties.get(key)
    words = with_it.format(what) if what else without
    link = properties.get("link")
    return f"{words}, link “{link}”" if name == "Email Clicked" and link else words


Clock = Callable[[int], str]


class Teller:
    """Tells the trace rows of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._steps = {step.id: step for step in plan.steps}
        self._endings = {ending.id: ending for ending in plan.endings}
        self._handlers = {handler.id: handler for handler in plan.handlers}

    def tell(self, row: TraceRow, clock: Clock, detail: str = "") -> str:
        """Say one row. `clock` writes instants, `detail` is what a provider said."""
        if row.step == "":
            return _of_run(row, self._plan.journey)
        step = self._steps.get(row.step)
        if step is None:
            return self._of_place(row, clock)
        if row.kind in ("sent", "skipped", "held", "failed", "in doubt"):
            return _outcome(row, step, clock, detail)
        return _WORDS.get(row.kind, _plain)(row, step, clock, self._plan)

    def _of_place(self, row: TraceRow, clock: Clock) -> str:
        """Say a row of a block, a handler or an ending."""
        ending, handler = self._endings.get(row.step), self._handlers.get(row.step)
        if ending is not None:
            return _ending(row, ending)
        if handler is not None:
            return _handler(row, handler)
        label = row.step[:1].upper() + row.step[1:]
        if row.kind == "waiting" and row.due is not None:
            return f"Waits for {row.step}: {clock(row.due)}"
        if row.kind == "block moved" and row.due is not None:
            return f"{label}: its date has changed, now {clock(row.due)}"
        if row.kind in ("block skipped", "exit"):
            what = "left out" if row.kind == "block skipped" else "left the journey"
            return f"{label}: {what}, {reason_of(row.reason)}"
        return f"{label}, late" if row.reason == "late" else label


def _of_run(row: TraceRow, journey: str) -> str:
    if row.kind == "entered":
        return f"Entered “{journey}”"
    if row.kind == "completed":
        return f"Came to the end of “{journey}”"
    if row.kind == "paused":
        return f"Stands still: {row.reason}"
    if row.kind == "resumed":
        return "Goes on"
    if row.kind == "moved":
        return f"Moved to another version of “{journey}” ({row.reason})"
    if row.kind == "exit":
        return f"Left the journey: {row.reason}"
    return f"{row.kind.capitalize()} {row.reason}".strip()


def _ending(row: TraceRow, ending: Ending) -> str:
    if row.kind == "goal":
        stays = ", and goes on" if ending.stay else ""
        return f"Reached the goal “{ending.name}”{stays}"
    return f"Left the journey: {ending.name}"


def _handler(row: TraceRow, handler: Handler) -> str:
    if row.kind == "not fired":
        return (
            f"{handler.text}: not {'while the run stands still' if row.reason == 'paused' else 'again yet'}"
        )
    return handler.text


def _outcome(row: TraceRow, step: AnyStep, clock: Clock, detail: str) -> str:
    what, done, missed = _named(step)
    why = reason_of(row.reason)
    if row.reason == "no address" and isinstance(step, Do) and step.effect.kind == "message":
        why = f"no address for {step.effect.channel}"
    match row.kind:
        case "sent":
            return done
        case "skipped":
            return f"Skipped {what}: {why}"
        case "held":
            until = f" until {clock(row.due)}" if row.due is not None else ""
            return f"Held {what}{until}: {why}"
        case "failed":
            said = f" ({detail})" if detail else ""
            return f"{missed}: {why}{said}"
        case _:
            return f"In doubt: {what} may or may not have arrived ({why}); it was not sent again"


def _named(step: AnyStep) -> tuple[str, str, str]:
    """Return an outer effect's name, and how it is said when it is done and when it could not be."""
    if not isinstance(step, Do):
        return step.text, step.text, step.text
    effect = step.effect
    match effect.kind:
        case "send":
            subject = f", subject “{effect.subject}”" if effect.subject else ""
            name = f"“{effect.email}”"
            return name, f"Sent {name}{subject}", f"Could not send {name}"
        case "notify":
            high = ", high priority" if effect.priority == "high" else ""
            name = f"the note to “{effect.team}”"
            return name, f"Told “{effect.team}”: “{effect.message}”{high}", f"Could not send {name}"
        case "sync":
            return (
                f"sync to “{effect.target}”",
                f"Synced to “{effect.target}”",
                f"Could not sync to “{effect.target}”",
            )
        case "message":
            name = f"“{effect.message}” on {effect.channel}"
            return name, f"Sent {name}", f"Could not send {name}"
        case "webhook":
            name = f"the webhook “{effect.webhook}”"
            return name, f"Called {name}", f"Could not call {name}"
        case "audience":
            name = f"the audience “{effect.audience}”"
            if effect.add:
                return f"adding to {name}", f"Added to {name}", f"Could not add to {name}"
            return f"removing from {name}", f"Removed from {name}", f"Could not remove from {name}"
        case "task":
            whose = f" for “{effect.team}”" if effect.team else ""
            name = f"the task “{effect.title}”{whose}"
            return name, f"Created {name}", f"Could not create {name}"
        case _:
            return step.text, step.text, step.text


def _plain(_row: TraceRow, step: AnyStep, _clock: Clock, _plan: Plan) -> str:
    return step.text


def _took(row: TraceRow, step: AnyStep, _clock: Clock, _plan: Plan) -> str:
    condition = step.text.removeprefix("If ").removeprefix("if ")
    condition = condition[:1].upper() + condition[1:]
    if row.reason == "otherwise":
        return f"{condition}: no"
    place = place_of(row)
    if not place or not isinstance(step, Decide):
        return f"{condition}: yes"
    return f"{condition}: no, but condition {place + 1} of {len(step.branches)} is true"


def _chose(row: TraceRow, step: AnyStep, _clock: Clock, _plan: Plan) -> str:
    name = f" of “{step.name}”" if isinstance(step, Split) else ""
    return f"Gets the variant “{row.reason}”{name}"


def _waiting(row: TraceRow, step: AnyStep, clock: Clock, _plan: Plan) -> str:
    until = f", until {clock(row.due)}" if row.due is not None else ""
    return f"{step.text.replace('Wait ', 'Waits ', 1)}{until}"


def _met(row: TraceRow, step: AnyStep, _clock: Clock, plan: Plan) -> str:
    place = place_of(row)
    if place is None or not isinstance(step, Arms) or place >= len(step.arms):
        return step.text
    what = interest(plan.interests[step.arms[place].interest])
    already = " already" if row.reason.endswith("already") else ""
    return f"The wait is over{already}: {what[:1].lower()}{what[1:]}"


def interest(heard: Interest) -> str:
    """Say what a run waited for."""
    if heard.event is None:
        return f"a change of {', '.join(heard.changes)}"
    return event(heard.event, heard.args)


def _timeout(_row: TraceRow, step: AnyStep, _clock: Clock, _plan: Plan) -> str:
    return f"{step.text.replace('Wait ', 'Waited ', 1)}: in vain"


def _passed(row: TraceRow, step: AnyStep, _clock: Clock, _plan: Plan) -> str:
    return f"{step.text}: not needed, {reason_of(row.reason)}"


def _woke(_row: TraceRow, step: AnyStep, _clock: Clock, _plan: Plan) -> str:
    return step.text.replace("Wait ", "Waited ", 1)


def _handed_off(_row: TraceRow, step: AnyStep, _clock: Clock, _plan: Plan) -> str:
    if not isinstance(step, Handoff):
        return step.text
    high = ", high priority" if step.priority == "high" else ""
    return f"Handed over to sales: “{step.handoff}”{high}"


def _started(row: TraceRow, step: AnyStep, _clock: Clock, _plan: Plan) -> str:
    name = step.journey if isinstance(step, Spawn) else step.text
    return (
        f"Not started “{name}”: {reason_of(row.reason)}" if row.kind == "not started" else f"Started “{name}”"
    )


def _ended(row: TraceRow, _step: AnyStep, _clock: Clock, _plan: Plan) -> str:
    return f"Reached the goal “{row.reason}”" if row.kind == "goal" else f"Left the journey: “{row.reason}”"


_WORDS: Mapping[str, Callable[[TraceRow, AnyStep, Clock, Plan], str]] = {
    "took": _took,
    "chose": _chose,
    "waiting": _waiting,
    "met": _met,
    "timeout": _timeout,
    "passed": _passed,
    "woke": _woke,
    "handed off": _handed_off,
    "started": _started,
    "not started": _started,
    "goal": _ended,
    "exit": _ended,
}
