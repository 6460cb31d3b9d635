"""JUnit's XML, as build servers read it: a suite for each file, a case for each scenario."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from dsl.diagnostics import Diagnostic, as_text
from runtime.scenarios.running import Result, Run
from runtime.scenarios.telling import as_texts

# What XML 1.0 cannot hold.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_junit(run: Run, errors: Sequence[Diagnostic] = ()) -> str:
    """Return the results as XML. `errors`: of files that were not played; each is a case that is broken."""
    broken = {file: list(found) for file, found in groupby(errors, key=lambda one: one.span.file)}
    root = Element("testsuites", _counted(run.results, len(broken)))
    for file, results in groupby(run.results, key=lambda one: one.file):
        found = list(results)
        suite = SubElement(root, "testsuite", {"name": file, **_counted(found)})
        for one in found:
            _case(suite, one)
    for file, mistakes in broken.items():
        suite = SubElement(root, "testsuite", {"name": file, **_counted([], 1)})
        _broken(suite, file, mistakes)
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _counted(results: list[Result], broken: int = 0) -> dict[str, str]:
    return {
        "tests": str(len(results) + broken),
        "failures": str(sum(not one.ok for one in results)),
        "errors": str(broken),
        "time": f"{sum(one.seconds for one in results):.3f}",
    }


def _broken(suite: Element, file: str, mistakes: Sequence[Diagnostic]) -> None:
    first = mistakes[0]
    about = {"name": file, "classname": file, "file": file, "line": str(first.span.line)}
    case = SubElement(suite, "testcase", {**about, "time": "0.000"})
    short = _plain(f"line {first.span.line}: {first.code}: {first.message}")
    error = SubElement(case, "error", {"type": "mistake", "message": short})
    error.text = _plain(as_text(mistakes))


def _case(suite: Element, one: Result) -> None:
    about = {"name": _plain(one.title), "classname": one.file, "file": one.file, "line": str(one.line)}
    case = SubElement(suite, "testcase", {**about, "time": f"{one.seconds:.3f}"})
    if one.ok:
        return
    first = one.misses[0]
    short = _plain(f"line {first.line}: {first.text}: {first.instead}")
    failure = SubElement(case, "failure", {"type": "expectation", "message": short})
    failure.text = _plain(as_texts(one.misses))


def _plain(text: str) -> str:
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
