"""`nurture graph`: a picture of a journey."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from runtime.cli.choosing import choose
from runtime.cli.failures import Failure


def graph(
    journey: str, *, format: Literal["mermaid", "dot", "svg"] = "mermaid", workspace: Path = Path()
) -> int:
    """Draw a journey. The boxes are called like the steps of its plan, so they stay when texts change.

    Parameters
    ----------
    journey
        The name of a journey, or its .journey file.
    format
        mermaid for Markdown, dot for Graphviz, svg for a picture.
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
    print(write(draw(plans[0], compiled.definitions, names_of(compiled.given))), end="")
    return 0
