"""Temporal is reached by its own environment and profile: over TLS, by an API key or by a certificate."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from runtime.embedded import server_path
from runtime.reaching import TemporalUnreachable, reach
from tests.runtime.cloud import certify, cloud

KEY = "tmprl_hush_hush"


@pytest.fixture
async def server() -> AsyncIterator[str]:
    path = server_path("temporal")
    async with await WorkflowEnvironment.start_local(dev_server_existing_path=path) as env:
        yield env.client.service_client.config.target_host


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("TEMPORAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "temporal.toml"))
    return monkeypatch


async def _refused() -> str:
    with pytest.raises(TemporalUnreachable) as refusal:
        await reach()
    said = str(refusal.value)
    assert "\n" not in said
    assert "hush" not in said
    return said


async def test_an_api_key_goes_with_every_request_over_tls(
    server: str, environ: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with cloud(tmp_path, server, key=KEY) as there:
        environ.setenv("TEMPORAL_ADDRESS", there.address)
        environ.setenv("TEMPORAL_API_KEY", KEY)
        environ.setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", str(there.authority))
        client = await reach()
        assert (client.namespace, client.config()["service_client"].config.api_key) == ("default", KEY)
        assert there.keys == {KEY}
        environ.setenv("TEMPORAL_API_KEY", "tmprl_hush_another")
        assert await _refused() == (
            f"Temporal at {there.address} does not let us in. Look at TEMPORAL_API_KEY, or at the "
            "certificate, and at TEMPORAL_NAMESPACE."
        )
        environ.delenv("TEMPORAL_API_KEY")
        assert "does not let us in" in await _refused()


async def test_a_profile_file_says_the_same(server: str, environ: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with cloud(tmp_path, server, key=KEY) as there:
        (tmp_path / "temporal.toml").write_text(
            f'[profile.default]\naddress = "127.0.0.1:1"\n[profile.cloud]\naddress = "{there.address}"\n'
            f'namespace = "default"\napi_key = "{KEY}"\n'
            f'[profile.cloud.tls]\nserver_ca_cert_path = "{there.authority}"\nserver_name = "cloud.test"\n',
            "utf-8",
        )
        assert "127.0.0.1:1 cannot be reached" in await _refused()
        environ.setenv("TEMPORAL_PROFILE", "cloud")
        await reach()
        assert there.keys == {KEY}
        environ.setenv("TEMPORAL_PROFILE", "clowd")
        said = await _refused()
        assert said.startswith("Temporal's profile cannot be used: ")
        assert "clowd" in said


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    server: str, environ: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with cloud(tmp_path, server) as there:
        environ.setenv("TEMPORAL_ADDRESS", there.address)
        environ.setenv("TEMPORAL_TLS", "true")
        said = await _refused()
        assert said.startswith(f"Temporal at {there.address} and we cannot agree on TLS: ")
        assert "TEMPORAL_TLS_SERVER_CA_CERT_PATH" in said
        environ.setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", str(there.authority))
        environ.setenv("TEMPORAL_TLS_SERVER_NAME", "elsewhere.test")
        assert "cannot agree on TLS" in await _refused()
        environ.setenv("TEMPORAL_TLS_SERVER_NAME", "cloud.test")
        await reach()


async def test_who_has_the_certificate_is_let_in(
    server: str, environ: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    us = certify(tmp_path, "client.test")
    async with cloud(tmp_path, server, client=us.authority) as there:
        environ.setenv("TEMPORAL_ADDRESS", there.address)
        environ.setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", str(there.authority))
        assert "as a server does that wants a certificate of ours" in await _refused()
        environ.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", str(us.certificate))
        environ.setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", str(us.key))
        await reach()


@pytest.mark.parametrize(
    ("folder", "days", "key", "why"),
    [
        ("another", 1, None, "as a server does that does not accept our certificate"),
        ("older", -1, None, "our certificate ended on 20"),
        ("mixed", 1, "us", "our certificate and our key do not belong together"),
    ],
)
async def test_a_certificate_that_the_server_does_not_take_is_told_as_such(
    server: str,
    environ: pytest.MonkeyPatch,
    tmp_path: Path,
    folder: str,
    days: int,
    key: str | None,
    why: str,
) -> None:
    us = certify(tmp_path, "client.test")
    (tmp_path / folder).mkdir()
    other = certify(tmp_path / folder, "client.test", days)
    async with cloud(tmp_path, server, client=us.authority) as there:
        environ.setenv("TEMPORAL_ADDRESS", there.address)
        environ.setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", str(there.authority))
        environ.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", str(other.certificate))
        environ.setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", str(us.key if key == "us" else other.key))
        said = await _refused()
        assert said.startswith(f"Temporal at {there.address} and we cannot agree on TLS: ")
        assert why in said


async def test_a_server_that_wants_tls_is_told_as_such(
    server: str, environ: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with cloud(tmp_path, server) as there:
        environ.setenv("TEMPORAL_ADDRESS", there.address)
        assert "as a server does that wants TLS" in await _refused()


async def test_a_file_that_is_no_toml_is_told_without_the_key_that_stands_in_it(
    environ: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "temporal.toml").write_text("[profile.default]\napi_key = hush-hush\n", "utf-8")
    said = await _refused()
    assert "line 2, column 11" in said


async def test_a_namespace_that_is_not_there_is_named(server: str, environ: pytest.MonkeyPatch) -> None:
    environ.setenv("TEMPORAL_ADDRESS", server)
    environ.setenv("TEMPORAL_NAMESPACE", "nowhere")
    assert await _refused() == (
        f"Temporal at {server} has no namespace “nowhere”. Create it, or name another with "
        "TEMPORAL_NAMESPACE."
    )
