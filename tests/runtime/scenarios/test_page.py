"""The page on testing: every example is played, every line of its tables compiles, what it shows is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dsl
from dsl.codes import CODES
from runtime.cli.app import run as run_command
from tests.dsl.workspaces import example
from tests.runtime.scenarios.playing import misses

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parents[3] / "docs" / "testing.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(\w+)( fails)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [(kind, bool(fails), text) for kind, fails, text in _BLOCK.findall(PAGE)]
GOOD = [text for kind, fails, text in BLOCKS if kind == "scenario" and not fails]
FAILS = [text for kind, fails, text in BLOCKS if kind == "scenario" and fails]
_ROW = re.compile(r"^\| `(.+?)` \| ", re.MULTILINE)
_ALSO = re.compile(r"; `(expect [^`]+)`|, `(expect [^`]+)`")

MORE = b"""
assets "Price list"
webinars "Product tour"
meetings "Demo"
list "Partners" of contacts
audiences "Retargeting"
event "Order Placed"
  field amount is number
  field paid_on is date
message "Tour" on in-app
  text "Hi {{ contact.first_name | default: 'there' }}"
"""


def files() -> dict[str, bytes]:
    found = example("whitepaper", scenarios=True)
    settings = found["nurture.toml"] + b'\n[channels."in-app"]\nurl = "${IN_APP_URL}"\n'
    return found | {"nurture.toml": settings, "more.journey": MORE}


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("text", GOOD, ids=lambda text: re.findall(r'scenario "(.*)"', text)[0])
def test_an_example_is_played_and_holds(text: str) -> None:
    assert misses(text, example("whitepaper", scenarios=True)) == []


@pytest.mark.parametrize("text", FAILS, ids=lambda text: re.findall(r'scenario "(.*)"', text)[0])
def test_an_example_that_fails_fails_as_it_is_shown(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = BLOCKS[BLOCKS.index(("scenario", True, text)) + 1]
    for name, content in (example("whitepaper") | {"x.scenario": text.encode()}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    assert run_command(["test", "x.scenario"]) == 1
    in_time = re.compile(r"in \d+\.\d s")
    assert in_time.sub("in 0.1 s", capsys.readouterr().out) == shown[2]


def lines(title: str) -> list[str]:
    found = _ROW.findall(section(title))
    return found + [one or other for one, other in _ALSO.findall(section(title))]


def compiled(text: str) -> str:
    _, made = dsl.compile_scenarios(files() | {"x.scenario": text.encode()})
    return dsl.as_text(d for d in made.diagnostics if d.span.file == "x.scenario")


GIVEN = 'given account "Acme"\ngiven contact "Ana"\n'


@pytest.mark.parametrize("line", lines("Who there is"))
def test_a_line_of_who_there_is_compiles(line: str) -> None:
    ana = "" if 'contact "Ana"' in line and '"Ana" has' not in line else '  given contact "Ana"\n'
    acme = '  given account "Acme"\n' if 'of account "Acme"' in line else ""
    rest = '  on monday 10:00\n    expect no email to "Ana"\n'
    assert compiled(f'scenario "X"\n{ana}{acme}  {line}\n{rest}') == ""


@pytest.mark.parametrize("line", lines("Moments"))
def test_a_moment_compiles(line: str) -> None:
    assert compiled(f'{GIVEN}scenario "X"\n  {line}\n    expect no email to "Ana"\n') == ""


@pytest.mark.parametrize("line", lines("What happens"))
def test_what_happens_compiles(line: str) -> None:
    ben = 'given contact "Ben"\n' if '"Ben"' in line else ""
    steps = f'  on day 1 10:00\n    {line}\n    expect no email to "Ana"\n'
    assert compiled(f'{GIVEN}{ben}scenario "X"\n{steps}') == ""


@pytest.mark.parametrize("line", lines("What is expected"))
def test_what_is_expected_compiles(line: str) -> None:
    assert compiled(f'{GIVEN}scenario "X"\n  on day 1 10:00\n    {line}\n') == ""


def test_the_tables_are_worth_a_look() -> None:
    assert [len(lines(t)) for t in ("Who there is", "Moments", "What happens")] == [15, 9, 19]
    assert len(lines("What is expected")) >= 24


def test_the_python_of_the_page_runs(pytester: pytest.Pytester) -> None:
    for name, data in example("whitepaper", scenarios=True).items():
        (pytester.path / name).parent.mkdir(exist_ok=True)
        (pytester.path / name).write_bytes(data)
    ((_, _, text),) = [block for block in BLOCKS if block[0] == "python"]
    pytester.makepyfile(text)
    pytester.runpytest("-p", "no:xdist", "-p", "no:asyncio", "-k", "brings_sales").assert_outcomes(
        passed=1, deselected=22
    )


def test_the_options_of_the_page_are_those_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["test", "--help"]) == 0
    told = set(re.findall(r"(?<!\w)--?[a-z]+", section("Running scenarios"))) - {"-not"}
    known = set(re.findall(r"(?<!\w)--?[a-z]+", capsys.readouterr().out))
    assert told <= known


def test_every_code_of_scenarios_is_named_and_leads_to_its_page() -> None:
    named = re.findall(r"\[(S\d{3})\]\(diagnostics/(S\d{3})\.md\)", PAGE)
    assert {code for code, page in named if code == page} == {c for c in CODES if c.startswith("S")}


def test_the_reference_leads_here() -> None:
    page = (Path(__file__).parents[3] / "docs" / "language.md").read_text(encoding="utf-8")
    assert "(testing.md)" in page
