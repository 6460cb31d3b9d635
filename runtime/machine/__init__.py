"""The pure state machine that every driver executes: see `runtime.machine.engine`.

It imports the plan and the standard library only, so a Temporal worker passes it through its sandbox.
"""

from runtime.machine.context import Run
from runtime.machine.engine import Advanced, ProtocolError, advance, advance_in_place, feed, pending
from runtime.machine.happenings import (
    ERASED,
    FOLD,
    GONE,
    LOOK,
    MERGED,
    PAUSED,
    RESUMED,
    STOPPED,
    Answered,
    Applied,
    Apply,
    Ask,
    Command,
    Done,
    Due,
    Happening,
    Moved,
    Perform,
    Started,
    Told,
    read,
    write,
)
from runtime.machine.migration import StepMap, Unmovable, move, take_over
from runtime.machine.state import CHECKS, Frame, State, Thread, start_state

__all__ = [
    "CHECKS",
    "ERASED",
    "FOLD",
    "GONE",
    "LOOK",
    "MERGED",
    "PAUSED",
    "RESUMED",
    "STOPPED",
    "Advanced",
    "Answered",
    "Applied",
    "Apply",
    "Ask",
    "Command",
    "Done",
    "Due",
    "Frame",
    "Happening",
    "Moved",
    "Perform",
    "ProtocolError",
    "Run",
    "Started",
    "State",
    "StepMap",
    "Thread",
    "Told",
    "Unmovable",
    "advance",
    "advance_in_place",
    "feed",
    "move",
    "pending",
    "read",
    "start_state",
    "take_over",
    "write",
]
