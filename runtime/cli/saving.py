"""Saving: paths are written into a folder as scenarios, for `nurture check` and `nurture paths`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.cli.failures import Failure
from runtime.cli.output import note

if TYPE_CHECKING:
    from dsl.plan import Plan
    from runtime.routes import Route
    from runtime.saving import Saved


def save_counterexamples(files: Mapping[str, bytes], concerns: Iterable[str], folder: Path) -> None:
    """Write a scenario for each finding that is shown by a path.

    Args:
        concerns: the files of the workspace that were asked about.
    """
    from runtime.saving import counterexamples

    wanted = set(concerns)
    found = [one for one in counterexamples(_without(files)) if one.file in wanted]
    for one in found:
        _save(one, folder)
    if not found:
        print("No finding is shown by a path, so there is nothing to save.", file=sys.stderr)


def save_route(files: Mapping[str, bytes], plan: Plan, route: Route, what: str, folder: Path) -> None:
    """Write a route as a scenario. `what`: which one it is. Raises `Failure` if it cannot be one."""
    from runtime.saving import Unwritable, scenario
    from runtime.saving.counterexamples import Saved

    title = f"{plan.journey}: {what}"
    try:
        text = scenario(_without(files), plan, route, title)
    except Unwritable as unwritable:
        raise Failure(f"This path is no scenario: it asks for {unwritable}.") from None
    _save(Saved(what.replace(" ", "-"), plan.journey, plan.file, 0, text), folder)


def _without(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Leave out the scenarios of the workspace: what is saved must pass by itself."""
    return {name: data for name, data in files.items() if not name.endswith(".scenario")}


def _save(one: Saved, folder: Path) -> None:
    from dsl.formatting import format_source

    place = folder / one.name
    if not one.text:
        note(f"{one.code} in {one.file}:{one.line} is not saved: {one.why}.")
        return
    text = format_source(one.text.encode(), "scenario").text
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if place.is_file() and place.read_bytes() != text.encode():
            note(f"{place} is there already and says otherwise; it stays. Remove it to have it written anew.")
            return
        place.write_text(text, "utf-8")
    except (FileExistsError, NotADirectoryError):
        raise Failure(f"{folder} is no folder. Name one for the scenarios.") from None
    print(f"Saved {place}.", file=sys.stderr)
