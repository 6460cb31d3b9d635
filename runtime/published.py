"""What is deployed: the shared definitions, the active plan of each journey, and every plan still in use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dsl.plan import Definitions, Plan, Texts


class PlanMissing(LookupError):
    """A run is pinned to a plan that this process does not hold."""

    def __init__(self, plan: str) -> None:
        super().__init__(
            f"This worker has no plan {plan}. Deploy the workspace version that holds it "
            "(`nurture deploy --workspace FOLDER`), or name the right database; "
            "the run waits and nothing is lost."
        )
        self.plan = plan


@dataclass(frozen=True, slots=True)
class Published:
    """One published set. Each event is routed against exactly one of these (semantics row 33).

    `texts`: the emails, None if they were not deployed with it. `noted`: what `runtime.routing` has worked
    out from it, by how many plans were known then.
    """

    definitions: Definitions
    active: Mapping[str, Plan]
    plans: Mapping[str, Plan] = field(default_factory=dict)
    texts: Texts | None = None
    noted: dict[int, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, definitions: Definitions, active: Iterable[Plan], older: Iterable[Plan] = ()) -> Published:
        """Build a set from the active plans and older ones that open runs are pinned to."""
        current = {plan.journey: plan for plan in active}
        plans = {plan.hash: plan for plan in (*older, *current.values())}
        return cls(definitions, current, plans)

    def plan(self, hash_: str) -> Plan:
        """Return the plan with this hash, or raise `PlanMissing`."""
        try:
            return self.plans[hash_]
        except KeyError:
            raise PlanMissing(hash_) from None
