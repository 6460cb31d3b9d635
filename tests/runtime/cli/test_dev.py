"""`nurture dev`: everything on this machine in real time, and everything goes on after a death."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx2
import pytest
from temporalio.client import Client

from tests.runtime.cli.conftest import EXAMPLE, NURTURE, Run

CONTACT = "cnt_000003"
RUN = f"whitepaper-nurture/{CONTACT}/-/1"
FREE = ("--port", "0", "--mail-port", "0", "--temporal-port", "0", "--ui-port", "0")


@dataclass(frozen=True, slots=True)
class Dev:
    process: subprocess.Popen[str]
    said: str

    def place(self, pattern: str) -> str:
        found = re.search(pattern, self.said)
        assert found, self.said
        return found[1]

    def post(self, *events: dict[str, Any]) -> httpx2.Response:
        return httpx2.post(self.place(r"POST (\S+)"), json=list(events), timeout=20, trust_env=False)


@contextmanager
def running(data: Path, folder: Path, workspace: Path = EXAMPLE) -> Iterator[Dev]:
    """Start it as a person would, and wait for what it prints."""
    process = subprocess.Popen(
        [NURTURE, "dev", "--workspace", workspace, "--data", data, *FREE],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if not k.startswith(("NURTURE_", "TEMPORAL_"))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        assert "Ctrl-C" in said, process.communicate()
        yield Dev(process, said)
    finally:
        process.kill()
        process.communicate()


def until(what: str, condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + 40
    while not (found := condition()):
        assert time.monotonic() < end, f"It never came to this: {what}."
        time.sleep(0.1)
    return found


def mails(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "mails").glob("*.eml"))


def submitted(form: str, id_: str) -> dict[str, Any]:
    return {"id": id_, "event": "Form Submitted", "contact": CONTACT, "properties": {"form": form}}


async def test_a_run_that_waits_goes_on_after_everything_was_killed(
    tmp_path: Path, shadowing: Path, installed: Run
) -> None:
    data = tmp_path / "data"
    with running(data, shadowing) as dev:
        assert "50 contacts of its sample" in dev.said
        reply = dev.post(submitted("Whitepaper", "m1"))
        assert (reply.status_code, reply.json()["events"][0]["entered"]) == (202, [RUN])
        until("the first mail is sent", lambda: mails(data))
        assert httpx2.get(dev.place(r"Temporal +(\S+)"), timeout=20, trust_env=False).status_code == 200
        server = dev.place(r"clients: (\S+)\)")
        dev.process.kill()
        dev.process.wait()
        host, port = server.split(":")
        until("nothing is left behind", lambda: not _listens(host, int(port)))
    assert (data / "temporal.db-wal").exists() or (data / "temporal.db").exists()
    with running(data, shadowing) as dev:
        assert "contacts of its sample" not in dev.said
        again = dev.post(submitted("Whitepaper", "m1"), submitted("Demo request", "m2")).json()["events"]
        assert [event["status"] for event in again] == ["duplicate", "recorded"]
        client = await Client.connect(dev.place(r"clients: (\S+)\)"))
        result = await client.get_workflow_handle(RUN).result()
        assert result == {"kind": "goal", "reason": "Demo requested"}
        environ = {"NURTURE_DATABASE_URL": f"sqlite:///{data / 'nurture.db'}"}
        assert "Reached the goal “Demo requested”" in installed("show", CONTACT, environ=environ).out
        dev.process.send_signal(signal.SIGINT)
        _out, said = dev.process.communicate(timeout=40)
        assert dev.process.returncode == 0, said
        assert "everything goes on where it was" in said
    assert len(mails(data)) == len({name[:4] for name in mails(data)})


async def test_what_a_person_does_by_hand_holds_at_once(
    tmp_path: Path, shadowing: Path, installed: Run
) -> None:
    data = tmp_path / "data"
    database = data / "nurture.db"

    def nurture(*arguments: str) -> Any:
        ran = installed(*arguments, environ={"NURTURE_DATABASE_URL": f"sqlite:///{database}"})
        assert ran.code == 0, ran.err
        return ran

    def status() -> Any:
        return nurture("status", "--format", "json").json

    with running(data, shadowing) as dev:
        client = await Client.connect(dev.place(r"clients: (\S+)\)"))
        health = httpx2.get(dev.place(r"POST (\S+)/events") + "/health", timeout=20, trust_env=False)
        assert (health.status_code, health.json()) == (
            200,
            {"status": "ok", "database": True, "temporal": True, "lacking": []},
        )
        nurture("stop", "--sends")
        assert dev.post(submitted("Whitepaper", "m1")).status_code == 202
        until("the mail is held", lambda: status()["held"] == {"sends stopped": 1})
        assert mails(data) == []
        nurture("resume", "--sends")
        (first,) = until("the mail is sent", lambda: mails(data))
        # As if the worker had died before the server's answer.
        until("it is settled", lambda: status()["effects"])
        with sqlite3.connect(database) as connection:
            connection.execute("UPDATE ledger SET outcome = 'in doubt' WHERE kind = 'send'")
        connection.close()
        (doubt,) = nurture("doubts", "--format", "json").json
        nurture("doubts", "settle", doubt["key"], "--not-sent", "--send-again")
        again = until("it is sent again", lambda: mails(data)[1:])
        ids = {message_id(data / "mails" / name) for name in (first, *again)}
        assert ids == {doubt["message_id"]}
        nurture("pause", "--all")
        until("the run stands still", lambda: status()["paused"] == 1)
        nurture("stop", "--journey", "Whitepaper nurture")
        result = await client.get_workflow_handle(RUN).result()
        assert result == {"kind": "exit", "reason": "stopped by hand"}
        assert nurture("doubts").out == "Nothing is in doubt.\n"


def test_what_is_in_force_stays_so_whatever_has_become_of_the_folder(
    tmp_path: Path, shadowing: Path, installed: Run
) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"
    shutil.copytree(EXAMPLE, copy)
    environ = {"NURTURE_DATABASE_URL": f"sqlite:///{data / 'nurture.db'}"}

    def stopped(dev: Dev) -> str:
        dev.process.send_signal(signal.SIGINT)
        return dev.process.communicate(timeout=40)[1]

    def history() -> list[tuple[int, str]]:
        ran = installed("plan", "--history", "--format", "json", environ=environ)
        return [(entry["number"], entry["how"]) for entry in ran.json["deployments"]]

    with running(data, shadowing, copy) as dev:
        assert "is in force, and this workspace is another" not in stopped(dev)
    lines = ('journey "Second"', "  start by hand", "  runs once for each contact", "  add 1 to score", "")
    (copy / "second.journey").write_text("\n".join(lines), "utf-8")
    with running(data, shadowing, copy) as dev:
        journeys = dev.place(r"journeys +(.*);")
        said = stopped(dev)
    assert "Second" not in journeys
    for name in ("plan", "deploy"):
        url = environ["NURTURE_DATABASE_URL"]
        assert f"`NURTURE_DATABASE_URL={url} nurture {name} --workspace {copy}`" in said
    assert history() == [(1, "publish")]
    assert installed("deploy", "--workspace", copy, environ=environ).code == 0
    with running(data, shadowing, copy) as dev:
        assert "“Second”" in dev.place(r"journeys +(.*);")
        assert "this workspace is another" not in stopped(dev)
    assert history() == [(2, "deploy"), (1, "publish")]


def message_id(file: Path) -> str:
    return str(message_from_bytes(file.read_bytes(), policy=policy.default)["Message-ID"])


def _listens(host: str, port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex((host, port)) == 0


def test_a_port_that_is_taken_is_one_sentence(nurture: Run, tmp_path: Path) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        ran = nurture("dev", "--workspace", EXAMPLE, "--data", tmp_path / "d", "--temporal-port", port)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert f"Port {port} on 127.0.0.1 is taken by another program." in ran.err


def test_data_that_is_a_file_is_one_sentence(nurture: Run, tmp_path: Path) -> None:
    (tmp_path / "d").write_text("mine", "utf-8")
    ran = nurture("dev", "--workspace", EXAMPLE, "--data", tmp_path / "d", *FREE)
    assert ran.code == 2
    assert "is no folder. Name another one with --data." in ran.err


@pytest.mark.parametrize("port", [-1, 70_000])
def test_a_port_that_is_none_is_refused(nurture: Run, port: int) -> None:
    ran = nurture("dev", "--port", port)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
