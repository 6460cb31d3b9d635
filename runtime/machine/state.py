"""The state of one run: small, serialisable, the same for every driver.

A run has *threads*: the main flow (id 0) and one for each firing of a handler. A thread is a stack of
*frames*; the top frame's `at` is the step it stands on. Numbers of steps are indexes into the plan that
the run is pinned to; a migration maps them frame by frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["ready", "asking", "waiting", "outer", "held"]
FrameKind = Literal["main", "handler", "loop", "call", "schedule", "block"]


@dataclass(slots=True)
class Frame:
    """One level of a thread's stack.

    `at`: the current step, or None when the body has ended. `step`: the loop, call or schedule that pushed
    the frame (-1 at the bottom). `left`: rounds left of a loop. `blocks`: what a schedule has yet to do,
    as [moment, block number] in order. `stale`: a date has changed since those moments were asked for.
    """

    kind: FrameKind
    at: int | None
    step: int = -1
    left: int = 0
    blocks: list[list[int]] = field(default_factory=list)
    stale: bool = False

    def to_json(self) -> list[Any]:
        out: list[Any] = [self.kind, self.at, self.step]
        if self.left or self.blocks or self.stale:
            out.append(self.left)
        if self.blocks or self.stale:
            out.append(self.blocks)
        if self.stale:
            out.append(True)
        return out

    def copy(self) -> Frame:
        """Return an independent copy."""
        return Frame(self.kind, self.at, self.step, self.left, [list(b) for b in self.blocks], self.stale)

    @classmethod
    def from_json(cls, data: list[Any]) -> Frame:
        left = data[3] if len(data) > 3 else 0
        blocks = [list(b) for b in data[4]] if len(data) > 4 else []
        return cls(data[0], data[1], data[2], left, blocks, len(data) > 5)


@dataclass(slots=True)
class Thread:
    """One flow of control.

    `since`: the logical time at which it became ready or wanted its effect (first in, first out). `due`:
    when its wait or hold ends. `visit`: how often the run has entered the current step. `tries`: how often
    a provider did not take the current outer effect. `every`: a fired handler that has still to ask when it
    may fire again. `wanted`: when an outer effect that was held was wanted first. `again`: a wait that has
    still to ask whether a fact which has changed is true now, or when a date that has changed is.
    `replies`: waits that named what they met as their reply, and the number of its inbox row.
    """

    id: int
    frames: list[Frame]
    status: Status = "ready"
    since: int = 0
    due: int | None = None
    visit: int = 0
    tries: int = 0
    handler: int | None = None
    every: bool = False
    wanted: int | None = None
    again: bool = False
    replies: dict[int, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {"id": self.id, "frames": [f.to_json() for f in self.frames]}
        out |= {"status": self.status, "since": self.since, "visit": self.visit}
        if self.due is not None:
            out["due"] = self.due
        if self.tries:
            out["tries"] = self.tries
        if self.handler is not None:
            out["handler"] = self.handler
        if self.every:
            out["every"] = True
        if self.again:
            out["again"] = True
        if self.wanted is not None:
            out["wanted"] = self.wanted
        if self.replies:
            out["replies"] = {str(k): v for k, v in self.replies.items()}
        return out

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Thread:
        return cls(
            id=data["id"],
            frames=[Frame.from_json(f) for f in data["frames"]],
            status=data["status"],
            since=data["since"],
            due=data.get("due"),
            visit=data["visit"],
            tries=data.get("tries", 0),
            handler=data.get("handler"),
            every=data.get("every", False),
            wanted=data.get("wanted"),
            again=data.get("again", False),
            replies={int(k): v for k, v in data.get("replies", {}).items()},
        )


@dataclass(slots=True)
class State:
    """The whole of a run between two happenings.

    `at`: logical time. `n`: trace rows written. `inbox`: the next inbox number expected. `asking`: the
    thread whose question or inner effect is open (`CHECKS`: the watched facts). `flight`: the thread whose
    outer effect is under way. `checks`: watched facts to look at (endings from 0 up, handlers from -1
    down, pauses from `PAUSES` up). `holding`: watching handlers whose fact was true when last looked at.
    `quiet`: handler number to the instant before which it does not fire again. `paused`: pauses whose fact
    holds, `paused_at`: since when the run stands still, `stood`: seconds that it has stood still before.
    `ended`: (kind, reason).
    """

    entered: int
    at: int
    n: int = 0
    inbox: int = 1
    threads: list[Thread] = field(default_factory=list)
    visits: dict[int, int] = field(default_factory=dict)
    quiet: dict[int, int] = field(default_factory=dict)
    checks: list[int] = field(default_factory=list)
    holding: list[int] = field(default_factory=list)
    asking: int | None = None
    flight: int | None = None
    next_thread: int = 1
    last_sent: int | None = None
    started: bool = False
    ended: tuple[str, str] | None = None
    paused: list[int] = field(default_factory=list)
    paused_at: int | None = None
    stood: int = 0

    def thread(self, id_: int) -> Thread:
        """Return the thread with this id. Raises `KeyError` if it is over."""
        for thread in self.threads:
            if thread.id == id_:
                return thread
        raise KeyError(id_)

    def due(self) -> int | None:
        """When the run wants to be woken, or None if only an event can move it."""
        if self.paused:
            return None
        found: int | None = None
        for thread in self.threads:
            if thread.due is not None and (found is None or thread.due < found):
                found = thread.due
        return found

    def to_json(self) -> dict[str, Any]:
        """Return JSON data; `from_json` gives an equal state."""
        paused = {"paused": self.paused, "paused_at": self.paused_at} if self.paused else {}
        stood = {"stood": self.stood} if self.stood else {}
        return {
            **paused,
            **stood,
            "entered": self.entered,
            "at": self.at,
            "n": self.n,
            "inbox": self.inbox,
            "threads": [t.to_json() for t in self.threads],
            "visits": {str(k): v for k, v in self.visits.items()},
            "quiet": {str(k): v for k, v in self.quiet.items()},
            "checks": self.checks,
            "holding": self.holding,
            "asking": self.asking,
            "flight": self.flight,
            "next_thread": self.next_thread,
            "last_sent": self.last_sent,
            "started": self.started,
            "ended": list(self.ended) if self.ended else None,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> State:
        """Read what `to_json` wrote."""
        ended = data["ended"]
        return cls(
            entered=data["entered"],
            at=data["at"],
            n=data["n"],
            inbox=data["inbox"],
            threads=[Thread.from_json(t) for t in data["threads"]],
            visits={int(k): v for k, v in data["visits"].items()},
            quiet={int(k): v for k, v in data["quiet"].items()},
            checks=list(data["checks"]),
            holding=list(data["holding"]),
            asking=data["asking"],
            flight=data["flight"],
            next_thread=data["next_thread"],
            last_sent=data["last_sent"],
            started=data["started"],
            ended=(ended[0], ended[1]) if ended else None,
            paused=list(data.get("paused", ())),
            paused_at=data.get("paused_at"),
            stood=data.get("stood", 0),
        )

    def copy(self) -> State:
        """Return an independent copy."""
        return State(
            self.entered,
            self.at,
            self.n,
            self.inbox,
            [
                Thread(
                    t.id,
                    [frame.copy() for frame in t.frames],
                    t.status,
                    t.since,
                    t.due,
                    t.visit,
                    t.tries,
                    t.handler,
                    t.every,
                    t.wanted,
                    t.again,
                    dict(t.replies),
                )
                for t in self.threads
            ],
            dict(self.visits),
            dict(self.quiet),
            list(self.checks),
            list(self.holding),
            self.asking,
            self.flight,
            self.next_thread,
            self.last_sent,
            self.started,
            self.ended,
            list(self.paused),
            self.paused_at,
            self.stood,
        )


CHECKS = -1
"""`State.asking` while the watched facts are being looked at."""

PAUSES = 1 << 20
"""`State.checks` counts pauses from here; no plan has so many endings."""


AHEAD = -1
"""The moment of a block that a newer version of the plan has added, until it is asked for."""


def start_state(entered: int) -> State:
    """Return the state of a run that has not begun: entered at this instant."""
    return State(entered=entered, at=entered, threads=[])
