"""Link-in-bio pages: drafts, publishing, names, buttons that keep their ids, and what is told of it all."""

from typing import Any

import httpx
import msgspec
import pytest
from tests.control.conftest import ApiClient
from tests.control.test_links import make, record_of

from waypost.control.core import bio_pages
from waypost.control.core.bio_stats import stats_of
from waypost.control.model.access import Actor
from waypost.control.model.bio import BioPage, BioPageNotFound, BioState, CreateBioPage
from waypost.control.model.links import Link, LinkView
from waypost.control.store import events, links
from waypost.control.store.database import Database
from waypost.wire.content import decode
from waypost.wire.content.bio import Bio
from waypost.wire.filters import Counts
from waypost.wire.link import LinkState
from waypost.wire.queries import BreakdownAnswer, BreakdownRow

PAGE = {
    "title": "Ines",
    "links": [
        {"title": "Shop", "url": "https://shop.example/"},
        {"title": "News", "url": "https://news.example/"},
    ],
}


async def create(client: httpx.AsyncClient, **members: Any) -> dict[str, Any]:
    """Make a page over its own API."""
    answer = await client.post("/v1/bio-pages", json={**PAGE, **members})
    assert answer.status_code == 201, answer.text
    page: dict[str, Any] = answer.json()
    assert answer.headers["etag"] == f'"{page["version"]}"'
    return page


