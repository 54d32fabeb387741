"""Who a visitor is for one day: the salts a worker knows, and the id made with them."""

import os
from hashlib import blake2b

from waypost.redirect.salts import SALT_BYTES, SaltFile, utc_day
from waypost.redirect.store_format import Signals

VISITOR_BYTES = 8


def visitor_id(salt: bytes, domain: bytes, ip: str, user_agent: str) -> bytes:
    """8 bytes of BLAKE2b keyed with the day's salt over domain, address and agent."""
    text = b"\x00".join((domain, ip.encode(), user_agent.encode("utf-8", "surrogatepass")))
    return blake2b(text, digest_size=VISITOR_BYTES, key=salt).digest()


class DaySalts:
    """The salt of an instant. Re-read when the agent signals; a day without one gets a random one here."""

    def __init__(self, file: SaltFile, signals: Signals) -> None:
        self._file = file
        self._signals = signals.values
        self._seen = -1
        self._salts: dict[int, bytes] = {}

    def of(self, at_ms: int) -> bytes:
        """The salt of the UTC day of an instant."""
        if self._signals[Signals.SALTS] != self._seen:
            self._seen = self._signals[Signals.SALTS]
            self._salts = {**self._salts, **self._file.read()}
        day = utc_day(at_ms)
        salt = self._salts.get(day)
        if salt is None:
            self._salts = {day: os.urandom(SALT_BYTES)}
            salt = self._salts[day]
        return salt
