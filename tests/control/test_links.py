"""Links through the front door: create, read, list, change, delete."""

from math import log2
from typing import Any

import httpx
import pytest
from sqlalchemy.event import listen
from tests.control.conftest import ApiClient

from waypost.control.model.access import Actor
from waypost.control.model.destination_health import LinkHealth
from waypost.control.model.links import LinkFilter
from waypost.control.model.organisation import Tag
from waypost.control.model.page import PageRequest
from waypost.control.store import events, link_health, link_search, replication, tags
from waypost.control.store.cursor_text import encode_cursor
from waypost.control.store.database import Database
from waypost.rules import decode_rules
from waypost.wire import codec
from waypost.wire.ids import DEFAULT_DOMAIN_ID, to_bytes
from waypost.wire.slug import link_key

TARGET = "https://example.com/spring"


async def make(client: httpx.AsyncClient, **members: Any) -> dict[str, Any]:
    """Create a link and return it."""
    answer = await client.post("/v1/links", json={"target_url": TARGET, **members})
    assert answer.status_code == 201, answer.text
    link: dict[str, Any] = answer.json()
    return link


async def record_of(database: Database, slug: str) -> Any:
    """What edges are told of a slug, None when they are told nothing."""
    async with database.read() as tx:
        async for part in replication.live_records(tx):
            for key, _ver, value in part:
                if key == link_key(DEFAULT_DOMAIN_ID, slug):
                    return codec.decode_link(value)
    return None


async def test_created_link_has_a_random_slug_without_look_alikes(client: httpx.AsyncClient) -> None:
    """Slugs are read out and typed by hand, and whoever guesses them must find less than one link in 2^41."""
    link = await make(client)
    assert len(link["slug"]) * log2(31) >= 41
    assert set(link["slug"]) <= set("23456789abcdefghjkmnpqrstuvwxyz")
    assert link["short_url"] == f"https://go.example/{link['slug']}"
    assert (await client.get(f"/v1/links/{link['id']}")).json() == link


async def test_edges_are_told_in_the_same_transaction(client: httpx.AsyncClient, database: Database) -> None:
    """What was answered with 201 is on its way, whatever happens next."""
    link = await make(client, slug="Spring", expires_at="2030-01-01T00:00:00Z", status=307)
    record = await record_of(database, "spring")
    assert record.link_id == to_bytes(link["id"])
    assert (record.target, record.status, record.expires_ms) == (TARGET.encode(), 307, 1893456000000)
    async with database.read() as tx:
        assert [record.ver for record in await replication.waiting(tx, 0, 10)] == [1]
        told = [event for event in await events.after(tx, 0, 10) if event.link_id]
    assert [(event.type, event.data["link"]["link"]["id"]) for event in told] == [
        ("link.created", link["id"])
    ]


@pytest.mark.parametrize("again", ["spring", "SPRING", "Spring/", "  spring "])
async def test_slug_is_unique_whatever_its_case(client: httpx.AsyncClient, again: str) -> None:
    """Two prints that differ in case must not lead to two places."""
    await make(client, slug="Spring")
    answer = await client.post("/v1/links", json={"target_url": TARGET, "slug": again})
    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["field"]) == ("slug_taken", "slug")


@pytest.mark.parametrize(
    "slug",
    ["", " ", "a b", "a?b", "a#b", "a%b", "..", "a//b", "robots.txt", "a\u200bb", "x" * 191, "\u202ea", "a+"],
)
async def test_bad_slug_is_refused_by_name(client: httpx.AsyncClient, slug: str) -> None:
    """A slug that cannot be followed, or looks like another, must not be made."""
    answer = await client.post("/v1/links", json={"target_url": TARGET, "slug": slug})
    if slug == "":
        assert answer.status_code == 201  # empty means: draw one
        return
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_slug")


