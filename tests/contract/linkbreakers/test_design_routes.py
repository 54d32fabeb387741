"""Designs through the front door, and the images drawn with them."""

import base64
import io
from typing import Any

import httpx
import pytest
import zxingcpp
from PIL import Image
from tests.contract.linkbreakers.test_designs import ARTICLE, LINEAR, STOPS
from tests.contract.world import World

from waypost.control import limits
from waypost.control.core.qr_designs import OWNERLESS
from waypost.control.dialects.linkbreakers.dialect import LINKBREAKERS
from waypost.control.store import qr

PATH = "/v1/qrcode-designs"
TARGET = "https://example.com/branded"


def logo() -> str:
    """A small picture as base64."""
    out = io.BytesIO()
    Image.new("RGB", (120, 120), "#c81e1e").save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


async def design(client: httpx.AsyncClient, **members: Any) -> dict[str, Any]:
    """Create a design and return it."""
    answer = await client.post(PATH, json=members)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["qrcode_design"]
    return made


async def link(client: httpx.AsyncClient, **members: Any) -> dict[str, Any]:
    """Create a link and return it."""
    answer = await client.post("/v1/links", json={"destination": TARGET, **members})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["link"]
    return made


def text_of(answer: httpx.Response) -> str:
    """What the code in an image says."""
    found = zxingcpp.read_barcode(Image.open(io.BytesIO(answer.content)))
    assert found is not None
    return str(found.text)


