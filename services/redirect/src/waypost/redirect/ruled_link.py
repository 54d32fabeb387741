"""A link whose rules alone say where it leads, as the plain path follows it.

Nothing but the facts that its rules ask for can change its answer: no query, no page, no times, no limit. What
`Edge` would answer and record is put together from pieces that are made once for each way the rules can choose.
"""

from collections.abc import Callable

from msgspec import Struct

from waypost.facts.place import Place
from waypost.redirect.answer import STATUS_LINES, with_header
from waypost.redirect.blocks import Block
from waypost.redirect.client import ClientReader
from waypost.redirect.decide import SEED_BYTES, Seed, decide, may_remember, seed_cookie
from waypost.redirect.plain_link import BEFORE_TARGET
from waypost.redirect.ready import ReadyLink
from waypost.redirect.resolve import Found
from waypost.redirect.scan_parts import outcome_end
from waypost.rules import Decision

_ELSEWHERE = frozenset({"query", "scan_count"})
"""Facts that the plain path does not have."""

_MARK = b"\x00"
"""In place of a header's value: no header holds it."""

_NO_SEED = Seed(bytes(SEED_BYTES), is_known=False)


class _Way(Struct, frozen=True, gc=False):
    """What a decision makes of answer and scan."""

    target: bytes
    after_target: bytes
    """Without a cookie, what follows the destination …"""
    before_seed: bytes
    after_seed: bytes
    """… and with one, what stands around the seed."""
    scan_end: bytes


class RuledLink(Struct, gc=False):
    """A link ready to be decided."""

    ids: bytes
    status_line: bytes
    _ready: ReadyLink
    _reader: ClientReader
    _random_bytes: Callable[[int], bytes]
    _cookie: tuple[bytes, bytes]
    """The cookie that keeps a visitor's variant, around the seed."""
    _ways: dict[Decision, _Way]

    def follow(
        self, block: Block, place: Place, address: str, *, is_qr: bool, now_ms: int
    ) -> tuple[bytes, bytes, bytes]:
        """The destination, what follows it in the answer, and what ends the scan."""
        ready, client = self._ready, block.client
        # A block with a cookie is never remembered, so this visitor brought no seed.
        seed = Seed(self._random_bytes(SEED_BYTES), is_known=False) if ready.needs_seed else None
        decision = decide(
            ready,
            client,
            self._reader,
            place=place,
            address=address,
            query=(),
            is_qr=is_qr,
            seed=seed,
            scan_count=None,
            now_ms=now_ms,
        )
        way = self._ways.get(decision) or self._way(decision)
        scan_end = client.scan_origin + way.scan_end
        if seed is None or not may_remember(ready, client):
            return way.target, way.after_target + block.end, scan_end
        with_seed = (way.before_seed, seed.value.hex().encode(), way.after_seed, block.end)
        return way.target, b"".join(with_seed), scan_end

    def _way(self, decision: Decision) -> _Way:
        answer = self._ready.leading_to(decision.url)
        target = answer.headers[0][1]
        behind = len(BEFORE_TARGET) + len(target)
        before, after = with_header(answer, b"set-cookie", _MARK).raw_headers[behind:].split(_MARK)
        cookie_start, cookie_end = self._cookie
        end = outcome_end(decision.rule_id, decision.variant_id, None, b"", "")
        way = _Way(target, answer.raw_headers[behind:], before + cookie_start, cookie_end + after, end)
        self._ways[decision] = way
        return way


def ruled_link(
    found: Found, reader: ClientReader, random_bytes: Callable[[int], bytes], *, secure_cookies: bool
) -> RuledLink | None:
    """The link in this form; None when more than its rules can change what a visitor gets or what is recorded.

    `found` was asked for without a query.
    """
    link, workspace = found.link, found.workspace
    is_ruled = (
        bool(link.rules.steps)
        and link.is_static
        and link.options.track_visitor
        and link.rules.needs.isdisjoint(_ELSEWHERE)
        and link.record.starts_ms == link.record.expires_ms == 0
        and found.is_open(now_ms=0)  # and so at any time
        and (workspace is None or workspace.rules)
    )
    if not is_ruled:
        return None
    cookie = seed_cookie(_NO_SEED, link, found.slug_path, secure=secure_cookies)
    start, _, end = cookie.partition(_NO_SEED.value.hex().encode())
    status = link.leading_to("").status
    return RuledLink(link.ids, STATUS_LINES[status], link, reader, random_bytes, (start, end), {})
