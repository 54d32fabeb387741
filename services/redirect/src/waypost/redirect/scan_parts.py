"""A scan as pieces that are encoded once: per link, per header block, per place. Pure.

Joined in the order of `join`, they are byte for byte what `encode(ScanV1(...))` makes, and a test holds
them to it; but a scan then costs one join instead of an object of 22 fields and its encoding.
"""

from functools import lru_cache

from waypost.facts.place import Place
from waypost.wire.codec import encode
from waypost.wire.scan import Outcome, ScanV1, Source

_FIELDS = b"\xdc" + len(ScanV1.__struct_fields__).to_bytes(2, "big")
"""msgpack's head of an array of as many elements as a scan has fields."""

VISITOR = b"\xc4\x08"
"""Before the 8 bytes of a visitor id."""

NO_VISITOR = b"\xc4\x00"
_PLACES_MAX = 4_096


def start(at_ms: int) -> bytes:
    """The first piece; every scan of a millisecond has the same."""
    return _FIELDS + encode(at_ms)


def link_ids(link_id: bytes, workspace_id: bytes) -> bytes:
    """The second piece, from a link; it lies in the link's record just so."""
    return encode(link_id) + encode(workspace_id)


def agent(user_agent: str) -> bytes:
    """Behind the visitor, from a header block."""
    return encode(user_agent)


@lru_cache(maxsize=256)  # a few of each; the bound is for purposes yet unknown
def kind(source: Source, outcome: Outcome, method: str, purpose: str) -> bytes:
    """Behind the agent."""
    return encode(source) + encode(outcome) + encode(method) + encode(purpose)


@lru_cache(maxsize=_PLACES_MAX)
def place(where: Place) -> bytes:
    """Behind the kind."""
    texts = (where.country, where.region, where.city, where.continent)
    return b"".join(map(encode, texts)) + encode(where.asn)


def origin(language: str, referrer: str, host: str) -> bytes:
    """Behind the place, from a header block."""
    return encode(language) + encode(referrer) + encode(host)


def outcome_end(
    rule_id: str,
    variant_id: str,
    utm: tuple[str, str, str, str, str] | None,
    click_id: bytes,
    detail: str,
) -> bytes:
    """The last piece."""
    return encode(rule_id) + encode(variant_id) + encode(utm) + encode(click_id) + encode(detail)


PLAIN_END = outcome_end("", "", None, b"", "")
"""The last piece of a scan that no rule, no campaign and no page had a part in."""
