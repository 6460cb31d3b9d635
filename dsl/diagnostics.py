"""One diagnostic type for the terminal, JSON and the editor.

A diagnostic says what is wrong, why it matters to a contact, and what to do. It holds data; it is
rendered late.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from dsl.codes import CODES
from dsl.span import Span

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace what stands at `span` by `text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do, as a sentence; and, where a program may do it, the edits that do it."""

    text: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `excerpt` is the source line that `span` lies in.

    `path`: the shortest path of a contact that shows it, in plain words; empty where no path is meant.
    `times`: when that path sends what, as the machine went through it; empty where nobody played it.
    """

    code: str
    severity: Severity
    span: Span
    message: str
    consequence: str
    fix: Fix | None = None
    excerpt: str = ""
    path: str = ""
    times: str = ""

    @property
    def title(self) -> str:
        """The short name of the code."""
        return CODES[self.code].title


@dataclass(slots=True)
class Report:
    """Collects diagnostics and knows the source lines they point into."""

    sources: dict[str, list[str]] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)

    def add(
        self,
        code: str,
        span: Span,
        message: str,
        fix: str | Fix | None = None,
        edits: Iterable[Edit] = (),
        consequence: str | None = None,
        path: str = "",
        times: str = "",
    ) -> None:
        """Report a finding; severity and the default consequence come from the registry of codes."""
        entry = CODES[code]
        if isinstance(fix, str):
            fix = Fix(fix, tuple(edits))
        self.found.append(
            Diagnostic(
                code,
                entry.severity,
                span,
                message,
                consequence or entry.consequence,
                fix,
                self._line(span),
                path,
                times,
            )
        )

    def _line(self, span: Span) -> str:
        lines = self.sources.get(span.file, ())
        return lines[span.line - 1] if 0 < span.line <= len(lines) else ""

    def sorted(self) -> list[Diagnostic]:
        """Return the findings in order of place, equal ones once."""
        return sorted(dict.fromkeys(self.found), key=lambda d: (d.span, d.code, d.message))


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """Render diagnostics as a JSON array."""
    return json.dumps([as_dict(d) for d in diagnostics], ensure_ascii=False, indent=2)


def as_dict(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return a diagnostic as plain data, as published for programs."""
    fix = diagnostic.fix
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "title": diagnostic.title,
        **_place(diagnostic.span),
        "message": diagnostic.message,
        "consequence": diagnostic.consequence,
        **({"path": diagnostic.path} if diagnostic.path else {}),
        **({"times": diagnostic.times} if diagnostic.times else {}),
        "fix": None
        if fix is None
        else {
            "text": fix.text,
            "edits": [{**_place(e.span), "text": e.text} for e in fix.edits],
        },
    }


def _place(span: Span) -> dict[str, Any]:
    return {"file": span.file, "line": span.line, "column": span.start, "end_column": span.end}


def as_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Render diagnostics for a terminal, each with its line underlined."""
    return "\n".join(_one(d) for d in diagnostics)


_WIDEST = 400  # of a line that is shown; nobody reads more of it


def _stretch(excerpt: str, span: Span) -> tuple[str, int, int]:
    """Return what to show of a line, how many signs stand before the mark, and how long that is."""
    shown = excerpt.replace("\t", " ").replace("\0", "\N{REPLACEMENT CHARACTER}")
    before = span.start - 1
    width = max(1, min(span.end, len(shown) + 1) - span.start)
    if len(shown) <= _WIDEST:
        return shown, before, width
    first = max(0, min(before - _WIDEST // 4, len(shown) - _WIDEST))
    cut = shown[first : first + _WIDEST]
    head, tail = "…" if first else "", "…" if first + _WIDEST < len(shown) else ""
    before = max(0, before - first)
    return f"{head}{cut}{tail}", before + len(head), max(1, min(width, len(cut) - before))


def _one(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    rows = [
        f"{span.file}:{span.line}:{span.start}: {diagnostic.severity} {diagnostic.code}: {diagnostic.message}"
    ]
    if diagnostic.excerpt.strip():
        gutter = str(span.line)
        shown, before, width = _stretch(diagnostic.excerpt, span)
        rows.append(f"  {gutter} | {shown}")
        rows.append(f"  {' ' * len(gutter)} | {' ' * before}{'^' * width}")
    if diagnostic.path:
        rows.append(f"  path: {diagnostic.path}")
    if diagnostic.times:
        rows.append(f"  times: {diagnostic.times}")
    if diagnostic.consequence:
        rows.append(f"  why: {diagnostic.consequence}")
    if diagnostic.fix:
        rows.append(f"  fix: {diagnostic.fix.text}")
    return "\n".join(rows) + "\n"
