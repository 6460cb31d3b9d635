"""`nurture test`: the scenarios of a workspace, played in virtual time."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from runtime.cli.failures import FILES, Exit, Failure
from runtime.cli.loading import placed, summary
from runtime.cli.output import Format, console, plain, print_json, show
from runtime.workspace import Workspace, WorkspaceError, read_workspace

if TYPE_CHECKING:
    from dsl.scenarios.script import Script
    from dsl.workspace import Recompiling
    from runtime.scenarios.covering import Covered
    from runtime.scenarios.running import Result, Run
    from runtime.scenarios.stage import Set


def play_scenarios(
    path: Path = Path(),
    *,
    choose: Annotated[str, Parameter(name=["-k", "--choose"])] = "",
    watch: bool = False,
    junit: Path | None = None,
    coverage: bool = False,
    min: Annotated[float | None, Parameter(validator=Number(gte=0, lte=100))] = None,
    workers: Annotated[int, Parameter(validator=Number(gte=0, lte=64))] = 0,
    format: Format = "text",
) -> int:
    """Play the scenarios of a workspace, of a folder or of one file. No one is mailed, and nobody waits.

    Exits with 1 if something is otherwise than expected, or a file has errors.

    Parameters
    ----------
    path
        A folder of a workspace, or a .scenario file.
    choose
        Only scenarios whose name holds these words; join several by and, or, not.
    watch
        Play again whenever a file changes, until it is interrupted.
    junit
        Write the results to this file, too, as build servers read them.
    coverage
        Also tell what of the journeys no scenario has reached.
    min
        Exit with 1, too, if less of the journeys was reached than so many percent.
    workers
        How many processes; without it, as many as pay.
    format
        What to print: text for people, JSON for programs.
    """
    wanted = Wanted(path, choose, junit, coverage, min, workers, format)
    if watch:
        from runtime.cli.retesting import play_on_changes

        return play_on_changes(wanted)
    # The process is over before there is anything to collect.
    gc.disable()
    try:
        return _once(wanted)
    finally:
        gc.enable()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for."""

    path: Path
    choose: str
    junit: Path | None
    coverage: bool
    least: float | None
    workers: int
    format: Format


def _once(wanted: Wanted) -> int:
    """Play everything once, and tell."""
    from dsl.workspace import Recompiling
    from runtime.scenarios.running import run

    began = time.perf_counter()
    scripts, set_ = load(read_workspace(wanted.path), Recompiling())
    made = run(chosen(scripts, wanted.choose), set_, workers=wanted.workers)
    return tell(wanted, made, set_, time.perf_counter() - began)


def tell(wanted: Wanted, made: Run, set_: Set, seconds: float, *, failures: bool = True) -> int:
    """Tell the results as it was asked for, and return the exit code. `failures`: tell each of them, too."""
    if wanted.junit is not None:
        from runtime.scenarios.junit import as_junit

        wanted.junit.write_text(as_junit(made), encoding="utf-8")
    covered = _covered(made, set_) if wanted.coverage or wanted.least is not None else None
    if wanted.format == "json":
        print_json(as_json(made, seconds, covered))
    else:
        print_text(made, seconds, covered, failures=failures)
    too_little = covered is not None and _too_little(covered, wanted.least)
    return FILES if made.failed or too_little else 0


def _covered(made: Run, set_: Set) -> list[Covered]:
    return made.coverage().of(set_.compiled.plans, set_.compiled.definitions)


def _too_little(covered: Sequence[Covered], least: float | None) -> bool:
    """Whether less was reached than is wanted; says so."""
    from runtime.scenarios.covering import percent

    found = percent(covered)
    if least is None or found >= least:
        return False
    print(f"nurture: {found:.1f} % of the journeys was reached, less than {least:g} %.", file=sys.stderr)
    return True


_FIRST = (
    'Write one, whose first line is: scenario "…"; `nurture paths JOURNEY --longest --save-scenario FOLDER` '
    "makes one to begin with."
)


def load(workspace: Workspace, compiler: Recompiling, *, noted: bool = False) -> tuple[list[Script], Set]:
    """Compile the workspace and the scenarios that were asked about. `noted`: see `Set.of`."""
    from dsl import as_text

    if not workspace.scenarios():
        place = workspace.only or str(workspace.root)
        raise WorkspaceError(f"There is no .scenario file in {place}. {_FIRST} Or name another place.")
    compiled, made = compiler.compile(workspace.files)
    errors = [d for d in compiled.diagnostics if d.severity == "error"]
    errors += [d for d in made.diagnostics if d.severity == "error" and workspace.concerns(d.span.file)]
    if errors:
        print(as_text(placed(workspace, errors)), file=sys.stderr)
        print(f"Nothing was played: {summary(errors)}.", file=sys.stderr)
        raise Exit(FILES)
    from runtime.scenarios.stage import Set

    return [script for script in made.scripts if workspace.concerns(script.file)], Set.of(
        compiled, noted=noted
    )


def chosen(scripts: Sequence[Script], expression: str) -> list[Script]:
    """Return the scripts that `-k` chooses, all without it; at least one."""
    from runtime.scenarios.choosing import ExpressionError, chooser

    try:
        chooses = chooser(expression)
    except ExpressionError as wrong:
        raise Failure(str(wrong)) from None
    found = [script for script in scripts if chooses(script.title)]
    if not scripts:
        raise Failure(f"There is no scenario in these files. {_FIRST}")
    if not found:
        raise Failure(f"No scenario has a name that fits -k {expression}. Leave it out to play all of them.")
    return found


def as_json(made: Run, seconds: float, covered: Sequence[Covered] | None) -> dict[str, object]:
    """Return the results as plain data."""
    from runtime.scenarios import covering

    told = {} if covered is None else {"coverage": covering.as_json(covered)}
    return {
        "ok": not made.failed,
        "scenarios": len(made.results),
        "failed": len(made.failed),
        "seconds": round(seconds, 3),
        "results": [_result(one) for one in made.results],
        **told,
    }


def _result(one: Result) -> dict[str, object]:
    about = {"title": one.title, "file": one.file, "line": one.line, "seconds": round(one.seconds, 4)}
    return {"ok": one.ok, **about, "misses": plain(one.misses)}


def print_text(
    made: Run, seconds: float, covered: Sequence[Covered] | None, *, failures: bool = True
) -> None:
    """Print what failed, what was not reached, and how many passed."""
    from rich.text import Text

    from runtime.cli.render_scenarios import coverage, failure
    from runtime.reporting.words import count

    out = console()
    for one in made.failed if failures else ():
        show(out, failure(one))
    if covered is not None:
        show(out, coverage(covered))
    passed = len(made.results) - len(made.failed)
    parts = [f"{count(len(made.results), 'scenario')}: {passed} passed"]
    parts += [f"{len(made.failed)} failed"] if made.failed else []
    style = "bold red" if made.failed else "bold green"
    show(out, Text(f"{', '.join(parts)}, in {seconds:.1f} s.", style=style))
