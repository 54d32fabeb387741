"""The authorisation matrix, generated from the OpenAPI document: every operation, every kind of caller."""

from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from tests.control.clock import Clock
from tests.control.conftest import PEPPERS, ApiClient

from waypost.control.api.application import application
from waypost.control.api.openapi import complete
from waypost.control.core import keys
from waypost.control.model.access import SCOPES, Actor
from waypost.control.model.keys import CreateKey
from waypost.control.store import keys as stored_keys
from waypost.control.surface.control import Control

METHODS = ("get", "post", "put", "patch", "delete")
SOME_ID = "01900000-0000-7000-8000-000000000000"


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation as method, path, description."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


@pytest.fixture
def document() -> dict[str, Any]:
    """The OpenAPI document as it is served."""
    return complete(application())


async def ask(client: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
    """Call an operation with ids that are nobody's and an empty body."""
    filled = path
    while "{" in filled:
        filled = filled[: filled.index("{")] + SOME_ID + filled[filled.index("}") + 1 :]
    return await client.request(method, filled, json={} if method in ("post", "put", "patch") else None)


async def test_every_operation_declares_a_scope_that_exists(document: dict[str, Any]) -> None:
    """An operation that forgot its scope would be open to every key."""
    found = list(operations(document))
    assert len(found) > 50
    for _method, path, operation in found:
        assert operation["x-scope"] in SCOPES | {""}, path
    public = {path for _, path, operation in found if not operation["x-scope"]}
    assert public == {
        "/healthz",
        "/readyz",
        "/v1/assets/{asset_id}/upload",
        "/v1/tls/ask",
        "/v1/reports",
        "/v1/qr/codes/{code_id}/downloads",
        "/v1/qr/images/{link_id}",  # the URL itself is signed
    }


async def test_no_key_and_bad_keys_are_turned_away_everywhere(
    document: dict[str, Any], api_client: ApiClient, control: Control, actor: Actor, clock: Clock
) -> None:
    """401, and nothing else, for whoever is not known; a checksum that is wrong too."""
    async with control.database.write() as tx:
        command = CreateKey(name="x", scopes=("*",), expires_ms=tx.now_ms + 1000)
        expired = await keys.create_key(tx, actor, PEPPERS, command)
        revoked = await keys.create_key(tx, actor, PEPPERS, CreateKey(name="y", scopes=("*",)))
        await stored_keys.save(tx, msgspec.structs.replace(revoked.key, revoked_ms=tx.now_ms))
    clock.advance(seconds=5)
    callers = {
        "key_missing": await api_client(text=""),
        "key_unknown": await api_client(text=expired.text[:-1] + ("A" if expired.text[-1] != "A" else "B")),
        "key_expired": await api_client(text=expired.text),
        "key_revoked": await api_client(text=revoked.text),
    }
    for method, path, operation in operations(document):
        if operation["x-scope"]:
            for code, client in callers.items():
                answer = await ask(client, method, path)
                assert (answer.status_code, answer.json()["code"]) == (401, code), f"{method} {path}"


async def test_key_without_the_scope_is_refused_everywhere(
    document: dict[str, Any], api_client: ApiClient
) -> None:
    """403 for every operation but those of the one scope the key has; writing does not imply reading."""
    clients = {scope: await api_client(scope) for scope in sorted(SCOPES - {"*"})}
    for method, path, operation in operations(document):
        needed = operation["x-scope"]
        if not needed:
            continue
        unfit = next(scope for scope in clients if scope.split(":")[0] != needed.split(":")[0])
        same_resource = needed.replace(":write", ":read") if needed.endswith(":write") else unfit
        for scope in {unfit, same_resource}:
            answer = await ask(clients[scope], method, path)
            assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), f"{method} {path}"
        if needed != "*":
            answer = await ask(clients[needed], method, path)
            assert answer.status_code not in (401, 500), f"{method} {path}: {answer.text}"
            assert answer.status_code != 403 or answer.json()["code"] != "scope_missing"


