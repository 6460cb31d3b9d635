"""Checking again after a change finds exactly what a first check finds."""

from __future__ import annotations

import pytest

import dsl
from dsl.workspace import Rechecking
from tests.dsl.proofs.cases import CASES
from tests.dsl.workspaces import HEAD, email, workspace

_OTHER = HEAD.replace("Test", "Other") + '  send email "News"\n  add 3 to score\n'


def _versions() -> list[dict[str, bytes]]:
    """Workspaces as somebody leaves them one after the other: declarations, emails and journeys change."""
    body = HEAD + '  send email "Offer"\n  wait up to 3 days until contact clicks email "News"\n'
    first = workspace(body, **{"other.journey": _OTHER.encode()})
    definitions = first["definitions.journey"]
    return [
        first,
        {**first, "x.journey": body.replace("3 days", "4 days").encode()},
        {**first, "other.journey": _OTHER.replace('email "News"', 'email "Case"').encode()},
        {**first, "other.journey": b'journey "Other"\n  sned nothing\n'},
        {**first, "other.journey": _OTHER.replace('"Other"', '"Test"').encode()},
        {**first, "definitions.journey": b"# moved down\n" + definitions},
        {**first, "definitions.journey": definitions.replace(b'forms "Whitepaper", ', b"forms ")},
        {**first, "emails/offer.md": email("Offer", "Dear {{ contact.title }}")},
        {**first, "emails/offer.md": email("Other offer")},
        {**first, "nurture.toml": b""},
        {path: data for path, data in first.items() if path != "other.journey"},
        {**first, "other.journey": _OTHER.encode() + b'  start journey "Test"\n'},
        {**first, "x.journey": body.encode() + b'  start journey "Other"\n'},
        first,
    ]


def test_a_change_is_checked_as_if_everything_were_new() -> None:
    rechecking = Rechecking()
    versions = _versions()
    for files in (*versions, *reversed(versions)):
        assert rechecking.check(files) == dsl.check_workspace(files)
        assert rechecking.check(files) == dsl.check_workspace(files)
    assert len({str(dsl.check_workspace(files)) for files in versions}) > len(versions) // 2


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_proved_is_forgotten_with_the_journey_that_it_was_proved_of(case: object) -> None:
    rechecking = Rechecking()
    files = case.files  # type: ignore[attr-defined]
    for some in (workspace(_OTHER), files, workspace(HEAD + '  send email "Offer"\n'), files):
        assert rechecking.check(some) == dsl.check_workspace(some)
