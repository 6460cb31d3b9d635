"""Conditions: what a predicate of a plan asks about a contact, its account and its events.

A condition is data. `runtime.evaluate` gives its truth for a snapshot of facts; the machine sees only
the number of the predicate and the truth. Empty values: an ordered comparison is false, `ne` is exactly
the negation of `eq` (semantics row 44).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dsl.plan.base import PlanModel

Scalar = str | int | float | bool


class Ref(PlanModel):
    """A declared field: of the contact, its account, the event that started the run, or the event matched.

    `reply`: the event that the innermost arm `as reply` around the step has met; `wait`: the step it is of.
    """

    of: Literal["contact", "account", "trigger", "event", "reply"]
    field: str
    wait: int | None = None


class Always(PlanModel):
    op: Literal["always"] = "always"
    value: bool


class AllOf(PlanModel):
    op: Literal["all"] = "all"
    conditions: tuple[Condition, ...]


class AnyOf(PlanModel):
    op: Literal["any"] = "any"
    conditions: tuple[Condition, ...]


class Not(PlanModel):
    op: Literal["not"] = "not"
    condition: Condition


class Compare(PlanModel):
    """`left` compared with a literal or with another field. Ordered kinds are false on an empty value."""

    op: Literal["compare"] = "compare"
    left: Ref
    kind: Literal["eq", "ne", "lt", "le", "gt", "ge", "contains", "starts", "ends"]
    right: Scalar | Ref


class DateIs(PlanModel):
    """A date compared with an ISO day, `today`, or another date; by local days unless both have a time."""

    op: Literal["date_is"] = "date_is"
    left: Ref
    side: Literal["before", "after", "on"]
    right: str | Ref


class DateWithin(PlanModel):
    """A date in the next or last `amount` units, or longer `ago`; a day without a time counts whole."""

    op: Literal["date_within"] = "date_within"
    left: Ref
    side: Literal["next", "last", "ago"]
    amount: int
    unit: Literal["minute", "hour", "day", "week"]


class OneOf(PlanModel):
    op: Literal["one_of"] = "one_of"
    left: Ref
    values: tuple[Scalar, ...]
    negated: bool = False


class IsSet(PlanModel):
    """`is set` (value true) or `is empty` (value false)."""

    op: Literal["is_set"] = "is_set"
    left: Ref
    value: bool


class Score(PlanModel):
    """The lead score compared with points; a named threshold is resolved by the compiler."""

    op: Literal["score"] = "score"
    kind: Literal["eq", "ne", "lt", "le", "gt", "ge"]
    points: float


class Stage(PlanModel):
    op: Literal["stage"] = "stage"
    kind: Literal["eq", "ne"]
    stage: str


class HasTag(PlanModel):
    op: Literal["has_tag"] = "has_tag"
    tag: str


class HasConsent(PlanModel):
    """The contact has agreed to this, and has not withdrawn it."""

    op: Literal["has_consent"] = "has_consent"
    consent: str


class Suppressed(PlanModel):
    """The contact gets no marketing on any channel: for a reason of a journey, or of their own."""

    op: Literal["suppressed"] = "suppressed"


class Scope(PlanModel):
    """How far back a fact looks: ever, since the start of the run, or the last `amount` units."""

    kind: Literal["ever", "run", "last"]
    amount: int = 0
    unit: Literal["minute", "hour", "day", "week"] = "day"


class HasDone(PlanModel):
    """At least `at_least` events of one name with these literal arguments, and `where`, within the scope.

    Machine-made events (`machine`) never count. `args` values are compared as text, exactly.
    """

    op: Literal["has_done"] = "has_done"
    event: str
    args: dict[str, str] = Field(default_factory=dict)
    where: Condition | None = None
    scope: Scope
    at_least: int = 1


class HasEngaged(PlanModel):
    """Any of the workspace's engagement events within the scope.

    Negated (`has not engaged in the last 60 days`) it is true only for a contact known that long
    (semantics row 41), so negation is a field here and not a `Not`.
    """

    op: Literal["has_engaged"] = "has_engaged"
    events: tuple[str, ...]
    scope: Scope
    negated: bool = False


class WasSent(PlanModel):
    """The email was accepted for delivery within the scope (run: by this run)."""

    op: Literal["was_sent"] = "was_sent"
    email: str
    scope: Scope


class InList(PlanModel):
    """The contact is in this list."""

    op: Literal["in_list"] = "in_list"
    list: str


class AccountCount(PlanModel):
    """At least so many contacts of the account, this one among them, for whom the fact is true."""

    op: Literal["account_count"] = "account_count"
    at_least: int = Field(ge=1)
    fact: Condition


class OpenOpportunity(PlanModel):
    """The contact's account has at least one opportunity that is not closed."""

    op: Literal["open_opportunity"] = "open_opportunity"


Condition = Annotated[
    Always
    | AllOf
    | AnyOf
    | Not
    | Compare
    | DateIs
    | DateWithin
    | OneOf
    | IsSet
    | Score
    | Stage
    | HasTag
    | HasConsent
    | Suppressed
    | HasDone
    | HasEngaged
    | WasSent
    | OpenOpportunity
    | InList
    | AccountCount,
    Field(discriminator="op"),
]

for _model in (AllOf, AnyOf, Not, HasDone, AccountCount):
    _model.model_rebuild()
