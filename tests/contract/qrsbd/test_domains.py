"""QRs.bd's custom domains."""

import httpx
import pytest
from tests.contract.world import World
from tests.control.dns_server import serving_dns

from waypost.control.core import domains, links
from waypost.control.dialects.qrsbd.dialect import QRSBD
from waypost.control.jobs.domain_checks import DomainChecks, resolver_of
from waypost.control.model.links import CreateLink
from waypost.control.model.plans import Plan

PATH = "/api/v1/domains"


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("https://Links.YourBrand.com:8443/a?b#c", "links.yourbrand.com"),
        ("links.yourbrand.com.", "links.yourbrand.com"),
        (" http://bücher.example ", "xn--bcher-kva.example"),
        ("links.yourbrand.com:443", "links.yourbrand.com"),
    ],
)
async def test_a_domain_is_normalised_and_answered_with_its_records(
    client: httpx.AsyncClient, written: str, host: str
) -> None:
    """C253, C254: people paste addresses; the records are what they take to their registrar."""
    answer = await client.post(PATH, json={"domain": written})
    assert answer.status_code == 201, answer.text
    row = answer.json()["data"]
    assert (row["domain"], row["status"], row["ssl_status"], row["verified_at"]) == (
        host,
        "pending",
        "pending",
        None,
    )
    assert sorted(row) == sorted(
        ["id", "domain", "status", "ssl_status", "verification", "created_at", "verified_at"]
    )
    assert row["verification"]["cname_target"] == "go.example"
    ownership = row["verification"]["ownership"]
    assert (ownership["type"], ownership["name"]) == ("TXT", f"_cf-custom-hostname.{host}")
    assert ownership["value"].startswith("waypost-verification=")
    assert row["verification"]["ssl"] == []
    assert (await client.get(PATH)).json() == {"data": [row]}


async def test_a_domain_becomes_active_by_the_records_that_were_answered(
    world: World, client: httpx.AsyncClient
) -> None:
    """C255: steps 2 to 4 of the vendor's guide; whoever lists a pending domain has it looked at soon."""
    host = "links.yourbrand.com"
    records = (await client.post(PATH, json={"domain": host})).json()["data"]["verification"]
    ownership = records["ownership"]
    async with serving_dns() as server:
        checks = DomainChecks(world.control.database, resolver_of(f"127.0.0.1:{server.port}"))
        await checks.check_due()
        server.records[ownership["name"], "TXT"] = [f'"{ownership["value"]}"']
        server.records[host, "CNAME"] = [f"{records['cname_target']}."]
        world.now_ms += 20_000
        await checks.check_due()
        (seen,) = (await client.get(PATH)).json()["data"]
        assert (seen["status"], seen["ssl_status"], seen["verified_at"]) == ("pending", "pending", None)
        await checks.check_due()
    (seen,) = (await client.get(PATH)).json()["data"]
    assert (seen["status"], seen["ssl_status"]) == ("active", "active")
    assert seen["verified_at"] is not None


async def test_every_wrong_request_has_its_own_code(world: World, client: httpx.AsyncClient) -> None:
    """C257: the vendor tells six mistakes apart."""
    world.use_plan(Plan(name="unlimited", domains=1))
    assert (await client.post(PATH, json={"domain": "a.brand.example"})).status_code == 201

    async def told(method: str, path: str, body: object = None) -> tuple[int, str]:
        answer = await client.request(method, path, json=body)
        return answer.status_code, answer.json()["error"]

    assert await told("POST", PATH, {}) == (400, "missing_domain")
    assert await told("POST", PATH, {"domain": " "}) == (400, "missing_domain")
    assert await told("POST", PATH, {"domain": "not a host"}) == (400, "invalid_domain")
    assert await told("POST", PATH, {"domain": "10.0.0.1"}) == (400, "invalid_domain")
    assert await told("POST", PATH, {"domain": "b.brand.example"}) == (403, "domain_quota_reached")
    assert await told("DELETE", PATH) == (400, "missing_id")
    assert await told("DELETE", f"{PATH}?id=00000000-0000-7000-8000-000000000000") == (
        404,
        "domain_not_found",
    )
    assert await told("DELETE", f"{PATH}?id={'longer-than-any-id' * 9}") == (404, "domain_not_found")
    world.use_plan(Plan(name="unlimited"))
    assert await told("POST", PATH, {"domain": "A.brand.example"}) == (409, "domain_taken")


async def test_codes_of_a_deleted_domain_fall_back_to_the_default_host(world: World) -> None:
    """C256: what is printed with the default host's address goes on, nothing is lost."""
    async with world.client(QRSBD) as client:
        row = (await client.post(PATH, json={"domain": "links.yourbrand.com"})).json()["data"]
        async with world.control.database.write() as tx:
            await domains.apply_check(tx, world.actor, row["id"], "")
            made = await links.create_link(
                tx,
                world.actor,
                CreateLink(kind="qr", target_url="https://example.com/", slug="fall", domain_id=row["id"]),
            )
        path = f"/api/v1/qrcodes/{made.link.id}"
        assert (await client.get(path)).json()["data"]["short_url"] == "https://links.yourbrand.com/fall"
        gone = await client.delete(PATH, params={"id": row["id"]})
        assert (gone.status_code, gone.json()) == (200, {"data": {"id": row["id"]}})
        assert (await client.get(PATH)).json() == {"data": []}
        assert (await client.get(path)).json()["data"]["short_url"] == "https://go.example/fall"
