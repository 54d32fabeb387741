"""Counting requests: what a limit promises, shown with time as a value."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.control.dialects.base.rates import Limiter, Policy, Window, window_of

NOW_MS = 1_770_000_030_500


@pytest.mark.parametrize("window", ["bucket", "fixed", "sliding", "month"])
def test_exactly_the_limit_fits_into_one_moment(window: Window) -> None:
    """One more or one fewer than promised is a bug that users bill us for."""
    policy = Policy(name="p", limit=5, window=window, seconds=60)
    limiter = Limiter()
    verdicts = [limiter.charge("a", "w", [policy], NOW_MS) for _ in range(7)]
    assert [verdict.refused is None for verdict in verdicts] == [True] * 5 + [False] * 2
    assert [verdict.standings[0].remaining for verdict in verdicts] == [4, 3, 2, 1, 0, 0, 0]
    assert all(verdict.retry_ms > 0 for verdict in verdicts[5:])


@given(
    window=st.sampled_from(["bucket", "fixed", "sliding", "month"]),
    limit=st.integers(1, 5),
    seconds=st.integers(1, 100),
    gaps=st.lists(st.integers(0, 5000), max_size=40),
)
def test_who_waits_as_told_is_let_in_and_who_comes_a_moment_early_is_not(
    window: Window, limit: int, seconds: int, gaps: list[int]
) -> None:
    """Retry-After must be true: early costs nothing but is refused, in time is served."""
    policy = Policy(name="p", limit=limit, window=window, seconds=seconds)
    limiter, now_ms = Limiter(), NOW_MS
    for gap in gaps:
        now_ms += gap
        verdict = limiter.charge("a", "w", [policy], now_ms)
        if verdict.refused is not None:
            assert limiter.charge("a", "w", [policy], now_ms + verdict.retry_ms - 2).refused is not None
            now_ms += verdict.retry_ms
            assert limiter.charge("a", "w", [policy], now_ms).refused is None


@given(gaps=st.lists(st.integers(0, 3000), max_size=60))
def test_a_sliding_window_never_holds_more_than_its_limit(gaps: list[int]) -> None:
    """Fixed windows let twice the limit pass around their border; a sliding one is bought to avoid that."""
    policy = Policy(name="p", limit=4, window="sliding", seconds=10)
    limiter, now_ms, passed = Limiter(), NOW_MS, []
    for gap in gaps:
        now_ms += gap
        if limiter.charge("a", "w", [policy], now_ms).refused is None:
            passed.append(now_ms)
    for at_ms in passed:
        assert sum(at_ms - 10_000 < other <= at_ms for other in passed) <= 4


def test_a_refused_request_costs_nothing_under_any_policy() -> None:
    """Hitting the burst limit must not eat the month."""
    burst = Policy(name="burst", limit=1, window="bucket", seconds=1)
    month = Policy(name="month", limit=10, window="month", per="workspace")
    limiter = Limiter()
    assert limiter.charge("a", "w", [month, burst], NOW_MS).refused is None
    refused = limiter.charge("a", "w", [month, burst], NOW_MS)
    assert refused.refused is not None
    assert refused.refused.policy.name == "burst"
    left = refused.of("month")
    assert left is not None
    assert left.remaining == 9


def test_keys_of_a_workspace_share_what_is_per_workspace_only() -> None:
    """A second key must not double a plan's quota, nor a colleague's burst block mine."""
    burst = Policy(name="burst", limit=2, window="bucket", seconds=1)
    month = Policy(name="month", limit=3, window="month", per="workspace")
    limiter = Limiter()
    for caller in ("a", "b", "a"):
        assert limiter.charge(caller, "w", [burst, month], NOW_MS).refused is None
    refused = limiter.charge("b", "w", [burst, month], NOW_MS)
    assert refused.refused is not None
    assert refused.refused.policy.name == "month"
    assert limiter.charge("c", "another", [burst, month], NOW_MS).refused is None


@pytest.mark.parametrize(
    ("now", "first", "after"),
    [
        ("2026-01-31T23:59:59", "2026-01-01", "2026-02-01"),
        ("2026-12-01T00:00:00", "2026-12-01", "2027-01-01"),
        ("2028-02-29T12:00:00", "2028-02-01", "2028-03-01"),
    ],
)
def test_months_are_calendar_months_in_utc(now: str, first: str, after: str) -> None:
    """Bills and quotas turn over at the first of the month, also in December."""
    policy = Policy(name="month", limit=1, window="month")
    wanted = tuple(
        int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000) for text in (first, after)
    )
    assert (
        window_of(policy, int(datetime.fromisoformat(now).replace(tzinfo=UTC).timestamp() * 1000)) == wanted
    )


def test_the_memory_of_callers_is_bounded() -> None:
    """Addresses are endless; what counts them is not."""
    policy = Policy(name="p", limit=1, window="fixed", seconds=60)
    limiter = Limiter(callers_max=2)
    for caller in ("a", "b", "c"):
        assert limiter.charge(caller, caller, [policy], NOW_MS).refused is None
    assert limiter.charge("c", "c", [policy], NOW_MS).refused is not None
    assert limiter.charge("a", "a", [policy], NOW_MS).refused is None
