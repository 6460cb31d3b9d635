"""Definitions: what all journeys of a workspace share, compiled beside the plans and published with them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dsl.plan.base import PlanModel
from dsl.plan.conditions import Condition, Ref
from dsl.plan.effects import Channel
from dsl.plan.instants import BusinessHours, Unit
from dsl.plan.plan import Limit

FieldType = Literal["text", "number", "yes or no", "date", "date and time", "choice", "list"]


class FieldDefinition(PlanModel):
    type: FieldType
    choices: tuple[str, ...] = ()
    key: bool = False


class EventDefinition(PlanModel):
    """A declared or built-in event. `subject`: whom it is about."""

    fields: dict[str, FieldDefinition] = Field(default_factory=dict)
    subject: Literal["contact", "account"] = "contact"


class ScoreRule(PlanModel):
    """`add 25 when contact visits page "/pricing"`: points for an event, committed with the event."""

    points: float
    event: str
    args: dict[str, str] = Field(default_factory=dict)
    where: Condition | None = None
    daily: float | None = Field(default=None, description="the most points of the rule in a day")
    decays: bool = False


class FitRule(PlanModel):
    """`add 20 if …`: points that count as long as the condition holds."""

    points: float
    condition: Condition


class Territory(PlanModel):
    """The person whom the team's territories name for this value."""

    kind: Literal["territory"] = "territory"
    by: Ref


class QuietHours(PlanModel):
    """Civil hours in which marketing is held. `to` before `from_` crosses midnight."""

    from_: str
    to: str
    zone: str = "contact"
    line: int = 0


class HoldAfter(PlanModel):
    """Marketing is held for a time after an event."""

    event: str
    args: dict[str, str] = Field(default_factory=dict)
    where: Condition | None = None
    amount: int
    unit: Unit
    line: int = 0


class Policy(PlanModel):
    """What every marketing message must pass, whichever journey sends it. Service messages are exempt.

    `lines`: where the `consents` and the `skips` stand in the file, in their order.
    """

    name: str
    file: str = ""
    lines: dict[Literal["consents", "skips"], tuple[int, ...]] = Field(default_factory=dict)
    consents: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    quiet: tuple[QuietHours, ...] = ()
    holds: tuple[HoldAfter, ...] = ()
    skips: tuple[Condition, ...] = ()


HandoffNotice = Literal["assigned", "half", "overdue"]
_HANDOFF_NOTICES: dict[HandoffNotice, str] = {
    "assigned": "New {} handoff",
    "half": "Half of the time for the {} handoff is over",
    "overdue": "Nobody has answered the {} handoff",
}


class HandoffRule(PlanModel):
    """How sales takes a contact over: who, told how, by when, and who hears when it is late.

    `assign`: tried in order; `Ref` to a field that names a person, or "round robin" over `team`'s members.
    Durations are whole seconds of elapsed time, or counted as `respond_in` and `respond_high_in` say, on the
    business `hours`.
    """

    name: str
    team: str
    assign: tuple[Ref | Territory | Literal["round robin"], ...]
    respond: int = Field(gt=0)
    respond_high: int | None = Field(default=None, gt=0)
    escalate_to: str | None = None
    respond_in: Literal["second", "business hour", "business day"] = "second"
    respond_high_in: Literal["second", "business hour", "business day"] = "second"
    remind_at_half: bool = False
    reject_reasons: tuple[str, ...] = ()
    hours: BusinessHours | None = None

    @property
    def notices(self) -> tuple[HandoffNotice, ...]:
        """Name what is told of a handoff, in the order in which it comes."""
        return ("assigned", "half", "overdue") if self.remind_at_half else ("assigned", "overdue")

    def notice(self, of: HandoffNotice) -> tuple[str, str]:
        """Return the team that is told something of a handoff, and the subject of what it is told."""
        above = self.escalate_to if of == "overdue" else None
        return above or self.team, _HANDOFF_NOTICES[of].format(self.name)


class MessageDefinition(PlanModel):
    """A message on a channel other than email. `text` is a Liquid template.

    `address`: the field of the contact that says where to, if the channel's settings name one.
    """

    name: str
    channel: Channel
    service: bool = False
    text: str
    address: str | None = None


class Definitions(PlanModel):
    """The shared definitions of a workspace."""

    workspace: str
    time_zone: str = Field(description="IANA name, used when a contact's own is missing or invalid (row 13)")
    lateness: int | None = Field(
        default=None, description="seconds after which no journey hears of an event any more (row 26)"
    )
    contact_fields: dict[str, FieldDefinition] = Field(default_factory=dict)
    account_fields: dict[str, FieldDefinition] = Field(default_factory=dict)
    events: dict[str, EventDefinition] = Field(default_factory=dict)
    engaged: tuple[str, ...] = Field(default=(), description="events that count as engagement")
    stages: tuple[str, ...] = ()
    thresholds: dict[str, float] = Field(default_factory=dict)
    scoring: tuple[ScoreRule, ...] = ()
    handoffs: dict[str, HandoffRule] = Field(default_factory=dict)
    messages: tuple[MessageDefinition, ...] = ()
    fit: tuple[FitRule, ...] = ()
    half_life: int | None = Field(
        default=None, description="seconds after which half of decaying points are left"
    )
    policies: tuple[Policy, ...] = ()
    segments: dict[str, Condition] = Field(
        default_factory=dict, description="who is in each, asked before and after each change"
    )

    def message(self, channel: str, name: str) -> MessageDefinition | None:
        """Return a message of a channel by its name."""
        return next((m for m in self.messages if (m.channel, m.name) == (channel, name)), None)
