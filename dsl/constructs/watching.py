"""What may happen to a run from outside: `pause while …`, `update trigger when …`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.constructs.ends import check_watchable, interest_in
from dsl.constructs.events import Event
from dsl.constructs.segment import turns_silently
from dsl.lowering import Lowering
from dsl.nodes import ConditionNode, Context, LineNode, find_condition, line
from dsl.parser import Tree
from dsl.plan import FieldDefinition, Interest, Pause, Update
from dsl.span import Span

_HAPPENS = {
    "clicked": "clicks",
    "done": "does",
    "downloaded": "downloads",
    "opened": "opens",
    "replied": "replies",
    "submitted": "submits",
    "visited": "visits",
}
_LATELY = re.compile(
    rf"\bcontact has (?P<done>{'|'.join(_HAPPENS)})\b(?P<what>[^,()]*?) in the last (?P<long>\d+ \w+)$"
)


@line("pause_while", "pause while", Context.HEAD)
@dataclass(frozen=True, slots=True)
class PauseWhile(LineNode):
    """`pause while account has an open opportunity`: the run stands still, its clock with it."""

    condition: ConditionNode

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        found = find_condition(tree)
        assert found is not None
        return cls(span, body, found)

    def check(self, check: Checker) -> None:
        self.condition.check(check)
        if silent := turns_silently(self.condition, check.given, negated=True):
            message = "This can end by the mere passage of time, so no event tells when the run goes on."
            check.report.add("N412", silent, message, self._instead(check))
        else:
            check_watchable(check, self.condition, "To stand still after a send, write: wait 3 days")

    def _instead(self, check: Checker) -> str:
        """Say what to write in place of a pause that time alone would end."""
        rows = check.report.sources.get(self.span.file, [])
        found = _LATELY.search(rows[self.span.line - 1]) if self.span.line <= len(rows) else None
        fix = "Pause while something holds that an event ends, such as: account has an open opportunity."
        if found:
            what = f"contact {_HAPPENS[found['done']]}{found['what']}"
            fix = f"To hold messages for that time, write in a policy: hold for {found['long']} after {what}."
        return (
            f'{fix} Or let another journey add and remove a tag, and write: pause while contact has tag "…"'
        )

    def lower_pause(self, low: Lowering, words: str) -> Pause:
        """Return the pause; `words`: the line as written."""
        changes = tuple(sorted(self.condition.depends(low.given)))
        interest = low.interests.number(Interest(changes=changes))
        predicate = low.predicate(self.condition)
        return Pause(line=self.span.line, text=words, interest=interest, predicate=predicate)


@line("update_trigger", "update trigger", Context.HEAD)
@dataclass(frozen=True, slots=True)
class UpdateTrigger(LineNode):
    """`update trigger when contact does "Webinar Rescheduled" where …`: the event becomes the trigger."""

    event: Event

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Event.read(tree.need("event")))

    def check(self, check: Checker) -> None:
        self.event.check(check)
        if self.event.what.made:
            message = "This brings no fields, so it cannot take the place of the trigger."
            check.report.add("N408", self.event.span, message, "Name an event that has the trigger's fields.")

    def fields(self, catalog: Catalog) -> dict[str, FieldDefinition] | None:
        """Return the fields that the trigger has afterwards; None if the event is unknown."""
        found = catalog.events.get(self.event.what.event)
        return found.fields if found else None

    def lower_update(self, low: Lowering, words: str) -> Update:
        """Return the update; `words`: the line as written."""
        return Update(line=self.span.line, text=words, interest=interest_in(low, self.event))
