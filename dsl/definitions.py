"""Definitions: what all journeys of a workspace share, as their runs need it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dsl.catalog import Catalog
from dsl.constructs.handoff import HandoffDefinition
from dsl.constructs.policy import PolicyDefinition
from dsl.constructs.scoring import Scoring
from dsl.constructs.segment import lower_segment
from dsl.nodes import LineNode
from dsl.plan import Definitions, MessageDefinition


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
        lateness=workspace.lateness if workspace else None,
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
        messages=tuple(_addressed(catalog)) if sound else (),
        handoffs={h.name.text: h.lower_rule(given) for h in handoffs},
        segments={name: lower_segment(given, name) for name in sorted(given.segments)} if sound else {},
    )


def _addressed(catalog: Catalog) -> Iterator[MessageDefinition]:
    """Give each message the field that says where to, as the settings of its channel have it."""
    channels = catalog.settings.channels if catalog.settings else {}
    for _, message in sorted(catalog.messages.items()):
        address = channels[message.channel].address if message.channel in channels else None
        yield message.model_copy(update={"address": address}) if address else message
