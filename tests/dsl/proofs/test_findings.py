"""What the proofs find, where, and that the path they name is one that the machine takes."""

from __future__ import annotations

import pytest

import dsl
from dsl.diagnostics import as_dict
from dsl.proofs import PASSES, prove
from runtime.checking import player
from runtime.explore import along
from tests.dsl.golden import check_golden
from tests.dsl.proofs.cases import CASES, Case
from tests.dsl.workspaces import HEAD, example, workspace

_SILENT = ("loop", "call", "leave", "schedule")


def found(case: Case) -> list[dsl.Diagnostic]:
    return dsl.check_workspace(case.files, player())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_hurts_on_a_path_is_reported_on_its_line_and_nothing_else(case: Case) -> None:
    assert [(d.span.line, d.code) for d in found(case)] == list(case.expected), dsl.as_text(found(case))


@pytest.mark.parametrize("case", [c for c in CASES if c.expected], ids=str)
def test_an_example_is_a_path_that_the_machine_takes(case: Case) -> None:
    compiled = dsl.compile_workspace(case.files)
    for finding in prove(compiled.plans, compiled.definitions, compiled.emails):
        plan = compiled.plans[finding.journey]
        if finding.trail is None or finding.trail.words.startswith("whenever"):
            continue
        steps = [plan.steps[n] for n in finding.trail.steps]
        taken = tuple(step.id for step in steps if step.op not in _SILENT)
        path = along(plan, taken)
        assert path is not None, finding
        assert path.steps == taken


def test_the_golden_text_of_all_findings_is_what_a_person_read() -> None:
    text = "\n".join(dsl.as_text(found(case)) for case in CASES if case.expected)
    check_golden("proofs.txt", text)


def test_the_example_proves_clean() -> None:
    assert dsl.check_workspace(example()) == []


def test_every_pass_is_named_once() -> None:
    assert len(set(PASSES)) == len(PASSES)


def test_an_error_of_a_proof_keeps_the_plans_back() -> None:
    source = HEAD + '  send email "News"\n  start journey "Test"\n'
    compiled = dsl.compile_workspace(workspace(source))
    assert not compiled.ok
    assert compiled.plans == {}


def test_a_path_is_told_to_programs_too() -> None:
    case = next(c for c in CASES if [code for _, code in c.expected] == ["N541"])
    (data,) = map(as_dict, found(case))
    assert data["path"].startswith("start → repeat up to 3 times → send email “News” → otherwise")


def test_a_plan_with_too_many_ways_is_said_to_be_unproved() -> None:
    sections = (
        "".join(f'\n  section "{n}"\n' + f'    run section "{n + 1}"\n' * 3 for n in range(1, 11))
        + '\n  section "11"\n    send email "News"\n'
    )
    (only,) = dsl.check_workspace(workspace(HEAD + '  run section "1"\n' + sections))
    assert (only.code, only.severity) == ("N555", "info")


def test_many_rounds_are_looked_at_in_short() -> None:
    source = HEAD + "  repeat up to 30 times\n    repeat up to 30 times\n"
    source += 12 * '      send email "News"\n      wait 1 hour\n'
    assert dsl.check_workspace(workspace(source)) == []
