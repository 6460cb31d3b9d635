"""Histories as files bring them: in every shape of download, and in every state of damage."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runtime.encryption import Undecipherable, converter
from runtime.replay import History, HistoryError, read_file, replayed, tell
from runtime.replay.story import at_event, wanted
from tests.replay.recorded import HISTORIES, read_plan

GOAL = HISTORIES / "goal.1.json"
PLAIN = converter([])


def events() -> list[dict[str, Any]]:
    return list(json.loads(GOAL.read_text("utf-8"))["events"])


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        file = tmp_path / "history.json"
        file.write_text(text, "utf-8")
        return file

    return write


Write = Callable[[str], Path]


def as_ui(event: dict[str, Any]) -> dict[str, Any]:
    """As Temporal's older UI wrote types: `WorkflowExecutionStarted`."""
    words = event["eventType"].removeprefix("EVENT_TYPE_").split("_")
    return {**event, "eventType": "".join(word.capitalize() for word in words)}


def opened(value: Any, key: str = "") -> Any:
    """As the UI downloads a history that it has decoded: payloads are plain values."""
    if isinstance(value, list):
        if key == "payloads":
            return [json.loads(base64.b64decode(one["data"])) for one in value]
        return [opened(one) for one in value]
    if isinstance(value, dict):
        return {name: opened(inner, name) for name, inner in value.items()}
    return value


@pytest.mark.parametrize(
    "shape",
    [
        lambda found: json.dumps({"events": opened(found)}),
        lambda found: json.dumps({"events": found}),
        lambda found: json.dumps({"events": [as_ui(one) for one in found]}, indent=2),
        lambda found: json.dumps(found),
        lambda found: json.dumps({"history": {"events": found}}),
        lambda found: "\n".join(json.dumps(one) for one in found),
        lambda found: "\ufeff" + json.dumps({"events": found}),
    ],
    ids=[
        "decoded by the UI",
        "command line",
        "older UI",
        "a bare list",
        "an answer of the API",
        "a line for each",
        "with a mark",
    ],
)
async def test_every_shape_of_download_is_read(written: Write, shape: Callable[[Any], str]) -> None:
    history = read_file(written(shape(events())))
    assert (len(history.events), history.partial) == (len(events()), "")
    story = await tell(history, read_plan, PLAIN)
    assert (story.run, story.rows[-1].reason) == ("whitepaper-nurture/ana/-/1", "Demo requested")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("  \n", "is empty"),
        ("not JSON", "is no JSON: expecting value in line 1"),
        ('{"a": 1}', "it has no list “events” of Temporal"),
        ('{"events": 7}', "it has no list “events” of Temporal"),
        ('{"events": []}', "holds no event"),
        ("[1, 2]", "does not begin with the start of a workflow"),
    ],
)
def test_what_is_no_history_is_said_to_be(written: Write, text: str, sentence: str) -> None:
    with pytest.raises(HistoryError, match=sentence) as told:
        read_file(written(text))
    assert "temporal workflow show" in str(told.value)


def test_what_is_no_text_and_what_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "binary"
    file.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(HistoryError, match="is no text"):
        read_file(file)
    with pytest.raises(HistoryError, match="cannot be read"):
        read_file(tmp_path)


def test_a_history_without_its_beginning_is_refused(written: Write) -> None:
    with pytest.raises(HistoryError, match="does not begin with the start of a workflow"):
        read_file(written(json.dumps({"events": events()[3:]})))


