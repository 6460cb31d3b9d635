"""`nurture explain`: a journey in numbered sentences with real dates, or what a code means."""

from __future__ import annotations

import time
from pathlib import Path

from runtime.cli.choosing import choose
from runtime.cli.failures import Failure


def explain(what: str, *, at: str | None = None, workspace: Path = Path()) -> int:
    """Tell a journey in plain sentences, with every default and real dates; or print the page of a code.

    Parameters
    ----------
    what
        The name of a journey, its .journey file, or the code of a message such as N104.
    at
        When the contact comes in, such as 2026-03-02T09:00:00+01:00; otherwise now.
    workspace
        The folder of the workspace.
    """
    from dsl.pages import NoPage, is_code, page

    if is_code(what):
        try:
            print(page(what), end="")
        except NoPage as missing:
            raise Failure(str(missing)) from None
        return 0
    from dsl.explaining import as_text, explain_plan

    entered = _moment(at)
    compiled, plans = choose(what, workspace)
    print("\n".join(as_text(explain_plan(plan, compiled.definitions, entered)) for plan in plans), end="")
    return 0


def _moment(at: str | None) -> int:
    from runtime.people import instant

    return int(time.time()) // 60 * 60 if at is None else instant(at, "--at")
