"""Links through the front door: made, found, changed, upserted, deleted."""

from typing import Any

import httpx
import pytest
from tests.contract.world import World

from waypost.control.core import links
from waypost.control.model.links import UpdateLink
from waypost.rules.model import Language, Rule, Url

MEMBERS = [
    "id",
    "domain",
    "key",
    "url",
    "shortLink",
    "qrCode",
    "externalId",
    "tenantId",
    "programId",
    "partnerId",
    "folderId",
    "trackConversion",
    "archived",
    "proxy",
    "rewrite",
    "doIndex",
    "publicStats",
    "expiresAt",
    "expiredUrl",
    "disabledAt",
    "password",
    "title",
    "description",
    "image",
    "video",
    "ios",
    "android",
    "geo",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "tags",
    "tagId",
    "comments",
    "webhookIds",
    "userId",
    "projectId",
    "workspaceId",
    "clicks",
    "leads",
    "sales",
    "saleAmount",
    "conversions",
    "lastClicked",
    "createdAt",
    "updatedAt",
    "testVariants",
    "rules",
    "testStartedAt",
    "testCompletedAt",
    "flexible",
    "filled",
    "preRedirection",
    "isFormMandatory",
    "pageId",
    "pageUrl",
    "notificationToken",
]
EVERYTHING: dict[str, Any] = {
    "url": "https://example.com/page",
    "key": "Every/Thing-1",
    "externalId": "sku-1",
    "tenantId": "team-7",
    "trackConversion": True,
    "archived": True,
    "proxy": True,
    "rewrite": True,
    "doIndex": True,
    "publicStats": True,
    "title": "Título 🔥",
    "description": "About it",
    "image": "https://example.com/i.png",
    "video": "https://example.com/v.mp4",
    "expiresAt": "2030-12-31T23:59:59.000Z",
    "expiredUrl": "https://example.com/over",
    "ios": "https://apps.apple.com/app/x",
    "android": "https://play.google.com/store/apps/details?id=x",
    "geo": {"BR": "https://example.com/br", "US": "https://example.com/us"},
    "utm_source": "a",
    "utm_medium": "b",
    "utm_campaign": "c",
    "utm_term": "d",
    "utm_content": "e f",
    "comments": "why",
    "testVariants": [
        {"url": "https://example.com/1", "percentage": 30},
        {"url": "https://example.com/2", "percentage": 70},
    ],
    "testStartedAt": "2026-01-01T00:00:00.000Z",
    "testCompletedAt": "2026-02-01T00:00:00.000Z",
    "flexible": True,
    "preRedirection": True,
    "pageId": "page-1",
    "pageUrl": "https://example.com/p",
    "isFormMandatory": True,
}


async def make(client: httpx.AsyncClient, **members: Any) -> dict[str, Any]:
    """A new link."""
    answer = await client.post("/links", json={"url": "https://example.com/", **members})
    assert answer.status_code == 200, answer.text
    link: dict[str, Any] = answer.json()
    return link


async def test_every_member_comes_back_as_it_was_sent(client: httpx.AsyncClient) -> None:
    """Migrating clients compare what they read with what they wrote."""
    made = await make(client, **EVERYTHING)
    assert sorted(made) == sorted(MEMBERS)
    url = "https://example.com/page?utm_source=a&utm_medium=b&utm_campaign=c&utm_term=d&utm_content=e+f"
    assert made == {**made, **EVERYTHING, "url": url}
    read = (await client.get(f"/links/{made['id']}")).json()
    assert read == made
    changed = await client.patch(f"/links/{made['id']}", json=EVERYTHING)
    assert changed.json() == made, "nothing changed, not even updatedAt"


async def test_null_clears_and_absent_stays(client: httpx.AsyncClient) -> None:
    """The difference between the two is the whole point of PATCH."""
    made = await make(client, **EVERYTHING, password="123456", tagNames="x")
    nullable = [name for name in EVERYTHING if name not in ("url", "key")]
    cleared = (
        await client.patch(f"/links/{made['id']}", json=dict.fromkeys([*nullable, "password", "tagNames"]))
    ).json()
    assert [name for name in nullable if cleared[name]] == []
    assert (cleared["password"], cleared["tags"], cleared["url"]) == (None, [], "https://example.com/page")


async def test_a_password_is_masked_and_its_mask_changes_nothing(client: httpx.AsyncClient) -> None:
    """Whoever can read links must not read passwords; whoever sends back what it read must not set one."""
    made = await make(client, password="123456")
    same = (await client.patch(f"/links/{made['id']}", json={"password": made["password"]})).json()
    mask_alone = await client.post("/links", json={"url": "https://example.com", "password": "********"})
    assert (made["password"], same) == ("********", made)
    assert mask_alone.status_code == 422


