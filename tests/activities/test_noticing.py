"""A team told through the ledger: all its messages share the time of one attempt."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import chain, repeat

import httpx2
import pytest

from activities.host import Host
from activities.noticing import Telling, tell
from activities.notify import Team
from activities.smtp import Patience, SmtpSettings
from activities.texts import Notice
from runtime.sink import MailSink
from runtime.sites import Sites
from runtime.store import Store, enter_journey, open_store
from tests.activities.conftest import SECRET, SENDER
from tests.runtime.store.world import MONDAY, populate, quiet

RUN = "newsletter/cnt_1/-/1"


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await open_store(url)
    try:
        await populate(store, quiet())
        await enter_journey(store, "Newsletter", "cnt_1", MONDAY)
        yield store
    finally:
        await store.close()


@pytest.fixture
def host(store: Store, server: SmtpSettings, client: httpx2.AsyncClient) -> Host:
    return Host(store, {}, {}, {}, {}, SENDER, server, client, SECRET, patience=_patience(repeat(0.0)))


def _patience(clock: Iterator[float]) -> Patience:
    return Patience(pauses=(), clock=lambda: next(clock))


def _telling(team: Team) -> Telling:
    return Telling(SENDER, team, Notice("Look", "Ann Lee"), RUN, "notify:sdr", 1, "cnt_1", "Newsletter", 0, 0)


async def test_what_is_not_begun_in_time_is_told_later_and_the_rest_not_again(
    host: Host, sink: MailSink, sites: Sites
) -> None:
    telling = _telling(Team("SDR", ("sue@acme.example", "sam@acme.example"), sites.chat_url("SDR")))
    # The first message has taken the minute.
    late = replace(host, patience=_patience(chain(repeat(0.0, 3), repeat(61.0))))
    outcome = await tell(late, telling)
    assert (outcome.kind, outcome.reason) == ("retry", "provider timed out")
    assert list(sink.by_recipient) == ["sue@acme.example"]
    assert sites.chats == []
    assert (await tell(host, telling)).kind == "sent"
    assert dict(sink.by_recipient) == {"sue@acme.example": 1, "sam@acme.example": 1}
    assert len(sites.chats) == 1


async def test_a_receiver_that_says_nothing_leaves_time_for_the_others(
    host: Host, sink: MailSink, sites: Sites
) -> None:
    url = sites.chat_url("SDR")
    sites.hang(url)
    hasty = replace(host, patience=Patience(pauses=(), budget=0.6))
    outcome = await tell(hasty, _telling(Team("SDR", ("sue@acme.example",), url)))
    # The chat knows no keys, so nobody knows whether it was told; the mail says enough.
    assert outcome.kind == "sent"
    assert sink.by_recipient["sue@acme.example"] == 1


async def test_the_longest_wait_that_is_asked_for_counts(host: Host, sites: Sites) -> None:
    url = sites.chat_url("SDR")
    sites.answer(url, 429, retry_after=3_600)
    outcome = await tell(host, _telling(Team("SDR", (), url)))
    assert (outcome.kind, outcome.reason, outcome.retry_after) == ("retry", "http 429", 3_600)
