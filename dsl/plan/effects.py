"""Effects: what a `do` step does to the world.

*Inner* effects touch only our own database and are applied in the transaction that follows the run's
state. *Outer* effects reach a provider and go through the ledger: `claimed -> offered -> settled`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from dsl.plan.base import PlanModel
from dsl.plan.conditions import Ref, Scalar

Channel = Literal["sms", "in-app", "chat", "direct mail", "survey"]


class AddScore(PlanModel):
    outer: ClassVar[bool] = False
    kind: Literal["score"] = "score"
    points: float  # negative: subtract


class AddTag(PlanModel):
    outer: ClassVar[bool] = False
    kind: Literal["tag"] = "tag"
    tag: str


class RemoveTag(PlanModel):
    outer: ClassVar[bool] = False
    kind: Literal["untag"] = "untag"
    tag: str


class SetStage(PlanModel):
    outer: ClassVar[bool] = False
    kind: Literal["stage"] = "stage"
    stage: str


class SetField(PlanModel):
    """Set a field to a value (None: empty), or to what the field `source` holds, which may be nothing."""

    outer: ClassVar[bool] = False
    kind: Literal["field"] = "field"
    ref: Ref
    value: Scalar | None
    source: Ref | None = None


class Calendar(PlanModel):
    """An entry for the calendar, attached to an email: from one field's moment to another's."""

    starts: Ref
    ends: Ref


class SendEmail(PlanModel):
    """Send an email of the workspace, found by its name.

    `guards`: numbers of the predicates of all `if`s around the send, each with the truth it needs; they
    are looked at again in the dispatch transaction (semantics row 15). `sender`: a field that names the
    person it comes from. `priority`: what goes first where a cap lets only some go.
    """

    outer: ClassVar[bool] = True
    kind: Literal["send"] = "send"
    email: str
    service: bool = False
    subject: str | None = None
    version_by: Ref | None = None
    ignore_hours: bool = False
    guards: tuple[tuple[int, bool], ...] = ()
    sender: Ref | None = None
    calendar: Calendar | None = None
    priority: Literal["normal", "high"] = "normal"


class Notify(PlanModel):
    """Tell a team, by email and chat, as the workspace configures the team."""

    outer: ClassVar[bool] = True
    kind: Literal["notify"] = "notify"
    team: str
    message: str
    priority: Literal["normal", "high"] = "normal"


class Sync(PlanModel):
    """Send the contact as it stands to a connected system."""

    outer: ClassVar[bool] = True
    kind: Literal["sync"] = "sync"
    target: str


class AddToList(PlanModel):
    outer: ClassVar[bool] = False
    kind: Literal["list"] = "list"
    list: str


class RemoveFromList(PlanModel):
    outer: ClassVar[bool] = False
    kind: Literal["unlist"] = "unlist"
    list: str


class GrantConsent(PlanModel):
    outer: ClassVar[bool] = False
    kind: Literal["grant"] = "grant"
    consent: str


class WithdrawConsent(PlanModel):
    outer: ClassVar[bool] = False
    kind: Literal["withdraw"] = "withdraw"
    consent: str


class Suppress(PlanModel):
    """No marketing on any channel for this reason, until it is lifted."""

    outer: ClassVar[bool] = False
    kind: Literal["suppress"] = "suppress"
    reason: str


class LiftSuppression(PlanModel):
    """Lift what journeys have imposed; never what the contact or a provider has."""

    outer: ClassVar[bool] = False
    kind: Literal["lift"] = "lift"


class SendMessage(PlanModel):
    """Send a declared message on a channel other than email. `guards`: as of `SendEmail`."""

    outer: ClassVar[bool] = True
    kind: Literal["message"] = "message"
    channel: Channel
    message: str
    service: bool = False
    ignore_hours: bool = False
    guards: tuple[tuple[int, bool], ...] = ()


class CallWebhook(PlanModel):
    """Send the contact as it stands to an address of the settings."""

    outer: ClassVar[bool] = True
    kind: Literal["webhook"] = "webhook"
    webhook: str


class ChangeAudience(PlanModel):
    """Add the contact to a group of an advertising system, or remove it."""

    outer: ClassVar[bool] = True
    kind: Literal["audience"] = "audience"
    audience: str
    add: bool = True


class CreateTask(PlanModel):
    """Give a task to the person that a field names, or to a team."""

    outer: ClassVar[bool] = True
    kind: Literal["task"] = "task"
    title: str
    person: Ref | None = None
    team: str | None = None


Effect = Annotated[
    AddScore
    | AddTag
    | RemoveTag
    | SetStage
    | SetField
    | AddToList
    | RemoveFromList
    | GrantConsent
    | WithdrawConsent
    | Suppress
    | LiftSuppression
    | SendEmail
    | SendMessage
    | Notify
    | Sync
    | CallWebhook
    | ChangeAudience
    | CreateTask,
    Field(discriminator="kind"),
]
