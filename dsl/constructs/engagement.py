"""`engagement`: the events that count when a journey asks whether a contact has engaged."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.constructs.wait_up_to import When
from dsl.nodes import Context, LineNode, line


@line("engagement", "engagement", Context.TOP, body=Context.ENGAGEMENT, needs="the events that count")
@dataclass(frozen=True, slots=True)
class Engagement(LineNode):
    """Lines such as `when contact clicks any email`. Machines never count."""

    def declare(self, catalog: Catalog) -> None:
        if catalog.engaged:
            message = "What counts as engagement is declared already."
            catalog.report.add("N206", self.span, message, "Put all its lines under one “engagement”.")
            return
        events = (found.event.what.event for found in self.body if isinstance(found, When))
        catalog.engaged = tuple(dict.fromkeys(events))

    def check(self, check: Checker) -> None:
        for found in self.body:
            if not isinstance(found, When):
                continue
            what = found.event.what
            if what.made:
                message = "This is a change of what we know, not something that the contact does."
                check.report.add("N408", what.span, message, "Count what the contact does.")
            if what.args or what.where:
                message = "Engagement counts every event of a kind."
                fix = "Write “any”: when contact clicks any email"
                check.report.add("N408", what.span, message, fix)
            if found.reply:
                check.report.add(
                    "N408", found.span, "There is no reply to name here.", "Leave out “as reply”."
                )
            if found.body:
                message = "Nothing stands under a line of “engagement”."
                check.report.add("N210", found.body[0].span, message, "Remove the line.")
