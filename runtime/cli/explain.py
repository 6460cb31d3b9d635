"""`nurture explain`: journeys in numbered sentences with real dates, or what a code means."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from runtime.cli.choosing import choose
from runtime.cli.failures import FILES, Exit, Failure
from runtime.workspace import Workspace, WorkspaceError, read_workspace

if TYPE_CHECKING:
    from dsl import Compiled
    from dsl.plan import Plan


def explain(
    what: str,
    *,
    at: str | None = None,
    dates: Annotated[list[str] | None, Parameter(name="--with")] = None,
    workspace: Path = Path(),
) -> int:
    """Tell journeys in plain sentences, with every default and real dates; or print the page of a code.

    Parameters
    ----------
    what
        The name of a journey, its .journey file, a folder of them, or the code of a message such as N104.
    at
        When the contact comes in, such as 2026-03-02T09:00:00+01:00; otherwise now.
    dates
        A date to try, such as contact.renewal=2026-12-24 or trigger.starts_at=2026-12-01T16:00; several times
        for several.
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
    from dsl.naming import names_of

    entered, given = _moment(at), _dates(dates or ())
    compiled, plans, left_out = _chosen(what, workspace)
    _check_dates(given, plans)
    names = names_of(compiled.given)
    told = [explain_plan(plan, compiled.definitions, entered, names=names, dates=given) for plan in plans]
    print("\n".join(map(as_text, told)), end="")
    if left_out:
        print(f"Not told: {', '.join(left_out)}. Errors stand there; see nurture check.", file=sys.stderr)
    return FILES if left_out and Path(what).is_dir() else 0


def _chosen(what: str, workspace: Path) -> tuple[Compiled, list[Plan], list[str]]:
    """Return the plans that are meant, and the files that were left out because of errors.

    Raises:
        WorkspaceError: there is no such journey, or the place holds none.
        Exit: what is meant has errors; they have been printed.
    """
    place = Path(what)
    named = not place.is_dir() and not what.endswith(".journey")
    found = read_workspace(workspace if named else place)
    sound, compiled, left_out = _sound(found)
    if compiled is None:
        compiled, plans = choose(what, workspace)  # says what is wrong
        return compiled, plans, []
    if named:
        if left_out and what not in compiled.plans:
            choose(what, workspace)
        plans = [compiled.plans[what]] if what in compiled.plans else choose(what, workspace)[1]
        return compiled, plans, left_out
    if left_out and found.only in left_out:
        choose(what, workspace)
    plans = [
        compiled.plans[name] for path in sound.journeys() for name in _journeys(sound.files[path], compiled)
    ]
    if not plans:
        if left_out:
            raise Exit(FILES)
        raise WorkspaceError(f"{what} holds no journey. Name a file that does, or the journey itself.")
    return compiled, plans, left_out


def _journeys(text: bytes, compiled: Compiled) -> list[str]:
    from runtime.cli.choosing import JOURNEY

    return [name for name in JOURNEY.findall(text.decode("utf-8-sig")) if name in compiled.plans]


def _sound(workspace: Workspace) -> tuple[Workspace, Compiled | None, list[str]]:
    """Compile a workspace without the journey files that have errors, if the rest is sound then."""
    from dsl import compile_workspace

    compiled = compile_workspace(workspace.files)
    if compiled.ok:
        return workspace, compiled, []
    wrong = {d.span.file for d in compiled.diagnostics if d.severity == "error"}
    if not all(file.endswith(".journey") for file in wrong):
        return workspace, None, []
    rest = {path: text for path, text in workspace.files.items() if path not in wrong}
    compiled = compile_workspace(rest)
    if not compiled.ok:
        return workspace, None, []
    return replace(workspace, files=rest), compiled, sorted(wrong)


def _dates(given: Sequence[str]) -> dict[str, str]:
    from zoneinfo import ZoneInfo

    from dsl import civil

    found = {}
    for one in given:
        field, _, value = one.partition("=")
        if not value or civil.date_field(value, None, 0, "day", ZoneInfo("UTC")) is None:
            raise Failure(
                f"--with {one} is no date of a field. Write it so: --with contact.renewal=2026-12-24"
            )
        found[field] = value
    return found


def _check_dates(dates: Mapping[str, str], plans: Sequence[Plan]) -> None:
    from dsl.explaining import dated_fields

    known = list(dict.fromkeys(field for plan in plans for field in dated_fields(plan)))
    for field in dates:
        if field not in known:
            there = f"There are: {', '.join(known)}." if known else "No date of a field counts there."
            raise Failure(f"No block or wait goes by {field}. {there}")


def _moment(at: str | None) -> int:
    from runtime.people import instant

    return int(time.time()) // 60 * 60 if at is None else instant(at, "--at")
