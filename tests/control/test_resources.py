"""Tags, folders, UTM templates, members, domains and plans through the front door."""

import json
from typing import Any

import httpx
import pytest
from tests.control.clock import Clock
from tests.control.test_links import TARGET, make, record_of

from waypost.control.core import domains
from waypost.control.model.access import Actor
from waypost.control.model.faults import InvalidDomain
from waypost.control.store import events, replication
from waypost.control.store.database import Database
from waypost.wire import codec
from waypost.wire.slug import domain_key


@pytest.mark.parametrize(
    ("path", "body", "change"),
    [
        ("tags", {"name": "Spring", "color": "#00ff00"}, {"name": "Summer"}),
        ("folders", {"name": "Spring"}, {"name": "Summer"}),
        ("utm-templates", {"name": "Spring", "utm": {"source": "print"}}, {"utm": {"source": "mail"}}),
        ("members", {"email": "a@b.example", "role": "editor"}, {"role": "admin"}),
    ],
)
async def test_resource_is_made_read_listed_changed_and_removed(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], change: dict[str, Any]
) -> None:
    """The round every resource makes."""
    made = await client.post(f"/v1/{path}", json=body)
    assert made.status_code == 201, made.text
    url = f"/v1/{path}/{made.json()['id']}"
    assert (await client.get(url)).json() == made.json()
    assert (await client.get(f"/v1/{path}")).json()["data"] == [made.json()]
    changed = (await client.patch(url, json=change)).json()
    assert {name: changed[name] for name in change} == change
    assert (await client.delete(url)).status_code == 204
    assert (await client.get(url)).status_code == 404
    log = (await client.get("/v1/changes")).json()["data"]
    assert [entry["action"].split(".")[1] for entry in log[:3]] == ["delete", "update", "create"]


async def test_tag_name_is_unique_whatever_its_case(client: httpx.AsyncClient) -> None:
    """A tag that exists twice splits a campaign."""
    await client.post("/v1/tags", json={"name": "Spring"})
    other = (await client.post("/v1/tags", json={"name": "Other"})).json()
    assert (await client.post("/v1/tags", json={"name": "sPRING"})).status_code == 409
    assert (await client.patch(f"/v1/tags/{other['id']}", json={"name": "spring"})).status_code == 409


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("members", {"email": "a@b.example", "role": "viewer"}, "email"),
        ("workspaces", {"name": "Other", "slug": "other"}, "slug"),
        ("tags", {"name": "Spring"}, "name"),
    ],
)
async def test_conflict_names_the_member_that_is_taken(
    client: httpx.AsyncClient, path: str, body: dict[str, str], field: str
) -> None:
    """A form marks the field to change; another one's name is no help."""
    await client.post(f"/v1/{path}", json=body)
    again = await client.post(f"/v1/{path}", json=body)
    assert (again.status_code, again.json()["code"], again.json()["field"]) == (409, "name_taken", field)
    assert again.json()["detail"] == f"The {field} `{body[field]}` is in use."


async def test_audit_log_is_exported_through_the_filters_of_its_list(client: httpx.AsyncClient) -> None:
    """An auditor asks for what one person did, not for everything."""
    tag = (await client.post("/v1/tags", json={"name": "Spring"})).json()
    await client.post("/v1/folders", json={"name": "Spring"})
    everything = (await client.get("/v1/changes/export")).text.splitlines()
    assert len(everything) > 2
    for filters in (
        {"kind": "tag"},
        {"subject_id": tag["id"]},
        {"kind": "tag", "end": "2020-01-01T00:00:00Z"},
    ):
        lines = (await client.get("/v1/changes/export", params=filters)).text.splitlines()
        listed = (await client.get("/v1/changes", params=filters)).json()["data"]
        assert [json.loads(line) for line in lines] == listed
        assert len(listed) == (0 if "end" in filters else 1)


async def test_folder_never_lies_in_itself(client: httpx.AsyncClient) -> None:
    """A ring of folders would never end."""
    top = (await client.post("/v1/folders", json={"name": "a"})).json()
    inner = (await client.post("/v1/folders", json={"name": "b", "parent_id": top["id"]})).json()
    refused = await client.patch(f"/v1/folders/{top['id']}", json={"parent_id": inner["id"]})
    assert (refused.status_code, refused.json()["field"]) == (422, "parent_id")
    link = await make(client, folder_id=inner["id"])
    await client.delete(f"/v1/folders/{inner['id']}")
    assert (await client.get(f"/v1/links/{link['id']}")).json()["folder_id"] == top["id"]


@pytest.mark.parametrize(
    ("host", "kept"), [("Go.Example.com.", "go.example.com"), ("münchen.example", "xn--mnchen-3ya.example")]
)
def test_host_is_kept_in_one_form(host: str, kept: str) -> None:
    """Two spellings of a host are one claim."""
    assert domains.normalised_host("host", host) == kept


