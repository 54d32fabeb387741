"""Many links in one transaction, and the small questions around links."""

from typing import Any

import httpx
import linkbreakers
import pytest
from tests.contract.linkbreakers.test_sdk import run

TARGET = "https://example.com/product"


@pytest.mark.parametrize("path", ["/v1/links/bulk", "/v1/links/batch"])
async def test_a_batch_is_made_in_order(client: httpx.AsyncClient, path: str) -> None:
    """Both of the client's bulk calls; the batch is a bare array."""
    items = [{"destination": f"{TARGET}{number}", "name": str(number)} for number in range(250)]
    body: Any = items if path.endswith("batch") else {"links": items}
    answer = await client.post(path, json=body)
    assert answer.status_code == 200
    assert [link["name"] for link in answer.json()["links"]] == [str(number) for number in range(250)]


@pytest.mark.parametrize(
    ("item", "status", "code"),
    [
        ({"destination": "nowhere"}, 400, "VALIDATION_FAILED"),
        ({}, 400, "VALIDATION_FAILED"),
        ({"destination": TARGET, "shortlink": "taken"}, 409, "SHORTLINK_ALREADY_TAKEN"),
    ],
)
async def test_one_wrong_item_makes_none(
    client: httpx.AsyncClient, item: dict[str, Any], status: int, code: str
) -> None:
    """All or nothing, and the answer names the item."""
    await client.post("/v1/links", json={"destination": TARGET, "shortlink": "taken"})
    answer = await client.post("/v1/links/bulk", json={"links": [{"destination": TARGET}, item]})
    assert answer.status_code == status
    assert answer.json()["codeType"] == code
    assert answer.json()["details"][0]["index"] == 1
    assert (await client.get("/v1/links")).json()["total_count"] == 1


@pytest.mark.parametrize("count", [0, 251])
async def test_a_batch_has_bounds(client: httpx.AsyncClient, count: int) -> None:
    """1 to 250, as the vendor says."""
    answer = await client.post("/v1/links/batch", json=[{"destination": TARGET}] * count)
    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == "links"


async def test_a_free_shortlink_is_told_and_suggested(client: httpx.AsyncClient) -> None:
    """What is called free can be had at once; a deleted one stays with its workspace."""
    suggested = (await client.get("/v1/links/shortlink-random")).json()["shortlink"]
    check = {"shortlink": suggested}
    assert (await client.get("/v1/links/shortlink-availability", params=check)).json() == {"available": True}
    made = await client.post("/v1/links", json={"destination": TARGET, "shortlink": suggested})
    assert made.status_code == 200
    assert (await client.get("/v1/links/shortlink-availability", params=check)).json() == {"available": False}
    await client.delete(f"/v1/links/{made.json()['link']['id']}")
    assert (await client.get("/v1/links/shortlink-availability", params=check)).json() == {"available": True}


async def test_image_addresses_are_made_fresh_in_a_batch(client: httpx.AsyncClient) -> None:
    """Unknown links are silently absent; the keys of the map are ids and stay as they are."""
    link = (await client.post("/v1/links", json={"destination": TARGET})).json()["link"]
    wanted = {"linkIds": [link["id"], "unknown"]}
    answer = await client.post("/v1/links/qrcode-images:resolve", json=wanted)
    assert answer.json()["qrcodeSignedUrls"] == {link["id"]: link["qrcode_signed_url"]}


async def test_a_batch_is_looked_up_as_a_job(served: str) -> None:
    """202 with an address, then the links in order; a batch that fails makes nothing and says why."""

    def work(client: linkbreakers.ApiClient) -> None:
        links, jobs = linkbreakers.LinksApi(client), linkbreakers.JobsApi(client)
        request = linkbreakers.CreateBulkLinksRequest(
            links=[
                linkbreakers.CreateLinkRequest(destination=TARGET, shortlink=f"job-{number}")
                for number in range(3)
            ]
        )
        answer = links.links_service_create_bulk_async_with_http_info(request)
        assert answer.status_code == 202
        job = jobs.jobs_service_get(answer.data.id or "")
        assert (answer.headers or {})["location"] == job.status_url
        assert (job.status, job.item_count) == ("JOB_STATUS_SUCCEEDED", 3)
        assert job.links_bulk_create is not None
        made = [links.links_service_get(one).link for one in job.links_bulk_create.link_ids or []]
        assert [link.shortlink for link in made if link] == ["job-0", "job-1", "job-2"]
        request.links.insert(0, linkbreakers.CreateLinkRequest(destination=TARGET, shortlink="job-9"))
        failed = jobs.jobs_service_get(links.links_service_create_bulk_async(request).id or "")
        assert failed.status == "JOB_STATUS_FAILED"
        assert failed.error is not None
        assert failed.error.code_type == "SHORTLINK_ALREADY_TAKEN"
        assert links.links_service_list(page_size=10).total_count == 3

    await run(served, work)


async def test_a_job_of_nobody_is_not_there(client: httpx.AsyncClient) -> None:
    """Ids cannot be guessed at."""
    answer = await client.get("/v1/jobs/01920000-0000-7000-8000-000000000000")
    assert (answer.status_code, answer.json()["codeType"]) == (404, "NOT_FOUND")
