"""Lacking: what is deployed calls, and a worker's own settings do not say where it is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager

from activities.host import Host
from dsl.settings import FILE
from runtime.beside import beside
from runtime.published import Published
from runtime.store.publishing import load_carried
from runtime.versions.needing import TASKS, sections_called

log = logging.getLogger("nurture.worker")

_LOOK = 10.0  # seconds between two looks at what has been deployed


class Lacking:
    """What the settings of one worker lack, and the word of it whenever there is more."""

    def __init__(self, host: Host, say: Callable[[str], None]) -> None:
        self._host, self._say = host, say
        self._sections: list[str] = []

    def named(self) -> list[str]:
        """Return the sections that were missing at the last look."""
        return self._sections

    async def look(self) -> Published:
        """Look at what is deployed, and at what people are inside of; return it."""
        published = await load_carried(self._host.store)
        found, before = lacking(self._host, published), self._sections
        self._sections = found
        if set(found) - set(before):
            self._say(told(found))
        return published

    def watching(self) -> AbstractAsyncContextManager[None]:
        """Look again and again while the block lasts: somebody may deploy meanwhile."""
        return beside(self._watch())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            try:
                await self.look()
            except Exception as error:  # the database may be away: this must outlive it
                log.warning("What is deployed cannot be seen now (%s).", type(error).__name__)


def lacking(host: Host, published: Published) -> list[str]:
    """Name the sections of `nurture.toml` that this worker would need, for people inside too, and has not."""
    return sorted(
        set(sections_called(published.definitions, published.plans.values())).difference(_sections(host))
    )


def told(sections: list[str]) -> str:
    """Say it in one sentence, with the remedy."""
    both = f"{', '.join(sections[:-1])} and {sections[-1]}" if len(sections) > 1 else sections[0]
    return (
        f"the {FILE} of this worker has no {both}, which what is deployed or people inside use: what this "
        "worker takes of that is held and tried again. Add it and start the worker again, or start it with "
        "the workspace that is deployed."
    )


def _sections(host: Host) -> Iterator[str]:
    """Name the sections that a worker has."""
    named = {
        "teams": host.teams,
        "sync": host.crms,
        "channels": host.channels,
        "webhooks": host.webhooks,
        "audiences": host.audiences,
    }
    yield from (f'[{section}."{name}"]' for section, found in named.items() for name in found)
    if host.tasks is not None:
        yield TASKS
