"""`notify team "SDR" "On the pricing page", high priority`."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.lowering import Lowering
from dsl.nodes import Context, LineNode, Name, Statement, line
from dsl.parser import Tree
from dsl.plan import AnyStep, Do, Notify
from dsl.span import Span


def check_plain(check: Checker, text: Name) -> None:
    """Report a merge field in a text that is passed on as it stands."""
    if "{{" in text.text:
        message = "Merge fields are filled in emails and messages alone: colleagues read this as it stands."
        check.report.add(
            "N608", text.span, message, "Leave it out: who the contact is stands beside it anyway."
        )


@line("notify", "notify", Context.BODY)
@dataclass(frozen=True, slots=True)
class NotifyTeam(Statement):
    """Tell a team, by email and chat as the workspace configures it."""

    team: Name
    message: Name
    high: bool

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        team, message = map(Name.of, tree.tokens("STRING"))
        return cls(span, body, team, message, tree.has("high_priority"))

    def check(self, check: Checker) -> None:
        check.known("team", self.team)
        check_plain(check, self.message)

    def label(self) -> tuple[str, str]:
        return "notify", self.team.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        text = f"Notify team “{self.team.text}”: “{self.message.text}”"
        effect = Notify(
            team=self.team.text, message=self.message.text, priority="high" if self.high else "normal"
        )
        return Do(**low.head(self, text, next_), effect=effect)
