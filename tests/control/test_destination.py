"""Destinations: the URL policy against forms that browsers and attackers use."""

import os
import random

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.control.core.destination import canonical_url, host_of
from waypost.control.model.faults import InvalidUrl
from waypost.control.model.installation import Installation
from waypost.wire.destination import is_safe

IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
URLS = 100_000 if IS_LONG else 3_000
pytestmark = [pytest.mark.fault] if IS_LONG else []

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

SCRIPTS = (
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://a.example/x",
)
HOSTS = {
    "shop.example": "shop.example",
    "münchen.example": "xn--mnchen-3ya.example",
    "пример.example": "xn--e1afmkfd.example",
    "a-b.c--d.example": "a-b.c--d.example",
    "sh%6Fp.example": "shop.example",
    "8.8.8.8": "8.8.8.8",
    "0x08080808": "8.8.8.8",
    "134744072": "8.8.8.8",
    "010.8.8.8": "8.8.8.8",
    "[2606:4700:0:0::1111]": "[2606:4700::1111]",
}
"""How a host may be written, and what a browser makes of it."""

TAILS = (
    "",
    "/",
    "/a/../b",
    "/ü?q=ü#ß",
    "/@go.example/",
    "?next=https://x@go.example/",
    "#@evil.example",
    "/\\evil.example",
)


def disguised(text: str, chance: random.Random) -> str:
    """The same URL to a browser: in other cases, with tabs and line ends inside, and blanks around."""
    scheme, colon, rest = text.partition(":")
    scheme = "".join(chance.choice((letter.lower(), letter.upper())) for letter in scheme)
    written = list(scheme + colon + rest)
    for _ in range(chance.randrange(4)):
        written.insert(chance.randrange(len(written)), chance.choice("\t\n\r"))
    return (
        chance.choice(("", " ", "\x00", "\x1f ", "\n"))
        + "".join(written)
        + chance.choice(("", " ", "\x01", "\t"))
    )


def test_generated_urls_lead_where_a_browser_would_go_or_nowhere() -> None:
    """However a URL is written, its host is the one it was built from, and what is no web address is refused."""
    chance = random.Random(32)
    for _ in range(URLS):
        script = disguised(chance.choice(SCRIPTS), chance)
        with pytest.raises(InvalidUrl):
            canonical_url("target_url", script, PLACE)
        host = chance.choice(tuple(HOSTS))
        slashes = chance.choice(("//", "//", "/", "", "///", "\\\\", "/\\"))
        port = chance.choice(("", "", ":443", ":8443", ":"))
        url = disguised(f"https:{slashes}{host}{port}{chance.choice(TAILS)}", chance)
        kept = canonical_url("target_url", url, PLACE)
        assert host_of(kept) == HOSTS[host], url
        assert is_safe(kept.encode("ascii"))
        assert canonical_url("target_url", kept, PLACE) == kept
        user = chance.choice(("user@", "user:secret@", ":secret@", "go.example@", "%40@"))
        hidden = disguised(f"https://{user}{host}/", chance)
        with pytest.raises(InvalidUrl):
            canonical_url("target_url", hidden, PLACE)


async def test_no_way_in_takes_a_script(client: httpx.AsyncClient) -> None:
    """Create, edit, upsert, bulk and import judge alike, in each place where a link names an address."""
    link = (await client.post("/v1/links", json={"target_url": "https://example.com/"})).json()
    bad = "JaVa\tScript:alert(1)"
    for body in (
        {"target_url": bad},
        {"target_url": "https://example.com/", "fallback_url": bad},
        {"target_url": "https://example.com/", "expired_url": bad},
        {"target_url": "https://example.com/", "rules": [{"id": "r", "then": {"kind": "url", "url": bad}}]},
    ):
        created = await client.post("/v1/links", json=body)
        edited = await client.patch(f"/v1/links/{link['id']}", json=body)
        upserted = await client.put("/v1/links/upsert", json={"external_id": "e", **body})
        assert [each.status_code for each in (created, edited, upserted)] == [422] * 3
        assert (await client.post("/v1/links/bulk", json={"rows": [body]})).json()["failed"] == 1
    csv = f'target_url\n"{bad}"\n'
    imported = await client.post("/v1/links/import", content=csv, headers={"Content-Type": "text/csv"})
    assert imported.json()["failed"] == 1
    assert (await client.get("/v1/links", params={"count": True})).json()["total"] == 1


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
    here = Installation(public_url="http://localhost:8080", allow_private_targets=True)
    assert canonical_url("target_url", "http://localhost:8000/", here) == "http://localhost:8000/"
    with pytest.raises(InvalidUrl, match="leads back"):
        canonical_url("target_url", "http://LOCALHOST:8080/x", here)


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
