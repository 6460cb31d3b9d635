"""The pure state machine that every driver executes: see `runtime.machine.engine`.

It imports the plan and the standard library only, so a Temporal worker passes it through its sandbox.
"""

from runtime.machine.engine import Advanced, ProtocolError, advance, advance_in_place, pending
from runtime.machine.happenings import (
    FOLD,
    Answered,
    Applied,
    Apply,
    Ask,
    Command,
    Done,
    Due,
    Happening,
    Perform,
    Started,
    Told,
    read,
    write,
)
from runtime.machine.state import CHECKS, Frame, State, Thread, start_state

__all__ = [
    "CHECKS",
    "FOLD",
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
    "Perform",
    "ProtocolError",
    "Started",
    "State",
    "Thread",
    "Told",
    "advance",
    "advance_in_place",
    "pending",
    "read",
    "start_state",
    "write",
]
