"""QR codes as objects: made, found, read back by a decoder, changed, deleted."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from tests.contract.codeqr.test_links import MEMBERS
from tests.contract.codeqr.test_qr import decoded

CONTENTS: dict[str, Any] = {
    "text": "Grüße aus Köln",
    "email": {"email": "ada@example.com", "subject": "Hello you", "body": "Line"},
    "phone": "+4922112345",
    "sms": {"phone": "+4922112345", "message": "On my way"},
    "whatsapp": {"phone": "+49 221 12345", "message": "On my way"},
    "wifi": {"ssid": "Guests", "password": "long enough", "hidden": True},
    "vcard": {"firstName": "Ada", "lastName": "Lovelace", "company": "Engines", "zip": "50667", "phone": "+4922112345"},
    "crypto": {"coin": "bitcoin", "address": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "amount": "0.001"},
}  # fmt: skip
PRINTED = {
    "text": "Grüße aus Köln",
    "email": "mailto:ada@example.com?subject=Hello%20you&body=Line",
    "phone": "tel:+4922112345",
    "sms": "SMSTO:+4922112345:On my way",
    "whatsapp": "https://wa.me/4922112345?text=On%20my%20way",
    "wifi": "WIFI:T:WPA;S:Guests;P:long enough;H:true;;",
    "vcard": "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lovelace;Ada;;;\r\nFN:Ada Lovelace\r\nORG:Engines\r\n"
    "TEL:+4922112345\r\nADR:;;;;;50667;\r\nEND:VCARD",
    "crypto": "bitcoin:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq?amount=0.001",
}
LOOK = {
    "bgColor": "#FFEEDD",
    "fgColor": "#102030",
    "size": 400,
    "level": "H",
    "showLogo": False,
    "excavate": False,
}
MORE = ["type", "static", "bgColor", "fgColor", "size", "level", "showLogo", "logo", "excavate", "scans"]


async def make(client: httpx.AsyncClient, **members: Any) -> dict[str, Any]:
    """A new code."""
    answer = await client.post("/qrcodes", json=members)
    assert answer.status_code == 200, answer.text
    code: dict[str, Any] = answer.json()
    return code


async def said(client: httpx.AsyncClient, code: dict[str, Any]) -> str:
    """What a phone reads in the picture of a code."""
    parts = urlsplit(code["qrCode"])
    picture = await client.get(f"{parts.path.removeprefix('/codeqr')}?{parts.query}")
    assert picture.status_code == 200, picture.text
    return decoded(picture.content)[0]


async def test_a_code_is_a_link_with_a_look(client: httpx.AsyncClient) -> None:
    """Its members are those of a link and those of the look, and the picture wears that look."""
    made = await make(client, url="https://example.com/menu", key="menu", externalId="t-1", **LOOK)
    assert sorted(made) == sorted(MEMBERS + MORE)
    assert made == {**made, **LOOK, "type": "url", "static": False, "url": "https://example.com/menu"}
    assert made["id"].startswith("qr_")
    assert (await said(client, made)).startswith(f"{made['shortLink']}?")
    for found in (
        f"/qrcodes/{made['id']}",
        "/qrcodes/ext_t-1",
        f"/qrcodes/info?qrcodeId={made['id']}",
        "/qrcodes/info?externalId=t-1",
        f"/qrcodes/info?domain={made['domain']}&key=menu",
    ):
        assert (await client.get(found)).json() == made
    link = (await client.get("/links/ext_t-1")).json()
    assert (link["shortLink"], link["url"]) == (made["shortLink"], made["url"])


@pytest.mark.parametrize("kind", CONTENTS)
async def test_every_content_comes_back_and_is_read(client: httpx.AsyncClient, kind: str) -> None:
    """A static code says its content itself; a dynamic one leads to it, and both show it as it was sent."""
    fixed = await make(client, type=kind, static=True, **{kind: CONTENTS[kind]})
    assert (fixed["type"], fixed["static"], fixed[kind]) == (kind, True, CONTENTS[kind])
    assert await said(client, fixed) == PRINTED[kind]
    moving = await make(client, type=kind, **{kind: CONTENTS[kind]})
    assert (moving["type"], moving["static"], moving[kind]) == (kind, False, CONTENTS[kind])
    assert (await said(client, moving)).startswith(moving["shortLink"])
    assert [name for name in CONTENTS if name in moving] == [kind]


async def test_a_code_changes_and_what_is_printed_stays(client: httpx.AsyncClient) -> None:
    """A change of content keeps the key; a static code refuses what could not reach the paper."""
    made = await make(client, url="https://example.com/a", key="k1")
    answer = await client.patch(f"/qrcodes/{made['id']}", json={"type": "text", "text": "Closed today"})
    assert answer.json() == {**answer.json(), "key": "k1", "type": "text", "text": "Closed today"}
    same = await client.put(f"/qrcodes/{made['id']}", json={"text": "Closed today", "title": ""})
    assert same.json()["updatedAt"] == answer.json()["updatedAt"]
    back = await client.patch(f"/qrcodes/{made['id']}", json={"type": "url", "url": "https://example.com/b"})
    assert (back.json()["type"], back.json()["url"]) == ("url", "https://example.com/b")
    assert "text" not in back.json()
    fixed = await make(client, type="phone", phone="+4922112345", static=True)
    refused = await client.patch(f"/qrcodes/{fixed['id']}", json={"phone": "+4922199999"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "unprocessable_entity")
    freed = await client.patch(f"/qrcodes/{fixed['id']}", json={"phone": "+4922199999", "static": False})
    assert (freed.json()["phone"], freed.json()["static"]) == ("+4922199999", False)
    styled = await client.patch(f"/qrcodes/{fixed['id']}", json={"fgColor": "#112233"})
    assert (styled.json()["fgColor"], styled.json()["phone"]) == ("#112233", "+4922199999")


async def test_a_static_code_holds_its_utm_parameters(client: httpx.AsyncClient) -> None:
    """What is printed is what `url` says, and nothing that is printed can be changed behind it."""
    made = await make(client, url="https://example.com/s?x=1", utm_source="poster", static=True)
    assert await said(client, made) == made["url"] == "https://example.com/s?x=1&utm_source=poster"
    refused = await client.patch(f"/qrcodes/{made['id']}", json={"utm_source": "flyer"})
    assert refused.status_code == 422
    assert "utm_source" in refused.json()["error"]["message"]


async def test_the_content_that_is_sent_says_the_type(client: httpx.AsyncClient) -> None:
    """A change that changes nothing would be a silent refusal."""
    made = await make(client, wifi=CONTENTS["wifi"])
    assert made["type"] == "wifi"
    styled = await client.patch(
        f"/qrcodes/{made['id']}", json={"utm_source": "n", "size": 300.0, "level": "H"}
    )
    assert (styled.status_code, styled.json()["size"], styled.json()["type"]) == (200, 300, "wifi")
    plain = await client.patch(f"/qrcodes/{made['id']}", json={"level": None, "size": None})
    assert (plain.json()["level"], plain.json()["size"]) == ("L", 600)
    led = await client.patch(f"/qrcodes/{made['id']}", json={"url": "https://example.com/new"})
    assert led.json()["type"] == "url"
    assert led.json()["url"].startswith("https://example.com/new")
    both = await client.patch(f"/qrcodes/{made['id']}", json={"text": "a", "phone": "+4922112345"})
    assert both.status_code == 422
    assert "text, phone" in both.json()["error"]["message"]


async def test_a_code_led_elsewhere_is_shown_as_what_it_is(client: httpx.AsyncClient) -> None:
    """Another API may change the link; the old content would be a lie."""
    made = await make(client, type="email", email={"email": "ada@example.com"})
    await client.patch(
        f"/links/{made['id'].replace('qr_', 'link_')}", json={"url": "https://example.com/new"}
    )
    seen = (await client.get(f"/qrcodes/{made['id']}")).json()
    assert (seen["type"], seen["url"]) == ("url", "https://example.com/new")
    assert "email" not in seen


async def test_lists_hold_codes_only(client: httpx.AsyncClient) -> None:
    """A plain link is no code, whatever way it is asked for."""
    link = (await client.post("/links", json={"url": "https://example.com/", "externalId": "plain"})).json()
    codes = [await make(client, url=f"https://example.com/{number}") for number in range(3)]
    newest = [code["id"] for code in reversed(codes)]
    assert [code["id"] for code in (await client.get("/qrcodes")).json()] == newest
    after = await client.get("/qrcodes", params={"startingAfter": newest[0], "pageSize": 1})
    assert [code["id"] for code in after.json()] == newest[1:2]
    for path in (f"/qrcodes/{link['id']}", "/qrcodes/ext_plain", "/qrcodes/info?externalId=plain"):
        assert (await client.get(path)).status_code == 404
    gone = await client.delete(f"/qrcodes/{newest[0]}")
    assert (gone.status_code, gone.json()) == (200, {"id": newest[0]})
    assert [code["id"] for code in (await client.get("/qrcodes")).json()] == newest[1:]


async def test_bulks_tell_what_failed(client: httpx.AsyncClient) -> None:
    """One wrong item must not cost the others."""
    wrong = {"type": "wifi", "wifi": {"ssid": "x", "password": "short"}}
    cloaked = {"url": "https://example.com/2", "rewrite": True}
    answer = await client.post("/qrcodes/bulk", json=[wrong, {"url": "https://example.com/1"}, cloaked])
    made, failed, refused = answer.json()
    assert refused["link"] == cloaked
    assert (made["url"], failed["link"], failed["code"]) == (
        "https://example.com/1",
        wrong,
        "unprocessable_entity",
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"type": "text"}, "text"),
        ({"type": "fax", "fax": "1"}, "type"),
        ({"type": "phone", "phone": "call me"}, "phone"),
        ({"type": "sms", "sms": {"phone": "x"}}, "sms.phone"),
        ({"type": "email", "email": {"email": "nobody"}}, "email.email"),
        ({"type": "wifi", "wifi": {"ssid": "a", "password": "short"}}, "wifi.password"),
        ({"type": "vcard", "vcard": {"note": "nobody"}}, "vcard.firstName"),
        ({"type": "vcard", "static": True, "vcard": {"firstName": "A", "website": "x"}}, "vcard.website"),
        ({"type": "crypto", "crypto": {"coin": "btc", "address": "?"}}, "crypto.address"),
        ({"url": "https://example.com/", "fgColor": "red"}, "fgColor"),
        ({"url": "https://example.com/", "size": 10}, "size"),
    ],
)
async def test_what_is_wrong_is_named(client: httpx.AsyncClient, body: dict[str, Any], field: str) -> None:
    """A person must know what to mend."""
    answer = await client.post("/qrcodes", json=body)
    assert answer.status_code == 422
    assert field in answer.json()["error"]["message"]
