"""Link-in-bio pages through xQR: what clients send and read, what visitors see, what is counted."""

import asyncio
import io
from pathlib import Path

import httpx
import msgspec
import pytest
from PIL import Image
from tests.analytics.scans import scan
from tests.analytics.service_process import AnalyticsProcess, settled, ship
from tests.broker_process import BrokerProcess
from tests.contract.world import World
from tests.control.test_links import record_of
from tests.control.webhooks.receiver import Receiver, answering

from waypost.control.bus import Bus
from waypost.control.core import bio_pages
from waypost.control.model.bio import UpdateBioPage
from waypost.runtime.broker import Broker
from waypost.wire.content.check import decode
from waypost.wire.ids import to_bytes
from waypost.wire.link import LinkState
from waypost.wire.scan import Outcome, ScanV1

_DEADLINE_S = 30.0
LINKS = [
    {"title": "Shop", "url": "https://shop.example/", "icon": "shop"},
    {"title": "Write", "url": "mailto:ada@example.com", "icon": "a-picture-of-ours"},
]


async def make(client: httpx.AsyncClient, **members: object) -> dict[str, object]:
    """A page."""
    answer = await client.post("/api/v1/bio/pages", json={"title": "Ada Lovelace", **members})
    assert answer.status_code == 201, answer.text
    page: dict[str, object] = answer.json()["data"]
    return page


async def test_a_page_goes_on_and_off_at_its_address(client: httpx.AsyncClient, world: World) -> None:
    """C263, C265, C266: 404 before it is published and after it is taken away; twice is as once."""
    page = await make(client, links=LINKS, theme="dark")
    database, path = world.control.database, f"/api/v1/bio/pages/{page['id']}"
    assert (page["slug"], page["public_url"]) == ("ada-lovelace", "https://go.example/@ada-lovelace")
    assert (page["published"], page["is_published"], page["published_at"]) == (False, False, None)
    assert (await record_of(database, "@ada-lovelace")).state == LinkState.PAUSED
    for _ in range(2):
        shown = (await client.post(f"{path}/publish")).json()["data"]
        assert shown["published"] is True
    record = await record_of(database, "@ada-lovelace")
    assert record.state == LinkState.ACTIVE
    assert record.options.content is not None
    content = decode("bio", record.options.content.data)
    assert content.look.theme == "dark"
    for _ in range(2):
        assert (await client.post(f"{path}/unpublish")).json()["data"]["published"] is False
    assert (await record_of(database, "@ada-lovelace")).state == LinkState.PAUSED


async def test_a_change_of_a_published_page_is_live_at_once(client: httpx.AsyncClient, world: World) -> None:
    """C264: this API knows no drafts, so nothing that is written through it may wait in one."""
    page = await make(client, links=LINKS)
    path = f"/api/v1/bio/pages/{page['id']}"
    await client.post(f"{path}/publish")
    changed = (await client.patch(path, json={"title": "Ada L.", "bio": "Mathematician"})).json()["data"]
    assert (changed["title"], changed["bio"], changed["links"]) == ("Ada L.", "Mathematician", page["links"])
    record = await record_of(world.control.database, "@ada-lovelace")
    assert record.options.content is not None
    assert decode("bio", record.options.content.data).title == "Ada L."  # type: ignore[attr-defined]  # a Bio
    cleared = (await client.patch(path, json={"bio": None, "links": None, "theme": None})).json()["data"]
    assert (cleared["bio"], cleared["links"], cleared["theme"]) == (None, [], "light")


async def test_what_xqr_cannot_say_of_a_page_survives(client: httpx.AsyncClient, world: World) -> None:
    """Colours, schedules and the ids that clicks are counted by are not lost by a client that does not know them."""
    page = await make(client, links=LINKS)
    async with world.control.database.write() as tx:
        content = (await bio_pages.get_page(tx, world.actor, str(page["id"]))).content
        shop = {**content["links"][0], "ends_at": "2090-01-01T00:00:00Z", "note": "Open"}
        given = {"look": {"theme": "sand", "accent": "#9c4a1a"}, "links": [shop, content["links"][1]]}
        await bio_pages.update_page(tx, world.actor, str(page["id"]), UpdateBioPage(content=given))
    new = {"title": "News", "url": "https://news.example/"}
    await client.patch(
        f"/api/v1/bio/pages/{page['id']}",
        json={"theme": "rose", "links": [new, {**LINKS[0], "title": "Store"}]},
    )
    async with world.control.database.read() as tx:
        after = (await bio_pages.get_page(tx, world.actor, str(page["id"]))).content
    assert after["look"] == {"theme": "rose", "accent": "#9c4a1a"}
    assert after["links"][1] == {**shop, "title": "Store"}
    assert after["links"][0]["id"] not in {"", shop["id"]}


async def test_the_vendors_other_spelling_is_taken(client: httpx.AsyncClient) -> None:
    """`description`, `page_data` and `label` are what the vendor's own pages show."""
    links = [{"label": "Shop", "url": "https://shop.example/"}]
    page = await make(client, description="Hello", page_data={"theme": "dark", "links": links})
    assert (page["bio"], page["theme"]) == ("Hello", "dark")
    assert page["links"] == [{"title": "Shop", "url": "https://shop.example/", "icon": None}]


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 200}, "title"),
        ({"slug": "Not_A_Slug"}, "slug"),
        ({"slug": "ab"}, "slug"),
        ({"theme": "neon"}, "theme"),
        ({"links": [{"title": "x", "url": "javascript:alert(1)"}]}, "links[0].url"),
        ({"links": [{"url": "https://example.com/"}]}, "links[0].title"),
        ({"links": [{"title": "x", "url": "https://go.example/loop"}]}, "links[0].url"),
        ({"avatar_url": "https://127.0.0.1/me.png"}, "avatar_url"),
        ({"avatar_url": "ftp://example.com/me.png"}, "avatar_url"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_errors_name_the_members_of_this_api(
    client: httpx.AsyncClient, members: dict[str, object], field: str
) -> None:
    """A client can only mend what it sent."""
    answer = await client.post("/api/v1/bio/pages", json={"title": "Ada", **members})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["details"][0]["field"]) == (
        400,
        "VALIDATION_ERROR",
        field,
    )


