"""A whole installation for tests: the installed program, workers as processes, a mail server, a workspace.

The journey sends a mail, waits a month for another form, and sends a second mail.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from runtime.embedded import server_path
from runtime.sink import MailSink
from runtime.store import RunRow, Store, list_runs, open_store

JOURNEY = """
forms "Whitepaper", "Demo"
tags "hot"

journey "Test"
  start when contact submits form "Whitepaper"
  runs once for each contact

  send email "Hello"
  wait up to 30 days
    when contact submits form "Demo"
      add tag "hot"
  send email "Again"
"""
_SETTINGS = """
[workspace]
name = "Test"
time_zone = "Europe/Berlin"
[email]
from = "Test <hello@sender.example.com>"
postal_address = "1 Test Street"
"""
_MAIL = "---\nname: {0}\nclass: marketing\nsubject: {0}\n---\nHello {{{{ contact.first_name }}}}.\n"
NURTURE = Path(sys.executable).with_name("nurture")
PATIENCE = 90.0


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str


@dataclass(slots=True)
class Worker:
    """A worker that runs. `said`: what it wrote so far."""

    process: asyncio.subprocess.Process
    said: str = ""

    async def until(self, words: str) -> None:
        """Read on until it says so."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            while words not in self.said:
                line = await self.process.stderr.readline()
                assert line, self.said
                self.said += line.decode()

    async def stop(self) -> None:
        """Tell it to stop, and wait until it has."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        self.said += (await asyncio.wait_for(self.process.communicate(), PATIENCE))[1].decode()


@dataclass(slots=True)
class Installation:
    """What is installed in a folder. `environ`: of every command, and `temporal` of workers alone."""

    folder: Path
    client: Client
    sink: MailSink
    url: str
    store: Store
    temporal: dict[str, str]
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Path:
        """The folder of the workspace."""
        return self.folder / "workspace"

    def write(self, journey: str) -> None:
        """Write the workspace."""
        (self.workspace / "emails").mkdir(parents=True, exist_ok=True)
        (self.workspace / "nurture.toml").write_text(_SETTINGS, "utf-8")
        (self.workspace / "test.journey").write_text(journey, "utf-8")
        for name in ("Hello", "Again"):
            (self.workspace / "emails" / f"{name.lower()}.md").write_text(_MAIL.format(name), "utf-8")

    def _environ(self, more: dict[str, str]) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("NURTURE_", "TEMPORAL_"))}
        ours = {"NURTURE_DATABASE_URL": self.url, "NURTURE_SMTP_URL": self.sink.url, "NURTURE_CACHE": "off"}
        # A profile of whoever runs the tests is none of their business.
        clean |= {"TEMPORAL_CONFIG_FILE": str(self.folder / "no-profile.toml")}
        return clean | ours | {"NURTURE_SECRET": "0123456789abcdef"} | self.environ | more

    async def run(self, *arguments: object, **environ: str) -> Done:
        """Run a command to its end."""
        process = await self._start(arguments, environ)
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
        return Done(process.returncode or 0, out.decode(), err.decode())

    async def do(self, *arguments: object) -> Done:
        """Run a command that is to succeed."""
        done = await self.run(*arguments)
        assert done.code == 0, done
        return done

    async def worker_ends(self, **environ: str) -> Done:
        """Start a worker that ends by itself."""
        return await self.run("worker", "--workspace", self.workspace, **self.temporal, **environ)

    @asynccontextmanager
    async def worker(self, *options: str, **environ: str) -> AsyncIterator[Worker]:
        """Let a worker run while the block lasts."""
        arguments = ("worker", "--workspace", self.workspace, *options)
        worker = Worker(await self._start(arguments, self.temporal | environ))
        try:
            await worker.until("Ctrl-C stops")
            yield worker
        finally:
            await worker.stop()

    async def _start(
        self, arguments: tuple[object, ...], environ: dict[str, str]
    ) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *map(str, (NURTURE, *arguments)),
            cwd=self.folder,
            env=self._environ(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    async def enters(self, contact: str, journey: str = "Test") -> str:
        """Let a contact enter, and return its run's id."""
        return str(json.loads((await self.do("enter", journey, contact, "--format", "json")).out)["run"])

    async def submits(self, contact: str, form: str) -> None:
        """Let a contact submit a form."""
        await self.do("event", "Form Submitted", "--contact", contact, "--property", f"form={form}")

    async def runs(self, contact: str) -> list[RunRow]:
        """Return the runs of a contact."""
        return await list_runs(self.store, contact=contact)

    async def at_rest(self, contact: str) -> None:
        """Wait until the contact's newest run stands at its wait, after its first mail."""

        async def waits() -> bool:
            position = (await self.runs(contact))[-1].position
            return any("wait" in step for step in position) and self.mails(contact)[:1] == ["Hello"]

        await until(f"the run of {contact} waits", waits)

    async def ended(self, contact: str) -> str | None:
        """Wait until the contact's newest run has ended, and return how."""

        async def over() -> RunRow | None:
            run = (await self.runs(contact))[-1]
            return run if run.status == "ended" else None

        found: RunRow = await until(f"the run of {contact} has ended", over)
        return found.end_kind

    def mails(self, contact: str) -> list[str]:
        """Return the subjects of what a contact got."""
        return [mail.subject for mail in self.sink.received if mail.recipient.startswith(f"{contact}@")]

    async def history(self, run: str) -> WorkflowHistory:
        """Return the history of a run, as the server keeps it."""
        return await self.client.get_workflow_handle(run).fetch_history()


async def until(what: str, condition: Callable[[], Awaitable[Any]]) -> Any:
    """Wait for a condition to hold, and return what it gave."""
    end = time.monotonic() + PATIENCE
    while not (found := await condition()):
        assert time.monotonic() < end, f"It never came to this: {what}."
        await asyncio.sleep(0.2)
    return found


@asynccontextmanager
async def installed(folder: Path, url: str, *, server: tuple[str, ...] = ()) -> AsyncIterator[Installation]:
    """Deploy the workspace with three contacts, beside a development server of its own.

    `server`: more arguments of the development server.
    """
    prompt = ("--dynamic-config-value", 'history.timerProcessorMaxTimeShift="1ms"')
    env = await WorkflowEnvironment.start_local(
        dev_server_existing_path=server_path("temporal"), dev_server_extra_args=[*prompt, *server]
    )
    async with AsyncExitStack() as stack, env, MailSink(folder / "mail") as sink:
        temporal = {"TEMPORAL_ADDRESS": env.client.service_client.config.target_host}
        store = await open_store(url)
        stack.push_async_callback(store.close)
        one = Installation(folder, env.client, sink, url, store, temporal)
        one.write(JOURNEY)
        people = folder / "people.csv"
        lines = [f"{id_},{id_}@people.example.com,{id_.title()},Marketing" for id_ in ("ana", "bo", "cy")]
        people.write_text("\n".join(["id,email,first_name,consent", *lines]) + "\n", "utf-8")
        await one.do("deploy", "--workspace", one.workspace)
        await one.do("import", "contacts", people)
        yield one
