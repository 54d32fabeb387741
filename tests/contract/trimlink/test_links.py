"""TrimLink's links: enough of its second tier to be used alone."""

import httpx
import pytest
from tests.contract.trimlink.test_qr import shorten
from tests.contract.world import World

from waypost.control.core.domains import create_domain
from waypost.control.core.keys import store_key
from waypost.control.dialects.trimlink.dialect import TRIMLINK
from waypost.control.model.domains import CreateDomain
from waypost.control.model.keys import CreateKey


async def test_link_is_made_listed_changed_and_deleted(client: httpx.AsyncClient) -> None:
    """C71, C107, C110: the life of a link."""
    made = await shorten(client, customCode="Spring-Sale", title="Spring", expiresAt="2030-01-01T00:00:00Z")
    assert (made["shortCode"], made["title"], made["clicks"]) == ("Spring-Sale", "Spring", 0)
    assert made["expiresAt"] == "2030-01-01T00:00:00Z"
    read = (await client.get(f"/api/v1/links/{made['id']}")).json()["data"]
    assert read == made
    listed = (await client.get("/api/v1/links", params={"limit": 1})).json()
    assert listed["pagination"] == {"page": 1, "limit": 1, "total": 1}
    assert listed["data"] == [made]
    cleared = await client.patch(f"/api/v1/links/{made['id']}", json={"title": None, "expiresAt": None})
    assert (cleared.json()["data"]["title"], cleared.json()["data"]["expiresAt"]) == (None, None)
    gone = await client.delete(f"/api/v1/links/{made['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await client.get(f"/api/v1/links/{made['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "VALIDATION_ERROR"),
        ({"url": "javascript:alert(1)"}, 400, "VALIDATION_ERROR"),
        ({"url": "https://example.com/", "customCode": "ab"}, 422, "UNPROCESSABLE_ENTITY"),
        ({"url": "https://example.com/", "customCode": "a b?"}, 422, "UNPROCESSABLE_ENTITY"),
        ({"url": "https://example.com/", "expiresAt": "2001-01-01T00:00:00Z"}, 422, "UNPROCESSABLE_ENTITY"),
        ({"url": "https://example.com/", "folderId": "none"}, 404, "NOT_FOUND"),
    ],
)
async def test_bad_link_is_refused_in_the_envelope(
    client: httpx.AsyncClient, body: dict[str, str], status: int, code: str
) -> None:
    """C106: a clear error instead of a broken link."""
    answer = await client.post("/api/v1/shorten", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    if status != 404:
        named = list(body)[-1] if body else "url"
        assert error["details"]["field"] == named, "in the vendor's words"
        assert error["message"].startswith(f"{named}: ")


async def test_lists_have_twenty_links_and_a_hundred_at_most(client: httpx.AsyncClient) -> None:
    """Pages count from 1."""
    for number in range(21):
        await shorten(client, customCode=f"code-{number}")
    first = (await client.get("/api/v1/links")).json()
    assert (len(first["data"]), first["pagination"]) == (20, {"page": 1, "limit": 20, "total": 21})
    rest = (await client.get("/api/v1/links?page=2")).json()
    assert [each["shortCode"] for each in rest["data"]] == ["code-0"]
    for query, named in (
        ("limit=101", "limit"),
        ("limit=0", "limit"),
        ("page=0", "page"),
        ("page=x", "page"),
    ):
        refused = await client.get(f"/api/v1/links?{query}")
        assert (refused.status_code, refused.json()["error"]["details"]["field"]) == (400, named)


async def test_an_expired_link_cannot_be_made_by_a_change(client: httpx.AsyncClient) -> None:
    """The same 422 as when it is made."""
    made = await shorten(client)
    answer = await client.patch(f"/api/v1/links/{made['id']}", json={"expiresAt": "2001-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["error"]["details"]["field"]) == (422, "expiresAt")


async def test_taken_code_is_a_conflict(client: httpx.AsyncClient) -> None:
    """C105: two links cannot share a code."""
    await shorten(client, customCode="taken")
    answer = await client.post("/api/v1/shorten", json={"url": "https://example.com/", "customCode": "TAKEN"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")


async def test_links_are_made_on_the_domain_of_the_key_or_the_primary_one(
    client: httpx.AsyncClient, world: World
) -> None:
    """The vendor's client has no word for a domain; whoever moved has codes printed under theirs."""
    assert (await shorten(client))["shortUrl"].startswith("https://go.example/")
    async with world.control.database.write() as tx:
        first = await create_domain(tx, world.actor, CreateDomain(host="go.shop.example", is_primary=True))
        other = await create_domain(tx, world.actor, CreateDomain(host="go.other.example"))
        limited = CreateKey(name="k", scopes=("links:write",), format="given", domain_id=other.id)
        await store_key(tx, world.actor, world.control.peppers, limited, "tk_live_" + "e" * 32)
    made = await shorten(client, customCode="door")
    assert made["shortUrl"] == f"https://{first.host}/door"
    async with world.client(TRIMLINK, "tk_live_" + "e" * 32) as bound:
        assert (await shorten(bound, customCode="door"))["shortUrl"] == "https://go.other.example/door"
