"""Where links go that name no domain: to the key's only one, the workspace's primary one, or the installation's."""

import httpx
import pytest
from tests.control.conftest import ApiClient

TARGET = "https://example.com/"


async def new_domain(client: httpx.AsyncClient, host: str, *, is_primary: bool = False) -> str:
    """The id of a domain of this host."""
    answer = await client.post("/v1/domains", json={"host": host, "is_primary": is_primary})
    return str(answer.json()["id"])


async def hosts_of_new_links(client: httpx.AsyncClient, name: str) -> set[str]:
    """The hosts on which each way of making something without a domain puts it."""
    link = {"target_url": TARGET, "slug": f"{name}-one"}
    single = (await client.post("/v1/links", json=link)).json()
    rows = [{"target_url": TARGET}, {"target_url": TARGET, "tags": ["a"]}]
    bulk = (await client.post("/v1/links/bulk", json={"rows": rows})).json()["results"]
    upsert = {"target_url": TARGET, "slug": f"{name}-upsert"}
    upserts = [(await client.put("/v1/links/upsert", json=upsert)).json() for _ in range(2)]
    assert upserts[0]["id"] == upserts[1]["id"]
    csv = await client.post(
        "/v1/links/import",
        content=f"target_url,slug\n{TARGET},{name}-csv\n",
        headers={"Content-Type": "text/csv"},
    )
    page = (await client.post("/v1/bio-pages", json={"title": "Ada", "slug": f"{name}-page"})).json()["url"]
    urls = [each["short_url"] for each in (single, *bulk, *upserts, *csv.json()["results"])] + [page]
    found = (await client.get("/v1/links/lookup", params={"slug": f"{name}-one"})).json()
    assert found["id"] == single["id"]
    free = (await client.get("/v1/slugs/available", params={"slug": f"{name}-one"})).json()
    assert not free["available"]
    return {httpx.URL(url).host for url in urls}


@pytest.mark.parametrize("by_patch", [False, True])
async def test_the_primary_domain_takes_new_links(client: httpx.AsyncClient, by_patch: bool) -> None:
    """What is chosen once need not be said with every link; out of service, it takes none."""
    await new_domain(client, "other.example")
    assert await hosts_of_new_links(client, "before") == {"go.example"}
    domain = await new_domain(client, "go.brand.example", is_primary=not by_patch)
    if by_patch:
        await client.patch(f"/v1/domains/{domain}", json={"is_primary": True})
    assert await hosts_of_new_links(client, "after") == {"go.brand.example"}
    await client.patch(f"/v1/domains/{domain}", json={"archived": True})
    assert await hosts_of_new_links(client, "archived") == {"go.example"}


async def test_a_key_of_one_domain_need_not_name_it(client: httpx.AsyncClient, api_client: ApiClient) -> None:
    """It can make links nowhere else."""
    await new_domain(client, "go.brand.example", is_primary=True)
    only = await new_domain(client, "only.example")
    key = {"name": "only", "scopes": ["*"], "domain_id": only}
    limited = await api_client(text=(await client.post("/v1/keys", json=key)).json()["text"])
    made = (await limited.post("/v1/links", json={"target_url": TARGET})).json()
    assert made["domain"] == "only.example"
