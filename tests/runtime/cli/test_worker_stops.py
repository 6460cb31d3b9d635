"""The installed worker against a real server: health, metrics, JSON logs, and a stop by SIGTERM."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx2
from temporalio.testing import WorkflowEnvironment

from runtime.embedded import server_path
from tests.runtime.cli.conftest import EXAMPLE, NURTURE


async def test_a_worker_tells_how_it_is_and_stops_well(url: str, shadowing: Path, tmp_path: Path) -> None:
    env = await WorkflowEnvironment.start_local(dev_server_existing_path=server_path("temporal"))
    async with env, httpx2.AsyncClient(trust_env=False, timeout=20) as http:
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("NURTURE_", "TEMPORAL_"))}
        environ |= {
            "NURTURE_DATABASE_URL": url,
            "NURTURE_SECRET": "0123456789abcdef",
            "NURTURE_CRM_URL": "http://127.0.0.1:1/crm",
            "NURTURE_SMTP_URL": "smtp://127.0.0.1:1",
            "TEMPORAL_ADDRESS": env.client.service_client.config.target_host,
        }
        process = await asyncio.create_subprocess_exec(
            *(NURTURE, "worker", "--workspace", EXAMPLE, "--port", "0", "--log-format", "json"),
            cwd=shadowing,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(60):
                told = await _until(process, "carrying")
                said = " ".join(line["message"] for line in told)
                health = re.search(r"http://\S+/health", said)[0]  # type: ignore[index]
                reply = await http.get(health)
                assert (reply.status_code, reply.json()["status"]) == (200, "ok")
                metrics = await http.get(health.replace("/health", "/metrics"))
                assert "nurture_runs_open 0.0" in metrics.text
                process.send_signal(signal.SIGTERM)
                told = await _until(process, "stopped.")
                assert await process.wait() == 0
            another = await asyncio.create_subprocess_exec(
                *(NURTURE, "worker", "--workspace", EXAMPLE),
                cwd=shadowing,
                env=environ | {"NURTURE_SECRET": "fedcba9876543210"},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            said = (await asyncio.wait_for(another.communicate(), 60))[1].decode()
            assert another.returncode == 2
            assert "NURTURE_SECRET is another one" in said
            assert "fedcba" not in said
            broken = tmp_path / "broken"
            shutil.copytree(EXAMPLE, broken)
            (broken / "journeys" / "half.journey").write_text('journey "Half"\n  start whe\n', "utf-8")
            process = await asyncio.create_subprocess_exec(
                *(NURTURE, "worker", "--workspace", broken, "--log-format", "json"),
                cwd=shadowing,
                env=environ,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            async with asyncio.timeout(60):
                told = await _until(process, "carrying")
                assert told[-1]["message"].startswith("carrying 3 journeys")
                (of_errors,) = [
                    line["message"] for line in told if "Deployment 1 is carried" in line["message"]
                ]
                assert "the first in journeys/half.journey, line" in of_errors
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _until(process: asyncio.subprocess.Process, beginning: str) -> list[dict[str, Any]]:
    """Read the log, every line of it JSON, until a message begins so."""
    assert process.stderr is not None
    told: list[dict[str, Any]] = []
    while not told or not told[-1]["message"].startswith(beginning):
        line = await process.stderr.readline()
        assert line, told
        told.append(json.loads(line))
    return told
