"""The salts a worker makes its visitor ids with: those of the agent's file, or one of its own."""

import os

from waypost.facts.limits import SALT_BYTES
from waypost.facts.visitor import utc_day
from waypost.redirect.salts import SaltFile
from waypost.redirect.store_format import Signals


class DaySalts:
    """The salt of an instant. Re-read when the agent signals; a day without one gets a random one here."""

    def __init__(self, file: SaltFile, signals: Signals) -> None:
        self._file = file
        self._signals = signals.values
        self._seen = -1
        self._salts: dict[int, bytes] = {}

    def known(self, at_ms: int) -> bytes | None:
        """The salt of the UTC day of an instant; None when it is forgotten already, or nobody gave one."""
        self._refresh()
        return self._salts.get(utc_day(at_ms))

    def of(self, at_ms: int) -> bytes:
        """The salt of the UTC day of an instant, which is today."""
        self._refresh()
        day = utc_day(at_ms)
        salt = self._salts.get(day)
        if salt is None:
            self._salts = {day: os.urandom(SALT_BYTES)}
            salt = self._salts[day]
        return salt

    def _refresh(self) -> None:
        if self._signals[Signals.SALTS] != self._seen:
            self._seen = self._signals[Signals.SALTS]
            read = self._file.read()
            first = min(read, default=0)  # those before it are destroyed
            self._salts = {day: salt for day, salt in {**self._salts, **read}.items() if day >= first}