async def test_the_image_of_a_new_link_shows_without_a_token(client: httpx.AsyncClient, world: World) -> None:
    """The article puts the address straight into an <img>; it says the short URL with the scan marker."""
    made = await link(client)
    async with world.client(LINKBREAKERS, key="") as browser:
        answer = await browser.get(made["qrcode_signed_url"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert text_of(answer) == made["entrypoint"] + "?qr=1"


async def test_the_articles_design_with_its_logo_is_drawn_and_read(client: httpx.AsyncClient) -> None:
    """500 px, rounded dots, a logo of 30 %: whatever is accepted must decode."""
    made = await design(client, **ARTICLE, central_image_data=logo())
    assert {name: made[name] for name in ARTICLE} == ARTICLE
    branded = await link(client, qrcode_design_id=made["id"])
    assert branded["qrcode_design_id"] == made["id"]
    answer = await client.get(branded["qrcode_signed_url"])
    picture = Image.open(io.BytesIO(answer.content)).convert("RGB")
    assert picture.size == (500, 500)
    assert picture.getpixel((250, 250)) == (200, 30, 30)
    assert text_of(answer) == branded["entrypoint"] + "?qr=1"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("PNG", "image/png"), ("SVG", "image/svg+xml"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")],
)
async def test_each_output_format_is_served(client: httpx.AsyncClient, name: str, kind: str) -> None:
    """The design says which."""
    made = await design(client, output_file_format=f"OUTPUT_FILE_FORMAT_{name}")
    assert made["output_file_format"] == f"OUTPUT_FILE_FORMAT_{name}"
    answer = await client.get((await link(client, qrcode_design_id=made["id"]))["qrcode_signed_url"])
    assert answer.headers["content-type"] == kind


@pytest.mark.parametrize(
    "members",
    [
        {"dots_options": {"gradient": LINEAR, "type": "dots"}},
        {"dots_options": {"gradient": {"type": "radial", "colorStops": STOPS}}},
        {
            "dotsOptions": {
                "themeColor": {"type": "THEME_COLOR_TYPE_LINEAR", "colors": ["#3b82f6", "#7c3aed"]}
            }
        },
        {"shape": "SHAPE_CIRCLE"},
        {"corners_dot_options": {"type": "dot", "color": "#1e293b"}},
        {"corners_square_options": {"type": "square", "color": "#1e293b"}},
        {"background_options": {"color": "#fef9c3"}},
        {"width": 800, "height": 600, "error_correction_level": "Q"},
        {"central_image_data": logo(), "central_image_size": 0.9, "central_image_margin": 6},
        {"central_image_data": logo(), "hide_background_dots": False, "error_correction_level": "L"},
    ],
)
async def test_every_accepted_look_decodes(client: httpx.AsyncClient, members: dict[str, Any]) -> None:
    """An image too large for its error correction is made smaller before the code is made unreadable."""
    made = await design(client, **members)
    branded = await link(client, qrcode_design_id=made["id"])
    assert text_of(await client.get(branded["qrcode_signed_url"])) == branded["entrypoint"] + "?qr=1"


async def test_one_change_restyles_every_code_that_shares_a_design(client: httpx.AsyncClient) -> None:
    """The article's brand template: the addresses stay, the images change."""
    made = await design(client, dots_options={"color": "#111111"})
    links = [await link(client, qrcode_design_id=made["id"]) for _ in range(2)]
    before = [(await client.get(each["qrcode_signed_url"])).content for each in links]
    changed = await client.patch(f"{PATH}/{made['id']}", json={"dotsOptions": {"color": "#b91c1c"}})
    assert changed.json()["qrcode_design"]["dots_options"] == {"color": "#b91c1c", "type": "square"}
    for each, old in zip(links, before, strict=True):
        answer = await client.get(each["qrcode_signed_url"])
        assert answer.content != old
        colors = Image.open(io.BytesIO(answer.content)).convert("RGB").getcolors() or []
        assert {color for _, color in colors} >= {(185, 28, 28), (255, 255, 255)}


async def test_a_look_that_cannot_be_scanned_says_what_to_change(client: httpx.AsyncClient) -> None:
    """Nothing unscannable leaves; the member is named in the vendor's words."""
    answer = await client.post(PATH, json={"dots_options": {"color": "#fefefe"}})
    assert answer.status_code == 400
    assert answer.json()["details"] == [{"field": "dots_options", "reason": "unscannable"}]
    odd = await client.post(PATH, json={"dots_options": {"color": "no-colour"}})
    assert odd.json()["details"][0]["field"] == "dots_options.color"


async def test_a_central_image_that_is_none_has_its_own_code(client: httpx.AsyncClient) -> None:
    """Not a picture, and larger than 3 MB, are told apart."""
    text = base64.b64encode(b"not a picture").decode()
    answer = await client.post(PATH, json={"central_image_data": text})
    assert (answer.status_code, answer.json()["codeType"]) == (400, "CENTRAL_IMAGE_INVALID")
    large = base64.b64encode(bytes(3 * 1024 * 1024 + 1)).decode()
    answer = await client.post(PATH, json={"centralImageData": large})
    assert (answer.status_code, answer.json()["codeType"]) == (400, "CENTRAL_IMAGE_TOO_LARGE")


async def test_a_central_image_can_be_taken_away(client: httpx.AsyncClient) -> None:
    """The client's flag."""
    made = await design(client, central_image_data=logo())
    branded = await link(client, qrcode_design_id=made["id"])
    with_image = (await client.get(branded["qrcode_signed_url"])).content
    await client.patch(f"{PATH}/{made['id']}", json={"centralImageDelete": True})
    assert (await client.get(branded["qrcode_signed_url"])).content != with_image


async def test_a_design_in_use_stays(client: httpx.AsyncClient) -> None:
    """412 while a link uses it, then 200 and gone."""
    made = await design(client, **ARTICLE)
    branded = await link(client, qrcode_design_id=made["id"])
    refused = await client.delete(f"{PATH}/{made['id']}")
    assert (refused.status_code, refused.json()["codeType"]) == (412, "FAILED_PRECONDITION")
    await client.delete(f"/v1/links/{branded['id']}")
    assert (await client.delete(f"{PATH}/{made['id']}")).json() == {}
    assert (await client.get(f"{PATH}/{made['id']}")).status_code == 404
    unknown = await client.post("/v1/links", json={"destination": TARGET, "qrcode_design_id": made["id"]})
    assert unknown.status_code == 404


async def test_designs_come_along_when_they_are_asked_for(client: httpx.AsyncClient) -> None:
    """`include=qrcodeDesign` on one link and on a list; a link without its own design shows the plain one."""
    made = await design(client, **ARTICLE)
    branded = await link(client, qrcode_design_id=made["id"])
    await link(client)
    shown = (await client.get(f"/v1/links/{branded['id']}?include=qrcodeDesign,tags,customDomain")).json()
    assert shown["link"]["qrcode_design"] == made
    listed = (await client.get("/v1/links?page_size=50&include=qrcodeDesign")).json()["links"]
    assert {each["qrcodeDesign"]["dotsOptions"]["type"] for each in listed} == {
        "DOTS_TYPE_ROUNDED",
        "DOTS_TYPE_SQUARE",
    }


async def test_an_image_lives_until_its_signature_expires(client: httpx.AsyncClient, world: World) -> None:
    """Deleting the link stops scans, not pictures that were handed out; a changed address shows nothing."""
    made = await link(client)
    url = made["qrcode_signed_url"]
    await client.delete(f"/v1/links/{made['id']}")
    assert (await client.get(url)).status_code == 200
    assert (await client.get(url.replace("sig=", "sig=0"))).status_code == 400
    assert (await client.get(url.replace("t=https", "t=httpx"))).status_code == 400
    world.now_ms += 9 * 24 * 3600 * 1000
    assert (await client.get(url)).status_code == 400


async def test_a_link_without_a_code_has_no_image(client: httpx.AsyncClient) -> None:
    """`qrcode_enabled: false` drops image and design; the shortlink goes on, and true brings both back."""
    made = await link(client, qrcode_enabled=False)
    assert made["qrcode_signed_url"] == ""
    changed = await client.patch(f"/v1/links/{made['id']}", json={"qrcodeEnabled": True})
    assert changed.json()["link"]["qrcode_signed_url"]


async def test_a_design_without_a_token_is_anybodys_for_a_day(
    world: World, client: httpx.AsyncClient
) -> None:
    """The client makes designs before there is a workspace: links may use one; forgotten ones go."""
    async with world.client(LINKBREAKERS, "") as nobody:
        bodies = [{"dots_options": {"color": color}} for color in ("#aa0000", "#00aa00")]
        made = [
            (await nobody.post("/v1/public/qrcode-designs", json=body)).json()["qrcode_design"]["id"]
            for body in bodies
        ]
        assert (await nobody.get(f"/v1/qrcode-designs/{made[0]}")).status_code == 401
    body = {"destination": "https://example.com/", "qrcode_design_id": made[0]}
    link = (await client.post("/v1/links?include=qrcodeDesign", json=body)).json()["link"]
    assert link["qrcode_design"]["id"] == made[0]
    world.now_ms += limits.PUBLIC_DESIGNS_KEPT_MS + 1000
    async with world.control.database.write() as tx:
        gone = await qr.forget_ownerless(
            tx, OWNERLESS, tx.now_ms - limits.PUBLIC_DESIGNS_KEPT_MS, limits.CLEAR_UP_ROWS_MAX
        )
    assert gone == 1
    assert (await client.get(f"/v1/qrcode-designs/{made[0]}")).status_code == 200
    assert (await client.get(f"/v1/qrcode-designs/{made[1]}")).status_code == 404
