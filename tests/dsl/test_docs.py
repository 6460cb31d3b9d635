"""The language reference: every journey in it compiles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dsl
import dsl.constructs  # registers the lines
from dsl.codes import CODES
from dsl.nodes import LINES, Context
from dsl.parser import Tree, parse
from dsl.span import Span
from tests.dsl.workspaces import HEAD, SETTINGS, email, workspace

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

_ROW = re.compile(r"^\| [^|]+ \| `(.+)` \|$", re.MULTILINE)
HOW_DO_I = [
    row.split("` → `") for row in _ROW.findall(PAGE.split("## How do I say …?\n")[1].split("\n## ")[0])
]
_NAMES = b"""
business hours weekdays 09:00 to 17:00
event "Webinar Moved"
  field webinar_id is text, key
  field starts_at is date and time
  field ends_at is date and time
event "Webinar Planned"
  field webinar_id is text, key
  field starts_at is date and time
  field ends_at is date and time
event "Order Placed"
  field amount is number
event "Webinar Attended"
  field minutes is number
meetings "Demo"
consents "Events"
holidays "Germany"
  closed on 1 january
journey "Welcome back"
  start by hand
  runs again at any time
"""
_UNDER = {
    "split": ('variant 50% "A"', "  add 5 to score", 'variant 50% "B"', "  add 9 to score"),
    "wait": ('when contact clicks email "Hello"', "  add 5 to score"),
    "repeat": ("wait 2 days",),
}

OURS = [code for code in CODES if code.startswith("N")]  # those of scenarios are in docs/testing.md

_ONCE = ("stages", "scoring", "engagement", "business")


def _journey(line: str) -> str:
    """Put a line of the index into a journey in which it may stand."""
    if line.split()[0] in ("list", "forms", *_ONCE):
        return line + "\n"
    word = line.split()[0]
    parsed = parse(line, Span("x", 1, 1, len(line) + 1))
    assert isinstance(parsed, Tree), line
    shape = LINES[parsed.rule]
    event = 'does "Webinar Planned"' if "trigger." in line else 'submits form "Whitepaper"'
    start = [] if word == "start" and "journey" not in line else [f"start when contact {event}"]
    runs = [] if word == "runs" else ["runs once for each contact"]
    send = [] if "send" in line else ['send email "Hello"']
    filled = shape.needs or line == "wait up to 5 days"
    under = ["  " + row for row in _UNDER.get(word, ("add 5 to score",))] if filled else []
    block = ["at trigger.starts_at, skip if late", "  add 5 to score"] if word == "update" else []
    head = [line] if shape.within & Context.HEAD else []
    rest = [] if head else [line]
    rows = [*start, *runs, *head, *(under if head else []), *send, *rest, *(under if rest else []), *block]
    return "\n".join(['journey "Test"', *("  " + row for row in rows)]) + "\n"


@pytest.mark.parametrize("row", HOW_DO_I, ids=" → ".join)
def test_a_line_of_the_index_compiles(row: list[str]) -> None:
    text = row[0] + "\n  " + row[1] + "\n" if len(row) > 1 else _journey(row[0])
    files = workspace(text, **MORE, **{"names.journey": _NAMES})
    if row[0].split()[0] in _ONCE:  # these stand once in a workspace, so they are compiled alone
        files = {"nurture.toml": SETTINGS.encode(), "x.journey": text.encode()}
    found = dsl.compile_workspace(files)
    assert found.ok, text + dsl.as_text(found.diagnostics)


def test_the_index_is_worth_a_look() -> None:
    assert len(HOW_DO_I) >= 50
    assert len({row[-1] for row in HOW_DO_I}) == len(HOW_DO_I)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("\n")[0])
def test_an_example_of_the_reference_compiles(example: str) -> None:
    example = HEAD + example if example.startswith(" ") else example
    if re.search(r"^journey ", example, re.MULTILINE):
        files = workspace(example, **MORE, **{"hours.journey": b"business hours weekdays 09:00 to 17:00\n"})
    else:
        # Definitions are compiled alone: they would collide with those of the test's workspace.
        owner = b"fields of account\n  field owner is text\n"
        managers = '[teams."Sales managers"]\n'
        settings = SETTINGS.replace(managers, managers + 'territories = { DE = "ana@example.com" }\n')
        files = {"nurture.toml": settings.encode(), "owner.journey": owner, "x.journey": example.encode()}
    found = dsl.compile_workspace(files)
    assert found.ok, dsl.as_text(found.diagnostics)
    assert {d.severity for d in found.diagnostics} <= {"info"}


def test_the_email_of_the_reference_is_one() -> None:
    (text,) = (text for kind, text in _BLOCK.findall(PAGE) if kind == "markdown" and text.startswith("---"))
    default = text.replace("version: Software\n", "")
    files = {"emails/x.md": text.encode(), "emails/y.md": default.encode()}
    fields = b'fields of account\n  field industry is choice of ("Software", "Other")\n'
    journey = HEAD + '  send email "Case study", version by account.industry\n'
    found = dsl.compile_workspace(workspace(journey, **files, **{"fields.journey": fields}))
    assert found.ok, dsl.as_text(found.diagnostics)


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
    assert {code[:2] for code in OURS} <= {m[:2] for m in re.findall(r"N\dxx", PAGE)}


def test_every_code_is_named_by_a_section_and_leads_to_its_page() -> None:
    named = re.findall(r"\[(N\d{3})\]\(diagnostics/(N\d{3})\.md\)", PAGE)
    assert (
        {code for code, page in named if code == page} == {code for code, _ in named} == set(OURS) - {"N901"}
    )


def test_every_section_of_the_reference_names_its_codes_or_leads_on() -> None:
    sections = re.split(r"^#{2,3} ", PAGE.split("## Shared definitions\n")[1], flags=re.MULTILINE)[1:]
    silent = [s.split("\n")[0] for s in sections if "diagnostics/N" not in s]
    assert silent == [
        "`start …`",
        "`priority`",
        "`people inside`",
        "`owner`, `description`",
        "Lines that do something",
        "Waits",
        "Waits and sending hours",
        "Diagnostics",
    ]


def test_every_code_says_what_it_means_for_a_contact() -> None:
    assert all(entry.consequence.endswith(".") and entry.title for entry in CODES.values())
