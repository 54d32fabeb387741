"""The full lane: a Starlette application that takes every request the fast lane leaves.

It and the fast lane share `Edge`; here are only HTTP's outer things: methods, the ASGI shape, what is
answered when the edge itself cannot, and the requests with a body: a link's password, an answer to a form.
"""

import time
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from waypost.redirect.answer import Answer, text_answer
from waypost.redirect.asset_file import AssetDirectory, is_asset
from waypost.redirect.client import Client, Request, read_client
from waypost.redirect.counters import Counters
from waypost.redirect.edge import Edge
from waypost.redirect.form_gate import FormGate
from waypost.redirect.limits import BODY_BYTES_MAX, FORM_BODY_BYTES_MAX, RETRY_AFTER_S
from waypost.redirect.password_gate import PasswordGate
from waypost.redirect.replica import StoreMissing
from waypost.redirect.request import BadRequest, forwarded_for, read_headers
from waypost.redirect.store_format import ValueDamaged
from waypost.runtime.logs import Log

_log = Log(__name__)
_FORM = "application/x-www-form-urlencoded"
_FORM_FIELDS_MAX = 8
_RETRY = (b"retry-after", str(RETRY_AFTER_S).encode())
UNAVAILABLE = text_answer(503, "This link cannot be looked up at the moment. Please try again.\n", _RETRY)
NOT_ALLOWED = text_answer(405, "This method is not answered here.\n", (b"allow", b"GET, HEAD"))
TOO_LARGE = text_answer(413, "This form is too large.\n")
NO_FILE = text_answer(404, "There is no such file.\n")
FAILED = text_answer(500, "Something went wrong here.\n")


class FullLane:
    """What every path leads to."""

    def __init__(
        self,
        edge: Edge,
        passwords: PasswordGate,
        forms: FormGate,
        refresh: Callable[[], int],
        record: Callable[[], None],
        counters: Counters,
        country_header: bytes,
        until_synced: Callable[[], Awaitable[None]] | None,
        assets: AssetDirectory,
    ) -> None:
        self._edge = edge
        self._passwords = passwords
        self._forms = forms
        self._refresh = refresh
        self._record = record
        self._counters = counters
        self._country_header = country_header
        self._until_synced = until_synced
        self._assets = assets

    async def endpoint(self, http: HttpRequest) -> Response:
        """Answer one request."""
        if is_asset(http.scope["raw_path"]) and http.method in {"GET", "HEAD"}:
            return await self._asset(http)
        started_ns = time.perf_counter_ns()
        answer = await self._answer(http)
        self._record()
        if self._until_synced is not None:
            await self._until_synced()
        self._counters.add("requests_full")
        self._counters.add(counter_of(answer.status))
        self._counters.observe((time.perf_counter_ns() - started_ns) // 1_000)
        return response_of(answer, is_head=http.method == "HEAD")

    async def _asset(self, http: HttpRequest) -> Response:
        self._counters.add("requests_full")
        try:
            read_headers(http.scope["headers"], self._country_header)
        except BadRequest as bad:
            return response_of(refusal(bad))
        response = await self._assets.response(http.scope["raw_path"], http.headers.get("if-none-match", ""))
        return response or response_of(NO_FILE, is_head=http.method == "HEAD")

    async def _answer(self, http: HttpRequest) -> Answer:
        try:
            headers = read_headers(http.scope["headers"], self._country_header)
            client = read_client(headers)
            self._refresh()
            if http.method == "POST":
                return await self._post(http, client)
            return self._edge.answer(_request_of(http, client))
        except BadRequest as bad:
            return refusal(bad)
        except StoreMissing:
            return UNAVAILABLE
        except ValueDamaged as damaged:
            self._counters.add("values_damaged")
            _log.error("value_damaged", key=damaged.key.hex())
            return UNAVAILABLE

    async def _post(self, http: HttpRequest, client: Client) -> Answer:
        if not client.headers.content_type.lower().startswith(_FORM):
            return NOT_ALLOWED
        request = _request_of(http, client)
        open_form = self._forms.form_at(request)
        bytes_max = BODY_BYTES_MAX if open_form is None else FORM_BODY_BYTES_MAX
        body = b""
        async for chunk in http.stream():
            body += chunk
            if len(body) > bytes_max:
                return TOO_LARGE
        if open_form is not None:
            return await self._forms.answer(request, open_form, body)
        try:
            form = parse_qs(body, max_num_fields=_FORM_FIELDS_MAX, keep_blank_values=True)
        except ValueError:
            return TOO_LARGE
        password = form.get(b"password", [b""])[0]
        return await self._passwords.answer(request, password) or NOT_ALLOWED


def application(endpoint: Callable[[HttpRequest], Awaitable[Response]]) -> Starlette:
    """The ASGI application: every path leads to one endpoint, and every failure has our own words."""

    async def everything(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(HttpRequest(scope, receive, send))
        await response(scope, receive, send)

    async def failed(_: HttpRequest, __: Exception) -> Response:
        return response_of(FAILED)

    async def gone(_: HttpRequest, __: Exception) -> Response:
        return response_of(text_answer(400, "The request ended early.\n"))

    starlette = Starlette(exception_handlers={ClientDisconnect: gone, Exception: failed})
    # Not a route: a route matches the decoded path, and slugs are looked up by the raw one.
    starlette.router.default = everything
    return starlette


def refusal(bad: BadRequest) -> Answer:
    """What a request that is refused unseen gets."""
    return text_answer(bad.status, f"This request is not answered: {bad.reason}.\n")


def response_of(answer: Answer, *, is_head: bool = False) -> Response:
    """An answer as Starlette sends it; HEAD keeps the headers of GET (RFC 9110, clause 9.3.2)."""
    response = Response(b"" if is_head else answer.body, answer.status)
    response.raw_headers = list(answer.headers)
    return response


def counter_of(status: int) -> str:
    """The counter that answers with a status belong to."""
    if status in {404, 410}:
        return "answers_not_found" if status == 404 else "answers_gone"
    kinds = {2: "answers_page", 3: "answers_redirect", 5: "answers_unavailable"}
    return kinds.get(status // 100, "answers_refused")


def _request_of(http: HttpRequest, client: Client) -> Request:
    scope = http.scope
    peer = http.client.host if http.client is not None else ""
    forwarded = forwarded_for(scope["headers"])
    return Request(http.method, scope["raw_path"], scope["query_string"], peer, client, forwarded)
