"""The recipes: each compiles beside the names that the page declares, formatted, without a warning."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dsl
from dsl.formatting import format_source
from tests.dsl.workspaces import SETTINGS, email

PAGE = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
_SECTION = re.compile(r"^## ([^\n]*)\n\n(.*?)^```journey\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECTIONS = {title: (about, code) for title, about, code in _SECTION.findall(PAGE)}
NAMES = SECTIONS["The names behind the recipes"][1]
RECIPES = {title: parts for title, parts in SECTIONS.items() if "journey" in parts[1].split()[:1]}
_SEND = re.compile(r'send (service )?email "([^"]*)"(, version by)?')

MORE_SETTINGS = """
[teams."Account executives"]
[teams."Marketing"]
[teams."Customer success"]
[teams."Partners"]
[channels."survey"]
url = "${SURVEY_URL}"
"""


def _files(*recipes: str) -> dict[str, bytes]:
    """Return a workspace of recipes, the page's names, and every email that they send."""
    files = {"nurture.toml": (SETTINGS + MORE_SETTINGS).encode(), "names.journey": NAMES.encode()}
    for number, recipe in enumerate(recipes):
        files[f"journeys/{number}.journey"] = recipe.encode()
        for service, name, versions in _SEND.findall(recipe):
            path = f"emails/{re.sub('[^a-z0-9]+', '-', name.lower())}"
            front = {"subject": "Hello", "class": "service" if service else "marketing"}
            files[f"{path}.md"] = email(f'"{name}"', "[More](https://example.com/more)", **front)
            if versions:
                front["version"] = "Team" if "plan" in recipe else "Software"
                files[f"{path}.one.md"] = email(f'"{name}"', **front)
    return files


def _needed(recipe: str) -> list[str]:
    """Return a recipe with those that it leads to."""
    codes = [code for _, code in RECIPES.values()]
    found = [recipe]
    for code in found:
        started = re.findall(r'start journey "([^"]*)"', code)
        found += [c for c in codes if c.split('"')[1] in started and c not in found]
    return found


def test_four_long_journeys_and_a_dozen_everyday_ones_are_there() -> None:
    assert {"Whitepaper", "Webinar", "Free trial", "Strategic account"} < RECIPES.keys()
    assert len(RECIPES) >= 16


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_compiles_without_errors_or_warnings(title: str) -> None:
    found = dsl.compile_workspace(_files(*_needed(RECIPES[title][1])))
    assert found.ok, dsl.as_text(found.diagnostics)
    assert {d.severity for d in found.diagnostics} <= {"info"}, dsl.as_text(found.diagnostics)


def test_all_recipes_compile_side_by_side() -> None:
    found = dsl.compile_workspace(_files(*(code for _, code in RECIPES.values())))
    assert found.ok, dsl.as_text(found.diagnostics)


@pytest.mark.parametrize("title", SECTIONS)
def test_a_recipe_is_formatted(title: str) -> None:
    code = SECTIONS[title][1]
    assert format_source(code.encode()).text == code


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_says_when_to_use_it_and_what_to_change(title: str) -> None:
    about = RECIPES[title][0]
    assert re.fullmatch(r"Use it when [^\n]*\.\n\nChange [^\n]*\.\n\n", about)
    assert f"- [{title}](#" in PAGE
