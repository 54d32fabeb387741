"""Of a referrer only its host is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.facts.limits import HOST_CHARACTERS_MAX
from waypost.facts.referrer import referrer_host


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("https://www.Example.com/path?email=a@b.c#x", "example.com"),
        ("http://news.example.com:8080/", "news.example.com"),
        ("https://user:secret@example.com/", "example.com"),
        ("https://example.com.", "example.com"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("android-app://com.google.android.gm/", "com.google.android.gm"),
        ("https://t.co/abc", "t.co"),
        ("https://intranet/", "intranet"),
        ("https://192.0.2.7/", ""),
        ("https://[2001:db8::1]/", ""),
        ("https://0x7f.1/", ""),
        ("about:blank", ""),
        ("javascript:alert(1)", ""),
        ("https://", ""),
        ("https://[broken/", ""),
        ("https://exa mple.com/", ""),
        ("https://" + "a" * 300 + ".example/", ""),
        ("example.com", ""),
        ("", ""),
    ],
)
def test_only_the_bare_host_is_kept(header: str, expected: str) -> None:
    """Paths and queries hold other people's secrets, addresses are persons, and `www` is noise."""
    assert referrer_host(header) == expected


@given(st.one_of(st.text(max_size=400), st.text(max_size=400).map(lambda text: f"https://{text}")))
def test_any_text_gives_a_bounded_host_or_nothing(header: str) -> None:
    """A stranger's header neither raises nor brings in anything but a host name."""
    found = referrer_host(header)
    assert len(found) <= HOST_CHARACTERS_MAX
    assert found.isascii()
    assert not set(found) & set("/?#@: ")
