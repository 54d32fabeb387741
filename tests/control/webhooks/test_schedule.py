"""When attempts happen."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.control.model.webhooks.schedule import (
    DELAYS_DIALECT_S,
    DELAYS_NATIVE_S,
    Dead,
    Delivered,
    Outcome,
    Retry,
    next_step,
    parse_retry_after,
)

_FAILED = Outcome(500)


def _moments(delays_s: tuple[int, ...], jitter: float) -> list[int]:
    """The times of all attempts of a delivery that never succeeds, in seconds after the first."""
    at_ms, moments = 0, [0]
    while isinstance(step := next_step(delays_s, len(moments), _FAILED, at_ms=at_ms, jitter=jitter), Retry):
        at_ms = step.at_ms
        moments.append(at_ms // 1000)
    assert step == Dead("attempts_used_up")
    return moments


def test_the_documented_schedule() -> None:
    """xQR promises these six; a receiver down from Friday to Monday is met by the native two."""
    assert _moments(DELAYS_DIALECT_S, 0) == [0, 60, 360, 2_160, 9_360, 52_560]
    assert _moments(DELAYS_NATIVE_S, 0) == [0, 60, 360, 2_160, 9_360, 52_560, 138_960, 268_560]
    assert _moments(DELAYS_NATIVE_S, 0)[-1] > 60 * 3600


@given(st.floats(-1, 1), st.integers(1, 5), st.integers(0, 2**42))
def test_a_delay_is_within_ten_percent(jitter: float, made: int, at_ms: int) -> None:
    """Jitter spreads retries; it must not break the promised times."""
    step = next_step(DELAYS_DIALECT_S, made, _FAILED, at_ms=at_ms, jitter=jitter)
    assert isinstance(step, Retry)
    delay_ms = DELAYS_DIALECT_S[made] * 1000
    assert 0.9 * delay_ms - 1 <= step.at_ms - at_ms <= 1.1 * delay_ms


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_success(status: int) -> None:
    """Receivers answer what their framework answers."""
    assert next_step(DELAYS_DIALECT_S, 6, Outcome(status), at_ms=0, jitter=0) == Delivered()


@pytest.mark.parametrize("status", [None, 100, 199, 300, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503])
def test_everything_else_is_tried_again(status: int | None) -> None:
    """A redirect is not followed, and a client error may be a deploy half done."""
    assert isinstance(next_step(DELAYS_DIALECT_S, 1, Outcome(status), at_ms=0, jitter=0), Retry)


def test_gone_ends_at_once() -> None:
    """Standard Webhooks: 410 means never again."""
    assert next_step(DELAYS_NATIVE_S, 1, Outcome(410), at_ms=0, jitter=0) == Dead("gone")


@pytest.mark.parametrize(("asked_s", "delay_s"), [(10, 60), (600, 600), (12 * 3600, 43_200), (10**9, 43_200)])
def test_retry_after_delays_and_never_hastens(asked_s: int, delay_s: int) -> None:
    """An overloaded receiver says when; twelve hours at most, or it could silence itself."""
    assert next_step(DELAYS_DIALECT_S, 1, Outcome(503, asked_s), at_ms=0, jitter=0) == Retry(delay_s * 1000)


_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("99999999999999999999", 43_200),
        (format_datetime(_NOW.replace(minute=5), usegmt=True), 301),
        (format_datetime(_NOW.replace(year=2020), usegmt=True), 0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
        ("Sun, 99 Foo 2026", None),
    ],
)
def test_retry_after_is_read_as_the_rfc_says(value: str, seconds: int | None) -> None:
    """Seconds or a date; nonsense is no instruction."""
    assert parse_retry_after(value, int(_NOW.timestamp() * 1000)) == seconds


@given(st.text(max_size=60))
def test_no_retry_after_breaks_the_worker(value: str) -> None:
    """The field is written by somebody else's machine."""
    seconds = parse_retry_after(value, 0)
    assert seconds is None or 0 <= seconds <= 43_200
