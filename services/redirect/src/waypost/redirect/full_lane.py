"""The full lane: a Starlette application that takes every request the fast lane leaves.

It and the fast lane share `Edge`; here are only HTTP's outer things: methods, the ASGI shape, and what
is answered when the edge itself cannot.
"""

import time
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from waypost.redirect.answer import Answer, text_answer
from waypost.redirect.counters import Counters
from waypost.redirect.edge import Edge
from waypost.redirect.limits import RETRY_AFTER_S, URL_BYTES_MAX
from waypost.redirect.replica import StoreMissing
from waypost.redirect.request import BadRequest, Request, read_headers
from waypost.redirect.store_format import ValueDamaged
from waypost.runtime.logs import Log

_log = Log(__name__)
_METHODS = ["GET", "HEAD", "POST"]
_RETRY = (b"retry-after", str(RETRY_AFTER_S).encode())
UNAVAILABLE = text_answer(503, "This link cannot be looked up at the moment. Please try again.\n", _RETRY)
BAD_REQUEST = text_answer(400, "This request is not understood.\n")
TOO_LONG = text_answer(414, "This address is too long.\n")
NOT_ALLOWED = text_answer(405, "Only GET and HEAD are answered here.\n", (b"allow", b"GET, HEAD"))


class FullLane:
    """What every path leads to."""

    def __init__(
        self,
        edge: Edge,
        refresh: Callable[[], int],
        counters: Counters,
        country_header: bytes,
        until_synced: Callable[[], Awaitable[None]] | None,
    ) -> None:
        self._edge = edge
        self._refresh = refresh
        self._counters = counters
        self._country_header = country_header
        self._until_synced = until_synced

    async def endpoint(self, http: HttpRequest) -> Response:
        """Answer one request."""
        started_ns = time.perf_counter_ns()
        answer = self._answer(http)
        if self._until_synced is not None:
            await self._until_synced()
        self._counters.add("requests_full")
        self._counters.add(counter_of(answer.status))
        self._counters.observe((time.perf_counter_ns() - started_ns) // 1_000)
        return response_of(answer, is_head=http.method == "HEAD")

    def _answer(self, http: HttpRequest) -> Answer:
        raw_path: bytes = http.scope["raw_path"]
        query: bytes = http.scope["query_string"]
        if len(raw_path) + len(query) >= URL_BYTES_MAX:
            return TOO_LONG
        if http.method not in {"GET", "HEAD"}:
            return NOT_ALLOWED
        try:
            facts = read_headers(http.scope["headers"], self._country_header)
            peer = http.client.host if http.client is not None else ""
            self._refresh()
            return self._edge.answer(Request(http.method, raw_path, query, peer, facts))
        except BadRequest as bad:
            return BAD_REQUEST if bad.status == 400 else text_answer(bad.status, bad.reason)
        except StoreMissing:
            return UNAVAILABLE
        except ValueDamaged as damaged:
            self._counters.add("values_damaged")
            _log.error("value_damaged", key=damaged.key.hex())
            return UNAVAILABLE


def application(endpoint: Callable[[HttpRequest], Awaitable[Response]]) -> Starlette:
    """The ASGI application: every path, every method, one endpoint."""
    return Starlette(routes=[Route("/{path:path}", endpoint, methods=_METHODS)])


def response_of(answer: Answer, *, is_head: bool = False) -> Response:
    """An answer as Starlette sends it; HEAD keeps the headers of GET (RFC 9110, clause 9.3.2)."""
    response = Response(b"" if is_head else answer.body, answer.status)
    response.raw_headers = list(answer.headers)
    return response


def counter_of(status: int) -> str:
    """The counter an answer belongs to."""
    if 300 <= status < 400:
        return "answers_redirect"
    if status == 404:
        return "answers_not_found"
    if status == 410:
        return "answers_gone"
    if status >= 500:
        return "answers_unavailable"
    return "answers_refused" if status >= 400 else "answers_page"
