"""`nurture demo` runs on real Temporal and leaves its mails and database where it says."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.runtime.cli.conftest import Run


def test_the_demo_leaves_what_it_tells_of(installed: Run, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    ran = installed("demo", "--contacts", 2, "--days", 3, "--out", out, "--format", "json")
    assert ran.code == 0, ran.err
    told = ran.json
    assert told["contacts"] == told["runs"] == told["foretold"] == 2
    assert told["different"] == told["duplicates"] == []
    assert told["counts"]["Whitepaper nurture"]["entered"] == 2
    assert told["counts"]["Whitepaper nurture"]["sent"] == told["delivered"] == len(list(out.rglob("*.eml")))
    assert [made["journey"] for made in told["funnels"]] == ["Whitepaper nurture"]
    assert told["story"]["lines"][0]["text"].startswith("Submitted the form “Whitepaper”")
    assert Path(told["database"]).is_file()
    shown = installed(
        "show", told["story"]["contact"], environ={"NURTURE_DATABASE_URL": f"sqlite:///{told['database']}"}
    )
    assert shown.code == 0
    assert "Sent “Whitepaper delivery”" in shown.out


def test_a_folder_that_is_not_a_demos_is_left_alone(nurture: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    ran = nurture("demo", "--out", tmp_path)
    assert ran.code == 2
    assert "is not empty and not a former demo's" in ran.err
    assert (tmp_path / "mine.txt").read_text("utf-8") == "mine"


def test_a_workspace_without_a_sample_is_refused(nurture: Run, tmp_path: Path) -> None:
    (tmp_path / "nurture.toml").write_text('[workspace]\nname = "T"\ntime_zone = "UTC"\n', "utf-8")
    (tmp_path / "a.journey").write_text('tags "x"\n', "utf-8")
    ran = nurture("demo", "--workspace", tmp_path)
    assert ran.code == 1
    assert "sample/contacts.csv" in ran.err


def test_a_taken_port_is_one_sentence(installed: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = installed("demo", "--contacts", 1, "--days", 1, "--out", tmp_path / "demo", "--mail-port", port)
    assert ran.code == 2
    assert f"Port {port} on 127.0.0.1 is taken by another program." in ran.err
    assert "Traceback" not in ran.err
