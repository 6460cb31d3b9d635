"""Why says the same of a simulation and of what real Temporal has left in the database."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.store import Store, open_store
from runtime.why import Question, ask
from runtime.why.from_store import case as stored
from runtime.why.from_world import case as simulated
from runtime.why.places import Sources
from tests.equality.case import CASES, load
from tests.equality.drivers import SECRET, on_temporal
from tests.runtime.why.test_from_world import emails, played

NAMES = (
    "by_hand",
    "dates_that_move",
    "overridden",
    "policies",
    "refused_recipient_and_handoff",
    "rounds_and_sections",
    "who_goes_first",
    "a_run_of_an_account",
)


@pytest.mark.parametrize("name", NAMES)
async def test_the_answers_are_the_same(name: str, tmp_path: Path, url: str) -> None:
    given = load(next(path for path in CASES if path.stem == name))
    world = played(given)
    await on_temporal(given, tmp_path, url=url)
    store = await open_store(url, SECRET)
    sources = Sources(plans=given.compiled.plans)
    try:
        for contact in world.facts:
            whole = simulated(world, contact, given.published, given.until)
            for question in [Question(), *(Question(email=email) for email in emails(whole))]:
                real = await _answers(store, contact, question, given.until, sources)
                foretold = [(a.verdict, a.sentence, a.step) for a in ask(whole, question, sources).answers]
                assert real == foretold, (contact, question)
    finally:
        await store.close()


async def _answers(
    store: Store, contact: str, question: Question, at: int, sources: Sources
) -> list[tuple[str, str, str]]:
    found = ask(await stored(store, contact, at), question, sources)
    return [(answer.verdict, answer.sentence, answer.step) for answer in found.answers]
