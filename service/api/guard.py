"""Around every request: its size and the time it takes to arrive, headers for browsers, one id through all logs, metrics."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from tongzhou.model.errors import Text
from tongzhou.service.api.problems import MEDIA, problem
from tongzhou.service.store.ids import new_id

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[Scope, Receive, Send], Awaitable[None]]
LOG = structlog.get_logger()
HEADERS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class TooLargeError(Exception):
    """More bytes than allowed."""


class Metrics:
    """Counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "tongzhou_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "tongzhou_request_seconds", "Seconds to an answer.", ("route",), registry=self.registry
        )


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGI, metrics: Metrics, most_body: int, body_s: float) -> None:
        self._app, self._metrics = app, metrics
        self._most_body, self._body_s = most_body, body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if REQUEST_ID.fullmatch(given) else new_id()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=request_id)
        started, status = time.monotonic(), 500

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                known = {name.lower() for name, _ in message["headers"]}
                extra = [pair for pair in HEADERS if pair[0] not in known]
                message["headers"] = [*message["headers"], *extra, (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._limited(scope, receive, tell, headers)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            self._metrics.requests.labels(
                scope["method"] if scope["method"] in METHODS else "other", route, str(status)
            ).inc()
            self._metrics.seconds.labels(route).observe(time.monotonic() - started)
            LOG.info("answered", method=scope["method"], path=scope["path"], status=status,
                     ms=round(1000 * (time.monotonic() - started), 1))  # fmt: skip

    async def _limited(self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]) -> None:
        """Read the whole body, within its limits, before anything is done with it."""
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._most_body:
            await self._refuse(send, 413)
            return
        try:
            body = await asyncio.wait_for(self._body(receive), self._body_s)
        except TooLargeError:
            await self._refuse(send, 413)
            return
        except TimeoutError:
            await self._refuse(send, 408)
            return
        handed = False

        async def again() -> Message:
            nonlocal handed
            if not handed:
                handed = True
                return {"type": "http.request", "body": body, "more_body": False}
            return await receive()

        await self._app(scope, again, send)

    async def _body(self, receive: Receive) -> bytes:
        parts, size = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b""
            part = message.get("body", b"")
            size += len(part)
            if size > self._most_body:
                raise TooLargeError
            parts.append(part)
            if not message.get("more_body"):
                return b"".join(parts)

    async def _refuse(self, send: Send, status: int) -> None:
        title = Text("Request too large", "请求过大") if status == 413 else Text("Request too slow", "请求超时")
        answer = problem(status, "too-large" if status == 413 else "too-slow", title, title)
        await send({"type": "http.response.start", "status": status, "headers": [
            (b"content-type", MEDIA.encode()), (b"content-length", str(len(answer.body)).encode()), (b"connection", b"close"),
        ]})  # fmt: skip
        await send({"type": "http.response.body", "body": bytes(answer.body)})


METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"))
