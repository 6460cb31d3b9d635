"""Reports for people: a contact's story, a journey's funnel, and its counts.

A simulation (`from_world`) and the database (`from_store`) bring records of one shape; the words and
figures are made from these, so that both tell the same of the same.
"""

from runtime.reporting.figures import Counts, Funnel, FunnelRow, counts, funnel
from runtime.reporting.record import Passage, Person, Tally
from runtime.reporting.sla import Level, level
from runtime.reporting.timeline import Line, Timeline, tell

__all__ = [
    "Counts",
    "Funnel",
    "FunnelRow",
    "Level",
    "Line",
    "Passage",
    "Person",
    "Tally",
    "Timeline",
    "counts",
    "funnel",
    "level",
    "tell",
]
