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

from runtime.cli.failures import FILES, Failure
from runtime.cli.loading import placed, summary
from runtime.cli.output import Format, console, plain, print_json, show
from runtime.workspace import Workspace, WorkspaceError, read_workspace

if TYPE_CHECKING:
    from dsl.diagnostics import Diagnostic
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
    from runtime.scenarios.running import Run, run

    began = time.perf_counter()
    loaded = load(read_workspace(wanted.path), Recompiling())
    tell_errors(wanted, loaded)
    scripts = chosen(loaded, wanted.choose)
    made = Run() if loaded.set_ is None else run(scripts, loaded.set_, workers=wanted.workers)
    return tell(wanted, made, loaded, time.perf_counter() - began)


def tell_errors(wanted: Wanted, loaded: Loaded) -> None:
    """Tell what is wrong with the files, to people: programs read it with the results."""
    if loaded.errors and wanted.format == "text":
        from dsl import as_text

        print(as_text(placed(loaded.workspace, loaded.errors)), file=sys.stderr)


def tell(wanted: Wanted, made: Run, loaded: Loaded, seconds: float, *, failures: bool = True) -> int:
    """Tell the results as it was asked for, and return the exit code. `failures`: tell each of them, too."""
    if wanted.junit is not None:
        from runtime.scenarios.junit import as_junit

        wanted.junit.write_text(as_junit(made, loaded.errors), encoding="utf-8")
    covered = None
    if loaded.set_ is not None and (wanted.coverage or wanted.least is not None):
        compiled = loaded.set_.compiled
        from dsl.naming import names_of

        names = names_of(compiled.given)
        covered = made.coverage().of(compiled.plans, compiled.definitions, names)
    if wanted.format == "json":
        print_json(as_json(made, seconds, covered, loaded.errors))
    elif loaded.errors and not made.results:
        chose = f", and no other scenario has a name that fits -k {wanted.choose}" if loaded.scripts else ""
        print(f"Nothing was played: {summary(loaded.errors)}{chose}.", file=sys.stderr)
    else:
        print_text(made, seconds, covered, failures=failures, errors=loaded.errors)
    too_little = covered is not None and _too_little(covered, wanted.least)
    return FILES if made.failed or loaded.errors or too_little else 0


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


@dataclass(frozen=True, slots=True)
class Loaded:
    """What there is to play. `set_`: None where a journey, or what they share, has errors.

    `errors`: of journeys, and of the files of scenarios that were asked about. `scripts`: of the other files.
    """

    workspace: Workspace
    scripts: list[Script]
    set_: Set | None
    errors: list[Diagnostic]


def load(workspace: Workspace, compiler: Recompiling, *, noted: bool = False) -> Loaded:
    """Compile the workspace and the scenarios that were asked about. `noted`: see `Set.of`."""
    if not workspace.scenarios():
        place = workspace.only or str(workspace.root)
        raise WorkspaceError(f"There is no .scenario file in {place}. {_FIRST} Or name another place.")
    compiled, made = compiler.compile(workspace.files)
    errors = [d for d in compiled.diagnostics if d.severity == "error"]
    errors += [d for d in made.diagnostics if d.severity == "error" and workspace.concerns(d.span.file)]
    if not compiled.ok:
        return Loaded(workspace, [], None, errors)
    from runtime.scenarios.stage import Set

    broken = {one.span.file for one in errors}
    scripts = [one for one in made.scripts if workspace.concerns(one.file) and one.file not in broken]
    return Loaded(workspace, scripts, Set.of(compiled, noted=noted), errors)


def chosen(loaded: Loaded, expression: str) -> list[Script]:
    """Return the scripts that `-k` chooses, all without it; at least one, if all files can be read."""
    from runtime.scenarios.choosing import ExpressionError, chooser

    try:
        chooses = chooser(expression)
    except ExpressionError as wrong:
        raise Failure(str(wrong)) from None
    found = [script for script in loaded.scripts if chooses(script.title)]
    if found or loaded.errors:
        return found
    if not loaded.scripts:
        raise Failure(f"There is no scenario in these files. {_FIRST}")
    raise Failure(f"No scenario has a name that fits -k {expression}. Leave it out to play all of them.")


def as_json(
    made: Run, seconds: float, covered: Sequence[Covered] | None, errors: Sequence[Diagnostic] = ()
) -> dict[str, object]:
    """Return the results as plain data. `errors`: of files; what they hold was not played."""
    from dsl.diagnostics import as_dict
    from runtime.scenarios import covering

    told = {} if covered is None else {"coverage": covering.as_json(covered)}
    return {
        "ok": not made.failed and not errors,
        "scenarios": len(made.results),
        "failed": len(made.failed),
        "errors": len(errors),
        "seconds": round(seconds, 3),
        "results": [_result(one) for one in made.results],
        "diagnostics": [as_dict(one) for one in errors],
        **told,
    }


def _result(one: Result) -> dict[str, object]:
    about = {"title": one.title, "file": one.file, "line": one.line, "seconds": round(one.seconds, 4)}
    return {"ok": one.ok, **about, "misses": plain(one.misses)}


def print_text(
    made: Run,
    seconds: float,
    covered: Sequence[Covered] | None,
    *,
    failures: bool = True,
    errors: Sequence[Diagnostic] = (),
) -> None:
    """Print what failed, what was not reached, how many passed, and which files were not played."""
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
    style = "bold red" if made.failed or errors else "bold green"
    said = f"{', '.join(parts)}, in {seconds:.1f} s.{_not_played(errors)}"
    show(out, Text(said, style=style))


def _not_played(errors: Sequence[Diagnostic]) -> str:
    if not errors:
        return ""
    files = sorted({one.span.file for one in errors})
    what = f"{files[0]} was" if len(files) == 1 else f"{len(files)} files were"
    return f" {what} not played: {summary(errors)}."