async def test_things_of_another_workspace_do_not_exist(
    document: dict[str, Any], client: httpx.AsyncClient, api_client: ApiClient, stranger: Actor
) -> None:
    """404 for every operation that names a thing of somebody else, never 403 and never the thing."""
    target = {"target_url": "https://example.com/"}
    link = (await client.post("/v1/links", json=target)).json()
    schedule = {"at": "2090-01-01T00:00:00Z", "change": {"title": "x"}}
    planned = await client.post(f"/v1/links/{link['id']}/schedule", json=schedule)
    ids = {
        "link_id": link["id"],
        "change_id": planned.json()["id"],
        "tag_id": (await client.post("/v1/tags", json={"name": "t"})).json()["id"],
        "folder_id": (await client.post("/v1/folders", json={"name": "f"})).json()["id"],
        "utm_template_id": (await client.post("/v1/utm-templates", json={"name": "u"})).json()["id"],
        "member_id": (await client.post("/v1/members", json={"email": "a@b.example"})).json()["id"],
        "domain_id": (await client.post("/v1/domains", json={"host": "go.b.example"})).json()["id"],
        "key_id": (await client.post("/v1/keys", json={"name": "k", "scopes": ["*"]})).json()["key"]["id"],
    }
    bodies = {
        "rotateKey": {"overlap_s": 1},
        "rollBackLink": {"version": 1},
        "scheduleChange": schedule,
        "explainLink": {"visit": {}},
        "updateLink": {"title": "x"},
        "setLinkThresholds": {"counts": [1]},
    }
    other = await api_client("*", actor=stranger)
    asked = 0
    for method, path, operation in operations(document):
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        if not names or not set(names) <= set(ids) or operation["x-scope"] == "*":
            continue
        filled = path.format(**ids)
        body = bodies.get(operation["operationId"], {"name": "x"} if "link" not in path else {})
        if path.startswith("/v1/domains"):
            body = {"robots_txt": "x"}
        answer = await other.request(method, filled, json=body if method != "get" else None)
        if operation["operationId"] == "linkHistory":
            assert answer.json()["data"] == []
        else:
            assert answer.status_code == 404, f"{method} {path}: {answer.status_code} {answer.text}"
        asked += 1
    assert asked > 20


async def test_nobody_hands_out_more_than_they_have(api_client: ApiClient) -> None:
    """A key that may make keys must not make itself an administrator."""
    weak = await api_client("keys:write", "links:read")
    refused = await weak.post("/v1/keys", json={"name": "x", "scopes": ["*"]})
    assert (refused.status_code, refused.json()["field"]) == (422, "scopes")
    assert (await weak.post("/v1/keys", json={"name": "x", "scopes": ["links:write"]})).status_code == 422
    assert (await weak.post("/v1/keys", json={"name": "x", "scopes": ["links:read"]})).status_code == 201
    members = await api_client("members:write")
    owner = await members.post("/v1/members", json={"email": "a@b.example", "role": "owner"})
    assert (owner.status_code, owner.json()["code"]) == (403, "out_of_reach")


async def test_limited_key_reaches_only_its_own(client: httpx.AsyncClient, api_client: ApiClient) -> None:
    """A key for one campaign must not see the others."""
    domain = (await client.post("/v1/domains", json={"host": "go.b.example"})).json()
    elsewhere = (await client.post("/v1/links", json={"target_url": "https://example.com/"})).json()
    made = await client.post(
        "/v1/keys",
        json={"name": "c", "scopes": ["links:read", "links:write", "keys:write"], "domain_id": domain["id"]},
    )
    limited = await api_client(text=made.json()["text"])
    assert (await limited.get(f"/v1/links/{elsewhere['id']}")).status_code == 404
    assert (await limited.get("/v1/links")).json()["data"] == []
    other = {"target_url": "https://example.com/", "domain_id": elsewhere["domain_id"]}
    refused = await limited.post("/v1/links", json=other)
    assert (refused.status_code, refused.json()["code"]) == (403, "out_of_reach")
    body = {"target_url": "https://example.com/", "domain_id": domain["id"]}
    assert (await limited.post("/v1/links", json=body)).status_code == 201
    child = await limited.post("/v1/keys", json={"name": "d", "scopes": ["links:read"]})
    assert child.json()["key"]["domain_id"] == domain["id"]


async def test_only_the_operator_manages_workspaces(client: httpx.AsyncClient, api_client: ApiClient) -> None:
    """A tenant with every scope is still only a tenant."""
    made = (await client.post("/v1/workspaces", json={"slug": "b", "name": "B", "plan": "free"})).json()
    tenant = await api_client(text=made["key"])
    assert (await tenant.get("/v1/workspace")).json()["plan"] == "free"
    for answer in (
        await tenant.get("/v1/workspaces"),
        await tenant.post("/v1/workspaces", json={"slug": "c", "name": "C"}),
        await tenant.patch("/v1/workspace", json={"plan": "business"}),
        await tenant.patch(f"/v1/workspaces/{made['workspace']['id']}", json={"suspended": False}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "out_of_reach")
    stopped = await client.patch(f"/v1/workspaces/{made['workspace']['id']}", json={"suspended": True})
    assert stopped.json()["suspended"] is True
    assert (await tenant.get("/v1/workspace")).json()["code"] == "workspace_suspended"
