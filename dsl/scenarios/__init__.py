"""Scenarios: tests of journeys in the same language, played in virtual time. Pure, as all of `dsl`.

A scenario says who there is, what happens when, and what is expected. It is checked against the catalog of
the workspace, and compiled to a script (`script.py`): moments become instants, names become ids.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["sources"]


def sources(files: Mapping[str, bytes]) -> list[str]:
    """Name the files of scenarios, in order."""
    return sorted(path for path in files if path.endswith(".scenario"))
