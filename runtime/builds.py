"""Builds: workers of old and new code side by side, by Temporal's worker deployments.

Each worker says which build it is. Temporal gives a run only to workers of one build: the one that is current
or, if the runs of a build stay, the one on which the run began. All queues of a worker belong to its build,
so an effect is carried out by the same files that its run goes by.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkerDeploymentConfig

_KNOWN_WITHIN = 30.0  # seconds until the server has seen all queues of a worker that has just begun
_LOOK = 0.25
_NOT_YET = (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION)


class BuildError(Exception):
    """A build cannot be used. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Build:
    """Which build a worker is. `stays`: runs that begin on it end on it; else they follow the current one."""

    id: str
    deployment: str
    stays: bool = False

    @staticmethod
    def of(id_: str, queue: str, stays: bool) -> Build:
        """Name a build of the workers on a queue. Raises `BuildError` for an id that is none."""
        if not id_.strip() or len(id_) > 200:
            raise BuildError("A build id is a word such as a version or a commit, of at most 200 characters.")
        return Build(id_.strip(), queue.replace(".", "-").replace(":", "-"), stays)

    def config(self) -> WorkerDeploymentConfig:
        """Return what Temporal's workers are told."""
        return WorkerDeploymentConfig(
            version=WorkerDeploymentVersion(self.deployment, self.id),
            use_worker_versioning=True,
            default_versioning_behavior=(
                VersioningBehavior.PINNED if self.stays else VersioningBehavior.AUTO_UPGRADE
            ),
        )


async def begin(client: Client, build: Build) -> str:
    """Make a build the current one if none is yet, once its workers poll; return the one that is current.

    Raises:
        BuildError: the server does not know worker deployments, or has not seen this build in time.
    """
    end = asyncio.get_running_loop().time() + _KNOWN_WITHIN
    while True:
        try:
            return await _begin(client, build)
        except RPCError as problem:
            if problem.status is RPCStatusCode.UNIMPLEMENTED:
                raise BuildError(
                    "This Temporal server does not know worker deployments, which --build-id needs. Upgrade "
                    "it, or start the worker without a build id."
                ) from problem
            late = asyncio.get_running_loop().time() > end
            if problem.status not in _NOT_YET or late:
                raise BuildError(
                    f"Temporal has not taken up the build {build.id} of “{build.deployment}”: "
                    f"{problem.status.name.lower().replace('_', ' ')}. Start the worker again."
                ) from problem
            await asyncio.sleep(_LOOK)


async def _begin(client: Client, build: Build) -> str:
    asked = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=build.deployment)
    found = await client.workflow_service.describe_worker_deployment(asked)
    current = found.worker_deployment_info.routing_config.current_deployment_version.build_id
    if current:
        return current
    await client.workflow_service.set_worker_deployment_current_version(
        SetWorkerDeploymentCurrentVersionRequest(
            namespace=client.namespace,
            deployment_name=build.deployment,
            build_id=build.id,
            conflict_token=found.conflict_token,  # of two that begin at once, one is the first
            identity=client.identity,
        )
    )
    return build.id
