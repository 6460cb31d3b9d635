"""Diagnostics for other programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import dsl
from dsl.codes import CODES
from dsl.diagnostics import Diagnostic
from dsl.rendering import as_github, as_sarif
from dsl.span import Span
from tests.dsl.test_bad import CASES
from tests.dsl.workspaces import HEAD, workspace

FOUND = [d for case in CASES for d in dsl.check_workspace(workspace(case.source))]


def log(found: list[Diagnostic]) -> Any:
    return json.loads(as_sarif(found, "1.2.3"))


def test_a_sarif_log_has_what_the_standard_requires() -> None:
    made = log(FOUND)
    assert made["version"] == "2.1.0"
    assert made["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = made["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "nurture"
    assert [rule["id"] for rule in driver["rules"]] == sorted({d.code for d in FOUND})
    assert run["columnKind"] == "unicodeCodePoints"
    assert len(run["results"]) == len(FOUND)


def test_every_result_points_to_its_rule_and_place() -> None:
    (run,) = log(FOUND)["runs"]
    rules = run["tool"]["driver"]["rules"]
    for found, result in zip(FOUND, run["results"], strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == found.code
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"].startswith(found.message)
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        assert region["startLine"] >= 1
        assert 1 <= region["startColumn"] <= region["endColumn"]


def test_the_edits_of_a_fix_are_replacements() -> None:
    (found,) = dsl.check_workspace(workspace(HEAD + "  wait 4 hrs\n"))
    (result,) = log([found])["runs"][0]["results"]
    (fix,) = result["fixes"]
    assert fix["description"]["text"] == "Write “4 hours”."
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"] == {"uri": "x.journey"}
    (replacement,) = change["replacements"]
    assert replacement["insertedContent"] == {"text": "4 hours"}
    region = {"startLine": 4, "startColumn": 8, "endLine": 4, "endColumn": 13}
    assert replacement["deletedRegion"] == region


def test_a_file_name_with_spaces_is_a_valid_uri() -> None:
    found = Diagnostic("N104", "error", Span("my files/ä.journey", 1, 1, 2), "m", "c")
    (result,) = log([found])["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "my%20files/%C3%A4.journey"


def test_a_file_outside_the_folder_and_a_name_that_is_no_text_are_valid_uris() -> None:
    names = {"/w/a b.journey": "file:///w/a%20b.journey", "../a:b#?%.journey": "../a%3Ab%23%3F%25.journey"}
    names["\udcff.journey"] = "%FF.journey"
    for name, wanted in names.items():
        (result,) = log([Diagnostic("N104", "error", Span(name, 1, 1, 2), "m", "c")])["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": wanted}


def test_columns_count_characters_and_not_the_halves_of_one() -> None:
    (found,) = dsl.check_workspace(workspace(HEAD + '  notify team "SDR" "😀😀", hihg priority\n'))
    run = log([found])["runs"][0]
    assert run["columnKind"] == "unicodeCodePoints"
    (change,) = run["results"][0]["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    region = replacement["deletedRegion"]
    assert found.excerpt[region["startColumn"] - 1 : region["endColumn"] - 1] == "hihg"


@pytest.mark.parametrize("name", ["Cafe\u0301", "\u200bNews"])
def test_a_fix_whose_columns_are_not_those_of_the_file_is_told_in_words_alone(name: str) -> None:
    found = dsl.check_workspace(workspace(HEAD + f'  notify team "SDR" "{name}", hihg priority\n'))
    for result in log(found)["runs"][0]["results"]:
        assert ("fixes" in result) == (result["ruleId"] == "N004")
        assert result["ruleId"] == "N004" or "high" in result["message"]["text"]


# What the JSON schema of SARIF 2.1.0 knows and demands of the objects that are written here. It allows no
# other property anywhere, which is how a misspelt one would be found.
_KNOWN = {
    "": ({"version", "runs"}, {"$schema"}),
    "runs": ({"tool"}, {"columnKind", "results"}),
    "tool": ({"driver"}, set()),
    "driver": ({"name"}, {"rules", "semanticVersion"}),
    "rules": ({"id"}, {"shortDescription", "fullDescription", "help", "defaultConfiguration"}),
    "shortDescription": ({"text"}, set()),
    "fullDescription": ({"text"}, set()),
    "help": ({"text"}, set()),
    "defaultConfiguration": (set(), {"level"}),
    "results": ({"message"}, {"ruleId", "ruleIndex", "level", "locations", "fixes"}),
    "message": ({"text"}, set()),
    "locations": (set(), {"physicalLocation"}),
    "physicalLocation": ({"artifactLocation", "region"}, set()),
    "artifactLocation": (set(), {"uri"}),
    "region": (set(), {"startLine", "startColumn", "endLine", "endColumn"}),
    "fixes": ({"artifactChanges"}, {"description"}),
    "description": ({"text"}, set()),
    "artifactChanges": ({"artifactLocation", "replacements"}, set()),
    "replacements": ({"deletedRegion"}, {"insertedContent"}),
    "deletedRegion": (set(), {"startLine", "startColumn", "endLine", "endColumn"}),
    "insertedContent": (set(), {"text"}),
}


def _objects(log: object, key: str = "") -> Iterator[tuple[str, dict[str, object]]]:
    if isinstance(log, list):
        for one in log:
            yield from _objects(one, key)
    elif isinstance(log, dict):
        yield key, log
        for name, value in log.items():
            yield from _objects(value, name)


def test_every_object_has_what_the_schema_demands_and_nothing_that_it_does_not_know() -> None:
    made = log(FOUND)
    seen = set()
    for key, found in _objects(made):
        needed, more = _KNOWN[key]
        assert needed <= found.keys() <= needed | more, key
        seen.add(key)
        for name, value in found.items():
            assert value != [] or name in ("rules", "results"), (key, name)
            assert not isinstance(value, int) or value >= (0 if name == "ruleIndex" else 1), (key, name)
    assert seen == _KNOWN.keys()
    results = made["runs"][0]["results"]
    rules = [json.dumps(rule) for rule in made["runs"][0]["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    for result in results:
        for name in ("locations", "fixes"):
            assert len(result.get(name, [None])) == 1


def test_every_code_has_a_level() -> None:
    found = [Diagnostic(c, e.severity, Span("x", 1, 1, 1), "m", "c") for c, e in CODES.items()]
    assert len(log(found)["runs"][0]["tool"]["driver"]["rules"]) == len(CODES)
    assert as_github(found).count("\n") == len(CODES)


def test_an_annotation_is_one_line_with_its_signs_escaped() -> None:
    found = Diagnostic("N403", "error", Span("a,b.journey", 3, 5, 9), "100% wrong: no", "So.\r\nThere.")
    assert as_github([found]) == (
        "::error file=a%2Cb.journey,line=3,col=5,endColumn=8,title=N403%3A not a usable number"
        "::100%25 wrong: no%0ASo.%0D%0AThere.\n"
    )


def test_hints_are_notices() -> None:
    found = dsl.check_workspace(workspace(HEAD + '  todo "Write"\n'))
    assert as_github(found).startswith("::notice file=x.journey,line=4,")
    assert as_sarif([]).count('"results": []') == 1
