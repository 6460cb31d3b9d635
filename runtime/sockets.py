"""Local listening sockets for the sinks of the demo and the tests."""

from __future__ import annotations

import errno
import socket


class PortTaken(OSError):
    """Another program listens on the port that was asked for."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} is taken by another program. Stop that program, or name another port "
            "(0 takes a free one)."
        )


def bound(host: str, port: int) -> socket.socket:
    """Return a TCP socket bound to the port (0: a free one) that does not listen. Raises `PortTaken`."""
    # asyncio turns Nagle's algorithm off only where the protocol is named: else each reply waits 40 ms.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except (OSError, OverflowError) as error:
        sock.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from None
        raise
    return sock
