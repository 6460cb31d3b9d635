"""Payloads are sealed with the first key and opened with any; what cannot be opened is told in a sentence."""

from __future__ import annotations

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError
from temporalio.worker import Replayer

from runtime.encryption import ENCODING, Encryption, Undecipherable, converter, key_id
from runtime.worker import WORKFLOWS, sandboxed
from tests.replay.recorded import HISTORIES, read, read_plan
from workflows import plans

OLD, NEW = b"o" * 32, b"n" * 32
PAYLOAD = Payload(metadata={"encoding": b"json/plain"}, data=b'"ana@example.com"')


async def test_what_is_sealed_is_opened_with_the_same_key_and_shows_nothing() -> None:
    (sealed,) = await Encryption([OLD]).encode([PAYLOAD])
    assert sealed.metadata["encoding"] == ENCODING
    assert b"ana" not in sealed.SerializeToString()
    assert b"json" not in sealed.SerializeToString()
    assert await Encryption([OLD]).decode([sealed]) == [PAYLOAD]
    # Equal payloads are not seen to be equal.
    (again,) = await Encryption([OLD]).encode([PAYLOAD])
    assert again.data != sealed.data


async def test_the_first_key_seals_and_each_of_them_opens() -> None:
    (old,) = await Encryption([OLD]).encode([PAYLOAD])
    (new,) = await Encryption([NEW, OLD]).encode([PAYLOAD])
    assert new.metadata["encryption-key-id"].decode() == key_id(NEW) != key_id(OLD)
    assert await Encryption([NEW, OLD]).decode([old, new, PAYLOAD]) == [PAYLOAD] * 3


@pytest.mark.parametrize(("keys", "words"), [([], "is not set"), ([NEW], f"holds {key_id(NEW)}")])
async def test_a_missing_key_is_named(keys: list[bytes], words: str) -> None:
    sealed = await Encryption([OLD]).encode([PAYLOAD])
    said = f"with the key {key_id(OLD)}, and NURTURE_ENCRYPTION_KEYS {words}"
    with pytest.raises(Undecipherable, match=said):
        await Encryption(keys).decode(sealed)


async def test_what_was_altered_is_not_used() -> None:
    (sealed,) = await Encryption([OLD]).encode([PAYLOAD])
    for at in (0, len(sealed.data) - 1):
        altered = bytearray(sealed.data)
        altered[at] ^= 1
        with pytest.raises(Undecipherable, match="was altered"):
            await Encryption([OLD]).decode([Payload(metadata=sealed.metadata, data=bytes(altered))])


async def test_without_keys_nothing_is_sealed() -> None:
    assert await Encryption().encode([PAYLOAD]) == [PAYLOAD]


async def test_the_text_of_a_failure_is_sealed_too() -> None:
    failure = Failure()
    await converter([OLD]).encode_failure(ApplicationError("about ana", "details of ana"), failure)
    assert b"ana" not in failure.SerializeToString()
    told = await converter([OLD]).decode_failure(failure)
    assert isinstance(told, ApplicationError)
    assert (told.message, list(told.details)) == ("about ana", ["details of ana"])


@pytest.mark.parametrize("name", ["longest-path.1", "goal.1"])
async def test_a_history_from_before_it_was_switched_on_replays(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "_plans", {})
    recorded = read(HISTORIES / f"{name}.json")
    plans.hold([read_plan(recorded.plan)])
    replayer = Replayer(workflows=WORKFLOWS, workflow_runner=sandboxed(), data_converter=converter([OLD]))
    await replayer.replay_workflow(recorded.history)
