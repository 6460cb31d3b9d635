"""The workflows of Nurture's own have names that no journey has."""

from __future__ import annotations

from temporalio import workflow

from dsl.constructs.journey import OWN_NAMES
from runtime.worker import WORKFLOWS


def test_no_journey_is_called_as_a_workflow_of_our_own() -> None:
    names = {workflow._Definition.must_from_class(found).name for found in WORKFLOWS}
    assert names == OWN_NAMES | {None}  # the runs of journeys are one workflow of any name
