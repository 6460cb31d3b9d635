"""Renderings of diagnostics for other programs: SARIF 2.1.0, and the annotations of GitHub's workflows."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from dsl.codes import CODES
from dsl.diagnostics import Diagnostic, Edit
from dsl.span import Span

SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_ANNOTATIONS = {"error": "error", "warning": "warning", "info": "notice"}


def as_sarif(diagnostics: Iterable[Diagnostic], version: str = "") -> str:
    """Render diagnostics as a SARIF log of one run. `version`: that of the tool, if it is known."""
    found = list(diagnostics)
    codes = sorted({d.code for d in found})
    driver: dict[str, Any] = {"name": "nurture", "rules": [_rule(code) for code in codes]}
    if version:
        driver["semanticVersion"] = version
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(d, codes.index(d.code)) for d in found],
    }
    log = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _rule(code: str) -> dict[str, Any]:
    entry = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.consequence},
        "help": {"text": f"nurture explain {code}"},
        "defaultConfiguration": {"level": _LEVELS[entry.severity]},
    }


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, Any]:
    place = {"artifactLocation": _artifact(diagnostic.span), "region": _region(diagnostic.span)}
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": _told(diagnostic)},
        "locations": [{"physicalLocation": place}],
    }
    if diagnostic.fix and diagnostic.fix.edits and _read_as_written(diagnostic):
        changes = _changes(diagnostic.fix.edits)
        result["fixes"] = [{"description": {"text": diagnostic.fix.text}, "artifactChanges": changes}]
    return result


def _read_as_written(diagnostic: Diagnostic) -> bool:
    """Whether the columns are those of the file, so that a program may replace what stands there.

    A line with letters made of two signs, or with invisible ones, is read without them.
    """
    line = diagnostic.excerpt
    if diagnostic.code.startswith("N00") or line.isascii():
        return True
    return unicodedata.is_normalized("NFC", line) and all(unicodedata.category(c) != "Cf" for c in line)


def _changes(edits: Iterable[Edit]) -> list[dict[str, Any]]:
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        by_file.setdefault(edit.span.file, []).append(edit)
    return [
        {
            "artifactLocation": _artifact(of_file[0].span),
            "replacements": [
                {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
                for edit in of_file
            ],
        }
        for of_file in by_file.values()
    ]


def _artifact(span: Span) -> dict[str, str]:
    # A name that is not UTF-8 is named by its bytes.
    path = quote(span.file, errors="surrogateescape")
    return {"uri": f"file://{path}" if path.startswith("/") else path}


def _region(span: Span) -> dict[str, int]:
    line, start = max(1, span.line), max(1, span.start)
    return {"startLine": line, "startColumn": start, "endLine": line, "endColumn": max(start, span.end)}


def as_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Render diagnostics as workflow commands, which GitHub shows beside the lines of a change."""
    return "".join(f"{_annotation(d)}\n" for d in diagnostics)


def _annotation(diagnostic: Diagnostic) -> str:
    region = _region(diagnostic.span)
    values = {
        "file": diagnostic.span.file,
        "line": region["startLine"],
        "col": region["startColumn"],
        # GitHub counts up to the last column, not to the one behind it.
        "endColumn": max(region["startColumn"], region["endColumn"] - 1),
        "title": f"{diagnostic.code}: {diagnostic.title}",
    }
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in values.items())
    return f"::{_ANNOTATIONS[diagnostic.severity]} {listed}::{_data(_told(diagnostic))}"


def _told(diagnostic: Diagnostic) -> str:
    """Say what is wrong, why it matters, and what to do, each on a line."""
    fix = diagnostic.fix.text if diagnostic.fix else ""
    path = f"Path: {diagnostic.path}" if diagnostic.path else ""
    times = f"Times: {diagnostic.times}" if diagnostic.times else ""
    parts = (diagnostic.message, path, times, diagnostic.consequence, fix)
    return "\n".join(part for part in parts if part)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