@pytest.mark.parametrize(
    "host", ["", "localhost", "a b.example", "-a.example", "1.2.3.4", "a..b", "http://x.example", "x" * 254]
)
def test_what_is_no_host_is_refused(host: str) -> None:
    """It would never resolve."""
    with pytest.raises(InvalidDomain):
        domains.normalised_host("host", host)


async def domain_record(database: Database, host: str) -> Any:
    """What edges are told of a host."""
    async with database.read() as tx:
        async for part in replication.live_records(tx):
            for key, _ver, value in part:
                if key == domain_key(host):
                    return codec.decode_domain(value)
    return None


async def test_domain_serves_once_it_is_proven_and_for_a_grace_after(
    client: httpx.AsyncClient, database: Database, actor: Actor, clock: Clock
) -> None:
    """Nobody serves on a host they do not own, and a DNS hiccup does not stop a campaign."""
    made = (await client.post("/v1/domains", json={"host": "Go.B.example", "root_url": TARGET})).json()
    assert (made["status"], [record["type"] for record in made["records"]]) == ("pending", ["CNAME", "TXT"])
    assert (await domain_record(database, "go.b.example")).serving is False
    assert (await client.get("/v1/tls/ask", params={"domain": "go.b.example"})).status_code == 404

    async def look(failure: str) -> str:
        async with database.write() as tx:
            return (await domains.apply_check(tx, actor, made["id"], failure)).status

    assert await look("") == "active"
    assert (await domain_record(database, "go.b.example")).serving is True
    assert (await client.get("/v1/tls/ask", params={"domain": "Go.b.example"})).status_code == 200
    assert await look("gone") == "active"
    clock.advance(seconds=73 * 3600)
    assert await look("gone") == "failed"
    assert (await domain_record(database, "go.b.example")).serving is False
    async with database.read() as tx:
        told = [event.type for event in await events.after(tx, 0, 100)]
    assert [kind for kind in told if kind.startswith("domain.")] == ["domain.verified", "domain.failed"]


async def test_host_is_claimed_once_and_never_ours(client: httpx.AsyncClient) -> None:
    """Two tenants on one host would see each other's links."""
    await client.post("/v1/domains", json={"host": "go.b.example"})
    assert (await client.post("/v1/domains", json={"host": "GO.b.example"})).status_code == 409
    assert (await client.post("/v1/domains", json={"host": "go.example"})).status_code == 422


async def test_deleted_domain_leaves_its_links_on_the_default_host(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Printed codes go on working under the default host; taken slugs are renamed and told."""
    domain = (await client.post("/v1/domains", json={"host": "go.b.example"})).json()
    await make(client, slug="a")
    same = await make(client, slug="a", domain_id=domain["id"])
    free = await make(client, slug="b", domain_id=domain["id"], aliases=["c"])
    assert free["short_url"] == "https://go.b.example/b"
    answer = (await client.delete(f"/v1/domains/{domain['id']}")).json()
    assert (answer["moved"], [link["id"] for link in answer["renamed"]]) == (2, [same["id"]])
    assert answer["renamed"][0]["slug"].startswith("a-")
    assert (await client.get(f"/v1/links/{free['id']}")).json()["short_url"] == "https://go.example/b"
    assert (await record_of(database, "b")).target == TARGET.encode()
    assert (await record_of(database, "c")).target == TARGET.encode()
    assert await domain_record(database, "go.b.example") is None


async def test_destination_on_a_claimed_domain_is_a_loop(client: httpx.AsyncClient) -> None:
    """A link to a link of ours could turn in a circle."""
    await client.post("/v1/domains", json={"host": "go.b.example"})
    answer = await client.post("/v1/links", json={"target_url": "https://go.b.example/x"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_url")


async def test_quota_is_a_clear_error(client: httpx.AsyncClient, database: Database) -> None:
    """An integrator must be able to tell a full plan from a bad request."""
    workspace = (await client.get("/v1/workspace")).json()
    await client.patch(f"/v1/workspaces/{workspace['id']}", json={"plan": "free"})
    rows = [{"target_url": TARGET, "kind": "qr"} for _ in range(12)]
    answer = (await client.post("/v1/links/bulk", json={"rows": rows})).json()
    assert [result["status"] for result in answer["results"]] == ["created"] * 10 + ["failed"] * 2
    assert answer["results"][10]["code"] == "quota_reached"
    single = await client.post("/v1/links", json=rows[0])
    assert (single.status_code, single.json()["code"]) == (403, "quota_reached")
    usage = (await client.get("/v1/workspace/usage")).json()
    assert usage["usage"]["qr_codes"] == {"used": 10, "limit": 10}
    async with database.read() as tx:
        near = [
            event.data for event in await events.after(tx, 0, 100) if event.type == "workspace.quota_near"
        ]
    assert [(data["used"], data["limit"]) for data in near] == [(8, 10), (10, 10)]