async def change(client: httpx.AsyncClient, page: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Change a page."""
    answer = await client.patch(f"/v1/bio-pages/{page['id']}", json=members)
    assert answer.status_code == 200, answer.text
    after: dict[str, Any] = answer.json()
    assert after["version"] > page["version"]
    return after


async def act(client: httpx.AsyncClient, page: dict[str, Any], verb: str) -> dict[str, Any]:
    """Publish or unpublish."""
    answer = await client.post(f"/v1/bio-pages/{page['id']}/{verb}")
    assert answer.status_code == 200, answer.text
    after: dict[str, Any] = answer.json()
    return after


async def shown(database: Database, slug: str) -> Bio:
    """What the edges were told to show."""
    content = (await record_of(database, slug)).options.content
    page = decode("bio", content.data)
    assert isinstance(page, Bio)
    return page


async def told(database: Database) -> list[str]:
    """What was said about pages so far."""
    async with database.read() as tx:
        return [event.type for event in await events.after(tx, 0, 50) if event.type.startswith("bio.")]


async def test_buttons_keep_their_ids_when_they_move(client: httpx.AsyncClient) -> None:
    """Clicks are counted by id; an id that changed would lose them."""
    page = await create(client)
    shop, news = page["links"]
    assert shop["id"] != news["id"]
    after = await change(client, page, links=[news, {"title": "New", "url": "https://new.example/"}, shop])
    links = after["links"]
    assert [links[0]["id"], links[2]["id"]] == [news["id"], shop["id"]]
    assert links[1]["id"] not in {"", news["id"], shop["id"]}


async def test_visitors_see_what_was_published_until_it_is_published_again(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Somebody who rewrites a page over an afternoon must not show each half of it to everybody."""
    page = await create(client, slug="ines")
    assert (page["published"], page["published_at"], page["has_changes"]) == (False, None, False)
    assert (await record_of(database, "@ines")).state == LinkState.PAUSED
    page = await change(client, page, bio="Potter")
    assert page["has_changes"] is False, "nobody sees an unpublished page, so there is no older version"
    page = await act(client, page, "publish")
    assert page["published"]
    assert page["published_at"] is not None
    assert (await record_of(database, "@ines")).state == LinkState.ACTIVE
    assert (await shown(database, "@ines")).bio == "Potter"

    page = await change(client, page, bio="Potter and painter", look={"theme": "sand"})
    assert (page["bio"], page["has_changes"]) == ("Potter and painter", True)
    assert (await shown(database, "@ines")).bio == "Potter"
    assert (await client.get(f"/v1/bio-pages/{page['id']}")).json() == page

    page = await act(client, page, "publish")
    assert page["has_changes"] is False
    assert ((await shown(database, "@ines")).bio, (await shown(database, "@ines")).look.theme) == (
        "Potter and painter",
        "sand",
    )


async def test_draft_outlives_unpublishing(client: httpx.AsyncClient, database: Database) -> None:
    """Taking a page away for a day must not throw away an afternoon's work."""
    page = await act(client, await create(client, slug="ines"), "publish")
    page = await change(client, page, bio="Draft")
    page = await act(client, page, "unpublish")
    assert (page["published"], page["bio"]) == (False, "Draft")
    page = await act(client, page, "publish")
    assert (await shown(database, "@ines")).bio == "Draft"


async def test_going_on_and_off_is_told_once_however_often_it_is_asked(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Whoever mirrors pages must hear of every change of what visitors see, and of nothing else."""
    page = await create(client, slug="ines")
    assert await told(database) == []
    page = await act(client, page, "publish")
    assert await act(client, page, "publish") == page
    await change(client, page, bio="Still on")
    assert await told(database) == ["bio.published"]
    page = await act(client, page, "unpublish")
    assert await act(client, page, "unpublish") == page
    page = await act(client, page, "publish")
    assert (await client.delete(f"/v1/bio-pages/{page['id']}")).status_code == 204
    assert await told(database) == ["bio.published", "bio.unpublished", "bio.published", "bio.unpublished"]
    assert await record_of(database, "@ines") is None
    assert (await client.get(f"/v1/bio-pages/{page['id']}")).json()["code"] == "bio_page_not_found"


async def test_page_and_its_link_are_one_thing(client: httpx.AsyncClient, database: Database) -> None:
    """Tags, codes and analytics of links work on pages; what is written there is what visitors see."""
    page = await act(client, await create(client, slug="ines"), "publish")
    page = await change(client, page, bio="Draft")
    link = (await client.get(f"/v1/links/{page['id']}")).json()
    assert (link["slug"], link["template_type"], link["title"]) == ("@ines", "bio", "Ines")
    written = {**link["content"], "bio": "Written over the link"}
    assert (await client.patch(f"/v1/links/{page['id']}", json={"content": written})).status_code == 200
    page = (await client.get(f"/v1/bio-pages/{page['id']}")).json()
    assert (page["bio"], page["has_changes"]) == ("Written over the link", False)
    assert (await shown(database, "@ines")).bio == "Written over the link"
    answer = await client.patch(f"/v1/links/{page['id']}", json={"template_type": None, "content": None})
    assert answer.status_code == 422, "a link that shows nothing needs a destination"
    assert answer.json()["field"] == "target_url"


async def test_names_are_made_from_the_title_and_never_taken_away(client: httpx.AsyncClient) -> None:
    """Two people of one name both get a page; nobody gets the other one's address."""
    first = await create(client, title="Inès Moreau")
    second = await create(client, title="Inès Moreau")
    assert (first["slug"], first["url"]) == ("ines-moreau", "https://go.example/@ines-moreau")
    assert second["slug"].startswith("ines-moreau-")
    taken = await client.post("/v1/bio-pages", json={**PAGE, "slug": "@ines-moreau"})
    assert (taken.status_code, taken.json()["code"]) == (409, "slug_taken")
    assert len((await create(client, title="お茶"))["slug"]) >= 8
    moved = await change(client, second, slug="moreau")
    assert moved["url"] == "https://go.example/@moreau"


async def test_names_are_kept_for_pages(client: httpx.AsyncClient, database: Database, actor: Actor) -> None:
    """Else anybody could put a redirect under a person's name; links that have such a slug keep it."""
    target = "https://example.com/"
    for members in ({"slug": "@ada"}, {"aliases": ["@ada"]}, {"prefix": "@ada"}):
        refused = await client.post("/v1/links", json={"target_url": target, **members})
        assert (refused.status_code, refused.json()["field"]) == (422, next(iter(members)))
    plain = await make(client, slug="ada")
    moved = await client.patch(f"/v1/links/{plain['id']}", json={"slug": "@ada"})
    assert moved.json()["field"] == "slug"
    bulk = await client.post("/v1/links/bulk", json={"rows": [{"target_url": target, "slug": "@ada"}]})
    assert bulk.json()["results"][0]["status"] == "failed"

    page = await act(client, await create(client, slug="old"), "publish")
    async with database.write() as tx:
        link = await links.get(tx, actor.workspace_id, page["id"])
        await links.save(tx, msgspec.structs.replace(link, template_type="", content=None, target_url=target))
    kept = await client.patch(f"/v1/links/{page['id']}", json={"slug": "@old", "title": "Kept"})
    assert (kept.status_code, kept.json()["slug"]) == (200, "@old")


async def test_page_on_a_domain_of_ones_own_has_a_plain_address(
    client: httpx.AsyncClient, database: Database
) -> None:
    """That host belongs to one workspace, so no mark is needed there."""
    domain = (await client.post("/v1/domains", json={"host": "bio.example.org"})).json()
    page = await create(client, slug="ines", domain_id=domain["id"])
    assert (page["slug"], page["url"]) == ("ines", "https://bio.example.org/ines")
    page = await change(client, page, domain_id=None)
    assert (page["slug"], page["url"]) == ("ines", "https://go.example/@ines")


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"title": ""}, "title"),
        ({"look": {"theme": "beige"}}, "look.theme"),
        ({"look": {"accent": "red"}}, "look.accent"),
        ({"avatar": "javascript:alert(1)"}, "avatar"),
        ({"links": [{"title": "A", "url": "javascript:alert(1)"}]}, "links[0].url"),
        ({"links": [{"title": "A", "url": "https://go.example/@ines"}]}, "links[0].url"),
        ({"links": [{"title": "A", "url": "https://a.example/", "icon": "skull"}]}, "links[0].icon"),
        ({"links": [{"title": "A", "url": "https://a.example/", "ends_at": "soon"}]}, "links[0].ends_at"),
        ({"profiles": [{"platform": "x", "url": "ftp://x.example/"}]}, "profiles[0].url"),
    ],
)
async def test_fault_is_named_by_the_member_of_the_page(
    client: httpx.AsyncClient, members: dict[str, Any], field: str
) -> None:
    """Who writes a page does not know that it is the content of a link; a draft is judged like the page."""
    refused = await client.post("/v1/bio-pages", json={**PAGE, **members})
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    page = await act(client, await create(client), "publish")
    refused = await client.patch(f"/v1/bio-pages/{page['id']}", json=members)
    assert (refused.status_code, refused.json()["field"]) == (422, field)


