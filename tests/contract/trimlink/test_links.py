"""TrimLink's links: enough of its second tier to be used alone."""

import httpx
import pytest
from tests.contract.trimlink.test_qr import shorten


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
        ({"url": "https://example.com/", "expiresAt": "2001-01-01T00:00:00Z"}, 400, "VALIDATION_ERROR"),
    ],
)
async def test_bad_link_is_refused_in_the_envelope(
    client: httpx.AsyncClient, body: dict[str, str], status: int, code: str
) -> None:
    """C106: a clear error instead of a broken link."""
    answer = await client.post("/api/v1/shorten", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_taken_code_is_a_conflict(client: httpx.AsyncClient) -> None:
    """C105: two links cannot share a code."""
    await shorten(client, customCode="taken")
    answer = await client.post("/api/v1/shorten", json={"url": "https://example.com/", "customCode": "TAKEN"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")
