"""`nurture check` of what nobody means to write: an answer in words, of bounded length, no traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.dsl.workspaces import HEAD, email
from tests.dsl.workspaces import workspace as files_of
from tests.runtime.cli.conftest import Ran, Run

FORMATS = ("text", "json", "sarif", "github")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return written(tmp_path / "workspace", files_of(HEAD + "  wait 2 days\n"))


def written(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def one_sentence(ran: Ran) -> str:
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert "should not have happened" not in ran.err
    return ran.err.removeprefix("nurture: ").strip()


def told(ran: Ran, most: int) -> str:
    assert ran.code == 1
    assert ran.err == ""
    assert len(ran.out) < most
    return ran.out


def test_a_link_back_to_itself_or_to_nothing_is_told(nurture: Run, root: Path) -> None:
    (root / "again").symlink_to(root)
    assert nurture("check", root).code == 0
    (root / "nothing.journey").symlink_to("nowhere")
    assert "nothing.journey cannot be read: " in one_sentence(nurture("check", root))
    (root / "nothing.journey").unlink()
    (root / "self.journey").symlink_to(root / "self.journey")
    assert "self.journey cannot be read: " in one_sentence(nurture("check", root))
    assert "is a link that leads back to itself" in one_sentence(nurture("check", root / "self.journey"))


def test_a_folder_or_a_pipe_with_the_name_of_a_journey_is_none(nurture: Run, root: Path) -> None:
    (root / "a.journey").mkdir()
    os.mkfifo(root / "b.journey")
    assert nurture("check", root).code == 0
    assert "There is no .journey file in" in one_sentence(nurture("check", root / "a.journey"))
    assert "is not a .journey file" in one_sentence(nurture("check", root / "b.journey"))


def test_a_file_that_may_not_be_read_is_named(
    nurture: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "cannot be read: Permission denied. Check who may read it." in one_sentence(nurture("check", root))


def test_five_thousand_lines_or_two_hundred_levels_are_read(nurture: Run, root: Path) -> None:
    written(root, {"x.journey": (HEAD + "  wait 2 days\n" * 5000).encode()})
    assert nurture("check", root).code == 0
    rows = [f"{'  ' * (n + 1)}if score is at least 5\n" for n in range(200)]
    written(root, {"x.journey": (HEAD + "".join(rows)).encode()})
    assert "levels deep" in told(nurture("check", root), 1_000)


@pytest.mark.parametrize("format", FORMATS)
def test_a_line_without_end_is_shown_in_part(nurture: Run, root: Path, format: str) -> None:
    written(root, {"x.journey": (HEAD + "  wait " + "x" * 990_000 + "\n").encode()})
    assert "990" in told(nurture("check", root, "--format", format), 3_000)


@pytest.mark.parametrize("format", FORMATS)
def test_five_thousand_mistakes_are_told_each(nurture: Run, root: Path, format: str) -> None:
    rows = "".join(f'  send email "Nobody {n}"\n' for n in range(5000))
    written(root, {"x.journey": (HEAD + rows).encode()})
    out = told(nurture("check", root, "--format", format), 10_000_000)
    assert out.count("N304") >= 5000


@pytest.mark.parametrize("name", ["a b, c:d%", "\N{GRINNING FACE}"])
@pytest.mark.parametrize("format", FORMATS)
def test_a_file_may_have_any_name(nurture: Run, root: Path, name: str, format: str) -> None:
    written(root, {f"{name}.journey": b'journey "Odd"\n  sned nothing\n'})
    assert nurture("check", root, "--format", format).code == 1


def test_a_name_that_is_no_text_is_printed_as_well_as_can_be(installed: Run, root: Path) -> None:
    (root / os.fsdecode(b"\xff.journey")).write_bytes(b'journey "Odd"\n  sned nothing\n')
    assert "?.journey:2:" in told(installed("check", root), 1_000)


@pytest.mark.parametrize(
    "settings", ["a = " + "[" * 50_000, "a = " + "9" * 5_000, "\0", "[workspace]\n" * 9], ids=str.__len__
)
def test_settings_that_are_none_are_a_mistake_of_their_file(nurture: Run, root: Path, settings: str) -> None:
    written(root, {"nurture.toml": settings.encode()})
    assert "nurture.toml" in told(nurture("check", root), 3_000)


@pytest.mark.parametrize(
    "value",
    [
        "[" * 20_000,
        "{a: " * 2_000,
        "2030-13-45",
        "!!int ''",
        "!!bool maybe",
        "!!timestamp x",
        "9" * 5_000,
        "0b_",
    ],
    ids=lambda value: value[:12],
)
def test_front_matter_that_yaml_stumbles_over_is_a_mistake(nurture: Run, root: Path, value: str) -> None:
    text = email("Odd").replace(b"name: Odd", b"name: " + value.encode())
    written(root, {"emails/odd.md": text})
    assert "emails/odd.md" in told(nurture("check", root), 10_000)


@pytest.mark.parametrize("sign", ["[", "[a](", "{{", "{% if a %}", '[a](b "'])
def test_an_email_of_signs_without_end_is_read_in_time(nurture: Run, root: Path, sign: str) -> None:
    written(root, {"emails/odd.md": email("Odd", sign * (300_000 // len(sign)))})
    assert nurture("check", root).code == (1 if "{" in sign else 0)


def test_a_score_that_fits_no_number_is_never_reached(nurture: Run, root: Path) -> None:
    row = f"  if score is at least {'9' * 400}\n    wait 2 days\n"
    written(root, {"x.journey": (HEAD + row).encode()})
    assert nurture("check", root).code == 0
