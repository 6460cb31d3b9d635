"""What cannot run yet is said by journey, line and construct."""

from __future__ import annotations

import pytest

import dsl
from runtime.support import unsupported
from tests.dsl.workspaces import HEAD, MESSAGES, workspace


def sentences(body: str) -> list[str]:
    found = dsl.compile_workspace(workspace(HEAD + body, **MESSAGES))
    assert found.ok, dsl.as_text(found.diagnostics)
    return [sentence for plan in found.plans.values() for sentence in unsupported(plan)]


@pytest.mark.parametrize(
    "line",
    [
        'send in-app "Tour"',
        'send service in-app "Code", even outside sending hours',
        'call webhook "Warehouse"',
        'add to audience "Retargeting"',
        'remove from audience "Retargeting"',
        'create task "Call them" for account.owner',
        'create task "Call them" for team "SDR"',
        'send email "News", from account.owner, high priority',
        "priority high",
        "priority low",
    ],
)
def test_what_reaches_other_systems_and_who_goes_first_can_run(line: str) -> None:
    more = "" if line.startswith(("send", "call", "add", "remove", "create")) else '  send email "News"\n'
    assert sentences(f"  {line}\n{more}") == []


@pytest.mark.parametrize(
    "line",
    [
        'start when contact enters segment "Managers"',
        'goal "A" when contact leaves segment "Managers"',
        'start with everyone in segment "Managers"',
        'start with everyone in segment "Managers" every monday 09:00',
    ],
)
def test_ways_in_by_a_segment_can_run(line: str) -> None:
    assert sentences(f"  {line}\n") == []


def test_people_inside_may_move_to_the_new_version() -> None:
    assert sentences("  people inside move to the new version\n") == []


def test_the_example_is_a_workspace_alone() -> None:
    from runtime.example import example

    # It is installed with the package and copied by readers: a program in it would be compiled there, too.
    kinds = {file.suffix for file in example().rglob("*") if file.is_file()}
    assert kinds == {".toml", ".journey", ".scenario", ".md", ".csv", ".jsonl"}


def test_the_example_can_run() -> None:
    from tests.dsl.workspaces import example

    assert [s for plan in dsl.compile_workspace(example()).plans.values() for s in unsupported(plan)] == []
