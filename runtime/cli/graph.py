"""`nurture graph`: a picture of a journey."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from runtime.cli.choosing import choose
from runtime.cli.failures import Failure
from runtime.cli.output import note

if TYPE_CHECKING:
    from dsl.plan import Plan


def graph(
    journey: str,
    *,
    format: Literal["mermaid", "dot", "svg"] = "mermaid",
    coverage: Path | None = None,
    workspace: Path = Path(),
) -> int:
    """Draw a journey. The boxes are called like the steps of its plan, so they stay when texts change.

    Parameters
    ----------
    journey
        The name of a journey, or its .journey file.
    format
        mermaid for Markdown, dot for Graphviz, svg for a picture.
    coverage
        What `nurture test --coverage --format json` wrote: what was reached bears a tick, the rest a ring.
    workspace
        The folder of the workspace.
    """
    from dsl.drawing import as_dot, as_mermaid
    from dsl.graph import draw
    from dsl.naming import names_of
    from dsl.picture import as_svg

    compiled, plans = choose(journey, workspace)
    if len(plans) > 1:
        names = ", ".join(f'"{plan.journey}"' for plan in plans)
        raise Failure(f"{journey} holds {len(plans)} journeys: {names}. Name one of them.")
    write = {"mermaid": as_mermaid, "dot": as_dot, "svg": as_svg}[format]
    drawn = draw(plans[0], compiled.definitions, names_of(compiled.given))
    if coverage is not None:
        from dsl.painting import paint

        drawn = paint(drawn, plans[0], _points(coverage, plans[0]))
    print(write(drawn), end="")
    return 0


_HOW = "Write it with: nurture test --coverage --format json"


def _points(path: Path, plan: Plan) -> dict[tuple[str, str], bool]:
    """Read what was reached of a journey; say if that was another plan of it."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        covered = {one["journey"]: one for one in data["coverage"]}
        found = covered.get(plan.journey)
        if found is None:
            raise Failure(f"{path} tells nothing of the journey “{plan.journey}”. {_HOW}")
        points = {(str(p["step"]), str(p["way"])): bool(p["reached"]) for p in found["points"]}
        played = found["plan"]
    except FileNotFoundError:
        raise Failure(f"There is no file {path}. {_HOW}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Failure(f"{path} holds no coverage. {_HOW}") from None
    if played != plan.hash:
        note(
            f"{path} is of another version of “{plan.journey}”: steps that have changed since bear the marks "
            f"of then, and new ones none. {_HOW}"
        )
    return points
