"""Guarding: calls to addresses of the settings do not get into private networks.

The name is resolved here, every address that it has is looked at, and the connection is made to an address
that was looked at: what the name leads to a moment later makes no difference.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

import httpx2

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_PORTS = {"http": 80, "https": 443}
# Networks through which IPv6 reaches IPv4: NAT64 (RFC 6052, RFC 8215), and the old ::a.b.c.d (RFC 4291).
_WRAPPING = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))


class PrivateAddress(httpx2.ConnectError):
    """The target lies in a private network, and the settings do not allow that."""


def public(text: str) -> bool:
    """Whether an IP address is one of the public internet: not private, loopback, link-local or reserved."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(address.is_global and not address.is_multicast for address in _meant(found))


def _meant(address: Address) -> list[Address]:
    """Return the address, and what it leads to if it wraps an IPv4 one."""
    found: list[Address] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return [address.ipv4_mapped]
        if address.sixtofour is not None:
            found.append(address.sixtofour)
        if address.teredo is not None:
            found += address.teredo
        if any(address in network for network in _WRAPPING):
            return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return found


def names_private(url: str) -> bool:
    """Whether a URL names a private place itself: by a private IP address, or as this machine."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return not public(host)


async def resolved(host: str, port: int) -> Sequence[str]:
    """Return every address of a name. Raises `OSError`."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Connects to public addresses only. Redirects pass through here too, if somebody follows them."""

    def __init__(
        self,
        resolve: Resolve = resolved,
        allowed: Callable[[str], bool] = public,
        trust: ssl.SSLContext | bool = True,
    ) -> None:
        self._resolve, self._allowed = resolve, allowed
        # A connection that is kept would be used again without another look.
        limits = httpx2.Limits(max_keepalive_connections=0)
        self._inner = httpx2.AsyncHTTPTransport(verify=trust, limits=limits)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request to an address that was looked at."""
        url, host = request.url, request.url.host
        try:
            addresses = await self._resolve(host, url.port or _PORTS.get(url.scheme, 443))
        except (OSError, UnicodeError) as error:
            raise httpx2.ConnectError(f"no address: {type(error).__name__}", request=request) from None
        if not addresses:
            raise httpx2.ConnectError("no address", request=request)
        if not all(map(self._allowed, addresses)):
            raise PrivateAddress("a private address", request=request)
        for last, address in ((address == addresses[-1], address) for address in addresses):
            # The certificate is still that of the name, and so is the Host header, which is set already.
            request.url = url.copy_with(host=address)
            request.extensions = {**request.extensions, "sni_hostname": host}
            try:
                return await self._inner.handle_async_request(request)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                if last:
                    raise
            finally:
                request.url = url
        raise AssertionError("unreachable: the last address returns or raises")

    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()


def guarded_client(timeout: float = 10.0) -> httpx2.AsyncClient:
    """Return a client that gets into no private network. It goes past proxies of the environment."""
    return httpx2.AsyncClient(transport=GuardedTransport(), timeout=timeout, trust_env=False)
