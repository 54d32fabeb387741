"""The visitor id and the book of daily salts. Pure: salts, times and identities are given.

Why so (reliability R39, §4.11): no raw address leaves the process; the id is keyed by a random salt that is
not derived from anything, so that once the salt is gone nobody, the operator included, can link an id to an
address again.
"""

from hashlib import blake2b

import msgspec

from waypost.facts.limits import (
    SALT_BYTES,
    SALT_DAYS_AHEAD,
    SALT_HOURS_AFTER_DAY,
    SALTS_MAX,
    VISITOR_ID_BYTES,
)

_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000


def visitor_id(salt: bytes, domain: bytes, ip: str, user_agent: str) -> bytes:
    """8 bytes of BLAKE2b (RFC 7693) keyed with the day's salt over domain, address and user agent.

    The same visitor has different ids on different days and on different domains. Fields are separated by
    NUL, which neither a host name nor an address can contain.
    """
    text = b"\x00".join(
        (domain, ip.encode("utf-8", "surrogatepass"), user_agent.encode("utf-8", "surrogatepass"))
    )
    return blake2b(text, digest_size=VISITOR_ID_BYTES, key=salt).digest()


class VisitorIds:
    """`visitor_id` for one salt and one domain, whose part of the work is done once."""

    def __init__(self, salt: bytes, domain: bytes) -> None:
        self._begun = blake2b(domain + b"\x00", digest_size=VISITOR_ID_BYTES, key=salt)

    def of(self, ip: bytes, agent_part: bytes) -> bytes:
        """The id of an address and `agent_part(user_agent)`, both encoded before."""
        hashing = self._begun.copy()
        hashing.update(ip + agent_part)
        return hashing.digest()


def agent_part(user_agent: str) -> bytes:
    """What a user agent adds to an id, for `VisitorIds.of`."""
    return b"\x00" + user_agent.encode("utf-8", "surrogatepass")


def utc_day(unix_ms: int) -> int:
    """Days since 1970-01-01 UTC of an instant."""
    return unix_ms // _DAY_MS


class DailySalt(msgspec.Struct, frozen=True):
    """The salt of one UTC day. `shared` is False for one that an edge had to make for itself: its unique
    counts then hold for that edge alone and are flagged so.
    """

    day: int
    value: bytes
    shared: bool = True

    def __post_init__(self) -> None:
        if len(self.value) != SALT_BYTES:
            raise ValueError(f"value: a salt has {SALT_BYTES} bytes, got {len(self.value)}")

    def due_for_destruction(self, now_ms: int) -> bool:
        """True from 24 hours after the end of its day (the promise is 48)."""
        return now_ms >= (self.day + 1) * _DAY_MS + SALT_HOURS_AFTER_DAY * _HOUR_MS


class SaltBook(msgspec.Struct, frozen=True):
    """The salts known now, at most one per day. Immutable: each change is a new book for the caller to
    store.
    """

    salts: tuple[DailySalt, ...] = ()

    def for_instant(self, unix_ms: int) -> DailySalt | None:
        """The salt of the UTC day of an instant, or None when nobody gave one yet."""
        day = utc_day(unix_ms)
        return next((salt for salt in self.salts if salt.day == day), None)

    def with_salt(self, salt: DailySalt) -> "SaltBook":
        """This book with one more salt. A day's first shared salt stays; only a salt of one's own is
        replaced by it.

        Raises ValueError when the book is full.
        """
        known = next((other for other in self.salts if other.day == salt.day), None)
        if known is not None and (known.shared or not salt.shared):
            return self
        kept = [other for other in self.salts if other.day != salt.day]
        if len(kept) >= SALTS_MAX:
            raise ValueError(f"salts: at most {SALTS_MAX} in one book")
        return SaltBook(tuple(sorted([*kept, salt], key=lambda each: each.day)))

    def without_expired(self, now_ms: int) -> "SaltBook":
        """This book without the salts that are due for destruction. Store it in place of the old one,
        synced.
        """
        return SaltBook(tuple(salt for salt in self.salts if not salt.due_for_destruction(now_ms)))

    def days_missing(self, now_ms: int) -> tuple[int, ...]:
        """The days, today and up to three ahead, that have no shared salt yet."""
        today = utc_day(now_ms)
        known = {salt.day for salt in self.salts if salt.shared}
        return tuple(day for day in range(today, today + SALT_DAYS_AHEAD + 1) if day not in known)
