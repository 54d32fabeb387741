"""In front of a dialect's router: the caller is recognised and the request counted, whatever its path.

A framework's own 404 and 405 never meet a guard, and vendors put rate-limit headers on those too; so
this stands outside of the router, as plain ASGI.
"""

from collections.abc import Callable, Sequence

import msgspec
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from waypost.control.core import keys
from waypost.control.dialects.base.rates import Limiter, Rates, Verdict
from waypost.control.model.access import Actor
from waypost.control.model.faults import Fault, KeyMissing, KeyUnreadable, RateLimited
from waypost.control.surface.call import network_of
from waypost.control.surface.control import Control
from waypost.control.surface.faults import Surface


class Gate:
    """Leaves in the state: `actor` or the fault met instead, `rate_verdict`, `request_id`."""

    def __init__(
        self,
        app: ASGIApp,
        surface: Surface,
        control: Control,
        rates: Rates,
        limiter: Limiter,
        request_id: Callable[[bytes], str],
        always_answered: Callable[[str, str], bool],
    ) -> None:
        self._app = app
        self._surface = surface
        self._control = control
        self._rates = rates
        self._limiter = limiter
        self._request_id = request_id
        self._always_answered = always_answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["request_id"] = self._request_id(self._control.database.random_bytes(16))
        is_open = self._always_answered(scope["method"], scope["path"])
        caller = state["actor"] = (
            KeyMissing() if is_open else await self._recognise(Headers.from_scope(scope))
        )
        now_ms = self._control.database.clock()
        verdict = state["rate_verdict"] = await self._charge(caller, scope, now_ms)
        told = _telling(self._rates.headers(verdict, now_ms), send)
        if verdict.refused is None or is_open:
            await self._app(scope, receive, told)
        else:
            policy, wait_s = verdict.refused.policy, -(-verdict.retry_ms // 1000)
            fault = RateLimited(policy.name, wait_s, policy.limit, verdict.refused.reset_ms)
            await self._refuse(fault, scope, told)

    async def _recognise(self, headers: Headers) -> Actor | Fault:
        sent = headers.get("authorization", "").strip()
        scheme, _, text = sent.partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            return KeyUnreadable() if sent else KeyMissing()
        try:
            async with self._control.database.glance() as tx:
                return await keys.authenticate(tx, self._control.peppers, text.strip())
        except Fault as fault:
            return fault

    async def _charge(self, caller: Actor | Fault, scope: Scope, now_ms: int) -> Verdict:
        if not isinstance(caller, Actor):
            client = scope.get("client")
            network = network_of(client[0] if client else "")
            return self._limiter.charge(network, network, self._rates.public, now_ms)
        control = self._control
        policies = self._rates.of_plan(control.database.installation.plan(caller.plan))
        calls = await control.usage.calls(caller, now_ms)
        verdict = self._limiter.charge(
            caller.id, caller.workspace_id, policies, now_ms, calls_this_month=calls
        )
        if verdict.refused is None:
            control.usage.note(caller, now_ms)
        return verdict

    async def _refuse(self, fault: RateLimited, scope: HTTPScope, send: Send) -> None:
        state = scope["state"]
        failure = self._surface.failure(fault, request_id=state["request_id"], method=scope["method"])
        body = msgspec.json.encode(self._surface.envelope(failure))
        headers = [
            ("content-type", self._surface.media_type),
            ("content-length", str(len(body))),
            ("x-request-id", state["request_id"]),
            ("cache-control", "no-store"),
            ("retry-after", str(fault.retry_after_s)),
        ]
        await send({"type": "http.response.start", "status": failure.status, "headers": _raw(headers)})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def _telling(headers: Sequence[tuple[str, str]], send: Send) -> Send:
    """Send, with headers added to whatever the answer is."""
    raw = _raw(headers)

    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *raw]
        await send(message)

    return tell


def _raw(headers: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers]
