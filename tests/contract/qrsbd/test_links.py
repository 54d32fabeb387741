"""QR codes and short links of QRs.bd: what the golden exchanges do not show."""

from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import func, select
from tests.contract.world import World

from waypost.control.core import links, qr_codes
from waypost.control.model.links import CreateLink, UpdateLink
from waypost.control.model.qr import PictureWish
from waypost.control.store.qr import qr_designs
from waypost.rules.model import Device, Rule, Url

QR = "/api/v1/qrcodes"


async def made(client: httpx.AsyncClient, path: str = QR, **fields: Any) -> dict[str, Any]:
    """A new row."""
    answer = await client.post(path, json={"target_url": "https://example.com/", **fields})
    assert answer.status_code == 201, answer.text
    row: dict[str, Any] = answer.json()["data"]
    return row


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest",
        "http://[fd00::1]/",
        "http://2130706433/",
        "http://0x7f000001/",
        "javascript:alert(1)",
        "mailto:a@example.com",
        "example.com",
    ],
)
async def test_internal_and_foreign_targets_are_refused_even_where_the_operator_allows_them(
    world: World, client: httpx.AsyncClient, url: str
) -> None:
    """C99: the vendor promises that no code leads into a private network."""
    database = world.control.database
    database.installation = msgspec.structs.replace(database.installation, allow_private_targets=True)
    answer = await client.post(QR, json={"target_url": url})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.json()["message"].startswith("target_url")


async def test_a_static_code_keeps_what_is_printed(client: httpx.AsyncClient) -> None:
    """C98: a static picture holds the target itself; changing the row would make it lie."""
    row = await made(client, is_dynamic=False)
    path = f"{QR}/{row['id']}"
    refused = await client.patch(path, json={"target_url": "https://example.com/b"})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    renamed = await client.patch(path, json={**row, "title": "Still mine"})
    assert renamed.json() == {
        "data": {**row, "title": "Still mine", "updated_at": renamed.json()["data"]["updated_at"]}
    }
    freed = await client.patch(path, json={"target_url": "https://example.com/b", "is_dynamic": True})
    assert (freed.status_code, freed.json()["data"]["target_url"]) == (200, "https://example.com/b")


async def test_content_and_design_come_back_as_they_were_sent_and_are_cleared_by_null(
    client: httpx.AsyncClient,
) -> None:
    """C161: designs are free-form; content has the members that its page shows."""
    wifi = {"ssid": "Guests", "password": "long enough", "encryption": "WPA"}
    design = {"dots": "rounded", "colors": {"fg": "#102030"}, "logo": None}
    row = await made(client, template_type="wifi", content=wifi, design=design)
    assert (row["template_type"], row["content"], row["design"]) == ("wifi", wifi, design)
    path = f"{QR}/{row['id']}"
    kept = (await client.patch(path, json={"title": "t"})).json()["data"]
    assert (kept["content"], kept["design"]) == (wifi, design)
    cleared = (
        await client.patch(path, json={"template_type": "url", "content": None, "design": None})
    ).json()
    assert [cleared["data"][name] for name in ("template_type", "content", "design")] == ["url", None, None]


async def test_a_design_in_native_words_styles_the_pictures_of_its_code(
    world: World, client: httpx.AsyncClient
) -> None:
    """C161: colours and dots are there to be seen; the design is the code's alone and goes with it."""
    design = {"dots": {"color": "#1a2b3c"}, "backgroundOptions": {"color": "#fffff0"}, "campaign": "spring"}
    row = await made(client, design=design)
    path = f"{QR}/{row['id']}"

    async def drawn() -> str:
        async with world.control.database.read() as tx:
            wish = PictureWish()
            order = await qr_codes.order_for_link(tx, world.actor, row["id"], wish)
        picture = await world.control.studio.draw(msgspec.structs.replace(order, format="svg", size_px=300))
        return picture.body.decode()

    assert row["design"] == design
    assert "#1a2b3c" in await drawn()
    await client.patch(path, json={"title": "t"})
    assert "#1a2b3c" in await drawn()
    changed = {**design, "dots": {"color": "#6a0b0c"}}
    assert (await client.patch(path, json={"design": changed})).json()["data"]["design"] == changed
    assert "#6a0b0c" in await drawn()
    pale = {"dots": {"color": "#ffffff"}}
    assert (await client.patch(path, json={"design": pale})).json()["data"]["design"] == pale
    assert "#6a0b0c" not in await drawn()
    await client.patch(path, json={"design": design})
    await client.delete(path)
    async with world.control.database.read() as tx:
        assert await tx.number(select(func.count()).select_from(qr_designs)) == 0


async def test_the_picture_of_a_static_code_holds_its_destination(
    world: World, client: httpx.AsyncClient
) -> None:
    """C98: it must work without us once it is printed; a dynamic one holds its short URL."""
    static, dynamic = await made(client, is_dynamic=False), await made(client)
    async with world.control.database.read() as tx:
        orders = [
            await qr_codes.order_for_link(tx, world.actor, row["id"], PictureWish())
            for row in (static, dynamic)
        ]
    assert [order.text for order in orders] == [static["target_url"], f"{dynamic['short_url']}?qr=1"]


