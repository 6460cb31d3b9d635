"""Definitions: what all journeys of a workspace share, compiled beside the plans and published with them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dsl.plan.base import PlanModel
from dsl.plan.conditions import Condition, Ref
from dsl.plan.effects import Channel

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


class HandoffRule(PlanModel):
    """How sales takes a contact over: who, told how, by when, and who hears when it is late.

    `assign`: tried in order; `Ref` to a field that names a person, or "round robin" over `team`'s members.
    Durations are whole seconds of elapsed time.
    """

    name: str
    team: str
    assign: tuple[Ref | Literal["round robin"], ...]
    respond: int = Field(gt=0)
    respond_high: int | None = Field(default=None, gt=0)
    escalate_to: str | None = None


class MessageDefinition(PlanModel):
    """A message on a channel other than email. `text` is a Liquid template."""

    name: str
    channel: Channel
    service: bool = False
    text: str


class Definitions(PlanModel):
    """The shared definitions of a workspace."""

    workspace: str
    time_zone: str = Field(description="IANA name, used when a contact's own is missing or invalid (row 13)")
    contact_fields: dict[str, FieldDefinition] = Field(default_factory=dict)
    account_fields: dict[str, FieldDefinition] = Field(default_factory=dict)
    events: dict[str, EventDefinition] = Field(default_factory=dict)
    engaged: tuple[str, ...] = Field(default=(), description="events that count as engagement")
    stages: tuple[str, ...] = ()
    thresholds: dict[str, float] = Field(default_factory=dict)
    scoring: tuple[ScoreRule, ...] = ()
    handoffs: dict[str, HandoffRule] = Field(default_factory=dict)
    messages: tuple[MessageDefinition, ...] = ()
