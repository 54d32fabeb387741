"""Counting requests: named policies, several per caller, the strictest answers.

The native API smooths its callers (`surface/limiter.py`). Vendors document windows that begin and end,
and clients compute with their `remaining` and `reset`; so these are windows. The counts live in this
process, which is exact while one API process serves, the default; with several, each allows the whole
limit. Only months are kept: their count is the workspace's book of API calls (`surface/usage.py`).
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from msgspec import Struct

from waypost.control.dialects.base import limits
from waypost.control.model.plans import Plan

Window: TypeAlias = Literal["bucket", "fixed", "sliding", "month"]
Shared: TypeAlias = Literal["key", "workspace"]


class Policy(Struct, frozen=True, kw_only=True):
    """At most `limit` requests in `seconds`.

    bucket: tokens flow back evenly; fixed: windows start at whole multiples of `seconds`; sliding: the
    last `seconds` before each request; month: all API calls of the workspace in the calendar month in
    UTC, `seconds` and `per` unused.
    """

    name: str
    limit: int
    window: Window
    seconds: int = 60
    per: Shared = "key"


class Standing(Struct, frozen=True):
    """How a caller stands under one policy after a request."""

    policy: Policy
    remaining: int
    reset_ms: int
    """When requests come back: the end of the window, or when the bucket is full again."""


class Verdict(Struct, frozen=True):
    """How a request was counted. A refused request costs nothing; `retry_ms` says when to come again."""

    standings: tuple[Standing, ...] = ()
    refused: Standing | None = None
    retry_ms: int = 0

    def of(self, name: str) -> Standing | None:
        """The standing under the policy of a name."""
        return next((standing for standing in self.standings if standing.policy.name == name), None)


class Rates(Struct, frozen=True, kw_only=True):
    """What a dialect allows, and the headers in which it says so.

    `of_plan` gives the policies of a recognised caller from the plan of its workspace, `public` those of
    everybody else, counted by address. `headers` takes the verdict and the time in Unix milliseconds.
    """

    of_plan: Callable[[Plan], tuple[Policy, ...]]
    headers: Callable[[Verdict, int], list[tuple[str, str]]]
    public: tuple[Policy, ...] = (
        Policy(name="public", limit=limits.PUBLIC_REQUESTS_PER_MINUTE, window="fixed"),
    )


class _Count:
    """The requests of one caller under one policy."""

    def __init__(self) -> None:
        self.window_start_ms = 0
        self.used = 0
        self.credit = -1
        """Of a bucket, in whole units of which a request costs one for each millisecond of the window."""
        self.filled_ms = 0
        self.times: deque[int] = deque()


class Limiter:
    """Counts requests of many callers. Time is given."""

    def __init__(self, callers_max: int = limits.CALLERS_COUNTED_MAX) -> None:
        self._callers_max = callers_max
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()

    def charge(
        self,
        caller: str,
        workspace: str,
        policies: Sequence[Policy],
        now_ms: int,
        *,
        calls_this_month: int | None = None,
    ) -> Verdict:
        """Count one request under all policies, or under none when one of them refuses.

        `calls_this_month` is what the workspace's book says so far; without it months are counted here.
        """
        counts = [(policy, self._count(_counted(policy, caller, workspace), policy)) for policy in policies]
        for policy, count in counts:
            _move_on(policy, count, now_ms)
            if policy.window == "month" and calls_this_month is not None:
                count.used = calls_this_month
        for policy, count in counts:
            if (retry_ms := _wait_ms(policy, count, now_ms)) > 0:
                standings = tuple(_standing(*each, now_ms) for each in counts)
                return Verdict(standings, _standing(policy, count, now_ms), retry_ms)
        for policy, count in counts:
            _take(policy, count, now_ms)
        return Verdict(tuple(_standing(*each, now_ms) for each in counts))

    def _count(self, who: str, policy: Policy) -> _Count:
        key = (who, policy.name)
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = _Count()
            if len(self._counts) > self._callers_max:
                self._counts.popitem(last=False)
        self._counts.move_to_end(key)
        return count


def _counted(policy: Policy, caller: str, workspace: str) -> str:
    return workspace if policy.per == "workspace" or policy.window == "month" else caller


def _move_on(policy: Policy, count: _Count, now_ms: int) -> None:
    """Bring a count to now: refill, start a new window, forget old requests."""
    if policy.window == "bucket":
        full = policy.limit * policy.seconds * 1000
        gained = max(0, now_ms - count.filled_ms) * policy.limit
        count.credit = full if count.credit < 0 else min(full, count.credit + gained)
        count.filled_ms = now_ms
    elif policy.window == "sliding":
        while count.times and count.times[0] <= now_ms - policy.seconds * 1000:
            count.times.popleft()
    elif (start_ms := window_of(policy, now_ms)[0]) != count.window_start_ms:
        count.window_start_ms, count.used = start_ms, 0


def _wait_ms(policy: Policy, count: _Count, now_ms: int) -> int:
    """How long until one more request fits; 0 when it fits now."""
    if policy.window == "bucket":
        missing = policy.seconds * 1000 - count.credit
        return max(0, -(-missing // max(policy.limit, 1)))
    if policy.window == "sliding":
        if len(count.times) < policy.limit:
            return 0
        oldest = count.times[0] if count.times else now_ms
        return max(1, oldest + policy.seconds * 1000 - now_ms)
    return 0 if count.used < policy.limit else max(1, window_of(policy, now_ms)[1] - now_ms)


def _take(policy: Policy, count: _Count, now_ms: int) -> None:
    if policy.window == "bucket":
        count.credit -= policy.seconds * 1000
    elif policy.window == "sliding":
        count.times.append(now_ms)
    else:
        count.used += 1


def _standing(policy: Policy, count: _Count, now_ms: int) -> Standing:
    if policy.window == "bucket":
        missing = policy.limit * policy.seconds * 1000 - count.credit
        full_ms = now_ms - (-missing // max(policy.limit, 1))
        return Standing(policy, count.credit // (policy.seconds * 1000), full_ms)
    if policy.window == "sliding":
        oldest = count.times[0] if count.times else now_ms
        return Standing(policy, policy.limit - len(count.times), oldest + policy.seconds * 1000)
    return Standing(policy, max(0, policy.limit - count.used), window_of(policy, now_ms)[1])


def window_of(policy: Policy, now_ms: int) -> tuple[int, int]:
    """First and end millisecond of the fixed window, or calendar month, that holds a moment."""
    if policy.window != "month":
        length_ms = policy.seconds * 1000
        start_ms = now_ms - now_ms % length_ms
        return start_ms, start_ms + length_ms
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = first.replace(year=now.year + now.month // 12, month=now.month % 12 + 1)
    return int(first.timestamp() * 1000), int(after.timestamp() * 1000)