async def test_content_that_no_page_shows_is_kept_and_the_rest_is_shown(
    world: World, client: httpx.AsyncClient
) -> None:
    """The vendor leaves `content` open: a client's own members must neither be refused nor be lost."""
    menu = {"sections": [{"title": "Soups", "items": [{"name": "Dal", "price": "3", "kcal": 210}]}], "v": 2}
    row = await made(client, template_type="menu", content=menu)
    path = f"{QR}/{row['id']}"
    assert row["content"] == menu
    assert (await client.patch(path, json={"title": "t", "design": {"a": 1}})).json()["data"][
        "content"
    ] == menu
    async with world.control.database.write() as tx:
        page = (await links.get_link(tx, world.actor, row["id"])).link.content
        assert page == {"sections": [{"title": "Soups", "items": [{"name": "Dal", "price": "3"}]}]}
        changed = {"file_url": "https://example.com/menu.pdf"}
        await links.update_link(tx, world.actor, row["id"], UpdateLink(content=changed))
    assert (await client.get(path)).json()["data"]["content"] == changed
    plain = (await client.patch(path, json={"template_type": "url"})).json()["data"]
    assert (plain["template_type"], plain["content"]) == ("url", changed)
    again = (await client.patch(path, json={"template_type": "menu"})).json()["data"]
    assert (again["template_type"], again["content"], again["design"]) == ("menu", changed, {"a": 1})
    wrong = await client.post(
        QR, json={"target_url": "https://example.com/", "template_type": "event", "content": {"x": 1}}
    )
    assert (wrong.status_code, wrong.json()["message"]) == (400, "content.title: must be given")


async def test_a_code_that_only_shows_its_page_needs_no_destination(client: httpx.AsyncClient) -> None:
    """The vendor asks for one always; a network to join leads nowhere."""
    wifi = {"template_type": "wifi", "content": {"ssid": "Guests", "password": "long enough"}}
    answer = await client.post(QR, json=wifi)
    assert (answer.status_code, answer.json()["data"]["target_url"]) == (201, "")
    row = answer.json()["data"]
    assert (await client.patch(f"{QR}/{row['id']}", json=row)).status_code == 200
    app = {"template_type": "app", "content": {"ios_url": "https://apps.apple.com/app/id1"}}
    for body in (app, {"template_type": "wifi"}, {"template_type": "wifi", "content": None}, {}):
        refused = await client.post(QR, json=body)
        assert (refused.status_code, refused.json()["message"]) == (400, "target_url: is required")


async def test_an_equal_slug_is_ignored_and_another_refused(client: httpx.AsyncClient) -> None:
    """C115: clients send whole rows back; a printed slug never moves."""
    row = await made(client, slug="keep_me")
    same = await client.patch(f"{QR}/{row['id']}", json={**row, "title": "t", "expires_at": None})
    assert (same.status_code, same.json()["data"]["slug"]) == (200, "keep_me")
    other = await client.patch(f"{QR}/{row['id']}", json={"slug": "other"})
    assert (other.status_code, other.json()["error"]) == (400, "invalid_request")


async def test_expiry_is_set_and_cleared_and_a_bad_one_named(client: httpx.AsyncClient) -> None:
    """C104: null clears; a date that is none must not silently mean never."""
    row = await made(client, "/api/v1/links", expires_at="2020-01-01T00:00:00+06:00")
    assert row["expires_at"] == "2019-12-31T18:00:00Z"
    path = f"/api/v1/links/{row['id']}"
    assert (await client.patch(path, json={"expires_at": None})).json()["data"]["expires_at"] is None
    bad = await client.patch(path, json={"expires_at": "tomorrow"})
    assert (bad.status_code, bad.json()["error"]) == (400, "invalid_request")
    assert "expires_at" in bad.json()["message"]


async def test_a_password_is_kept_and_never_shown(client: httpx.AsyncClient) -> None:
    """C170: an extension; the vendor has passwords, but no member for them."""
    row = await made(client, password="open sesame")
    assert row["has_password"] is True
    assert "open sesame" not in str(row)
    freed = await client.patch(f"{QR}/{row['id']}", json={"password": None})
    assert freed.json()["data"]["has_password"] is False


async def test_lists_hold_the_newest_200_of_their_kind(world: World, client: httpx.AsyncClient) -> None:
    """C68: no paging in this dialect."""
    async with world.control.database.write() as tx:
        for number in range(201):
            await links.create_link(
                tx, world.actor, CreateLink(kind="qr", target_url="https://example.com/", title=f"{number}")
            )
    newest = await made(client)
    rows = (await client.get(QR)).json()["data"]
    assert (len(rows), rows[0]["id"]) == (200, newest["id"])
    assert (await client.get("/api/v1/links")).json() == {"data": []}


async def test_rules_of_others_survive_a_change(world: World, client: httpx.AsyncClient) -> None:
    """A PATCH in this dialect replaces only what this dialect can say."""
    row = await made(client, smart_rules=[{"type": "ab", "weight": 5, "target_url": "https://example.com/5"}])
    foreign = Rule(id="mine", when=(Device(values=("tablet",)),), then=Url("https://example.com/t"))
    async with world.control.database.write() as tx:
        before = (await links.get_link(tx, world.actor, row["id"])).link.rules
        await links.update_link(tx, world.actor, row["id"], UpdateLink(rules=(foreign, *before)))
    assert (await client.get(f"{QR}/{row['id']}")).json()["data"]["smart_rules"] == row["smart_rules"]
    geo = {"type": "geo", "condition": "not_in", "values": ["bd"], "target_url": "https://example.com/w"}
    after = await client.patch(f"{QR}/{row['id']}", json={"smart_rules": [geo]})
    assert after.json()["data"]["smart_rules"] == [{**geo, "values": ["BD"]}]
    async with world.control.database.read() as tx:
        rules = (await links.get_link(tx, world.actor, row["id"])).link.rules
    assert [rule.id for rule in rules][1:] == ["mine"]
    assert rules[1] == foreign
