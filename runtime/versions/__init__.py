"""Versions of journeys: what differs between two, whom it concerns, and where each step has gone.

Pure: plans and definitions in, differences and maps out. See "Changing a journey with people inside" in
`docs/operations.md`.
"""
