"""Domains are proven by real DNS look-ups at the resolver of the settings, and lose their proof by them."""

from typing import Any

import httpx
import pytest
from tests.control.clock import Clock
from tests.control.dns_server import DnsServer, serving_dns
from tests.control.test_resources import domain_record

from waypost.control.jobs import domain_checks
from waypost.control.jobs.domain_checks import DomainChecks, resolver_of
from waypost.control.store import events
from waypost.control.store.database import Database

HOST = "go.customer.example"
HOUR_S = 3600


async def claimed(client: httpx.AsyncClient) -> dict[str, Any]:
    """A domain that was just added."""
    made = await client.post("/v1/domains", json={"host": HOST})
    assert made.status_code == 201, made.text
    domain: dict[str, Any] = made.json()
    return domain


def set_records(server: DnsServer, domain: dict[str, Any], *kinds: str) -> None:
    """Set what the API told the customer to set."""
    for record in domain["records"]:
        if record["type"] in kinds:
            value = f'"{record["value"]}"' if record["type"] == "TXT" else f"{record['value']}."
            server.records[record["name"], record["type"]] = [value]


async def state_of(client: httpx.AsyncClient, domain: dict[str, Any]) -> tuple[str, str | None]:
    """The status of a domain and what is missing."""
    shown = (await client.get(f"/v1/domains/{domain['id']}")).json()
    return shown["status"], shown["failure"]


def job(database: Database, server: DnsServer) -> DomainChecks:
    """The worker's job with the test's server as resolver. Without a cache: zones change at once."""
    return DomainChecks(database, resolver_of(f"127.0.0.1:{server.port}"))


async def test_domain_is_proven_step_by_step(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    """Whoever sets DNS records wants to be told which of them is still missing."""
    domain = await claimed(client)
    async with serving_dns() as server:
        checks = job(database, server)
        await checks.check_due()
        status, failure = await state_of(client, domain)
        assert (status, "TXT" in (failure or "")) == ("pending", True)
        set_records(server, domain, "TXT")
        clock.advance(seconds=61)
        await checks.check_due()
        status, failure = await state_of(client, domain)
        assert (status, "CNAME" in (failure or "")) == ("pending", True)
        assert (await domain_record(database, HOST)).serving is False
        set_records(server, domain, "TXT", "CNAME")
        clock.advance(seconds=61)
        await checks.check_due()
        assert await state_of(client, domain) == ("active", None)
        assert (await domain_record(database, HOST)).serving is True
        asked = len(server.asked)
        clock.advance(seconds=HOUR_S)
        await checks.check_due()
        assert len(server.asked) == asked  # a proven domain is asked for once a day
    assert (f"_waypost.{HOST}", "TXT") in server.asked


@pytest.mark.parametrize(("kind", "address"), [("A", "203.0.113.7"), ("AAAA", "2001:db8::7")])
async def test_apex_domain_may_have_addresses_instead_of_a_cname(
    client: httpx.AsyncClient, database: Database, kind: str, address: str
) -> None:
    """A CNAME cannot stand at the top of a zone; addresses of either family can."""
    domain = await claimed(client)
    async with serving_dns() as server:
        set_records(server, domain, "TXT")
        server.records[HOST, kind] = [address]
        await job(database, server).check_due()
    assert (await state_of(client, domain))[0] == "active"


async def test_domain_without_proof_stops_serving_after_72_hours(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    """A domain that changed hands must not go on under our links, and a DNS accident must not stop one."""
    domain = await claimed(client)
    async with serving_dns() as server:
        checks = job(database, server)
        set_records(server, domain, "TXT", "CNAME")
        await checks.check_due()
        server.records[f"_waypost.{HOST}", "TXT"] = ['"somebody-else"']
        clock.advance(seconds=25 * HOUR_S)
        await checks.check_due()
        status, failure = await state_of(client, domain)
        assert (status, failure is not None) == ("active", True)
        clock.advance(seconds=71 * HOUR_S)
        await checks.check_due()
        assert (await domain_record(database, HOST)).serving is True
        clock.advance(seconds=2 * HOUR_S)
        await checks.check_due()
        assert (await state_of(client, domain))[0] == "failed"
        assert (await domain_record(database, HOST)).serving is False
        set_records(server, domain, "TXT")
        clock.advance(seconds=61)
        await checks.check_due()
        assert (await state_of(client, domain))[0] == "active"
        assert (await domain_record(database, HOST)).serving is True
    async with database.read() as tx:
        told = [event.type for event in await events.after(tx, 0, 100)]
    kinds = [kind for kind in told if kind.startswith("domain.")]
    assert kinds == ["domain.verified", "domain.failed", "domain.verified"]


@pytest.mark.parametrize("trouble", ["broken", "silent"])
async def test_resolver_that_is_away_proves_nothing_neither_way(
    client: httpx.AsyncClient, database: Database, clock: Clock, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage of our own name server must not take the customers' domains down."""
    monkeypatch.setattr(domain_checks, "_LOOKUP_S", 0.3)
    domain = await claimed(client)
    async with serving_dns() as server:
        set_records(server, domain, "TXT", "CNAME")
        checks = job(database, server)
        await checks.check_due()
        setattr(server, trouble, True)
        for _ in range(5):
            clock.advance(seconds=25 * HOUR_S)
            await checks.check_due()
    assert await state_of(client, domain) == ("active", None)
    assert (await domain_record(database, HOST)).serving is True
