"""`GET /qr`: the picture behind every link's `qrCode`."""

import io

import httpx
import pytest
import zxingcpp
from PIL import Image
from tests.contract.codeqr.test_links import make
from tests.contract.world import World

from waypost.control.dialects.codeqr.dialect import CODEQR


def decoded(body: bytes) -> tuple[str, tuple[int, int]]:
    """What a picture says, and its size."""
    picture = Image.open(io.BytesIO(body)).convert("RGB")
    (found,) = zxingcpp.read_barcodes(picture)
    return found.text, picture.size


async def test_the_address_in_a_link_gives_its_code_without_a_key(
    client: httpx.AsyncClient, world: World
) -> None:
    """It stands in `<img src>`, unencoded, with a query inside of a query."""
    link = await make(client, key="site")
    assert link["qrCode"] == "http://localhost:8000/codeqr/qr?url=https://go.example/site?qr=1"
    path = link["qrCode"].partition("/codeqr")[2]
    async with world.client(CODEQR, "") as anybody:
        answer = await anybody.get(path)
        encoded = await anybody.get("/qr", params={"url": "https://go.example/site?qr=1"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "public, max-age=86400"
    assert decoded(answer.content) == ("https://go.example/site?qr=1", (600, 600))
    assert encoded.content == answer.content


async def test_every_parameter_is_heard(client: httpx.AsyncClient) -> None:
    """Numbers may come as the relative's client writes them, colours with and without their sign."""
    plain = "/qr?url=https://go.example/x?qr=1&a=b"
    answer = await client.get(plain + "&size=300.0&level=H&fgColor=%23204080&bgColor=FFEEDD&margin=4.0")
    text, size = decoded(answer.content)
    picture = Image.open(io.BytesIO(answer.content)).convert("RGB")
    assert (text, size) == ("https://go.example/x?qr=1&a=b", (300, 300))
    assert picture.getpixel((0, 0)) == (0xFF, 0xEE, 0xDD)
    assert (await client.get(plain)).content != answer.content
    without = await client.get(plain + "&hideLogo=true&logo=http://10.0.0.1/x.png")
    assert without.content == (await client.get(plain)).content
    bare = await client.get(plain + "&includeMargin=false&margin=4")
    assert bare.content == (await client.get(plain + "&margin=0")).content != without.content


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("", "url"),
        ("url=", "url"),
        ("url=x&size=49", "size"),
        ("url=x&size=4097", "size"),
        ("url=x&size=big", "size"),
        ("url=x&level=Z", "level"),
        ("url=x&fgColor=blue", "fgColor"),
        ("url=x&fgColor=ffffff", ""),
        ("url=x&margin=-1", "margin"),
        ("url=x&hideLogo=perhaps", "hideLogo"),
        ("url=x&includeMargin=perhaps", "includeMargin"),
        ("url=x&logo=http://127.0.0.1/logo.png", "logo"),
    ],
)
async def test_what_cannot_be_drawn_is_422(client: httpx.AsyncClient, query: str, named: str) -> None:
    """Named after the parameter; a logo in our own network is not fetched, a blank code not drawn."""
    answer = await client.get(f"/qr?{query}")
    assert answer.status_code == 422, answer.text
    error = answer.json()["error"]
    assert error["code"] == "unprocessable_entity"
    assert error["message"].startswith(named)
