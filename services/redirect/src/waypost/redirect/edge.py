"""One request, all phases: parse → resolve → gate → facts → decide → compose → record → answer.

No waiting and no I/O but memory, so both lanes call it: the full lane from a coroutine, the fast lane
from inside the parser. Everything from outside (clock, randomness, files) was given when it was built.
"""

from collections.abc import Callable

from msgspec import Struct

from waypost.facts.visitor import visitor_id
from waypost.redirect.answer import Answer, redirect_answer, text_answer
from waypost.redirect.compose import compose, decode_query, take_marker, utm_of
from waypost.redirect.day_salts import DaySalts
from waypost.redirect.gate import Gate, gate
from waypost.redirect.request import Request
from waypost.redirect.resolve import Found, Missing, Resolver
from waypost.wire.codec import encode
from waypost.wire.limits import UTM_CHARACTERS_MAX
from waypost.wire.scan import Outcome, ScanV1, Source


class EdgePolicy(Struct, frozen=True):
    """What the operator decided, in the form the phases need."""

    qr_marker: bytes = b"qr=1"
    honour_dnt: bool = True


class Edge:
    """Answers requests. Single-threaded; one per worker."""

    def __init__(
        self,
        resolver: Resolver,
        salts: DaySalts,
        append: Callable[[bytes], bool],
        clock_ms: Callable[[], int],
        policy: EdgePolicy,
    ) -> None:
        self._resolver = resolver
        self._salts = salts
        self._append = append
        self._clock_ms = clock_ms
        self._policy = policy

    def answer(self, request: Request) -> Answer:
        """Answer one GET or HEAD; the scan is in the spool when this returns.

        Raises StoreMissing and ValueDamaged: then nothing was recorded and nothing may be redirected.
        """
        now_ms = self._clock_ms()
        found = self._resolver.resolve(request.headers.host, request.path)
        if isinstance(found, Missing):
            return _missing(found)
        query, is_qr = take_marker(request.query, self._policy.qr_marker)
        answer, outcome = self._judge(found, query, now_ms)
        self._record(request, found, now_ms, query, is_qr=is_qr, outcome=outcome)
        return answer

    def _judge(self, found: Found, query: bytes, now_ms: int) -> tuple[Answer, Outcome]:
        link = found.link
        state = gate(link.record, found.workspace, now_ms)
        if state is not Gate.OPEN:
            return _closed(state, found)
        options = link.options
        if link.record.options is None:
            return link.answer, Outcome.REDIRECT
        target = compose(
            link.record.target,
            query=query,
            query_policy=options.query_policy,
            rest=found.rest,
            path_policy=options.path_policy,
            utm=options.utm,
        )
        return redirect_answer(target, link.record.status, indexable=options.indexable), Outcome.REDIRECT

    def _record(
        self, request: Request, found: Found, now_ms: int, query: bytes, *, is_qr: bool, outcome: Outcome
    ) -> None:
        headers, record = request.headers, found.link.record
        anonymous = not found.link.options.track_visitor or (headers.opted_out and self._policy.honour_dnt)
        visitor = (
            b""
            if anonymous
            else visitor_id(self._salts.of(now_ms), found.domain.domain_id, request.peer, headers.user_agent)
        )
        scan = ScanV1(
            at_ms=now_ms,
            link_id=record.link_id,
            workspace_id=record.workspace_id,
            visitor=visitor,
            user_agent=headers.user_agent,
            source=Source.QR if is_qr else Source.LINK,
            outcome=outcome,
            method=request.method,
            domain=headers.host,
            utm=utm_of(decode_query(query), UTM_CHARACTERS_MAX) if query else None,
        )
        self._append(encode(scan))


def _missing(missing: Missing) -> Answer:
    domain = missing.domain
    if domain is None:
        return text_answer(421, "This host is not served here.\n")
    if missing.is_root and domain.root_url:
        return redirect_answer(domain.root_url, 302)
    if not missing.is_root and domain.not_found_url:
        return redirect_answer(domain.not_found_url, 302)
    return text_answer(404, "There is no such link.\n")


_CLOSED = {
    Gate.BLOCKED: (410, "This link was removed.\n", Outcome.BLOCKED),
    Gate.PAUSED: (404, "There is no such link.\n", Outcome.PAUSED),
    Gate.NOT_YET: (404, "This link is not active yet.\n", Outcome.NOT_YET),
    Gate.EXPIRED: (410, "This link has expired.\n", Outcome.EXPIRED),
    Gate.LIMIT_REACHED: (410, "This link has been used as often as it may be.\n", Outcome.LIMIT_REACHED),
    Gate.OVER_QUOTA: (403, "This link is not available at the moment.\n", Outcome.LIMIT_REACHED),
    Gate.LOCKED: (200, "This link needs a password.\n", Outcome.PASSWORD),
}


def _closed(state: Gate, found: Found) -> tuple[Answer, Outcome]:
    """What a visitor of a link that may not be followed gets: another address where one is set."""
    options = found.link.options
    status, text, outcome = _CLOSED[state]
    if state in {Gate.EXPIRED, Gate.LIMIT_REACHED}:
        elsewhere = options.expired_url or options.fallback_url or found.domain.expired_url
        if elsewhere:
            return redirect_answer(elsewhere, 302), outcome
    if state in {Gate.OVER_QUOTA, Gate.NOT_YET}:
        workspace_url = found.workspace.fallback_url if found.workspace is not None else b""
        elsewhere = options.fallback_url or workspace_url
        if elsewhere:
            return redirect_answer(elsewhere, 302), Outcome.FALLBACK
    return text_answer(status, text), outcome
