"""Temporal workflows: thin drivers around the pure machine."""
