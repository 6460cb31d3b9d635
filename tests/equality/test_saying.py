"""A pair that differs is told as a scenario, too: it passes here, and fails where the difference is."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.cli.app import run
from runtime.people import RecordedEvent
from runtime.scenarios import stage
from runtime.scenarios.playing import play
from runtime.simulator import Simulator, World
from runtime.simulator.by_hand import ByHand
from tests.equality import __main__ as equality
from tests.equality import remains, saying, scenes, shrinking
from tests.equality.case import CASES, DEFINITIONS, FOUND, Case, load
from tests.equality.drivers import simulated
from tests.equality.judging import Verdict
from tests.equality.made import pairs, times


class _Deaf(Simulator):
    """A wrong driver: it does not hear of forms."""

    def schedule(self, made: Iterable[RecordedEvent]) -> None:
        Simulator.schedule(self, [event for event in made if event.name != "Form Submitted"])


def _deaf(cases: Sequence[Case]) -> list[bool]:
    return [_traces(simulated(case)) != _traces(simulated(case, _Deaf)) for case in cases]


def _traces(world: World) -> list[str]:
    return remains.traces({id_: record.rows for id_, record in world.runs.items()})


def _case(name: str) -> Path:
    return next(path for path in CASES if path.stem == name)


@pytest.mark.parametrize("path", [one for one in CASES if one.parent != FOUND], ids=lambda path: path.stem)
def test_a_case_is_a_scenario(path: Path) -> None:
    assert "expect" in saying.scenario(path.stem, load(path))


@pytest.mark.parametrize(
    ("name", "remark"),
    [
        (
            "continue_as_new_with_three_pending_signals",
            "# On Temporal a history is continued as a new one after",
        ),
        ("an_event_a_second_before_a_deadline", "# On Temporal the word of “Email Clicked” on"),
        ("re_entry_after_the_history_is_gone", "# On Temporal the server forgets histories on"),
        ("entry_on_a_weekend", "is “Nowhere/At_all”, which is none: the workspace's counts."),
    ],
)
def test_what_is_no_matter_of_a_scenario_is_a_remark(name: str, remark: str) -> None:
    assert remark in saying.scenario(name, load(_case(name)))


def test_a_difference_becomes_a_scenario_that_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = {"definitions": DEFINITIONS, **tomllib.loads(_case("spring_forward").read_text("utf-8"))}
    small = shrinking.compiled(shrinking.shrink(data, _deaf))
    assert small is not None
    folder = tmp_path / "pair_1"
    place = saying.write(folder, "A form that is not heard", small, ["The simulator heard it."])
    assert place == folder / "pair_1.scenario"
    assert place.read_text("utf-8").startswith("# The simulator heard it.\n")
    monkeypatch.setenv("NURTURE_CACHE", "off")
    assert run(["check", str(folder)]) == 0, capsys.readouterr().out
    assert run(["fmt", "--check", str(folder)]) == 0, capsys.readouterr().out
    assert run(["test", str(folder)]) == 0, capsys.readouterr().out
    # Where the fault is, it fails.
    set_, (script,) = scenes.scripts(folder)
    assert play(script, set_).ok
    monkeypatch.setattr(stage, "Simulator", _Deaf)
    assert not play(script, set_).ok


@pytest.mark.parametrize("name", ["spring_forward", "a_score_that_fades"])
async def test_what_is_written_is_the_same_on_temporal(name: str, tmp_path: Path, url: str) -> None:
    saying.write(tmp_path / "pair", "A case", load(_case(name)))
    set_, (script,) = scenes.scripts(tmp_path / "pair")
    real = await scenes.play(script, set_, tmp_path, url)
    foretold = remains.of_world(play(script, set_).stage.world, scenes.case_of(script, set_))
    assert scenes.alike(real.remains) == scenes.alike(foretold)


def test_what_differs_is_kept_with_its_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(equality, "FOUND", tmp_path)
    pair = next(p for n in range(100) if (p := pairs.make(n, next(iter(times.ANCHORS)))) and _said(p.case))
    differs = Verdict("different", 1, ("simulator: one", "Temporal:  another"))
    equality._keep(pair, differs, None, seed=7, shrinks=False)
    said = capsys.readouterr().out
    folder = tmp_path / f"pair_{pair.seed}"
    assert f"As a scenario, with its workspace: {folder / f'{folder.name}.scenario'}." in said
    assert "# Temporal:  another\n" in (folder / f"{folder.name}.scenario").read_text("utf-8")
    assert load(folder.with_suffix(".toml")).until == pair.case.until


def test_what_cannot_be_said_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(equality, "FOUND", tmp_path)
    pair = next(p for n in range(100) if (p := pairs.make(n, next(iter(times.ANCHORS)))) and _said(p.case))
    strange = replace(pair.case.steps[0], event=None, by_hand=ByHand("levitate"))
    pair = replace(pair, case=replace(pair.case, steps=(strange,)))
    equality._keep(pair, Verdict("different", 1, ("simulator: one",)), None, seed=7, shrinks=False)
    assert "No scenario is written, for none can say this: “levitate” by hand." in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == [f"pair_{pair.seed}.toml"]


def _said(case: Case) -> bool:
    try:
        saying.scenario("A pair", case)
    except saying.Unsayable:
        return False
    return True
