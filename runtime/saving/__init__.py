"""Saving: a path of a plan becomes a scenario: who must be given, what must happen, and what then goes out.

The scenario is played before it is written, and what it expects is what happened; so it passes as long as the
journey does the same.
"""

from runtime.saving.counterexamples import Saved, counterexamples
from runtime.saving.writing import Unwritable, scenario

__all__ = ["Saved", "Unwritable", "counterexamples", "scenario"]
