"""Whatever stands in the files, the compiler answers with diagnostics."""

from __future__ import annotations

import json
import random

from hypothesis import given, settings
from hypothesis import strategies as st

import dsl
from dsl.plan import Plan
from dsl.tables import Language, tables
from tests.dsl.workspaces import HEAD, example, workspace

FILES = example()
PATHS = sorted(FILES)
WORDS = [
    *sorted(tables().words),
    *('"News"', '"MQL"', "5", "2.5", "-1", "09:00", "99:99", "contact.title", "trigger.form", "x", "x.y.z"),
    *("(", ")", ",", "%", ">=", "é", "1d", ":", "'a'", '""', "event.minutes", "account.employees"),
]


def sentence(choose: random.Random, language: Language = "journey") -> str:
    """Walk the grammar at random: a line that parses, whatever it means."""
    table = tables(language)
    states, words = [table.start], []
    while len(words) < 60:
        row = table.states[states[-1]]
        terminal = choose.choice([t for t in row if not t.startswith(":")])
        action = row[terminal]
        if action >= 0:
            words.append(
                _SAMPLES.get(terminal, (terminal,))[choose.randrange(len(_SAMPLES.get(terminal, "1")))]
            )
            states.append(action)
            continue
        rule = table.rules[-action - 1]
        del states[len(states) - rule.size :]
        states.append(table.states[states[-1]][f":{rule.name}"])
        if states[-1] == table.end:
            break
    return " ".join(words)


_SAMPLES = {
    "STRING": ('"News"', '"Offer"', '"MQL"', '"SDR"', '"Whitepaper"', '"Webinar Registered"', '"Yes"', '""'),
    "NUMERAL": ("0", "1", "5", "-2", "2.5", "99999999999"),
    "NAME": ("x", "title", "webinar_id"),
    "REF": (
        "contact.title",
        "account.employees",
        "trigger.form",
        "event.minutes",
        "contact.renewal",
        "a.b.c",
    ),
    "CLOCK": ("09:00", "24:00", "00:00"),
}


def answered(files: dict[str, bytes]) -> dsl.Compiled:
    found = dsl.compile_workspace(files)
    json.loads(dsl.as_json(found.diagnostics))
    dsl.as_text(found.diagnostics)
    for plan in found.plans.values():
        assert Plan.model_validate_json(plan.model_dump_json()) == plan
    return found


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32))
def test_lines_that_parse_by_chance_never_break_the_compiler(seed: int) -> None:
    choose = random.Random(seed)
    rows = [" " * 2 * choose.randint(1, 3) + sentence(choose) for _ in range(12)]
    answered(workspace(HEAD + "\n".join(rows)))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32))
def test_files_changed_at_random_never_break_the_compiler(seed: int) -> None:
    choose = random.Random(seed)
    path = choose.choice(PATHS)
    rows = FILES[path].decode().split("\n")
    for _ in range(choose.randint(1, 4)):
        n = choose.randrange(len(rows))
        words = rows[n].split(" ")
        words[choose.randrange(len(words))] = choose.choice(WORDS)
        rows[n] = choose.choice(["  ", "", "    "]) * choose.randint(0, 1) + " ".join(words)
        if choose.random() < 0.3:
            del rows[choose.randrange(len(rows))]
        rows = rows or [""]
    answered({**FILES, path: "\n".join(rows).encode()})


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(PATHS))
def test_any_bytes_in_a_file_are_answered_with_diagnostics(data: bytes, path: str) -> None:
    answered({**FILES, path: data})
    answered({**FILES, path: FILES[path][:150] + data + FILES[path][150:]})


def test_an_empty_workspace_is_answered() -> None:
    assert [d.code for d in answered({}).diagnostics] == ["N701"]


def test_a_rendered_diagnostic_underlines_its_place() -> None:
    (found,) = dsl.check_workspace(workspace(HEAD + "  wait 4 hrs\n"))
    assert dsl.as_text([found]) == (
        "x.journey:4:8: error N104: “4 hrs” is written otherwise here.\n"
        "  4 |   wait 4 hrs\n"
        "    |        ^^^^^\n"
        "  why: The line is not understood, so nobody would get what it describes.\n"
        "  fix: Write “4 hours”.\n"
    )
    (data,) = json.loads(dsl.as_json([found]))
    assert (data["code"], data["line"], data["column"], data["end_column"]) == ("N104", 4, 8, 13)
    assert data["fix"]["edits"] == [
        {"file": "x.journey", "line": 4, "column": 8, "end_column": 13, "text": "4 hours"}
    ]
