"""A link whose rules alone say where it leads, as the plain path follows it.

Nothing but the facts that its rules ask for can change its answer: no query, no page, no times, no limit. What
`Edge` would answer and record is put together from pieces that are made once: most for all links, few for a decision.
"""

from collections.abc import Callable

from msgspec import Struct

from waypost.facts.place import Place
from waypost.redirect.answer import DEFAULT_STATUS, STATUS_LINES, redirect_answer, with_header
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


class _Around(Struct, frozen=True, gc=False):
    """What follows the destination in an answer: without a cookie, and around one."""

    whole: bytes
    before_cookie: bytes
    after_cookie: bytes


def _around(*, indexable: bool) -> _Around:
    answer = redirect_answer(b"", DEFAULT_STATUS, indexable=indexable)
    behind = len(BEFORE_TARGET)
    before, after = with_header(answer, b"set-cookie", _MARK).raw_headers[behind:].split(_MARK)
    return _Around(answer.raw_headers[behind:], before, after)


_AROUND = {indexable: _around(indexable=indexable) for indexable in (False, True)}


class RuledLink(Struct, gc=False):
    """A link ready to be decided."""

    ids: bytes
    status_line: bytes
    _ready: ReadyLink
    _reader: ClientReader
    _random_bytes: Callable[[int], bytes]
    _after_target: bytes
    """What follows the destination without a cookie …"""
    _before_seed: bytes
    _after_seed: bytes
    """… and with the one that keeps a visitor's variant, around its seed."""
    _ways: dict[Decision, tuple[bytes, bytes]]
    """The destination and the scan's end of each decision that was met."""

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
        target, end = self._ways.get(decision) or self._way(decision)
        scan_end = client.scan_origin + end
        if seed is None or not may_remember(ready, client):
            return target, self._after_target + block.end, scan_end
        with_seed = (self._before_seed, seed.value.hex().encode(), self._after_seed, block.end)
        return target, b"".join(with_seed), scan_end

    def _way(self, decision: Decision) -> tuple[bytes, bytes]:
        target = self._ready.leading_to(decision.url).headers[0][1]
        way = target, outcome_end(decision.rule_id, decision.variant_id, None, b"", "")
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
    around = _AROUND[link.options.indexable]
    return RuledLink(
        link.ids,
        STATUS_LINES[link.leading_to("").status],
        link,
        reader,
        random_bytes,
        around.whole,
        around.before_cookie + start,
        end + around.after_cookie,
        {},
    )
