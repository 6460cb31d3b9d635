"""Definitions: what all journeys of a workspace share, as their runs need it."""

from __future__ import annotations

from collections.abc import Sequence

from dsl.catalog import Catalog
from dsl.constructs.handoff import HandoffDefinition
from dsl.constructs.policy import PolicyDefinition
from dsl.constructs.scoring import Scoring
from dsl.nodes import LineNode
from dsl.plan import Definitions


def define(catalog: Catalog, lines: Sequence[LineNode], *, sound: bool = True) -> Definitions:
    """Lower what stands at the left margin of all files; of a workspace with errors, what is certain."""
    workspace = catalog.settings.workspace if catalog.settings else None
    given = catalog.given()
    scorings = [n for n in lines if isinstance(n, Scoring)] if sound else []
    policies = [n for n in lines if isinstance(n, PolicyDefinition)] if sound else []
    handoffs = [n for n in lines if isinstance(n, HandoffDefinition)] if sound else []
    return Definitions(
        workspace=workspace.name if workspace else "",
        time_zone=workspace.time_zone if workspace else "UTC",
        contact_fields=catalog.contact_fields,
        account_fields=catalog.account_fields,
        events=catalog.events,
        engaged=catalog.engaged,
        stages=catalog.stages,
        thresholds=catalog.thresholds,
        scoring=tuple(rule for s in scorings for rule in s.lower_rules(given)),
        fit=tuple(rule for s in scorings for rule in s.lower_fit(given)),
        half_life=next((s.half_life for s in scorings), None),
        policies=tuple(p.lower_policy(given) for p in policies),
        messages=tuple(m for _, m in sorted(catalog.messages.items())) if sound else (),
        handoffs={h.name.text: h.lower_rule() for h in handoffs},
    )
