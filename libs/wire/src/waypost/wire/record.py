"""Link records: the unit of replication, with the hash that proves two sets are the same.

A record is (ver, key, value); `value` None removes the key. `ver` counts all changes of an epoch
without gaps, in the order in which control committed them.
"""

from hashlib import blake2b

from msgspec import Struct

SET_HASH_MODULUS = 1 << 128


class RecordV1(Struct, frozen=True, array_like=True):
    """One change: the full new value of a key, or None where it was removed."""

    ver: int
    key: bytes
    value: bytes | None


class RecordBatchV1(Struct, frozen=True, array_like=True):
    """1 to RECORDS_PER_BATCH_MAX consecutive records of one epoch, in order of `ver`."""

    epoch: str
    records: tuple[RecordV1, ...]


class HeartbeatV1(Struct, frozen=True):
    """What control says once a second: where an up-to-date edge stands, and the salts of the days.

    `set_hash` has 16 bytes. `salts` maps a UTC day (days since 1970-01-01) to its random salt;
    they travel only here, because what is never stored need not be destroyed.
    """

    epoch: str
    ver: int
    count: int
    set_hash: bytes
    at_ms: int
    salts: dict[int, bytes] = {}


class EdgeReportV1(Struct, frozen=True):
    """What an agent says every two seconds, so that control can tell where a change is live."""

    node: str
    epoch: str
    ver: int
    at_ms: int
    unshipped_scans: int = 0


def record_hash(key: bytes, ver: int, value: bytes) -> int:
    """The 128-bit hash of one live record; a set's hash is the sum of these, modulo 2^128.

    A sum needs no order and changes in O(1): add the new record's hash, subtract the old one's.
    """
    prefix = len(key).to_bytes(2, "big") + key + ver.to_bytes(8, "big")
    return int.from_bytes(blake2b(prefix + value, digest_size=16).digest(), "big")


def set_hash_bytes(total: int) -> bytes:
    """A set hash as the 16 bytes that heartbeats and snapshots carry."""
    return (total % SET_HASH_MODULUS).to_bytes(16, "big")