async def test_null_clears_and_what_is_left_out_stays(client: httpx.AsyncClient) -> None:
    """A form that sends one field must not empty the others."""
    page = await create(client, bio="Potter", profiles=[{"platform": "x", "url": "https://x.example/"}])
    page = await change(client, page, bio=None)
    assert (page["bio"], len(page["profiles"]), len(page["links"])) == (None, 1, 2)
    page = await change(client, page, profiles=None, links=None)
    assert (page["profiles"], page["links"]) == ([], [])
    assert (await client.patch(f"/v1/bio-pages/{page['id']}", json={"title": None})).status_code == 422
    assert (await client.patch(f"/v1/bio-pages/{page['id']}", json={})).status_code == 422


async def test_two_authors_do_not_overwrite_each_other(client: httpx.AsyncClient) -> None:
    """A draft counts as a change: who read before it is told to read again."""
    page = await act(client, await create(client), "publish")
    path, seen = f"/v1/bio-pages/{page['id']}", {"If-Match": f'"{page["version"]}"'}
    assert (await client.patch(path, json={"bio": "Mine"}, headers=seen)).status_code == 200
    assert (await client.patch(path, json={"bio": "Yours"}, headers=seen)).status_code == 412
    assert (await client.post(f"{path}/publish", headers=seen)).status_code == 412


async def test_pages_are_listed_apart_from_other_links(client: httpx.AsyncClient) -> None:
    """Who has ten pages among a million links must find them."""
    await make(client, slug="plain")
    made = [await create(client, slug=f"page{number}") for number in range(3)]
    await act(client, made[1], "publish")
    first = (await client.get("/v1/bio-pages", params={"limit": 2})).json()
    rest = (await client.get("/v1/bio-pages", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    listed = [page["id"] for page in first["data"] + rest["data"]]
    assert listed == [page["id"] for page in reversed(made)]
    shown = (await client.get("/v1/links", params={"template_type": "bio"})).json()["data"]
    assert [link["id"] for link in shown] == listed
    on = (await client.get("/v1/bio-pages", params={"published": "true"})).json()["data"]
    assert [page["id"] for page in on] == [made[1]["id"]]
    assert (await client.get(f"/v1/bio-pages/{(await make(client, slug='x'))['id']}")).status_code == 404


async def test_stats_need_the_right_to_analytics(api_client: ApiClient, client: httpx.AsyncClient) -> None:
    """Who may write pages need not see how many people read them."""
    page = await create(client)
    writer = await api_client("bio:read", "bio:write")
    assert (await writer.get(f"/v1/bio-pages/{page['id']}/stats")).status_code == 403
    away = await client.get(f"/v1/bio-pages/{page['id']}/stats")
    assert (away.status_code, away.json()["code"]) == (503, "unavailable")


async def test_page_of_another_workspace_does_not_exist(
    database: Database, actor: Actor, stranger: Actor
) -> None:
    """Tenants share one domain and must not learn of each other's pages."""
    async with database.write() as tx:
        page = await bio_pages.create_page(tx, actor, CreateBioPage(content=PAGE, slug="ines"))
        with pytest.raises(BioPageNotFound):
            await bio_pages.get_page(tx, stranger, page.id)


def test_statistics_keep_the_order_of_the_page_and_what_is_gone() -> None:
    """Clicks of a button that was taken off the page still happened."""
    link = Link(
        target_url="", id="l", workspace_id="w", slug="@ines", slug_key="@ines", created_ms=1, updated_ms=1
    )
    buttons = [
        {"id": "shop", "title": "Shop", "url": "https://shop.example/"},
        {"id": "news", "title": "News", "url": "https://news.example/"},
    ]
    view = LinkView(link=link, short_url="https://go.example/@ines", domain="go.example")
    page = BioPage(view=view, content={"title": "Ines", "links": buttons}, state=BioState())
    rows = (
        BreakdownRow(("page", ""), Counts(total=9, human=7, unique=3, bot=2)),
        BreakdownRow(("page_click", "news"), Counts(total=4, human=4, unique=2)),
        BreakdownRow(("page_click", "old"), Counts(total=1, human=1, unique=1)),
        BreakdownRow(("page_click", "bots"), Counts(total=5, bot=5)),
    )
    stats = stats_of(page, BreakdownAnswer(rows, Counts(), len(rows)))
    assert (stats.views, stats.visitors, stats.clicks) == (7, 3, 5)
    assert [(each.id, each.title, each.clicks, each.visitors) for each in stats.buttons] == [
        ("shop", "Shop", 0, 0),
        ("news", "News", 4, 2),
        ("old", "", 1, 1),
    ]
    assert stats_of(page, BreakdownAnswer((), Counts(), 0)).clicks == 0
