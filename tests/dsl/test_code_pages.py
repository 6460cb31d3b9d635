"""The pages of the codes: each has one, with a bad example reported so, and a good one that is fine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dsl
from dsl import pages
from dsl.codes import CODES
from dsl.pages import NoPage, is_code, page
from tests.dsl.workspaces import HEAD, SENDS, workspace

FOLDER = Path(__file__).parents[2] / "docs" / "diagnostics"
SOURCES = Path(dsl.__file__).parent
PAGES = sorted(path.stem for path in FOLDER.glob("*.md"))
_BLOCK = re.compile(r"^```(\w+)( escaped)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_REPEATED = re.compile(r"⟪(.*?)×(\d+)⟫")
_ESCAPE = re.compile(rb"\\(?:x([0-9A-F]{2})|u([0-9A-F]{4})|([tr]))")


def unescaped(text: str) -> bytes:
    """Write what cannot be seen on a page: `\\t`, `\\r`, `\\xFF` (a byte), `\\u00A0`, ⟪word×300⟫."""
    data = _REPEATED.sub(lambda m: m[1] * int(m[2]), text).encode()

    def one(match: re.Match[bytes]) -> bytes:
        if match[1]:
            return bytes([int(match[1], 16)])
        return chr(int(match[2], 16)).encode() if match[2] else {b"t": b"\t", b"r": b"\r"}[match[3]]

    return _ESCAPE.sub(one, data)


def files(section: str) -> dict[str, bytes]:
    """Read the workspace of a section: the small one that tests share, and what the section shows."""
    found = workspace()
    if "<!-- alone -->" in section:
        del found["definitions.journey"]
    emails = 0
    for kind, escaped, text in _BLOCK.findall(section):
        data = unescaped(text) if escaped else text.encode()
        if kind == "journey":
            found["x.journey"] = (HEAD.encode() if re.match(rb"[ \t]", data) else b"") + data
        elif kind == "scenario":
            found |= {"x.scenario": data, "sends.journey": SENDS}
        elif kind == "toml":
            found["nurture.toml"] = data
        else:
            assert kind == "markdown"
            emails += 1
            found[f"emails/example-{emails}.md"] = data
    if "<!-- without nurture.toml -->" in section:
        del found["nurture.toml"]
    return found


def sections(code: str) -> tuple[str, str]:
    text = (FOLDER / f"{code}.md").read_text(encoding="utf-8")
    wrong, right = text.split("\n## Wrong\n")[1].split("\n## Right\n")
    return wrong, right


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    # A code that nothing reports yet can have no example.
    sources = "".join(p.read_text(encoding="utf-8") for p in SOURCES.rglob("*.py") if p.name != "codes.py")
    assert [code for code in sorted(CODES) if f'"{code}"' in sources] == PAGES


@pytest.mark.parametrize("code", PAGES)
def test_the_bad_example_is_reported_under_this_code_and_no_other(code: str) -> None:
    found = dsl.check_workspace(files(sections(code)[0]))
    assert {d.code for d in found} == {code}, dsl.as_text(found)


@pytest.mark.parametrize("code", PAGES)
def test_the_good_example_has_no_error_and_nothing_under_this_code(code: str) -> None:
    compiled = dsl.compile_workspace(files(sections(code)[1]))
    assert compiled.ok, dsl.as_text(compiled.diagnostics)
    found = dsl.check_workspace(files(sections(code)[1]))
    assert not any(d.severity == "error" for d in found), dsl.as_text(found)
    assert code not in {d.code for d in found}


@pytest.mark.parametrize("code", PAGES)
def test_a_page_begins_with_its_code_and_says_why_it_matters(code: str) -> None:
    text = page(code)
    assert text.startswith(f"# {code}: {CODES[code].title}\n\n")
    assert "\n**Why it matters.** " in text
    assert "<!--" not in text


def test_a_page_is_found_however_the_code_is_written() -> None:
    assert page("n104") == page("N104")
    assert is_code("n104")
    assert not is_code("journeys/n104.journey")


def test_a_code_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(NoPage, match="no code N10S"):
        page("N10S")


def test_a_page_that_is_not_installed_is_missed_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_FOLDERS", ())
    with pytest.raises(NoPage, match="did not come with this installation"):
        page("N104")
