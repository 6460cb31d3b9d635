"""The Nurture language: text in, checked journeys and plans out. Pure: no clock, network or database.

    compiled = dsl.compile_workspace({"nurture.toml": b"…", "journeys/a.journey": b"…"})

Nothing is imported before it is used, so that a tool starts quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dsl.diagnostics import Diagnostic, Edit, Fix, as_json, as_text
    from dsl.emails import Email, EmailVersion
    from dsl.settings import Settings
    from dsl.span import Span
    from dsl.workspace import Compiled, check_workspace, compile_scenarios, compile_workspace

_HOME = {
    "Compiled": "dsl.workspace",
    "Diagnostic": "dsl.diagnostics",
    "Edit": "dsl.diagnostics",
    "Email": "dsl.emails",
    "EmailVersion": "dsl.emails",
    "Fix": "dsl.diagnostics",
    "Settings": "dsl.settings",
    "Span": "dsl.span",
    "as_json": "dsl.diagnostics",
    "as_text": "dsl.diagnostics",
    "check_workspace": "dsl.workspace",
    "compile_scenarios": "dsl.workspace",
    "compile_workspace": "dsl.workspace",
}

__all__ = [
    "Compiled",
    "Diagnostic",
    "Edit",
    "Email",
    "EmailVersion",
    "Fix",
    "Settings",
    "Span",
    "as_json",
    "as_text",
    "check_workspace",
    "compile_scenarios",
    "compile_workspace",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'dsl' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
