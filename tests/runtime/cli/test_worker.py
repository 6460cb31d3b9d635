"""`nurture worker` says what it lacks before it takes anything up."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from activities.smtp import SmtpSettings
from dsl import compile_workspace
from runtime.cli.failures import Exit
from runtime.cli.loading import load_to_carry
from runtime.cli.starting import as_deployed, publish_first
from runtime.cli.worker import _note_silent_mail
from runtime.hosting import Connections, build_host
from runtime.lacking import Lacking
from runtime.sink import MailSink
from runtime.store import Store, publish
from runtime.store.deploying import history
from runtime.workspace import read_workspace
from tests.runtime.cli.conftest import EXAMPLE, Run

SECRET = "0123456789abcdef"


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient() as client:
        yield client


def test_the_installed_worker_finds_its_own_packages_and_asks_for_a_secret(installed: Run) -> None:
    ran = installed("worker", "--workspace", EXAMPLE)
    assert ran.code == 2
    assert ran.err.startswith("nurture: NURTURE_SECRET is not set; a worker signs Message-IDs with it.")
    assert ran.err.count("\n") == 1


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, nurture: Run) -> None:
    monkeypatch.setenv("NURTURE_SECRET", SECRET)
    monkeypatch.setenv("NURTURE_CRM_URL", "http://127.0.0.1:1/crm")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")


def test_a_temporal_that_is_not_there_is_named_with_the_remedy(nurture: Run, configured: None) -> None:
    ran = nurture("worker", "--workspace", EXAMPLE)
    assert ran.code == 2
    note, said = ran.err.splitlines()
    assert note == (
        "nurture: NURTURE_CHAT_SDR is not set, so the team “SDR” is told by email alone, not in its chat."
    )
    assert said.startswith("nurture: Temporal at 127.0.0.1:1 cannot be reached. Start it")
    assert "TEMPORAL_ADDRESS" in said


def test_a_mail_server_that_is_none_is_refused_without_its_password(
    nurture: Run, configured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NURTURE_SMTP_URL", "imap://u:hush@host")
    ran = nurture("worker", "--workspace", EXAMPLE)
    assert ran.code == 2
    assert ran.err.startswith("nurture: NURTURE_SMTP_URL is no mail server")
    assert "hush" not in ran.err


async def test_a_mail_server_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with MailSink(tmp_path) as sink:
        server = SmtpSettings.parse(f"smtp://u:hush@127.0.0.1:{sink.port}")
        await _note_silent_mail(server)
        assert capsys.readouterr().err == ""
        await sink.down()
        await _note_silent_mail(server)
    said = capsys.readouterr().err
    assert said.startswith(f"nurture: the mail server 127.0.0.1:{server.port} does not answer. Start it")
    assert "NURTURE_SMTP_URL" in said
    assert "none is lost" in said
    assert "hush" not in said


async def test_a_worker_puts_its_workspace_in_force_only_where_nothing_is(store: Store) -> None:
    said: list[str] = []
    compiled = compile_workspace(read_workspace(EXAMPLE).files)
    await publish_first(store, compiled, said.append)
    await publish_first(store, compiled, said.append)
    assert [entry.how for entry in await history(store)] == ["publish"]
    assert said == []
    fewer = dataclasses.replace(compiled, plans=dict(list(compiled.plans.items())[:1]))
    await publish_first(store, fewer, said.append)
    assert len(await history(store)) == 1
    assert said[0].startswith("deployment 1 is in force, and this workspace is another.")
    assert "`nurture deploy` puts the workspace in force" in said[0]


async def test_mistakes_in_a_workspace_stop_a_worker_only_where_nothing_is_deployed(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = compile_workspace(read_workspace(EXAMPLE).files)
    shutil.copytree(EXAMPLE, tmp_path / "w")
    (tmp_path / "w" / "definitions.journey").write_text("fields of\n", "utf-8")
    workspace, compiled = load_to_carry(tmp_path / "w")
    said: list[str] = []
    with pytest.raises(Exit):
        await as_deployed(store, workspace, compiled, said.append)
    assert capsys.readouterr().err.splitlines()[-1].startswith("Nothing was done: ")
    await publish_first(store, whole, said.append)
    carried = await as_deployed(store, workspace, compiled, said.append)
    assert carried.plans.keys() == whole.plans.keys()
    assert carried.definitions == whole.definitions
    assert "Deployment 1 is carried as it stands; `nurture check" in said[-1]

    (tmp_path / "w" / "nurture.toml").write_text("[workspace\n", "utf-8")
    with pytest.raises(Exit):
        load_to_carry(tmp_path / "w")


async def test_a_worker_says_what_is_deployed_and_cannot_go_from_it(
    store: Store, client: httpx2.AsyncClient
) -> None:
    compiled = compile_workspace(read_workspace(EXAMPLE).files)
    await publish_first(store, compiled, str)
    told: list[str] = []
    connections = Connections("smtp://127.0.0.1:25", b"secret", lambda text: "http://127.0.0.1:1/" + text)
    whole = build_host(compiled, store, client, connections, store.close)
    await Lacking(whole, told.append).look()
    assert told == []
    await Lacking(dataclasses.replace(whole, crms={}, teams={}), told.append).look()
    assert told == [
        'the nurture.toml of this worker has no [sync."CRM"], [teams."SDR"] and [teams."Sales managers"], '
        "which what is deployed or people inside use: what this worker takes of that is held and tried "
        "again. Add it and start the worker again, or start it with the workspace that is deployed."
    ]


async def test_a_worker_that_runs_says_what_a_later_deployment_needs_of_its_settings(
    store: Store, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = read_workspace(EXAMPLE).files
    compiled = compile_workspace(files)
    await publish_first(store, compiled, str)
    connections = Connections("smtp://127.0.0.1:25", b"secret", lambda text: "http://127.0.0.1:1/" + text)
    said: list[str] = []
    heard = asyncio.Event()

    def say(word: str) -> None:
        said.append(word)
        heard.set()

    lacking = Lacking(build_host(compiled, store, client, connections, store.close), say)
    await lacking.look()
    assert (said, lacking.named()) == ([], [])
    later = dict(files)
    later["nurture.toml"] += b'\n[webhooks."ERP"]\nurl = "https://erp.example.com/"\n'
    newsletter = "journeys/newsletter.journey"
    later[newsletter] = later[newsletter].rstrip() + b'\n  call webhook "ERP"\n'
    changed = compile_workspace(later)
    assert changed.ok, changed.diagnostics
    await publish(store, changed.definitions, changed.plans.values(), 2, changed.texts())
    monkeypatch.setattr("runtime.lacking._LOOK", 0.0)
    async with lacking.watching():
        await heard.wait()
    assert lacking.named() == ['[webhooks."ERP"]']
    assert said[0].startswith('the nurture.toml of this worker has no [webhooks."ERP"], which ')
    await publish(store, compiled.definitions, compiled.plans.values(), 3, compiled.texts())
    await lacking.look()
    assert lacking.named() == []
    assert len(said) == 1