def test_a_file_that_is_cut_off_is_told_as_far_as_it_goes(written: Write) -> None:
    text = GOAL.read_text("utf-8")
    history = read_file(written(text[: len(text) * 2 // 3]))
    assert 3 < len(history.events) < len(events())
    assert history.partial.startswith("The file is cut off or damaged in line ")


@pytest.mark.parametrize(
    ("change", "kept", "said"),
    [
        (lambda e: e[:5] + e[6:], 5, "Events are missing: 6"),
        (lambda e: e[:5] + e[9:], 5, "Events are missing: 6 to 9"),
        (lambda e: [*e[:5], e[6], e[5], *e[7:]], 5, "not in order: event 7 stands behind event 5"),
        (lambda e: [*e[:6], e[4], *e[7:]], 6, "not in order: event 5 stands behind event 6"),
        (lambda e: [*e[:4], {"x": 1}, *e[5:]], 4, "Behind event 4 stands something that is no event"),
        (lambda e: [*e[:4], {**e[4], "eventType": "EVENT_TYPE_OF_2050"}, *e[5:]], 4, "Event 5 is damaged"),
        (lambda e: [*e[:4], {**e[4], "eventTime": "noon"}, *e[5:]], 4, "(its eventTime cannot be read)"),
    ],
    ids=[
        "one missing",
        "some missing",
        "two swapped",
        "out of order",
        "no event",
        "of a later kind",
        "damaged",
    ],
)
async def test_events_are_told_up_to_the_one_that_is_wrong(
    written: Write, change: Callable[[Any], Any], kept: int, said: str
) -> None:
    history = read_file(written(json.dumps({"events": change(events())})))
    assert (len(history.events), history.partial.split(";")[0].split(" (")[0]) == (kept, said) or (
        said in history.partial
    )
    assert len(history.events) == kept
    story = await tell(history, read_plan, PLAIN)
    assert story.partial == history.partial
    verdict = await replayed(history, story.plans, PLAIN)
    assert (verdict.replays, "not whole" in verdict.said) == (None, True)


async def test_a_history_of_another_system_is_refused(written: Write) -> None:
    found = events()
    started = found[0]["workflowExecutionStartedEventAttributes"]
    started["workflowType"] = {"name": "OrderWorkflow"}
    started["input"] = {"payloads": [{"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "IngiCg=="}]}
    history = read_file(written(json.dumps({"events": found})))
    with pytest.raises(HistoryError, match="“OrderWorkflow”, which is none of Nurture's"):
        await tell(history, read_plan, PLAIN)
    with pytest.raises(HistoryError, match="none of Nurture's"):
        await wanted(history, PLAIN)


async def test_a_plan_that_is_nowhere_is_named_with_the_remedy() -> None:
    with pytest.raises(HistoryError, match="--workspace FOLDER"):
        await tell(read_file(GOAL), lambda _hash: None, PLAIN)


async def test_an_answer_that_does_not_fit_is_told_as_far_as_it_does() -> None:
    history = read_file(GOAL)
    plan = read_plan("1c1ac83b13e5a92f")
    other = plan.model_copy(update={"steps": plan.steps[:3]})
    story = await tell(history, lambda _hash: other, PLAIN)
    assert "does not fit the plan and this code" in story.partial
    assert [row.kind for row in story.rows][:1] == ["entered"] or story.rows == []


async def test_sealed_payloads_without_their_key_are_a_sentence(written: Write) -> None:
    sealed = converter([b"k" * 32])
    assert sealed.payload_codec is not None
    history = read_file(GOAL)
    for event in history.events:
        payloads = event.workflow_execution_started_event_attributes.input.payloads
        for payload in payloads:
            (locked,) = await sealed.payload_codec.encode([payload])
            payload.CopyFrom(locked)
    with pytest.raises(Undecipherable, match="NURTURE_ENCRYPTION_KEYS is not set"):
        await tell(history, read_plan, PLAIN)
    assert (await tell(history, read_plan, sealed)).run == "whitepaper-nurture/ana/-/1"


async def test_the_state_is_there_after_each_event() -> None:
    story = await tell(read_file(GOAL), read_plan, PLAIN)
    before, rows = at_event(story, 4)
    assert (before.state, list(rows)) == (None, [])
    moment, rows = at_event(story, 20)
    assert moment.state is not None
    assert [thread.status for thread in moment.state.threads] == ["waiting"]
    assert rows[-1].kind == "waiting"
    with pytest.raises(HistoryError, match="there is no event 99"):
        at_event(story, 99)


@pytest.mark.parametrize("path", sorted(HISTORIES.glob("*.json")), ids=lambda path: path.stem)
async def test_every_recorded_history_is_told_whole(path: Path) -> None:
    history = read_file(path)
    story = await tell(history, read_plan, PLAIN)
    assert story.partial == ""
    assert [moment.event for moment in story.moments] == list(range(1, len(history.events) + 1))
    if story.run:
        numbers = [row.n for row in story.rows]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_another_order_of_commands_does_not_replay() -> None:
    history = read_file(HISTORIES / "longest-path.1.json")
    (plan,) = (await tell(history, read_plan, PLAIN)).plans
    effects = {step.id: step for step in plan.steps}
    one, other = effects["day-0/send:whitepaper-delivery"], effects["day-0/sync:crm"]
    assert one.op == "do"
    assert other.op == "do"
    swapped = {
        one.id: one.model_copy(update={"effect": other.effect}),
        other.id: other.model_copy(update={"effect": one.effect}),
    }
    changed = plan.model_copy(update={"steps": tuple(swapped.get(s.id, s) for s in plan.steps)})
    verdict = await replayed(history, [changed], PLAIN)
    assert (verdict.replays, verdict.said.startswith("It does not replay on this code: ")) == (False, True)
    assert "source:" not in verdict.said
    assert (await replayed(history, [plan], PLAIN)).replays


def test_a_history_of_the_sdk_is_the_same() -> None:
    history = read_file(GOAL)
    assert isinstance(history, History)
    assert len(history.sdk().events) == len(history.events)
