"""The pytest plugin: `.scenario` files are tests, and Python tests may play journeys.

It is loaded by every pytest of an environment, so it imports nothing until it is needed, and takes only files
that lie in a workspace.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dsl.scenarios.script import Script
    from runtime.scenarios.acting import Contacts, Journeys
    from runtime.scenarios.handling import Provider, Sales
    from runtime.scenarios.rehearsing import Clock, Play
    from runtime.scenarios.stage import Set

SETTINGS = "nurture.toml"
_OPTION = "nurture_workspace"
_HOMELESS = pytest.StashKey[list[Path]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a project say where its workspace is."""
    help_ = "The folder of the Nurture workspace; without it, the nearest one above a test."
    parser.addini(_OPTION, help_, type="string", default="")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    """Collect scenarios of workspaces."""
    if file_path.suffix != ".scenario":
        return None
    if _above(file_path) is None:
        parent.config.stash.setdefault(_HOMELESS, []).append(file_path)
        return None
    return ScenarioFile.from_parent(parent, path=file_path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which files were not played because they lie in no workspace."""
    homeless = config.stash.get(_HOMELESS, [])
    if homeless:
        more = f", and {len(homeless) - 1} more," if len(homeless) > 1 else ""
        terminalreporter.write_line(
            f"nurture: {homeless[0]}{more} was not played: there is no {SETTINGS} in its folder or above it."
        )


def _above(path: Path) -> Path | None:
    return next((folder for folder in path.parents if (folder / SETTINGS).is_file()), None)


class ScenarioFile(pytest.File):
    """A file of scenarios."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the scenarios, or tell what is wrong with the workspace."""
        root = _above(self.path)
        assert root is not None
        scripts, set_, wrong = _compiled(self.config, root)
        name = self.path.relative_to(root).as_posix()
        if said := _mistakes(self.config, root, name, wrong):
            # Not an error of the collection, for that would end the whole session.
            yield Mistakes.from_parent(self, name="mistakes", said=said)
            return
        for script in scripts:
            if script.file == name:
                yield ScenarioItem.from_parent(self, name=script.title, script=script, set_=set_)


class Mistakes(pytest.Item):
    """What is wrong with a file, or with the journeys, in place of the scenarios that cannot be played."""

    def __init__(self, *, said: str, **more: Any) -> None:
        super().__init__(**more)
        self.said = said

    def setup(self) -> None:
        """Tell it: an error, for nothing was tested."""
        pytest.fail(self.said, pytrace=False)

    def runtest(self) -> None:
        """Do nothing more."""

    def reportinfo(self) -> tuple[Path, None, str]:
        """Tell of which file it is."""
        return self.path, None, f"{self.path.name}: {self.name}"


class ScenarioItem(pytest.Item):
    """One scenario."""

    def __init__(self, *, script: Script, set_: Set, **more: Any) -> None:
        super().__init__(**more)
        self.script = script
        self.set_ = set_

    def runtest(self) -> None:
        """Play it."""
        from runtime.scenarios.running import result

        found = result(self.script, self.set_)
        if not found.ok:
            raise ScenarioFailed(found)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Tell what was otherwise than expected, without a traceback."""
        if isinstance(excinfo.value, ScenarioFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Tell where it stands."""
        return self.path, self.script.line - 1, self.name


class ScenarioFailed(Exception):
    """Something was otherwise than a scenario expects."""

    def __init__(self, found: Any) -> None:
        from runtime.scenarios.telling import as_texts

        super().__init__(as_texts(found.misses))


# ---------------------------------------------------------------------------------------------- workspaces

_KEPT = pytest.StashKey[dict[Path, Any]]()
_TOLD = pytest.StashKey[dict[Path, str]]()


def _mistakes(config: pytest.Config, root: Path, name: str, wrong: dict[str, str]) -> str:
    """Return what is wrong with a file of scenarios. Of journeys all is told with the first file alone."""
    said = [wrong[name]] if wrong.get(name) else []
    if wrong.get(""):
        first = config.stash.setdefault(_TOLD, {}).setdefault(root, name)
        short = f"{wrong[''].splitlines()[0]}\nNothing can be played; {first} tells more."
        said.insert(0, wrong[""] if first == name else short)
    return "\n".join(said)


def _compiled(config: pytest.Config, root: Path) -> tuple[list[Script], Any, dict[str, str]]:
    """Compile a workspace once in a session.

    The last: what is wrong, by file; "" is all that is no scenario.
    """
    kept = config.stash.setdefault(_KEPT, {})
    if root not in kept:
        from dsl import as_text, compile_scenarios
        from runtime.scenarios.stage import Set
        from runtime.workspace import WorkspaceError, read_workspace

        try:
            files = read_workspace(root).files
        except WorkspaceError as problem:
            return [], None, {"": str(problem)}
        compiled, made = compile_scenarios(files)
        wrong: dict[str, str] = {}
        if not compiled.ok:
            wrong[""] = as_text(d for d in compiled.diagnostics if d.severity == "error")
        for name in {d.span.file for d in made.diagnostics if d.severity == "error"}:
            wrong[name] = as_text(d for d in made.diagnostics if d.span.file == name)
        kept[root] = (made.scripts, Set.of(compiled), wrong)
    found: tuple[list[Script], Any, dict[str, str]] = kept[root]
    return found


def _workspace(request: pytest.FixtureRequest) -> Path:
    """Find the workspace of a test: the one that the project says, else the nearest above it."""
    said = str(request.config.getini(_OPTION))
    root = request.config.rootpath
    if said:
        place = (root / said).resolve()
        if not (place / SETTINGS).is_file():
            pytest.fail(f"{_OPTION}: there is no {SETTINGS} in {place}.", pytrace=False)
        return place
    found = _above(request.path)
    if found is None:
        message = f"There is no {SETTINGS} above {request.path}."
        pytest.fail(f"{message} Say in pytest's settings where it is: {_OPTION}.", pytrace=False)
    return found


# ------------------------------------------------------------------------------------------------ fixtures


@pytest.fixture(name="nurture_play")
def _play(request: pytest.FixtureRequest) -> Iterator[Play]:
    from runtime.scenarios.rehearsing import Play

    _, set_, wrong = _compiled(request.config, _workspace(request))
    if wrong.get(""):
        pytest.fail(f"The workspace cannot be played.\n{wrong['']}", pytrace=False)
    from dsl import civil
    from dsl.scenarios.moments import FIRST_DAY

    zone = set_.published.definitions.time_zone
    start = civil.date_field(FIRST_DAY, None, 0, "day", civil.zone(zone, "UTC"))
    assert start is not None
    play = Play(set_, zone, start)
    try:
        from freezegun import freeze_time
    except ImportError:
        yield play
        return
    from datetime import UTC, datetime

    with freeze_time(datetime.fromtimestamp(start, UTC).replace(tzinfo=None), real_asyncio=True) as frozen:
        play.moved = lambda moment: frozen.move_to(moment.replace(tzinfo=None))
        yield play


@pytest.fixture
def clock(nurture_play: Play) -> Clock:
    """The clock of a journey's world: `clock.to("day 2 11:00")`. `datetime.now()` shows the same moment."""
    from runtime.scenarios.rehearsing import Clock

    return Clock(nurture_play)


@pytest.fixture
def contact(nurture_play: Play) -> Contacts:
    """Make contacts: `contact("Ana", industry="Software")`."""
    from runtime.scenarios.acting import Contacts

    return Contacts(nurture_play)


@pytest.fixture
def provider(nurture_play: Play) -> Provider:
    """Let what is sent fail: `provider.down("emails", until="day 3 09:00")`."""
    from runtime.scenarios.handling import Provider

    return Provider(nurture_play)


@pytest.fixture
def sales(nurture_play: Play) -> Sales:
    """Answer handoffs: `sales.accepts(ana)`."""
    from runtime.scenarios.handling import Sales

    return Sales(nurture_play)


@pytest.fixture
def journey(nurture_play: Play) -> Journeys:
    """The journeys of the workspace: `journey("Whitepaper nurture").holds(ana)`."""
    from runtime.scenarios.acting import Journeys

    return Journeys(nurture_play)
