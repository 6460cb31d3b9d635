"""What would have been: recorded events, sent through two versions of a workspace and compared."""

from runtime.backtest.comparing import Comparison, Differing, compare
from runtime.backtest.playing import Outcome, Story, play
from runtime.backtest.records import Recorded

__all__ = ["Comparison", "Differing", "Outcome", "Recorded", "Story", "compare", "play"]
