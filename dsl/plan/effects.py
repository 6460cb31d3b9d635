"""Effects: what a `do` step does to the world.

*Inner* effects touch only our own database and are applied in the transaction that follows the run's
state. *Outer* effects reach a provider and go through the ledger: `claimed -> offered -> settled`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from dsl.plan.base import PlanModel
from dsl.plan.conditions import Ref, Scalar


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
    outer: ClassVar[bool] = False
    kind: Literal["field"] = "field"
    ref: Ref
    value: Scalar | None


class SendEmail(PlanModel):
    """Send an email of the workspace, found by its name.

    `guards`: numbers of the predicates of all `if`s around the send, each with the truth it needs; they
    are looked at again in the dispatch transaction (semantics row 15).
    """

    outer: ClassVar[bool] = True
    kind: Literal["send"] = "send"
    email: str
    service: bool = False
    subject: str | None = None
    version_by: Ref | None = None
    ignore_hours: bool = False
    guards: tuple[tuple[int, bool], ...] = ()


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


Effect = Annotated[
    AddScore | AddTag | RemoveTag | SetStage | SetField | SendEmail | Notify | Sync,
    Field(discriminator="kind"),
]
