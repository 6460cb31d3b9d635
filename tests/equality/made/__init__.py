"""Pairs made by chance: a valid workspace, and what happens in it."""
