"""Measurements: `make bench` runs them all and writes `benchmarks/results.md`. Figures, never tests."""
