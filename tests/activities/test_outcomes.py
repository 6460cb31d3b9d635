from __future__ import annotations

import pytest

from activities.outcomes import Outcome, failed, retry


@pytest.mark.parametrize("reason", ["smtp 550", "http 404", "empty field", "no reply after data", ""])
def test_a_reason_is_a_code(reason: str) -> None:
    assert failed(reason).reason == reason


@pytest.mark.parametrize("reason", ["<ann@example.com>: unknown", "ann@example.com", "Ann", "x" * 81, "a\nb"])
def test_what_a_provider_said_cannot_become_a_reason(reason: str) -> None:
    with pytest.raises(ValueError, match="short lower-case code") as caught:
        retry(reason)
    assert reason not in str(caught.value)


def test_a_detail_is_left_out_where_an_outcome_is_printed() -> None:
    assert "ann@example.com" not in repr(Outcome("failed", "smtp 550", "<ann@example.com>"))
