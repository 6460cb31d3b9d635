"""Determinism: whether a history replays on this code, as Temporal's own replayer says."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from temporalio import workflow
from temporalio.converter import DataConverter
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.worker import Replayer

from dsl.plan import Plan
from runtime.replay.reading import History
from runtime.worker import WORKFLOWS, sandboxed
from workflows import plans


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it. `replays`: None if it was not tried. `said`: why not, in a sentence."""

    replays: bool | None
    said: str = ""


async def replayed(history: History, known: Iterable[Plan], converter: DataConverter) -> Verdict:
    """Replay a history. `known`: the plans that it goes by."""
    if history.partial:
        return Verdict(None, "Whether it replays was not tried, for it is not whole.")
    plans.hold(known)
    replayer = Replayer(
        workflows=WORKFLOWS,
        workflow_runner=sandboxed(),
        data_converter=converter,
        runtime=_silent(),
    )
    with _quiet():
        result = await replayer.replay_workflow(history.sdk(), raise_on_replay_failure=False)
    failure = result.replay_failure
    if failure is None:
        return Verdict(True)
    said = " ".join(str(failure).split())
    if isinstance(failure, workflow.NondeterminismError):
        said = said.split("Nondeterminism error: ")[-1].split('", source: ')[0]
        return Verdict(False, f"It does not replay on this code: {said[:300].rstrip('.')}.")
    return Verdict(
        False, f"Its workflow fails on this code ({type(failure).__name__}: {said[:300].rstrip('.')})."
    )


@cache
def _silent() -> Runtime:
    """Return a runtime of the SDK that logs nothing; each one has threads of its own."""
    return Runtime(telemetry=TelemetryConfig(logging=None))


@contextmanager
def _quiet() -> Iterator[None]:
    """Let the SDK not log what is told as the result."""
    log = logging.getLogger("temporalio")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(level)