async def test_what_codeqr_cannot_say_survives_its_changes(client: httpx.AsyncClient, world: World) -> None:
    """A rule made elsewhere must not vanish because an old client sets a country."""
    made = await make(client, ios="https://example.com/ios", testVariants=EVERYTHING["testVariants"])
    found = await client.get("/links/info", params={"domain": made["domain"], "key": made["key"]})
    assert found.json() == made
    foreign = Rule(id="theirs", when=(Language(values=("pt",)),), then=Url("https://example.com/pt"))
    async with world.control.database.write() as tx:
        view = await links.get_link_by_slug(
            tx, world.actor, "00000000-0000-0000-0000-000000000000", made["key"]
        )
        command = UpdateLink(rules=(foreign, *view.link.rules), lead_goal="theirs too")
        await links.update_link(tx, world.actor, view.link.id, command)
    changed = (
        await client.patch(
            f"/links/{made['id']}", json={"geo": {"br": "example.com/br"}, "ios": None, "title": "t"}
        )
    ).json()
    async with world.control.database.read() as tx:
        after = (await links.get_link(tx, world.actor, view.link.id)).link
    assert (changed["geo"], changed["ios"]) == ({"BR": "https://example.com/br"}, None)
    assert changed["testVariants"] == EVERYTHING["testVariants"]
    assert [rule.id for rule in after.rules] == ["codeqr-geo-BR", "theirs", "codeqr-split"]
    assert after.rules[1] == foreign
    assert after.lead_goal == "theirs too"


async def test_a_link_is_found_in_every_documented_way(client: httpx.AsyncClient) -> None:
    """Ids of two kinds, with and without prefix, in both spellings, and domain with key."""
    made = await make(client, externalId="12345", key="Mixed-Case")
    ways = [
        "/links/info?external_id=12345",
        "/links/info?externalId=ext_12345",
        f"/links/info?linkId={made['id']}",
        "/links/info?domain=go.example&key=mixed-case",
        f"/links/{made['id']}?projectSlug=acme",
        "/links/ext_12345?workspaceId=ws_1",
    ]
    assert [(await client.get(way)).json() for way in ways] == [made] * len(ways)
    assert (await client.get("/links/info")).json()["error"]["code"] == "bad_request"
    for unknown in ("/links/ext_none", "/links/link_none", "/links/info?domain=other.example&key=x"):
        answer = await client.get(unknown)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_snake_case_is_understood_too(client: httpx.AsyncClient) -> None:
    """The vendor's own integrations write it everywhere."""
    made = await make(client, external_id="e1", do_index=True, tag_names=["a"], expires_at="2030-01-01")
    assert (made["externalId"], made["doIndex"], made["tags"][0]["name"]) == ("e1", True, "a")
    assert made["expiresAt"] == "2030-01-01T00:00:00.000Z"


async def test_queries_in_snake_case_mean_the_same(client: httpx.AsyncClient) -> None:
    """The vendor's own integrations write `tenant_id`, `tag_ids`, `page_size`."""
    wanted = await make(client, tenantId="t1", tagNames=["news"], utm_source="x_y")
    await make(client, tenantId="t2")
    for query in ("tenant_id=t1", "tag_names=news&page_size=5", f"tag_ids={wanted['tags'][0]['id']}"):
        found = (await client.get(f"/links?{query}")).json()
        assert [link["id"] for link in found] == [wanted["id"]], query
    assert (await client.get("/links/count?group_by=tagId&tag_names=news")).json()[0]["_count"] == 1


async def test_tags_are_taken_by_id_or_name_and_unknown_ids_are_refused(client: httpx.AsyncClient) -> None:
    """The samples send names as ids; a real id that is unknown is a mistake."""
    first = await make(client, tagIds=["produtos", "ecommerce"], tagNames="marketing, Produtos")
    assert sorted(tag["name"] for tag in first["tags"]) == ["ecommerce", "marketing", "produtos"]
    assert first["tagId"] == first["tags"][0]["id"]
    second = await make(client, tagIds=first["tags"][0]["id"])
    assert second["tags"] == first["tags"][:1]
    for unknown in (
        "tag_0000000000000000000001",
        "clux0rgak00011abcdefghijk",
        "019c0000-0000-7000-8000-000000000000",
    ):
        for path in ("/links", "/qrcodes"):
            refused = await client.post(path, json={"url": "https://example.com", "tagIds": [unknown]})
            assert refused.status_code == 422
            assert f"Invalid tagIds detected: {unknown}" in refused.json()["error"]["message"]
        refused = await client.patch(f"/links/{first['id']}", json={"tagIds": [unknown]})
        assert refused.status_code == 422


async def test_a_tag_whose_name_looks_like_an_id_is_found_by_it(client: httpx.AsyncClient) -> None:
    """An entry is tried as an id, then as a name; `tag_` before what no id can hold begins a name."""
    await make(client, tagNames="christmascampaign20260101")
    found = await make(client, tagIds=["christmascampaign20260101", "tag_summer-2026"])
    assert [tag["name"] for tag in found["tags"]] == ["christmascampaign20260101", "tag_summer-2026"]
    same = await client.patch(f"/links/{found['id']}", json={"tagIds": "christmascampaign20260101"})
    assert [tag["name"] for tag in same.json()["tags"]] == ["christmascampaign20260101"]


