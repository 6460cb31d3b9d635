"""A local stand-in for chat and CRM, for the demo and the tests: real HTTP, small state.

Chat follows the protocol of incoming webhooks as chat services publish it: `{"text": …}` gets `ok`, and
mistakes get `no_text`, `invalid_payload`, `no_service`, or 429 with Retry-After. The CRM takes upserts and
remembers idempotency keys. A hook takes any JSON, and remembers keys too.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from runtime.sockets import bound

_LARGEST_BODY = 1_000_000


@dataclass(frozen=True, slots=True)
class ChatMessage:
    room: str
    text: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class HookCall:
    """One call that a hook took. `headers` by their names in small letters."""

    hook: str
    key: str
    payload: dict[str, Any]
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class _Planned:
    """Replies that were asked for, before the normal ones. `take`: do the work, then lose the reply."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    times: int = 1
    hang: bool = False
    take: bool = False


class Sites:
    """An HTTP server on localhost, in a thread of its own. Use it with `with`.

    `chats`: messages in order. `contacts`: the CRM's contacts by id. `upserts` counts calls that changed a
    contact; `repeated` counts calls whose key was known and that changed nothing. `calls`: what hooks took.
    """

    def __init__(self, port: int = 0, *, host: str = "127.0.0.1") -> None:
        self.chats: list[ChatMessage] = []
        self.contacts: dict[str, dict[str, Any]] = {}
        self.calls: list[HookCall] = []
        self.upserts = 0
        self.repeated = 0
        self.requests: Counter[str] = Counter()
        self._rooms: dict[str, str] = {}
        self._hooks: dict[str, str] = {}
        self._answers: dict[str, tuple[str, int]] = {}
        self._known: set[str] = set()
        self._planned: dict[str, list[_Planned]] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _server(self, host, port)
        self.host, self.port = host, int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Sites:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def crm_url(self) -> str:
        """Where contacts are upserted."""
        return f"http://{self.host}:{self.port}/crm/contacts"

    def chat_url(self, room: str) -> str:
        """Open a room, and return its webhook address."""
        path = f"/services/T{len(self._rooms):03}/{room.replace(' ', '-')}"
        self._rooms[path] = room
        return f"http://{self.host}:{self.port}{path}"

    def hook_url(self, name: str) -> str:
        """Open a hook, and return its address."""
        path = f"/hooks/{name.replace(' ', '-')}"
        self._hooks[path] = name
        return f"http://{self.host}:{self.port}{path}"

    def answer(
        self, url: str, status: int, *, text: str = "", retry_after: int | None = None, times: int = 1
    ) -> None:
        """Answer the next requests to this address so, and do nothing else."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        self._plan(url, _Planned(status, headers, text, times))

    def redirect(self, url: str, to: str) -> None:
        """Answer the next request to this address with another one."""
        self._plan(url, _Planned(307, {"Location": to}))

    def hang(self, url: str, *, times: int = 1, take: bool = False) -> None:
        """Never answer the next requests; with `take`, after having done what they ask."""
        self._plan(url, _Planned(0, times=times, hang=True, take=take))

    def drop(self, url: str, *, times: int = 1, take: bool = False) -> None:
        """Cut the connection instead of an answer; with `take`, after having done what was asked."""
        self._plan(url, _Planned(0, times=times, take=take))

    def recover(self, url: str) -> None:
        """Forget what was planned for this address."""
        with self._lock:
            self._planned.pop(_path(url), None)

    def _plan(self, url: str, planned: _Planned) -> None:
        with self._lock:
            self._planned.setdefault(_path(url), []).append(planned)

    def _next(self, path: str) -> _Planned | None:
        with self._lock:
            self.requests[path] += 1
            for planned in self._planned.get(path, []):
                if planned.times > 0:
                    planned.times -= 1
                    return planned
            return None

    def handle(
        self, path: str, key: str | None, body: bytes, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], str] | None:
        """Answer one POST, or return None: the connection is cut."""
        planned = self._next(path)
        if planned is not None and not planned.take and not planned.hang and planned.status:
            return planned.status, planned.headers, planned.text
        if planned is None or planned.take:
            with self._lock:
                status, text = self._take(path, key, body, headers or {})
            if planned is None:
                return status, {}, text
        if planned.hang:
            self._closing.wait()
        return None

    def _take(self, path: str, key: str | None, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        if path in self._rooms:
            return self._chat(path, body)
        if path in self._hooks:
            return self._hook(self._hooks[path], key, body, headers)
        return self._crm(path, key, body)

    def _hook(self, name: str, key: str | None, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        payload = _json(body)
        if payload is None or key is None:
            return 400, '{"error": "a call is a JSON object with an idempotency key"}'
        if key in self._known:
            self.repeated += 1
        else:
            self._known.add(key)
            self.calls.append(HookCall(name, key, payload, headers, body))
        return 200, "{}"

    def _chat(self, path: str, body: bytes) -> tuple[int, str]:
        payload = _json(body)
        if payload is None:
            return 400, "invalid_payload"
        if not isinstance(payload.get("text"), str) or not payload["text"].strip():
            return 400, "no_text"
        self.chats.append(ChatMessage(self._rooms[path], payload["text"], payload))
        return 200, "ok"

    def _crm(self, path: str, key: str | None, body: bytes) -> tuple[int, str]:
        if path != "/crm/contacts":
            return 404, "no_service"
        payload = _json(body)
        if payload is None or not isinstance(payload.get("id"), str):
            return 400, '{"error": "a contact needs an id"}'
        if key in self._answers:
            # The key alone: the contact may have changed between two attempts (docs/operations.md).
            first, status = self._answers[key]
            if first != payload["id"]:
                return 422, '{"error": "this idempotency key was used for another contact"}'
            self.repeated += 1
            return status, "{}"
        status = 200 if payload["id"] in self.contacts else 201
        self.contacts[payload["id"]] = payload
        self.upserts += 1
        if key is not None:
            self._answers[key] = (payload["id"], status)
        return status, "{}"


def _server(sites: Sites, host: str, port: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > _LARGEST_BODY:
                self._reply(413, {}, "too large")
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = sites.handle(self.path, headers.get("idempotency-key"), self.rfile.read(length), headers)
            if answer is not None:
                self._reply(*answer)

        def _reply(self, status: int, headers: dict[str, str], text: str) -> None:
            content = text.encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            with suppress(ConnectionError):  # whoever asked has gone
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Stay silent: addresses are secrets."""

    server = ThreadingHTTPServer((host, port), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = bound(host, port)
    server.server_address = server.socket.getsockname()
    server.server_activate()
    return server


def _path(url: str) -> str:
    return "/" + url.split("://", 1)[-1].split("/", 1)[-1]


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        payload = json.loads(body)
    except ValueError:
        return None
    return payload if isinstance(payload, dict) else None
