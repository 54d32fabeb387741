"""What to do with link records as they arrive. Pure: a decision per batch and per record, no I/O."""

from enum import Enum

import msgspec
from msgspec import Struct

from waypost.redirect.plain_link import plain_flags
from waypost.redirect.store_format import REFUSED, Applied
from waypost.wire.codec import DECODE_ERRORS, decode_domain, decode_link, decode_workspace
from waypost.wire.destination import is_safe
from waypost.wire.record import SET_HASH_MODULUS, HeartbeatV1, RecordBatchV1, RecordV1, record_hash
from waypost.wire.slug import DOMAIN_KIND, LINK_KIND, WORKSPACE_KIND

KEY_BYTES_MAX = 511
"""LMDB's own limit."""


class Step(Enum):
    """How a batch stands to what is applied."""

    OLD = "old"
    NEXT = "next"
    GAP = "gap"
    OTHER_EPOCH = "other_epoch"


def judge(applied: Applied, batch: RecordBatchV1) -> tuple[Step, tuple[RecordV1, ...]]:
    """Say how a batch stands, and which of its records are new.

    A batch that begins with old records and ends with new ones counts as next. A batch whose own
    records are not gap-free is a gap: something between control and here is broken.
    """
    if batch.epoch != applied.epoch:
        return Step.OTHER_EPOCH, ()
    fresh = tuple(record for record in batch.records if record.ver > applied.ver)
    if not fresh:
        return Step.OLD, ()
    for expected, record in enumerate(fresh, applied.ver + 1):
        if record.ver != expected:
            return Step.GAP, ()
    return Step.NEXT, fresh


def flags_of(key: bytes, value: bytes) -> int:
    """REFUSED for a record that cannot be read or leads somewhere unsafe; else whether it is a plain link, and how.

    A refused record is kept and counted, so that the set hash agrees with control's, and never served.
    """
    if not is_servable(key, value):
        return REFUSED
    return plain_flags(value) if key.startswith(LINK_KIND) else 0


def is_storable(key: bytes) -> bool:
    """Whether a record with this key can be kept at all; a NUL in front is the store's own room."""
    return 0 < len(key) <= KEY_BYTES_MAX and key[0] != 0


def is_servable(key: bytes, value: bytes) -> bool:
    """Whether a record's value is readable and every destination in it may become a `Location`."""
    try:
        return all(is_safe(target) for target in _targets(key[:1], value) if target)
    except DECODE_ERRORS:
        return False


def _targets(kind: bytes, value: bytes) -> tuple[bytes, ...]:
    if kind == LINK_KIND:
        link = decode_link(value)
        options = link.options
        if options is None:
            return (link.target,)
        return link.target, options.expired_url, options.fallback_url
    if kind == DOMAIN_KIND:
        domain = decode_domain(value)
        return domain.root_url, domain.not_found_url, domain.expired_url
    if kind == WORKSPACE_KIND:
        return (decode_workspace(value).fallback_url,)
    raise msgspec.ValidationError(f"unknown kind of record {kind!r}")


class Tally(Struct):
    """The count and the set hash of a store while records change. `total` is the hash as a number."""

    count: int
    total: int

    @classmethod
    def of(cls, applied: Applied) -> "Tally":
        """Start from where a store stands."""
        return cls(applied.count, int.from_bytes(applied.set_hash, "big"))

    def remove(self, key: bytes, ver: int, value: bytes) -> None:
        """A live record goes."""
        self.count -= 1
        self.total = (self.total - record_hash(key, ver, value)) % SET_HASH_MODULUS

    def add(self, key: bytes, ver: int, value: bytes) -> None:
        """A record becomes live."""
        self.count += 1
        self.total = (self.total + record_hash(key, ver, value)) % SET_HASH_MODULUS


class Health(Enum):
    """What a heartbeat says about this edge."""

    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"
    """Control knows less than this edge: its heartbeat is late, or it was restored without a new epoch."""
    OTHER_EPOCH = "other_epoch"
    DIFFERENT = "different"
    """Same version, other records: damage on one side."""


def compare(applied: Applied, heartbeat: HeartbeatV1) -> Health:
    """Hold a heartbeat against what is applied."""
    if heartbeat.epoch != applied.epoch:
        return Health.OTHER_EPOCH
    if heartbeat.ver != applied.ver:
        return Health.BEHIND if heartbeat.ver > applied.ver else Health.AHEAD
    same = heartbeat.count == applied.count and heartbeat.set_hash == applied.set_hash
    return Health.CURRENT if same else Health.DIFFERENT
