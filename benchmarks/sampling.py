"""Sampling: what the main thread of this process does, by looking at it each few milliseconds of its work."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterable
from types import FrameType, TracebackType

_EACH = 0.005

# The innermost frame that stands in one of these decides; files by a part of their path.
_PARTS = (
    ("runtime/store/", "database"),
    ("activities/", "mail and calls"),
    ("worker/_workflow", "workflows"),
    ("worker/_activity", "activities' plumbing"),
    ("runtime/relay", "relay"),
)


class Sampler:
    """Samples while the block lasts. `seen`: samples by part."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def __enter__(self) -> Sampler:
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, _EACH, _EACH)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, signal.SIG_IGN)

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        found = "event loop and other"
        while frame is not None:
            name = frame.f_code.co_filename
            part = next((part for place, part in _PARTS if place in name), None)
            if part is not None:
                found = part
                break
            frame = frame.f_back
        self.seen[found] += 1

    @staticmethod
    def told(samples: Iterable[Counter[str]]) -> str:
        """Say the shares of all parts, the largest first."""
        seen: Counter[str] = sum(samples, Counter())
        total = seen.total() or 1
        return ", ".join(f"{part} {count / total:.0%}" for part, count in seen.most_common())
