"""Workspaces are found and read from a folder or a file, and refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

import dsl
from runtime.workspace import WorkspaceError, read_workspace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (
        "nurture.toml",
        "a.journey",
        "journeys/b.journey",
        "emails/one.md",
        "emails/series/two.md",
        "README.md",
        ".hidden/c.journey",
        ".venv/d.journey",
        "node_modules/e.journey",
        "other/nurture.toml",
        "other/f.journey",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, "utf-8")
    return tmp_path


def test_it_holds_settings_journeys_and_emails_and_nothing_of_hidden_or_foreign_folders(root: Path) -> None:
    workspace = read_workspace(root)
    assert list(workspace.files) == [
        "a.journey",
        "nurture.toml",
        "emails/one.md",
        "emails/series/two.md",
        "journeys/b.journey",
    ]
    assert workspace.files["a.journey"] == b"a.journey"
    assert workspace.root == root.resolve()
    assert workspace.journeys() == ["a.journey", "journeys/b.journey"]


def test_a_file_belongs_to_the_workspace_above_it_and_only_it_is_asked_about(root: Path) -> None:
    workspace = read_workspace(root / "journeys" / "b.journey")
    assert workspace.root == root.resolve()
    assert workspace.journeys() == ["journeys/b.journey"]
    assert "a.journey" in workspace.files
    assert not workspace.concerns("a.journey")


def test_a_folder_below_asks_about_itself_alone(root: Path) -> None:
    workspace = read_workspace(root / "journeys")
    assert workspace.journeys() == ["journeys/b.journey"]
    assert not workspace.concerns("journeys.journey")


def test_a_workspace_inside_another_is_one_of_its_own(root: Path) -> None:
    assert read_workspace(root / "other").journeys() == ["f.journey"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("nowhere", "There is no file or folder {}. Check how the path is written."),
        ("README.md", "{} is not a .journey file. Name one, or the folder of a workspace."),
        (
            "emails",
            "There is no .journey file in {}. Write one, or name the folder that holds your journeys.",
        ),
    ],
)
def test_what_is_none_is_refused_with_its_place_and_the_remedy(root: Path, path: str, expected: str) -> None:
    with pytest.raises(WorkspaceError) as refusal:
        read_workspace(root / path)
    assert str(refusal.value) == expected.format(root / path)


def test_without_settings_it_says_what_to_add(tmp_path: Path) -> None:
    (tmp_path / "a.journey").write_text("", "utf-8")
    with pytest.raises(WorkspaceError, match=r"There is no nurture.toml in .* Add one with \[workspace\]"):
        read_workspace(tmp_path)


def test_a_workspace_further_down_is_proposed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    above = tmp_path_factory.mktemp("above")
    (above / "mine").mkdir()
    (above / "mine" / "nurture.toml").touch()
    with pytest.raises(WorkspaceError, match=r"Did you mean .*/mine\?"):
        read_workspace(above)


def test_none_is_proposed_where_many_are_or_anybody_s(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "mine" / name).mkdir(parents=True)
        (tmp_path / "mine" / name / "nurture.toml").touch()
    with pytest.raises(WorkspaceError, match=r"Did you mean \S*/mine/a or \S*/mine/b\?"):
        read_workspace(tmp_path)
    with pytest.raises(WorkspaceError, match=r"Did you mean \S*/mine/a or \S*/mine/b\?"):
        read_workspace(tmp_path / "mine")
    tmp_path.chmod(0o1777)
    with pytest.raises(WorkspaceError, match=r"above it. Add one with"):
        read_workspace(tmp_path)
    tmp_path.chmod(0o755)
    (tmp_path / "mine" / "c").mkdir()
    (tmp_path / "mine" / "c" / "nurture.toml").touch()
    with pytest.raises(WorkspaceError, match=r"above it. Add one with"):
        read_workspace(tmp_path)


def test_of_a_file_too_large_to_be_a_text_only_so_much_is_read_that_it_is_refused(root: Path) -> None:
    (root / "a.journey").write_bytes(b"x" * 5_000_001)
    files = read_workspace(root).files
    assert len(files["a.journey"]) == 1_000_001
    assert [d.code for d in dsl.check_workspace(files) if d.span.file == "a.journey"] == ["N012"]