async def test_utm_parameters_replace_those_of_the_destination(client: httpx.AsyncClient) -> None:
    """And clearing one takes it out of the destination again."""
    made = await make(client, url="https://example.com/?utm_source=old&x=1", utm_source="new", ref="you")
    assert made["url"] == "https://example.com/?x=1&utm_source=new&ref=you"
    cleared = (await client.patch(f"/links/{made['id']}", json={"utm_source": None})).json()
    assert (cleared["url"], cleared["utm_source"]) == ("https://example.com/?x=1&ref=you", None)
    own = await make(client, url="https://example.com/?utm_term=in%20it")
    assert own["utm_term"] == "in it"


@pytest.mark.parametrize("path", ["/links/update", "/links/upsert"])
async def test_upsert_finds_by_external_id_then_key_then_destination(
    client: httpx.AsyncClient, path: str
) -> None:
    """In both spellings of the path; an identical one leaves `updatedAt` alone."""

    async def upsert(**members: Any) -> dict[str, Any]:
        answer = await client.request("POST" if path.endswith("update") else "PUT", path, json=members)
        assert answer.status_code == 200, answer.text
        link: dict[str, Any] = answer.json()
        return link

    made = await upsert(url="https://exemplo.com", key="link-estavel", externalId="e1")
    assert await upsert(url="https://exemplo.com", key="link-estavel") == made
    by_own_id = await upsert(url="https://exemplo.com/2", externalId="e1")
    assert (by_own_id["id"], by_own_id["url"]) == (made["id"], "https://exemplo.com/2")
    assert by_own_id["updatedAt"] > made["updatedAt"]
    by_url = await upsert(url="https://exemplo.com/2", title="found")
    assert (by_url["id"], by_url["title"]) == (made["id"], "found")
    other = await upsert(url="https://exemplo.com/2", key="another-key")
    assert other["id"] != made["id"], "a printed key is never given away"


async def test_keys_and_prefixes(client: httpx.AsyncClient) -> None:
    """Random, long, prefixed, in any script; refused where a browser or robot would stumble."""
    assert (await make(client, prefix="/c/"))["key"].startswith("c/")
    for length in (3, 12.0, 190):
        assert len((await make(client, keyLength=length))["key"]) == length
    for impossible in ({"keyLength": 2}, {"keyLength": 191}, {"keyLength": 189, "prefix": "c"}):
        refused = await client.post("/links", json={"url": "https://example.com", **impossible})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "unprocessable_entity")
    assert (await make(client, key="promoção/São.1"))["key"] == "promoção/São.1"
    await make(client, key="taken")
    taken = await client.post("/links", json={"url": "https://example.com", "key": "TAKEN"})
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "conflict")
    for bad in ("/x", "x/", "a b", "a?b", "x" * 191, "robots.txt"):
        refused = await client.post("/links", json={"url": "https://example.com", "key": bad})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "unprocessable_entity"), bad
        assert refused.json()["error"]["message"].startswith("key"), refused.text


async def test_deleting_answers_the_id(client: httpx.AsyncClient) -> None:
    """By either id."""
    made = await make(client, externalId="gone")
    answer = await client.delete("/links/ext_gone")
    assert (answer.status_code, answer.json()) == (200, {"id": made["id"]})
    assert (await client.delete(f"/links/{made['id']}")).status_code == 404


async def test_lists_filter_sort_and_page(client: httpx.AsyncClient) -> None:
    """The relative's clients ask for page after page until one is short."""
    for number in range(5):
        await make(
            client, key=f"n{number}", tenantId=f"t{number % 2}", tagNames=["even"] if number % 2 == 0 else []
        )
    await make(client, key="old", archived=True)

    async def keys(**query: Any) -> list[str]:
        answer = await client.get("/links", params=query)
        assert answer.status_code == 200, answer.text
        return [link["key"] for link in answer.json()]

    newest = ["n4", "n3", "n2", "n1", "n0"]
    ids = {link["key"]: link["id"] for link in (await client.get("/links")).json()}
    assert await keys(withTags="false") == newest
    assert await keys(showArchived="true") == ["old", *newest]
    assert await keys(tenantId="t1") == ["n3", "n1"]
    assert await keys(tagNames="EVEN,none") == ["n4", "n2", "n0"]
    assert await keys(withTags="true") == ["n4", "n2", "n0"]
    assert await keys(tagIds="unknown") == []
    assert await keys(search="N3") == ["n3"]
    assert await keys(sortBy="createdAt", sortOrder="asc") == newest[::-1]
    assert await keys(page=2, pageSize=2) == ["n2", "n1"]
    assert await keys(startingAfter=ids["n3"], pageSize=2) == ["n2", "n1"]
    assert await keys(endingBefore=ids["n1"], pageSize=2) == ["n3", "n2"]
    assert await keys(domain="other.example") == []
    assert (await client.get("/links/count")).json() == 5
    grouped = (await client.get("/links/count", params={"groupBy": "domain"})).json()
    assert grouped == [{"domain": "go.example", "_count": 5}]
    assert [each["_count"] for each in (await client.get("/links/count?groupBy=tagId")).json()] == [3]
    for bad in ({"pageSize": 101}, {"page": 0}, {"sortBy": "size"}):
        assert (await client.get("/links", params=bad)).status_code == 422
