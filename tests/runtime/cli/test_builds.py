"""Workers of two builds side by side: runs stay on the build on which they began, or follow the current.

Which build carries a run is Temporal's affair, whatever the database: an upgrade takes a minute, so its two
cases share the databases between them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.embedded import server_path
from tests.runtime.cli.installation import Installation, installed, until

OLD_MAIL, NEW_MAIL = "Again", "Again, from newer files"


async def made_current(on: Installation, build: str) -> None:
    """Do what the documentation says."""

    async def done() -> bool:
        process = await asyncio.create_subprocess_exec(
            *(server_path("temporal"), "worker", "deployment", "set-current-version", "--yes"),
            *("--deployment-name", "nurture", "--build-id", build),
            *("--address", on.temporal["TEMPORAL_ADDRESS"]),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait() == 0

    # Right after its start, the server may not have seen all queues of a worker.
    await until(f"build {build} is current", done)


async def builds(on: Installation, contact: str) -> list[str]:
    """Return the builds that carried a contact's run, in their order."""
    history = await on.history(f"test/{contact}/-/1")
    named = [
        event.workflow_task_completed_event_attributes.deployment_version.build_id
        for event in history.events
        if event.HasField("workflow_task_completed_event_attributes")
    ]
    return [build for n, build in enumerate(named) if n == 0 or named[n - 1] != build]


def newer_files(on: Installation) -> None:
    mail = on.workspace / "emails" / "again.md"
    mail.write_text(mail.read_text("utf-8").replace("subject: Again", f'subject: "{NEW_MAIL}"'), "utf-8")


@pytest.mark.parametrize(
    ("databases", "stays"), [("sqlite", True), ("postgresql", False)], indirect=["databases"]
)
async def test_an_upgrade_with_people_inside(stays: bool, url: str, tmp_path: Path) -> None:
    how = ("--runs-stay",) if stays else ()
    async with installed(tmp_path, url) as on, on.worker("--build-id", "1.0", *how) as old:
        await old.until("build 1.0 is the current one of “nurture”")
        await on.enters("ana")
        await on.at_rest("ana")
        newer_files(on)
        async with on.worker("--build-id", "2.0", *how) as new:
            await new.until("build 1.0 of “nurture” is the current one; this is 2.0, which takes runs once")
            await on.enters("bo")
            await on.at_rest("bo")
            assert await builds(on, "bo") == ["1.0"]  # nothing happens until somebody says so
            await made_current(on, "2.0")
            await on.enters("cy")
            await on.at_rest("cy")
            # Files alone change nothing, in whichever worker's folder they lie.
            await on.submits("cy", "Demo")
            assert await on.ended("cy") == "completed"
            assert (await builds(on, "cy"), on.mails("cy")) == (["2.0"], ["Hello", OLD_MAIL])
            await on.do("deploy", "--workspace", on.workspace)
            for contact in ("ana", "bo"):
                await on.submits(contact, "Demo")
                assert await on.ended(contact) == "completed"
                # What is deployed is sent by every build, also by the worker that was started before.
                expected = ["1.0"] if stays else ["1.0", "2.0"]
                assert (await builds(on, contact), on.mails(contact)[-1]) == (expected, NEW_MAIL)


async def test_runs_from_before_there_were_builds_go_on_in_the_first_one(tmp_path: Path, url: str) -> None:
    async with installed(tmp_path, url) as on:
        async with on.worker():
            await on.enters("ana")
            await on.at_rest("ana")
        async with on.worker("--build-id", "1.0", "--runs-stay") as first:
            await first.until("build 1.0 is the current one")
            await on.submits("ana", "Demo")
            assert await on.ended("ana") == "completed"
        assert await builds(on, "ana") == ["", "1.0"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--runs-stay",), "name the build with --build-id"),
        (("--build-id", " "), "A build id is a word such as a version or a commit"),
    ],
)
def test_a_build_needs_a_name(
    options: tuple[str, ...], words: str, nurture: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.runtime.cli.conftest import EXAMPLE, Ran

    monkeypatch.setenv("NURTURE_SECRET", "0123456789abcdef")
    ran = nurture("worker", "--workspace", EXAMPLE, *options)
    assert isinstance(ran, Ran)
    assert ran.code == 2
    assert words in ran.err
