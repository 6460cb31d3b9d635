"""Virtual time without a server: the same machine, the same decisions, another clock."""

from runtime.simulator.provider import Outage, Provider
from runtime.simulator.simulate import Simulator
from runtime.simulator.world import LedgerEntry, RunRecord, World

__all__ = ["LedgerEntry", "Outage", "Provider", "RunRecord", "Simulator", "World"]
