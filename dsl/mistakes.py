"""What a line that does not parse was meant to be."""

from __future__ import annotations

from dsl.diagnostics import Report
from dsl.nodes import Context
from dsl.outline import Line
from dsl.parser import Failure


def explain(failure: Failure, line: Line, context: Context, report: Report) -> None:
    """Report a line that does not parse, once."""
    report.add("N101", failure.token.span, f"“{failure.token.text}” cannot stand here.", "Correct it.")
