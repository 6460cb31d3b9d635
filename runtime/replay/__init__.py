"""Replay: histories of Temporal, read back: whether they replay on this code, and what happened in them.

A history holds every happening that was fed to the machine. Fed again, to the plan that the run was pinned
to, they give its trace and its state after each event.
"""

from runtime.replay.determinism import Verdict, replayed
from runtime.replay.reading import History, HistoryError, read_file
from runtime.replay.story import Moment, Story, tell

__all__ = ["History", "HistoryError", "Moment", "Story", "Verdict", "read_file", "replayed", "tell"]
