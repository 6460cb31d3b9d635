"""Places: the lines of journeys and policies, as they stand in the files now, or stood when deployed.

A plan says where its lines stood when it was deployed. Where the workspace is at hand and compiles to the
same plan, its files of now are right, and the line itself can be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dsl.plan import Plan, Policy, without_places
from runtime.why.answer import Place


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of a workspace, and what they compile to; empty where none is at hand.

    `prefix`: the way from the current folder to the workspace, as a path that ends with a slash, or "".
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    plans: Mapping[str, Plan] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    prefix: str = ""
    _lines: dict[str, list[str]] = field(default_factory=dict)

    def plan(self, plan: Plan) -> Plan:
        """Return the same plan with its lines as they stand now, if the workspace has it."""
        ours = self.plans.get(plan.journey)
        return ours if ours is not None and ours.hash == plan.hash else plan

    def policy(self, policy: Policy) -> Policy:
        """Return the same policy with its lines as they stand now, if the workspace has it."""
        ours = self.policies.get(policy.name)
        same = ours is not None and without_places(ours) == without_places(policy)
        return ours if ours is not None and same else policy

    def place(self, owner: Plan | Policy, line: int) -> Place | None:
        """Return the place of a line of a plan or a policy that `plan` or `policy` has returned."""
        if not line:
            return None
        known = owner in self.plans.values() or owner in self.policies.values()
        # A version that was deployed from elsewhere has files that are not here.
        file = f"{self.prefix if owner.file in self.files else ''}{owner.file}" if owner.file else ""
        return Place(file, line, self._text(owner.file, line) if known else "")

    def _text(self, file: str, line: int) -> str:
        if file not in self._lines and file in self.files:
            self._lines[file] = self.files[file].decode("utf-8-sig", "replace").splitlines()
        rows = self._lines.get(file, [])
        return rows[line - 1].strip() if line <= len(rows) else ""
