from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx2
import pytest

from activities.keys import EffectKey
from activities.message import Recipient, Sender, build
from activities.rendering import Rendered
from activities.smtp import SmtpSettings
from runtime.sink import MailSink
from runtime.sites import Sites

SECRET = b"a key for tests"
KEY = EffectKey("run-1", "day-5/send:case-study", 1)
SENDER = Sender("Acme Demand", "news@acme.example", postal_address="1 Main Street, Springfield")
ANN = Recipient("c-1", "ann@example.com", "Ann Lee")
RENDERED = Rendered("Case study", "", "<p>Hello</p>", "Hello\n")


@pytest.fixture
def message() -> EmailMessage:
    return build(RENDERED, SENDER, ANN, key=KEY, secret=SECRET, at=1_772_000_000, marketing=True)


@pytest.fixture
async def sink(tmp_path: Path) -> AsyncIterator[MailSink]:
    async with MailSink(tmp_path / "mail") as sink:
        yield sink


@pytest.fixture
def server(sink: MailSink) -> SmtpSettings:
    return SmtpSettings.parse(f"{sink.url}?timeout=5")


@pytest.fixture
def sites() -> Iterator[Sites]:
    with Sites() as sites:
        yield sites


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=5) as client:
        yield client


class Offers:
    """A ledger that only counts how often an effect was offered."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def offers() -> Offers:
    return Offers()
