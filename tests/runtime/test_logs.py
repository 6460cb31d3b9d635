"""Logs: one line a record, for people or machines, and nothing of a person in them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from runtime.logs import configure

SECRET = "ana@people.example.com"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.getLogger("nurture").setLevel(logging.NOTSET)


def _fail(name: str, words: str) -> None:
    try:
        raise ValueError(f"550 <{SECRET}>: no such user")
    except ValueError:
        logging.getLogger(name).warning(words, exc_info=True)


def test_machines_read_json_with_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json")
    logging.getLogger("nurture.a").info("dispatched", extra={"nurture": {"run": "a/b/-/1", "seconds": 0.5}})
    logging.getLogger("other").info("not ours")
    told = json.loads(capsys.readouterr().err)
    assert told.pop("at").endswith("+00:00")
    assert told == {
        "level": "info",
        "logger": "nurture.a",
        "message": "dispatched",
        "run": "a/b/-/1",
        "seconds": 0.5,
    }


@pytest.mark.parametrize("format", ["text", "json"])
def test_the_text_of_an_exception_is_left_out(capsys: pytest.CaptureFixture[str], format: str) -> None:
    configure("json" if format == "json" else "text")
    _fail("nurture.activities", "An activity failed.")
    _fail("asyncio", f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{SECRET}')>")
    said = capsys.readouterr().err
    assert SECRET not in said
    assert said.count("\n") == 2
    assert said.count("ValueError") == 2
    assert "test_logs.py:" in said
    assert "Task exception was never retrieved" in said


def test_people_read_warnings_alone(capsys: pytest.CaptureFixture[str]) -> None:
    configure("text")
    logging.getLogger("nurture.a").info("dispatched")
    logging.getLogger("nurture.a").warning("The outbox waits.")
    said = capsys.readouterr().err
    assert said.endswith(" warning nurture.a The outbox waits.\n")
    assert said.count("\n") == 1
