"""Rate limits of this process: one number per bucket, forgotten when the bucket is full again."""

from collections.abc import Sequence

from waypost.control import limits
from waypost.control.model.rate import RatePolicy, RateState, decide

_OVERFLOW = ""


class Limiter:
    """Judges arrivals by any number of policies at once; the strictest one answers."""

    def __init__(self, buckets_max: int = limits.RATE_BUCKETS_MAX) -> None:
        self._tats_us: dict[str, int] = {}
        self._buckets_max = buckets_max

    def __len__(self) -> int:
        return len(self._tats_us)

    def arrive(self, policies: Sequence[tuple[str, RatePolicy]], now_us: int) -> list[RateState]:
        """Judge one request by every (bucket, policy). Only a request that all allow uses any of them up."""
        buckets = [self._place(f"{policy.name}:{bucket}", now_us) for bucket, policy in policies]
        states = [
            decide(policy, self._tats_us.get(bucket, 0), now_us)
            for bucket, (_, policy) in zip(buckets, policies, strict=True)
        ]
        if all(state.allowed for state in states):
            for bucket, state in zip(buckets, states, strict=True):
                self._tats_us[bucket] = state.tat_us
        return states

    def _place(self, bucket: str, now_us: int) -> str:
        if bucket in self._tats_us or len(self._tats_us) < self._buckets_max:
            return bucket
        full = [name for name, tat_us in self._tats_us.items() if tat_us <= now_us]
        for name in full:
            del self._tats_us[name]
        # Newcomers share one bucket rather than that a busy one is forgotten and gets a fresh burst.
        return bucket if full else _OVERFLOW
