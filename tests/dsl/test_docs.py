"""The language reference: every journey in it compiles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dsl
from dsl.codes import CODES
from dsl.nodes import LINES
from tests.dsl.workspaces import SETTINGS, email, workspace

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = [text for kind, text in _BLOCK.findall(PAGE) if kind == "journey"]
_SHOWN = re.sub(r"\s+", " ", PAGE)

MORE = {
    "messages.journey": b"""
message "Tour" on in-app
  text "Look around"
message "Login code" on in-app, service
  text "Your code"
audiences "Retargeting"
""",
    "more.journey": b"fields of contact\n  field country is text\nfields of account\n"
    b'  field industry is choice of ("Software", "Fintech", "Other")\n'
    b'list "Webinar guests" of contacts\nlist "Competitors" of ("Rival", "Other")\n'
    b'segment "Mid-market"\n  account.employees is between 200 and 5000\n',
    "emails/hello.md": email("Hello", "[Yes](https://example.com/yes)"),
    "emails/study.md": email("Case study"),
    "emails/study.software.md": email("Case study", version="Software"),
}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("\n")[0])
def test_an_example_of_the_reference_compiles(example: str) -> None:
    if example.startswith("journey"):
        files = workspace(example, **MORE)
    else:
        # Definitions are compiled alone: they would collide with those of the test's workspace.
        owner = b"fields of account\n  field owner is text\n"
        files = {"nurture.toml": SETTINGS.encode(), "owner.journey": owner, "x.journey": example.encode()}
    found = dsl.compile_workspace(files)
    assert found.ok, dsl.as_text(found.diagnostics)
    assert {d.severity for d in found.diagnostics} <= {"info"}


def test_the_settings_of_the_reference_are_valid() -> None:
    (settings,) = (text for kind, text in _BLOCK.findall(PAGE) if kind == "toml")
    assert (
        dsl.check_workspace(
            {
                **workspace(),
                "nurture.toml": settings.replace("[sync", '[teams."Sales managers"]\n[sync').encode(),
            }
        )
        == []
    )


def test_the_reference_names_every_kind_of_line() -> None:
    called = {shape.called for shape in LINES.values() if not shape.called.startswith("a ")}
    assert {word for word in called if word not in _SHOWN} == set()


def test_the_reference_lists_every_group_of_codes() -> None:
    assert {code[:2] for code in CODES} <= {m[:2] for m in re.findall(r"N\dxx", PAGE)}


def test_every_code_says_what_it_means_for_a_contact() -> None:
    assert all(entry.consequence.endswith(".") and entry.title for entry in CODES.values())