async def test_a_taken_slug_is_a_conflict(client: httpx.AsyncClient) -> None:
    """SLUG_TAKEN is for pages too; a name that is made from a title gives way."""
    await make(client, slug="ada")
    taken = await client.post("/api/v1/bio/pages", json={"title": "Other", "slug": "ada"})
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "SLUG_TAKEN")
    first, second = await make(client), await make(client)
    assert first["slug"] != second["slug"]


async def test_a_picture_from_elsewhere_becomes_ours(client: httpx.AsyncClient, world: World) -> None:
    """Pages show no foreign resource, so an avatar is fetched once, written anew and served from here."""
    database = world.control.database
    database.installation = msgspec.structs.replace(database.installation, allow_private_targets=True)
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 30, 30)).save(out, "PNG")
    async with Receiver() as elsewhere:
        elsewhere.behave = answering(200, {"Content-Type": "image/png"}, out.getvalue())
        url = f"{elsewhere.url}/me.png"
        page = await make(client, avatar_url=url, slug="ada")
        again = await client.patch(f"/api/v1/bio/pages/{page['id']}", json={"avatar_url": url})
        elsewhere.behave = answering(200, {"Content-Type": "image/png"}, b"<svg/>")
        bad = await client.patch(f"/api/v1/bio/pages/{page['id']}", json={"avatar_url": url})
    assert str(page["avatar_url"]).startswith("https://go.example/-/assets/")
    assert again.json()["data"]["avatar_url"] == page["avatar_url"]
    assert bad.json()["error"]["details"][0]["field"] == "avatar_url"
    assert len((await client.get("/api/v1/assets")).json()["data"]) == 1
    record = await record_of(database, "@ada")
    assert record.options.content is not None
    assert decode("bio", record.options.content.data).avatar.startswith("/-/assets/")  # type: ignore[attr-defined]  # a Bio
    kept = await client.patch(f"/api/v1/bio/pages/{page['id']}", json={"avatar_url": page["avatar_url"]})
    assert kept.json()["data"]["avatar_url"] == page["avatar_url"]


async def test_pages_are_no_links_and_count_as_pages(client: httpx.AsyncClient) -> None:
    """C58: whoever lists links must not find pages among them; usage knows both, and files."""
    await make(client)
    await client.post("/api/v1/links", json={"url": "https://example.com/"})
    listed = (await client.get("/api/v1/links")).json()
    assert (listed["meta"]["total"], [link["destination"] for link in listed["data"]]) == (
        1,
        ["https://example.com/"],
    )
    usage = (await client.get("/api/v1/workspace/usage")).json()["data"]["usage"]
    assert (usage["bio_pages"], usage["assets"], usage["storage_bytes"]) == (1, 0, 0)


async def test_views_and_clicks_are_counted(
    client: httpx.AsyncClient, world: World, tmp_path: Path, broker_process: BrokerProcess, broker: Broker
) -> None:
    """C267: over the real analytics service; one question for a whole list, and nulls while it is away."""
    page = await make(client, links=LINKS)
    path = f"/api/v1/bio/pages/{page['id']}"
    assert (page["view_count"], page["click_count"]) == (0, 0)
    away = (await client.get(path)).json()["data"]
    assert (away["view_count"], away["click_count"]) == (None, None)
    assert (await client.get(f"{path}/stats")).status_code == 503
    async with world.control.database.read() as tx:
        shop = (await bio_pages.get_page(tx, world.actor, str(page["id"]))).content["links"][0]["id"]
    service = AnalyticsProcess(tmp_path / "var", broker_process.url)
    await asyncio.to_thread(service.start)
    world.control.bus = Bus(broker_process.url, "contract")
    world.control.bus.start()
    try:
        seen = [_scan(world, page, number, visitor, Outcome.PAGE) for number, visitor in enumerate((1, 1, 2))]
        clicked = [_scan(world, page, 3 + n, 2, Outcome.PAGE_CLICK, shop) for n in range(2)]
        await ship(broker, 0, [*seen, *clicked])
        await settled(broker, 5)
        async with asyncio.timeout(_DEADLINE_S):
            while not world.control.bus.is_connected:
                await asyncio.sleep(0.01)
        stats = (await client.get(f"{path}/stats")).json()["data"]
        listed = (await client.get("/api/v1/bio/pages")).json()["data"]
    finally:
        await world.control.bus.close()
        await asyncio.to_thread(service.stop)
    assert (stats["views"], stats["unique_visitors"], stats["link_clicks"]) == (3, 2, 2)
    assert [(link["title"], link["clicks"]) for link in stats["links"]] == [("Shop", 2), ("Write", 0)]
    assert [(each["view_count"], each["click_count"]) for each in listed] == [(3, 2)]


def _scan(
    world: World, page: dict[str, object], number: int, visitor: int, outcome: Outcome, detail: str = ""
) -> ScanV1:
    return msgspec.structs.replace(
        scan(number, visitor),
        link_id=to_bytes(str(page["id"])),
        workspace_id=to_bytes(world.workspace_id),
        at_ms=world.now_ms,
        outcome=outcome,
        detail=detail,
    )
