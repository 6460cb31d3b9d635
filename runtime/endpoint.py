"""An HTTP endpoint on loopback: it answers in a thread, and lets the event loop do the work.

So it answers even when the loop is stuck: then with 503, which is what a health check must learn. Nobody
but this machine reaches it, and no web page in a browser on this machine either: the name in `Host` must be
this machine's, and what is posted must be called JSON, which a page of another origin may not do unasked.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from runtime.sockets import bound

HOST = "127.0.0.1"

_LARGEST_BODY = 5_000_000
_ANSWERS_WITHIN = 10.0
_READS_WITHIN = 30
_HERE = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    status: int
    text: str
    kind: str = "text/plain; charset=utf-8"


def as_json(status: int, value: Any) -> Reply:
    """Return a reply in JSON."""
    return Reply(status, json.dumps(value, ensure_ascii=False) + "\n", "application/json")


def refusal(status: int, sentence: str) -> Reply:
    """Return a reply that says in a sentence what is wrong."""
    return as_json(status, {"error": sentence})


Answer = Callable[[bytes], Awaitable[Reply]]
Routes = Mapping[tuple[str, str], Answer]
"""What answers, by method and path. It is given the body."""


class Endpoint:
    """A server for these routes, within the running event loop. Use it with `with`. Raises `PortTaken`."""

    def __init__(self, routes: Routes, port: int = 0, *, within: float = _ANSWERS_WITHIN) -> None:
        self._routes, self._within = routes, within
        self._loop = asyncio.get_running_loop()
        self._server = _server(self, port)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> Endpoint:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, method: str, path: str, body: bytes) -> Reply:
        """Answer one request. Called in its thread."""
        found = self._routes.get((method, path))
        if found is None:
            return self._unknown(method, path)
        future = asyncio.run_coroutine_threadsafe(_awaited(found, body), self._loop)
        try:
            return future.result(self._within)
        except TooLate:
            future.cancel()
            return refusal(503, "No answer in time; try again later.")
        except Exception as error:
            # Its text may quote a person's data.
            return refusal(503, f"It could not be done now ({type(error).__name__}); try again later.")

    def _unknown(self, method: str, path: str) -> Reply:
        methods = sorted(known for known, at in self._routes if at == path)
        if methods:
            return refusal(405, f"{path} takes {' and '.join(methods)}, not {method}.")
        places = ", ".join(f"{known} {at}" for known, at in sorted(self._routes, key=lambda r: r[1]))
        return refusal(404, f"There is nothing here. There are: {places}.")


async def _awaited(answer: Answer, body: bytes) -> Reply:
    return await answer(body)


def _server(endpoint: Endpoint, port: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        timeout = _READS_WITHIN
        server_version = "nurture"

        def do_GET(self) -> None:
            self._reply(self._refused() or endpoint.answer("GET", self._place(), b""))

        def do_POST(self) -> None:
            self._reply(self._refused() or self._posted())

        def _place(self) -> str:
            return self.path.partition("?")[0]

        def _refused(self) -> Reply | None:
            host = (self.headers.get("Host") or "").rpartition(":")
            name = (host[0] or host[2]) if host[2].isdigit() or not host[0] else "".join(host)
            if name.lower() not in _HERE:
                return refusal(403, f"This is for this machine alone; call it as {endpoint.url}.")
            return None

        def _posted(self) -> Reply:
            try:
                length = int(self.headers.get("Content-Length") or -1)
            except ValueError:
                length = -1
            if length < 0:
                return refusal(411, "Say with Content-Length how long the body is.")
            if length > _LARGEST_BODY:
                return refusal(413, f"The body is longer than {_LARGEST_BODY:,} bytes; send it in parts.")
            body = self.rfile.read(length)
            if self.headers.get_content_type() != "application/json":
                return refusal(415, "Send JSON, with Content-Type: application/json.")
            return endpoint.answer("POST", self._place(), body)

        def _reply(self, reply: Reply) -> None:
            content = reply.text.encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Stay silent: what is asked may name a person."""

    server = ThreadingHTTPServer((HOST, port), Handler, bind_and_activate=False)
    server.daemon_threads = True
    server.socket.close()
    server.socket = bound(HOST, port)
    server.server_address = server.socket.getsockname()
    server.server_activate()
    return server
