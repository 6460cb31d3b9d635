"""The base of every model in a plan: frozen, exact, small when written."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class PlanModel(BaseModel):
    """A part of a plan. Unknown keys are refused: a plan is written by a compiler, never by hand."""

    model_config = ConfigDict(frozen=True, extra="forbid")
