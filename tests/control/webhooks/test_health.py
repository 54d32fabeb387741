"""What failures in a row lead to."""

from waypost.control.model.webhooks.health import Consequence, Health, after_failure, after_success

_MINUTE_MS, _DAY_MS = 60_000, 86_400_000


def _fail(times: int, *, native: bool, every_ms: int = _MINUTE_MS) -> list[Consequence]:
    health, result = Health(), []
    for number in range(times):
        result.append(after_failure(health, native=native, gone=False, at_ms=number * every_ms))
        health = result[-1].health
    return result


def test_the_owner_hears_at_5_10_15_and_20_ends_it() -> None:
    """Nobody should find out from a silent integration."""
    done = _fail(20, native=True)
    assert [(n + 1, c.notice) for n, c in enumerate(done) if c.notice] == [(5, 5), (10, 10), (15, 15)]
    assert [n + 1 for n, c in enumerate(done) if c.disable] == [20]
    assert done[-1].disable == "failing"


def test_a_burst_of_failures_counts_once_a_minute() -> None:
    """A hundred waiting events meet a receiver that restarts; that is one failure, not a hundred."""
    done = _fail(1_000, native=True, every_ms=50)
    assert done[-1].health.failures == 1
    assert not any(c.disable or c.notice for c in done)


def test_days_without_success_end_it_too() -> None:
    """A quiet endpoint fails rarely; time must count as well. Vendors promise seven days."""
    for native, days in ((True, 5), (False, 7)):
        first = after_failure(Health(), native=native, gone=False, at_ms=0).health
        just_before = after_failure(first, native=native, gone=False, at_ms=days * _DAY_MS - 1)
        assert just_before.disable is None
        assert after_failure(first, native=native, gone=False, at_ms=days * _DAY_MS).disable == "failing"


def test_a_vendors_endpoint_is_not_ended_by_numbers() -> None:
    """xQR documents days, so twenty bad minutes must not stop its endpoints."""
    assert not any(c.disable for c in _fail(500, native=False))


def test_gone_ends_it_at_once_and_success_forgives() -> None:
    """410 is the receiver's own word; a success is too."""
    assert after_failure(Health(), native=False, gone=True, at_ms=0).disable == "gone"
    assert after_success() == Health()
