"""Destinations: the URL policy against forms that browsers and attackers use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.control.core.destination import canonical_url, host_of
from waypost.control.model.faults import InvalidUrl
from waypost.control.model.installation import Installation
from waypost.wire.destination import is_safe

PLACE = Installation(
    public_url="https://go.example",
    own_hosts=frozenset({"links.example"}),
    blocked_hosts=frozenset({"evil.example"}),
)

REFUSED = """
javascript:alert(1)
JaVaScRiPt:alert(1)
java\tscript:alert(1)
 javascript:alert(1)
data:text/html,<script>
vbscript:x
file:///etc/passwd
blob:https://example.com/x
about:blank
ftp://example.com/
//example.com
/path
example.com
https://
http:///
https://user@example.com/
https://user:secret@example.com/
https://go.example/loop
https://GO.EXAMPLE./loop
https://links.example/
https://evil.example/
https://www.evil.example/
http://localhost/
http://foo.localhost/
http://printer.local/
http://127.0.0.1/
http://127.1/
http://2130706433/
http://0x7f000001/
http://0177.0.0.1/
http://0/
http://10.1.2.3/
http://172.16.0.1/
http://192.168.0.1/
http://169.254.169.254/latest/meta-data
http://100.64.0.1/
http://[::1]/
http://[::ffff:127.0.0.1]/
http://[64:ff9b::7f00:1]/
http://[2002:7f00:1::]/
http://[fe80::1]/
http://[fc00::1]/
http://[::]/
http://224.0.0.1/
http://1.2.3.4.5/
http://exa mple.com/
http://example.com:99999/
""".strip("\n").split("\n")

ACCEPTED = {
    "https://example.com": "https://example.com/",
    "HTTPS://EXAMPLE.com:443/A?b=C#d": "https://example.com/A?b=C#d",
    "https://münchen.example/straße?q=ü#ß": "https://xn--mnchen-3ya.example/stra%C3%9Fe?q=%C3%BC#%C3%9F",
    "http://example.com/a b": "http://example.com/a%20b",
    "http://example.com/a/../b": "http://example.com/b",
    "https://example.com/%0d%0aSet-Cookie:x": "https://example.com/%0d%0aSet-Cookie:x",
    "https://exa\nmple.com/": "https://example.com/",
    "http://8.8.8.8/": "http://8.8.8.8/",
    "http://[2606:4700::1111]/": "http://[2606:4700::1111]/",
}


@pytest.mark.parametrize("url", REFUSED)
def test_hostile_destination_is_refused(url: str) -> None:
    """Each of these would run a script, reach inside, loop, or hide where it leads."""
    with pytest.raises(InvalidUrl) as refusal:
        canonical_url("target_url", url, PLACE)
    assert refusal.value.field == "target_url"


@pytest.mark.parametrize(("url", "kept"), ACCEPTED.items())
def test_destination_is_kept_in_canonical_form(url: str, kept: str) -> None:
    """What is stored is what is sent, byte for byte."""
    assert canonical_url("target_url", url, PLACE) == kept
    assert canonical_url("target_url", kept, PLACE) == kept


def test_private_targets_are_allowed_only_when_the_operator_says_so() -> None:
    """Intranets are a use, not a default."""
    allowed = Installation(public_url="https://go.example", allow_private_targets=True)
    assert canonical_url("target_url", "http://10.0.0.1/", allowed) == "http://10.0.0.1/"
    assert canonical_url("target_url", "http://localhost:8000/", allowed) == "http://localhost:8000/"


@given(st.text(max_size=80) | st.from_regex(r"https?://[^/]{1,30}/.{0,30}", fullmatch=True))
def test_whatever_is_accepted_is_safe_to_send(url: str) -> None:
    """No accepted text can split a header, and its host stays the same when parsed again."""
    try:
        kept = canonical_url("target_url", url, PLACE)
    except InvalidUrl:
        return
    assert is_safe(kept.encode("ascii"))
    assert canonical_url("target_url", kept, PLACE) == kept
    assert host_of(kept) not in ("", "go.example")
