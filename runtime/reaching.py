"""Reaching Temporal: by its own standard environment and profile file, with encryption if it is switched on.

`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS_…`, `TEMPORAL_PROFILE` and
`TEMPORAL_CONFIG_FILE` are Temporal's own words, the same for all of its tools; here they are only used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography.x509 import load_pem_x509_certificate
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, Interceptor
from temporalio.common import HeaderCodecBehavior
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from runtime.encryption import Undecipherable, converter
from runtime.store import Store
from runtime.store.runs import newest_open

_LOCAL = "localhost:7233"
_REFUSED = (RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED)
_WITHIN = timedelta(seconds=20)
_LOOKED_AT = 3
_CUT = re.compile(r"UnexpectedEof|BrokenPipe|ConnectionReset|connection closed")


class TemporalUnreachable(Exception):
    """Temporal cannot be used as it is configured. The message names the place and the remedy, no secret."""


async def reach(keys: Sequence[bytes] = (), interceptors: Sequence[Interceptor] = ()) -> Client:
    """Connect to the Temporal that the environment names.

    Args:
        keys: of the encryption, 32 bytes each; none for no encryption.

    Raises:
        TemporalUnreachable: the profile is wrong, or nobody answers, or whoever answers refuses us.
    """
    try:
        config = ClientConfig.load_client_connect_config()
    except (ValueError, KeyError, RuntimeError, OSError) as problem:
        raise TemporalUnreachable(
            f"Temporal's profile cannot be used: {_without_quotes(str(problem))}. Correct the TEMPORAL_ "
            "variables, or the file."
        ) from None
    address = config.setdefault("target_host", _LOCAL)
    headers = HeaderCodecBehavior.CODEC if keys else HeaderCodecBehavior.NO_CODEC
    try:
        client = await Client.connect(
            **config,
            data_converter=converter(keys),
            header_codec_behavior=headers,
            interceptors=list(interceptors),
        )
        # Who is let in is decided by the namespace, which connecting alone does not name.
        asked = DescribeNamespaceRequest(namespace=client.namespace)
        await client.workflow_service.describe_namespace(asked, timeout=_WITHIN)
    except RPCError as problem:
        raise TemporalUnreachable(_refusal(address, config, problem)) from problem
    except (RuntimeError, OSError, ValueError) as problem:
        raise TemporalUnreachable(_silence(address, config, str(problem))) from problem
    return client


def _without_quotes(said: str) -> str:
    """Return what is wrong with a file in one line, without the line quoted: a key may stand there."""
    kept = [line for line in said.splitlines() if not re.match(r"\s*\d*\s*\|", line)]
    return " ".join(" ".join(kept).split()).rstrip(".")


def _refusal(address: str, config: ClientConnectConfig, problem: RPCError) -> str:
    if problem.status in _REFUSED:
        return _shut_out(address)
    if problem.status is RPCStatusCode.NOT_FOUND:
        return (
            f"Temporal at {address} has no namespace “{config.get('namespace') or 'default'}”. Create it, or "
            "name another with TEMPORAL_NAMESPACE."
        )
    return _silence(address, config, str(problem))


def _shut_out(address: str) -> str:
    return (
        f"Temporal at {address} does not let us in. Look at TEMPORAL_API_KEY, or at the certificate, and at "
        "TEMPORAL_NAMESPACE."
    )


def _silence(address: str, config: ClientConnectConfig, said: str) -> str:
    """Return why there is no connection. The client tells it in words alone."""
    if re.search(r"code: (Unauthenticated|PermissionDenied)", said):
        return _shut_out(address)
    if cause := _disagreement(config, said):
        return (
            f"Temporal at {address} and we cannot agree on TLS: {cause}. Look at TEMPORAL_TLS, "
            "TEMPORAL_TLS_SERVER_CA_CERT_PATH, TEMPORAL_TLS_SERVER_NAME and TEMPORAL_TLS_CLIENT_CERT_PATH."
        )
    return (
        f"Temporal at {address} cannot be reached. Start it (`temporal server start-dev`), or say where "
        "it is with TEMPORAL_ADDRESS. Nothing is lost meanwhile."
    )


def _disagreement(config: ClientConnectConfig, said: str) -> str | None:
    """Return what is wrong with TLS, out of the nested names that the client's TLS gives; None if nothing."""
    if found := re.search(r"InvalidCertificate\((\w+)", said):
        return f"its certificate is not accepted ({found[1]})"
    if found := re.search(r"AlertReceived\((\w+)\)", said):
        return f"it does not accept ours ({found[1]})"
    if "InconsistentKeys" in said:
        return "our certificate and our key do not belong together"
    if "NoCertificatesPresented" in said:
        return "the file of our certificate holds none in PEM"
    if "after connection" in said and _CUT.search(said):
        return _cut(config)
    return "the handshake failed" if re.search(r"Certificate|InvalidMessage|[Hh]andshake", said) else None


def _cut(config: ClientConnectConfig) -> str:
    """Return why a server may end a connection that it has just taken, without a word."""
    tls = config.get("tls") or bool(config.get("api_key"))
    if not tls:
        return "it ends the connection at once, as a server does that wants TLS"
    if not isinstance(tls, TLSConfig) or tls.client_cert is None:
        return "it ends the connection at once, as a server does that wants a certificate of ours"
    ends = load_pem_x509_certificate(tls.client_cert).not_valid_after_utc
    if ends < datetime.now(UTC):
        return f"our certificate ended on {ends:%Y-%m-%d}"
    return "it ends the connection at once, as a server does that does not accept our certificate"


async def opened(client: Client, store: Store) -> None:
    """Look whether the histories of runs under way can be read with the keys that there are.

    Raises:
        TemporalUnreachable: they are encrypted with a key that is missing. The newest runs are looked at.
    """
    for run in await newest_open(store, _LOOKED_AT):
        try:
            async for event in client.get_workflow_handle(run).fetch_history_events(page_size=1):
                started = event.workflow_execution_started_event_attributes
                await client.data_converter.decode(list(started.input.payloads))
                break
        except RPCError:
            continue  # not begun yet, or forgotten: there is nothing to read
        except Undecipherable as problem:
            raise TemporalUnreachable(str(problem)) from None
