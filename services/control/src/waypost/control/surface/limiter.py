"""Rate limits of this process: one number per bucket, in a table of fixed size.

A bucket that is full again says no more than one that never was, so its place is free for the next.
The table is set-associative: a bucket lies in one of a few places that its name decides, and nowhere
else, so looking is short and nothing ever grows. 16 bytes a place; pages that nobody uses cost nothing.
"""

import secrets
from collections.abc import Sequence
from hashlib import blake2b

from waypost.control import limits
from waypost.control.model.rate import RatePolicy, RateState, decide

_WAYS = 16
_PLACES_PER_BUCKET = 2
"""Half full, one of 270 newcomers finds all of its places taken."""
_KEY_BYTES = 16
_OVERFLOW = -1


class Limiter:
    """Judges arrivals by any number of policies at once; the strictest one answers."""

    def __init__(self, buckets_max: int = limits.RATE_BUCKETS_MAX) -> None:
        self._ways = min(_WAYS, buckets_max)
        self._sets = max(1, buckets_max * _PLACES_PER_BUCKET // self._ways) if buckets_max > _WAYS else 1
        # Calling with a key of our own, so that nobody can choose names that meet in one set.
        self._key = secrets.token_bytes(_KEY_BYTES)
        places = self._sets * self._ways
        self._names = memoryview(bytearray(8 * places)).cast("Q")
        self._tats_us = memoryview(bytearray(8 * places)).cast("Q")
        self._overflow_us: dict[str, int] = {}

    def arrive(self, policies: Sequence[tuple[str, RatePolicy]], now_us: int) -> list[RateState]:
        """Judge one request by every (bucket, policy). Only a request that all allow uses any of them up."""
        states, found = [], list[tuple[int, int]]()
        for bucket, policy in policies:
            name = self._name(f"{policy.name}:{bucket}")
            place = self._place(name, now_us, found)
            states.append(decide(policy, self._tat_us(place, name, policy), now_us))
            found.append((place, name))
        if all(state.allowed for state in states):
            for (place, name), state in zip(found, states, strict=True):
                if place == _OVERFLOW:
                    self._overflow_us[state.policy.name] = state.tat_us
                else:
                    self._names[place], self._tats_us[place] = name, state.tat_us
        return states

    def _tat_us(self, place: int, name: int, policy: RatePolicy) -> int:
        if place == _OVERFLOW:
            return self._overflow_us.get(policy.name, 0)
        return self._tats_us[place] if self._names[place] == name else 0

    def _place(self, name: int, now_us: int, taken: Sequence[tuple[int, int]]) -> int:
        """Where a bucket lies, else a free place for it.

        Newcomers that find none share one bucket of their policy, rather than that a busy one is
        forgotten and gets a fresh burst.
        """
        start = name % self._sets * self._ways
        free = _OVERFLOW
        for place in range(start, start + self._ways):
            if self._names[place] == name:
                return place
            if (
                free == _OVERFLOW
                and self._tats_us[place] <= now_us
                and all(place != each for each, _ in taken)
            ):
                free = place
        return free

    def _name(self, text: str) -> int:
        return int.from_bytes(blake2b(text.encode(), digest_size=8, key=self._key).digest(), "big")
