"""What goes wrong in an activity: its type to the history, its place to the log, nobody's data to either."""

from __future__ import annotations

import pytest
from temporalio.exceptions import ApplicationError

from activities.turning import _codes_only
from runtime.store import StoreError

ADDRESS = "ana@example.com"


def fail(error: Exception) -> None:
    with _codes_only("whitepaper/cnt_1/-/1"):
        raise error


def test_an_unforeseen_error_is_told_by_its_type_and_place_alone(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ApplicationError) as caught:
        fail(ValueError(f"{ADDRESS} is odd"))
    assert (caught.value.type, caught.value.__cause__) == ("ValueError", None)
    assert ADDRESS not in str(caught.value)
    (record,) = caplog.records
    assert "whitepaper/cnt_1/-/1" in record.getMessage()
    assert "test_codes_only.py:" in record.getMessage()
    assert ADDRESS not in record.getMessage()
    assert record.exc_info is None


def test_the_log_keeps_the_sentence_of_an_error_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ApplicationError) as caught:
        fail(StoreError("Run r has finished 2 turns, so it cannot take turn 3."))
    assert "turn 3" in caplog.text
    assert "turn 3" not in str(caught.value)
