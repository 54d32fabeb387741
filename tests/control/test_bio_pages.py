"""Link-in-bio pages: buttons keep their names, and a page that goes on or off is told of."""

import httpx
from tests.control.test_links import make, record_of

from waypost.control.store import events
from waypost.control.store.database import Database
from waypost.wire.link import LinkState

PAGE = {
    "title": "Ines",
    "links": [
        {"title": "Shop", "url": "https://shop.example/"},
        {"title": "News", "url": "https://news.example/"},
    ],
}


async def told(database: Database) -> list[str]:
    """What was said about pages so far."""
    async with database.read() as tx:
        return [event.type for event in await events.after(tx, 0, 50) if event.type.startswith("bio.")]


async def test_buttons_keep_their_ids_when_they_move(client: httpx.AsyncClient) -> None:
    """Clicks are counted by id; an id that changed would lose them."""
    page = await make(client, slug="@ines", template_type="bio", content=PAGE)
    shop, news = page["content"]["links"]
    assert shop["id"] != news["id"]
    moved = {**page["content"], "links": [news, {"title": "New", "url": "https://new.example/"}, shop]}
    answer = await client.patch(f"/v1/links/{page['id']}", json={"content": moved})
    links = answer.json()["content"]["links"]
    assert [links[0]["id"], links[2]["id"]] == [news["id"], shop["id"]]
    assert links[1]["id"] not in {"", news["id"], shop["id"]}


async def test_page_that_goes_on_or_off_is_told_once(client: httpx.AsyncClient, database: Database) -> None:
    """Whoever mirrors pages must hear of every change of what visitors see, and of nothing else."""
    page = await make(client, slug="@ines", template_type="bio", content=PAGE, active=False)
    path = f"/v1/links/{page['id']}"
    assert await told(database) == []
    assert (await record_of(database, "@ines")).state == LinkState.PAUSED
    await client.patch(path, json={"active": True})
    await client.patch(path, json={"title": "Still on"})
    assert await told(database) == ["bio.published"]
    assert (await record_of(database, "@ines")).state == LinkState.ACTIVE
    await client.delete(path)
    assert await told(database) == ["bio.published", "bio.unpublished"]
    assert await record_of(database, "@ines") is None