async def test_patch_tells_absent_from_null(client: httpx.AsyncClient, database: Database) -> None:
    """Sending null clears; sending nothing keeps."""
    link = await make(client, slug="a", title="Spring", expired_url="https://example.com/over")
    url = f"/v1/links/{link['id']}"
    changed = (await client.patch(url, json={"target_url": "https://example.com/b"})).json()
    assert (changed["title"], changed["expired_url"]) == ("Spring", "https://example.com/over")
    assert (changed["target_url"], changed["version"]) == ("https://example.com/b", 2)
    cleared = (await client.patch(url, json={"title": None, "expired_url": None})).json()
    assert (cleared["title"], cleared["expired_url"], cleared["target_url"]) == (
        None,
        None,
        "https://example.com/b",
    )
    assert (await record_of(database, "a")).target == b"https://example.com/b"
    assert (await client.patch(url, json={"target_url": None})).status_code == 422
    assert (await client.patch(url, json={})).status_code == 422


async def test_moved_slug_leaves_the_old_one_with_its_workspace(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Old prints stop, and nobody else may take them over."""
    link = await make(client, slug="old", aliases=["extra"])
    moved = (await client.patch(f"/v1/links/{link['id']}", json={"slug": "new"})).json()
    assert (moved["slug"], moved["aliases"]) == ("new", ["extra"])
    assert await record_of(database, "old") is None
    assert (await record_of(database, "new")).target == TARGET.encode()
    assert (await record_of(database, "extra")).options.aliases_of == to_bytes(link["id"])
    assert (await make(client, slug="old"))["slug"] == "old"


async def test_deleted_link_is_gone_and_its_slug_stays(client: httpx.AsyncClient, database: Database) -> None:
    """A printed code must not be hijacked, but its owner may use it again."""
    link = await make(client, slug="a")
    assert (await client.delete(f"/v1/links/{link['id']}")).status_code == 204
    assert (await client.get(f"/v1/links/{link['id']}")).status_code == 404
    assert (await client.delete(f"/v1/links/{link['id']}")).status_code == 404
    assert await record_of(database, "a") is None
    assert (await make(client, slug="a"))["slug"] == "a"


async def test_paused_link_is_told_to_edges_as_paused(client: httpx.AsyncClient, database: Database) -> None:
    """Pausing must stop it at the edge, not only here."""
    link = await make(client, slug="a", active=False)
    assert link["state"] == "paused"
    assert (await record_of(database, "a")).state == 1
    await client.patch(f"/v1/links/{link['id']}", json={"active": True})
    assert (await record_of(database, "a")).state == 0


async def test_if_match_protects_against_a_lost_update(client: httpx.AsyncClient) -> None:
    """Two editors must not overwrite each other unseen."""
    link = await make(client)
    url = f"/v1/links/{link['id']}"
    etag = (await client.get(url)).headers["etag"]
    first = await client.patch(url, json={"title": "a"}, headers={"If-Match": etag})
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    second = await client.patch(url, json={"title": "b"}, headers={"If-Match": etag})
    assert (second.status_code, second.json()["code"]) == (412, "version_mismatch")
    assert (await client.delete(url, headers={"If-Match": etag})).status_code == 412
    assert (await client.delete(url, headers={"If-Match": '"2"'})).status_code == 204


async def test_pages_hold_every_link_once(client: httpx.AsyncClient) -> None:
    """A cursor must neither skip nor repeat, in any order."""
    made = [(await make(client, title=f"t{index % 3}"))["id"] for index in range(25)]
    for sort in ("created", "updated", "title", "slug", "scans", "last_scan"):
        for descending in (True, False):
            seen: list[str] = []
            cursor = ""
            while True:
                query = {"limit": 7, "sort": sort, "descending": descending, "cursor": cursor, "count": True}
                page = (await client.get("/v1/links", params=query)).json()
                assert page["total"] == 25
                seen += [link["id"] for link in page["data"]]
                cursor = page["next_cursor"] or ""
                if not cursor:
                    break
            assert sorted(seen) == sorted(made)


async def test_cursor_of_another_list_is_refused(client: httpx.AsyncClient) -> None:
    """A cursor in the wrong order would silently skip links."""
    for _ in range(3):
        await make(client)
    cursor = (await client.get("/v1/links", params={"limit": 1})).json()["next_cursor"]
    for query in ({"cursor": cursor, "sort": "title"}, {"cursor": "garbage"}, {"cursor": "####"}):
        answer = await client.get("/v1/links", params=query)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


async def test_filters_narrow_the_list(client: httpx.AsyncClient) -> None:
    """Each filter alone finds its link and only that."""
    wanted = await make(
        client,
        slug="findme",
        title="100% Spring_Sale",
        tags=["Red"],
        external_id="e1",
        tenant_id="t1",
        kind="qr",
        active=False,
        target_url="https://example.com/a b",
    )
    assert wanted["tags"][0]["color"] is None
    await make(client, slug="other", title="100 Spring Sale", tags=["blue"])
    for query in (
        {"search": "FINDME"},
        {"search": "0% spring_"},
        {"tag": "red"},
        {"tag_id": wanted["tags"][0]["id"]},
        {"external_id": "e1"},
        {"tenant_id": "t1"},
        {"kind": "qr"},
        {"active": "false"},
        {"target_url": "HTTPS://Example.com:443/a b"},
    ):
        found = (await client.get("/v1/links", params=query)).json()["data"]
        assert [link["id"] for link in found] == [wanted["id"]], query
    assert (await client.get("/v1/links", params={"created_until": "2020-01-01T00:00:00Z"})).json()[
        "data"
    ] == []


async def test_tags_are_made_on_use_and_shared_whatever_their_case(client: httpx.AsyncClient) -> None:
    """`Spring` and `spring` are one tag."""
    first = await make(client, tags=["Spring", "Print"])
    second = await make(client, tags=["spring"])
    assert [tag["name"] for tag in first["tags"]] == ["Print", "Spring"]
    assert second["tags"][0] == first["tags"][1]
    emptied = await client.patch(f"/v1/links/{second['id']}", json={"tags": None})
    assert emptied.json()["tags"] == []


async def test_external_id_is_unique_among_living_links(client: httpx.AsyncClient) -> None:
    """An integrator finds its own record by it."""
    first = await make(client, external_id="e1")
    taken = await client.post("/v1/links", json={"target_url": TARGET, "external_id": "e1"})
    assert (taken.status_code, taken.json()["code"]) == (409, "external_id_taken")
    other = await make(client, external_id="e2")
    moved = await client.patch(f"/v1/links/{other['id']}", json={"external_id": "e1"})
    assert moved.status_code == 409
    await client.delete(f"/v1/links/{first['id']}")
    assert (await make(client, external_id="e1"))["external_id"] == "e1"


async def test_password_is_kept_as_a_verifier_only(client: httpx.AsyncClient, database: Database) -> None:
    """Nobody reads a password back, and edges can check it alone."""
    link = await make(client, slug="a", password="correct horse")
    assert link["has_password"] is True
    record = await record_of(database, "a")
    assert record.options.password.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    async with database.read() as tx:
        told = [event for event in await events.after(tx, 0, 10) if event.link_id]
    assert told[0].data["link"]["link"]["password_hash"] == "*"
    opened = await client.patch(f"/v1/links/{link['id']}", json={"password": None})
    assert opened.json()["has_password"] is False


async def test_links_of_another_workspace_do_not_exist(
    client: httpx.AsyncClient, api_client: ApiClient, stranger: Actor
) -> None:
    """Other tenants' links are 404, never 403."""
    link = await make(client, slug="mine")
    other = await api_client("*", actor=stranger)
    for answer in (
        await other.get(f"/v1/links/{link['id']}"),
        await other.patch(f"/v1/links/{link['id']}", json={"title": "x"}),
        await other.delete(f"/v1/links/{link['id']}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "link_not_found")
    assert (await other.get("/v1/links")).json()["data"] == []
    taken = await other.post("/v1/links", json={"target_url": TARGET, "slug": "mine"})
    assert taken.status_code == 409
    await client.delete(f"/v1/links/{link['id']}")
    held = await other.post("/v1/links", json={"target_url": TARGET, "slug": "mine"})
    assert held.status_code == 409


async def test_unknown_member_is_named(client: httpx.AsyncClient) -> None:
    """A typo must not be taken for silence, and no member can be smuggled in."""
    answer = await client.post("/v1/links", json={"target_url": TARGET, "workspace_id": "x"})
    assert (answer.status_code, answer.json()["field"]) == (422, "workspace_id")


RULES: list[dict[str, Any]] = [
    {
        "when": [
            {"attr": "country", "values": ["DE"]},
            {"attr": "time", "windows": [{"start_minute": 1320, "end_minute": 360, "zone": "Europe/Berlin"}]},
        ],
        "share": 50,
        "ends_at": "2099-01-01T00:00:00Z",
        "then": {"kind": "url", "url": "https://example.com/nacht"},
    },
    {
        "id": "ab",
        "then": {
            "kind": "split",
            "variants": [
                {"id": "a", "url": "https://example.com/a"},
                {"id": "b", "url": "https://example.com/b", "weight": 3},
            ],
        },
    },
]


async def test_rules_are_checked_kept_and_told_to_edges(
    client: httpx.AsyncClient, database: Database
) -> None:
    """What an author wrote comes back, and an edge can compile it."""
    link = await make(client, slug="a", rules=RULES)
    assert [rule["id"] for rule in link["rules"]] == ["r1", "ab"]
    assert link["rules"][0]["when"][0] == {"attr": "country", "values": ["DE"]}
    rules, unreadable = decode_rules((await record_of(database, "a")).options.rules)
    assert (len(rules), unreadable) == (2, 0)
    again = await client.patch(f"/v1/links/{link['id']}", json={"rules": link["rules"]})
    assert again.json()["rules"] == link["rules"]


@pytest.mark.parametrize(
    ("rule", "code", "field"),
    [
        ({"when": [{"attr": "country", "values": ["ZZ"]}]}, "invalid_rule", "rules[0].when[0].values[0]"),
        ({"when": [{"attr": "moon", "values": ["full"]}]}, "invalid", "rules[0].when[0].attr"),
        ({"then": {"kind": "url", "url": "javascript:x"}}, "invalid_rule", "rules[0].then.url"),
        ({"then": {"kind": "url", "url": "http://10.0.0.1/"}}, "invalid_url", "rules[0].then.url"),
    ],
)
async def test_bad_rule_is_named_by_its_path(
    client: httpx.AsyncClient, rule: dict[str, Any], code: str, field: str
) -> None:
    """An author must see which value to mend."""
    body = {"then": {"kind": "url", "url": TARGET}, **rule}
    answer = await client.post("/v1/links", json={"target_url": TARGET, "rules": [body]})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, field)


async def test_call_whose_members_are_all_optional_needs_no_body(client: httpx.AsyncClient) -> None:
    """`curl -X POST` says enough; what is sent is judged as ever."""
    link, key = await make(client), {"name": "x", "scopes": ["links:read"]}
    key_id = (await client.post("/v1/keys", json=key)).json()["key"]["id"]
    paths = (
        f"/v1/links/{link['id']}/duplicate",
        f"/v1/links/{link['id']}/qr/signed-url",
        f"/v1/keys/{key_id}/rotate",
        "/v1/sandboxes",
    )
    for path in paths:
        assert (await client.post(path)).status_code == 201, path
        wrong = await client.post(path, json={"nonsense": 1})
        assert (wrong.status_code, wrong.json()["field"]) == (422, "nonsense"), path


async def test_look_up_says_what_it_needs(client: httpx.AsyncClient) -> None:
    """Without a slug or an external id there is nothing to look for, which is not a link that is missing."""
    answer = await client.get("/v1/links/lookup")
    assert (answer.status_code, answer.json()["field"]) == (422, "slug")
    made = await client.put("/v1/links/upsert", json={"external_id": "p-1", "target_url": TARGET})
    assert made.headers["etag"] == '"1"'


async def test_related_objects_come_along_when_asked_for(
    client: httpx.AsyncClient, api_client: ApiClient
) -> None:
    """A page of fifty links with their folders is one request and not fifty-one."""
    folder = (await client.post("/v1/folders", json={"name": "2027"})).json()
    domain = (await client.post("/v1/domains", json={"host": "go.b.example"})).json()
    inside = await make(client, slug="a", folder_id=folder["id"], domain_id=domain["id"])
    await make(client, slug="b")
    everything = {"include": ["folder", "domain", "qr_design"]}
    plain, beside = (await client.get("/v1/links", params=everything)).json()["data"]
    assert plain["included"] == {"folder": None, "domain": None, "qr_design": None}
    assert beside["included"] == {"folder": folder, "domain": domain, "qr_design": None}
    one = (await client.get(f"/v1/links/{inside['id']}", params={"include": "folder"})).json()
    assert one["included"] == {"folder": folder}
    found = await client.get("/v1/links/lookup", params={"slug": "b", "include": "domain"})
    assert found.json()["included"] == {"domain": None}
    assert "included" not in (await client.get(f"/v1/links/{inside['id']}")).json()
    unknown = await client.get("/v1/links", params={"include": "secrets"})
    assert (unknown.status_code, unknown.json()["field"]) == (422, "include")
    narrow = await api_client("links:read")
    refused = await narrow.get("/v1/links", params={"include": "domain"})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


BY_CREATION = "ix_links_workspace_id_deleted_ms_created_ms_id"
FOUND_BY: list[tuple[str, LinkFilter]] = [
    (f"links USING INDEX {BY_CREATION}", LinkFilter(created_from_ms=1)),
    ("links USING INDEX ix_links_workspace_id_deleted_ms_updated_ms_id", LinkFilter(sort="updated")),
    ("links USING INDEX ix_links_workspace_id_deleted_ms_title_id", LinkFilter(sort="title")),
    ("links USING INDEX ix_links_workspace_id_domain_id_created_ms_id", LinkFilter(domain_id="x")),
    ("links USING INDEX ix_links_workspace_id_folder_id_created_ms_id", LinkFilter(folder_id="x")),
    (
        "links USING INDEX ix_links_workspace_id_folder_id_created_ms_id",
        LinkFilter(folder_id="x", sort="title"),
    ),
    (
        "links USING INDEX ix_links_workspace_id_folder_id_created_ms_id",
        LinkFilter(folder_id="x", tags=("x",)),
    ),
    ("links USING INDEX ix_links_workspace_id_tenant_id_created_ms_id", LinkFilter(tenant_id="x")),
    ("links USING INDEX ix_links_workspace_id_target_url_created_ms_id", LinkFilter(target_url="x")),
    ("links USING INDEX uq_links_external_id", LinkFilter(external_id="x")),
    ("link_health USING INDEX ix_link_health_failing", LinkFilter(healthy=False)),
    ("link_tags USING INDEX ix_link_tags_tag_id_created_ms_link_id", LinkFilter(tag_ids=("t",))),
    (
        f"links USING INDEX {BY_CREATION} (workspace_id=? AND deleted_ms=? AND created_ms<?)",
        LinkFilter(page=PageRequest(after=encode_cursor("created", 1, "l"))),
    ),
]


@pytest.mark.parametrize(("index", "wanted"), FOUND_BY)
async def test_each_filter_is_found_by_its_index(
    database: Database, actor: Actor, index: str, wanted: LinkFilter
) -> None:
    """A database that nobody gathered statistics of must not walk a million links for one page."""
    if database.writer.dialect.name != "sqlite":
        pytest.skip("asks SQLite for its plan")
    asked: list[Any] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    async with database.write() as tx:
        await tags.rows.insert(
            tx, Tag(id="t", workspace_id=actor.workspace_id, name="x", name_key="y", created_ms=1)
        )
    listen(database.reader.sync_engine, "before_cursor_execute", note)
    async with database.read() as tx:
        await link_search.find(tx, actor.workspace_id, wanted)
        statement, parameters = asked[-1]
        plan = await tx.connection.exec_driver_sql(f"explain query plan {statement}", parameters)
        steps = [str(row["detail"]) for row in plan.mappings()]
    found = (step.replace("COVERING ", "") for step in steps)
    assert any(f"SEARCH {index}" in step for step in found), steps


@pytest.mark.parametrize("few", [0, 2_500])
async def test_lists_are_the_same_however_they_are_found(
    client: httpx.AsyncClient, database: Database, actor: Actor, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rare tag is looked up and a common one is met on the way; nobody must see which."""
    monkeypatch.setattr(link_search, "_FEW", few)
    folder = (await client.post("/v1/folders", json={"name": "f"})).json()["id"]
    for number in range(6):
        inside = {"folder_id": folder} if number < 3 else {"tenant_id": "t"}
        tags = ["even"] if number % 2 == 0 else ["odd", "other"]
        await make(client, slug=f"s{number}", title=f"t{-number % 4}", tags=tags, **inside)
    await client.delete(f"/v1/links/{(await make(client, slug='gone', tags=['even']))['id']}")
    async with database.write() as tx:
        for link in (await link_search.find(tx, actor.workspace_id, LinkFilter(tags=("even",)))).items:
            health = LinkHealth(link_id=link.id, checked_ms=1, failure="x", failing_since_ms=1)
            await link_health.keep(tx, [(link, health)])
    lists: tuple[tuple[dict[str, Any], str], ...] = (
        ({"tag": "even"}, "420"),
        ({"tag": "even", "descending": False}, "024"),
        ({"tag": "even", "created_until": "2020-01-01T00:00:00Z"}, ""),
        ({"tag": "even", "folder_id": folder}, "20"),
        ({"tag": "even", "folder_id": folder, "tenant_id": "t"}, ""),
        ({"tag": ["ODD", "even"]}, "543210"),
        ({"tag": "nothing"}, ""),
        ({"tag": "other", "sort": "title"}, "513"),
        ({"folder_id": folder, "sort": "title"}, "120"),
        ({"tenant_id": "t", "sort": "updated", "descending": False}, "345"),
        ({"healthy": False}, "420"),
        ({"healthy": False, "tag": "even", "tenant_id": "t"}, "4"),
        ({"healthy": False, "tag": "odd"}, ""),
        ({"healthy": True, "search": "s1"}, "1"),
    )
    for wanted, numbers in lists:
        whole = (await client.get("/v1/links", params=wanted | {"count": True})).json()
        assert (whole["total"], [link["slug"] for link in whole["data"]]) == (
            len(numbers),
            [f"s{number}" for number in numbers],
        ), wanted
        first = (await client.get("/v1/links", params=wanted | {"limit": 1})).json()
        if first["next_cursor"]:
            rest = await client.get("/v1/links", params=wanted | {"cursor": first["next_cursor"]})
            assert first["data"] + rest.json()["data"] == whole["data"], wanted


async def test_a_rule_leads_to_a_page(client: httpx.AsyncClient) -> None:
    """Content in a rule is judged as a link's own: addresses, unknown members, hosts that lead in a circle."""
    page = {"kind": "page", "template_type": "message", "content": {"title": "Hallo", "body": "Na?"}}
    link = await make(client, rules=[{"when": [{"attr": "language", "values": ["de"]}], "then": page}])
    assert link["rules"][0]["then"] == page
    for content, field in (
        ({"title": "x", "colour": "red"}, "rules[0].then.content.colour"),
        ({"title": "x", "button": {"label": "y", "url": "javascript:x"}}, "rules[0].then.content.button.url"),
    ):
        body = {"target_url": TARGET, "rules": [{"then": {**page, "content": content}}]}
        answer = await client.post("/v1/links", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    body = {"target_url": TARGET, "rules": [{"then": {"kind": "page", "template_type": "hologram"}}]}
    answer = await client.post("/v1/links", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "rules[0].then.template_type")
