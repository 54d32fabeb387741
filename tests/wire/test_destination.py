"""The edge's own check of a destination, independent of control's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.wire.destination import is_safe
from waypost.wire.limits import TARGET_BYTES_MAX


@pytest.mark.parametrize(
    "target",
    [b"https://example.com", b"http://example.com:8080/a?b=c#d", b"https://[2001:db8::1]/", b"mailto:a@example.com",
     b"tel:+4912345", b"myapp://open/1", b"https://xn--mnchen-3ya.example/"],
)  # fmt: skip
def test_ordinary_destinations_pass(target: bytes) -> None:
    """What people link to."""
    assert is_safe(target)


@pytest.mark.parametrize(
    "target",
    [b"", b"javascript:alert(1)", b"data:text/html,x", b"vbscript:x", b"file:///etc/passwd", b"blob:https://a/b",
     b"https://", b"https:///x", b"https://user@example.com/", b"https://example.com/\r\nSet-Cookie: a=b",
     b"https://example.com/ x", b"https://ex\xc3\xa4mple.com", b"/relative", b"//example.com", b"JAVASCRIPT:alert(1)",
     b"https://example.com/\x00", b"https://example.com/" + b"a" * TARGET_BYTES_MAX],
)  # fmt: skip
def test_anything_that_could_split_a_header_or_run_a_script_is_refused(target: bytes) -> None:
    """Whatever reached the bus, it must not reach a visitor."""
    assert not is_safe(target)


@given(st.binary(max_size=80))
def test_what_passes_is_printable_ascii(target: bytes) -> None:
    """RFC 9110, clause 5.5: no control character in a field value."""
    if is_safe(target):
        assert all(0x21 <= byte <= 0x7E for byte in target)
