"""Encryption switched on: the server holds ciphertext alone, and everything works as before."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from tests.runtime.cli.installation import Installation, installed

KEY, NEWER, OTHER = (base64.b64encode(hashlib.sha256(name).digest()).decode() for name in (b"1", b"2", b"3"))
SWITCH = "NURTURE_ENCRYPTION_KEYS"


def payloads(message: Message) -> Iterator[Payload]:
    """Yield every payload of a message, however deep."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.type != field.TYPE_MESSAGE:
            continue
        if field.message_type.GetOptions().map_entry:
            found: Any = value.values() if isinstance(next(iter(value.values()), None), Message) else ()
        else:
            found = value if field.is_repeated else (value,)
        for one in found:
            yield from payloads(one)


def sealed_by(history: WorkflowHistory) -> list[str]:
    """Return the names of the keys that sealed a history. Whatever is not sealed is told as "clear"."""
    names = []
    for event in history.events:
        for payload in payloads(event):
            if payload.metadata.get("encoding") == b"binary/encrypted":
                names.append(payload.metadata["encryption-key-id"].decode())
            elif (
                b"activity_id" not in payload.data
            ):  # what the SDK's core notes of a local activity: no data of ours
                names.append(f"clear {payload.data!r}")
    return names


def failures(history: WorkflowHistory) -> int:
    return sum(e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED for e in history.events)


async def test_histories_hold_ciphertext_and_everything_works(tmp_path: Path, url: str) -> None:
    async with installed(tmp_path, url) as on:
        # A run from before it was switched on.
        async with on.worker():
            old = await on.enters("bo")
            await on.at_rest("bo")
        assert not any(map(_is_name, sealed_by(await on.history(old))))
        await _with_a_key(on)
        await _with_the_wrong_key(on)
        await _with_a_newer_key(on, old)


async def _with_a_key(on: Installation) -> None:
    on.environ[SWITCH] = KEY  # commands are started with it too
    async with on.worker():
        run = await on.enters("ana")
        await on.at_rest("ana")
        assert "Runs open     2" in (await on.do("status")).out
    history = await on.history(run)
    names = sealed_by(history)
    assert len(names) > 5
    assert len(set(names)) == 1
    assert _is_name(names[0])
    # Neither summaries nor what an activity said can be read; ids and types can, for Temporal needs them.
    text = "".join(map(str, history.events))
    assert "send email" not in text
    assert "Bookkeeping" not in text
    assert "transcript" not in text
    assert "test/ana/-/1" in text


async def _with_the_wrong_key(on: Installation) -> None:
    for keys, words in ((OTHER, "holds "), ("", "is not set")):
        ended = await on.worker_ends(**{SWITCH: keys})
        assert ended.code == 2
        said = ended.err.splitlines()[-1]
        assert said.startswith("nurture: Temporal's histories are encrypted with the key ")
        assert f", and {SWITCH} {words}" in said
    ended = await on.worker_ends(**{SWITCH: "short"})
    assert ended.err.splitlines()[-1].startswith(f"nurture: {SWITCH} holds no usable key at place 1")
    assert "short" not in ended.err


async def _with_a_newer_key(on: Installation, old: str) -> None:
    """Runs begun without a key and with the older one go on, and what is new is sealed by the newer one."""
    on.environ[SWITCH] = f"{NEWER}, {KEY}"
    async with on.worker():
        for contact in ("ana", "bo"):
            await on.submits(contact, "Demo")
            assert await on.ended(contact) == "completed"
            assert on.mails(contact) == ["Hello", "Again"]
    mixed, since = await on.history("test/ana/-/1"), await on.history(old)
    assert failures(mixed) == failures(since) == 0
    assert len(set(sealed_by(mixed))) == 2
    assert sealed_by(since)[-1] == sealed_by(mixed)[-1] != sealed_by(mixed)[0]
    assert "Again" in (await on.do("show", "ana")).out


def _is_name(name: str) -> bool:
    return len(name) == 8 and not name.startswith("clear")
