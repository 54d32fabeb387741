"""Many links at once: row by row, at once or as a job, as JSON or CSV."""

from typing import Any

import httpx
import pytest
from tests.control.test_links import TARGET, make, record_of

from waypost.control.jobs.bulk import BulkJobs
from waypost.control.store import replication
from waypost.control.store.database import Database


async def test_rows_fail_one_by_one(client: httpx.AsyncClient, database: Database) -> None:
    """A bad row says what is wrong and leaves the others alone."""
    rows = [
        {"target_url": TARGET, "slug": "a"},
        {"target_url": TARGET, "slug": "A"},
        {"target_url": "javascript:x"},
        {"target_url": 5},
        {"slug": "b"},
        {"target_url": TARGET, "owner": "me"},
        {"target_url": TARGET, "tags": ["x"], "slug": "c"},
    ]
    answer = (await client.post("/v1/links/bulk", json={"rows": rows})).json()
    assert [(row["status"], row.get("code")) for row in answer["results"]] == [
        ("created", None),
        ("failed", "slug_taken"),
        ("failed", "invalid_url"),
        ("failed", "invalid"),
        ("failed", "invalid"),
        ("failed", "invalid"),
        ("created", None),
    ]
    for row, result in list(zip(rows, answer["results"], strict=True))[1:6]:
        alone = (await client.post("/v1/links", json=row)).json()
        assert [result.get(name) for name in ("code", "field", "detail")] == [
            alone.get(name) for name in ("code", "field", "detail")
        ]
    assert (answer["total"], answer["succeeded"], answer["failed"]) == (7, 2, 5)
    assert (await record_of(database, "c")).target == TARGET.encode()
    async with database.read() as tx:
        assert [record.ver for record in await replication.waiting(tx, 0, 10)] == [1, 2]


async def test_row_gives_what_the_single_call_gives(client: httpx.AsyncClient) -> None:
    """Nothing is silently skipped in bulk."""
    body: dict[str, Any] = {
        "target_url": TARGET,
        "preview": {"title": "Card"},
        "password": "x",
        "rules": [{"then": {"kind": "url", "url": "https://example.com/r"}}],
        "metadata": {"a": "b"},
    }
    single = await make(client, **body)
    answer = (await client.post("/v1/links/bulk", json={"rows": [body]})).json()
    other = (await client.get(f"/v1/links/{answer['results'][0]['id']}")).json()
    own = ("id", "slug", "short_url", "created_at", "updated_at")
    assert {k: v for k, v in single.items() if k not in own} == {
        k: v for k, v in other.items() if k not in own
    }


async def test_hundreds_of_rows_are_kept_as_a_single_one_is(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Large batches are written another way, in parts; every column and number must come out the same."""
    body: dict[str, Any] = {
        "target_url": TARGET,
        "title": "Many",
        "preview": {"title": "Card"},
        "rules": [{"then": {"kind": "url", "url": "https://example.com/r"}}],
        "metadata": {"a": "b"},
        "active": False,
    }
    single = (await client.post("/v1/links", json=body)).json()
    answer = (await client.post("/v1/links/bulk", json={"rows": [body] * 360})).json()
    assert answer["succeeded"] == 360
    for row in (answer["results"][0], answer["results"][251], answer["results"][359]):
        many = (await client.get(f"/v1/links/{row['id']}")).json()
        changing = {"id", "slug", "short_url", "created_at", "updated_at"}
        assert {name for name in single if single[name] != many[name]} <= changing
    async with database.read() as tx:
        state = await replication.state(tx)
        assert state is not None
        assert (state.ver, state.count) == (361, 361)
        assert [each.ver for each in await replication.waiting(tx, 0, 500)] == list(range(1, 362))


@pytest.mark.parametrize("flag", ["dry_run", "atomic"])
async def test_dry_run_and_atomic_leave_nothing_behind(
    client: httpx.AsyncClient, database: Database, flag: str
) -> None:
    """Neither links, nor slugs, nor anything told to edges."""
    rows = [{"target_url": TARGET, "slug": "a"}, {"target_url": "x"}]
    answer = (await client.post("/v1/links/bulk", json={"rows": rows, flag: True})).json()
    assert [row["status"] for row in answer["results"]] == [
        "valid" if flag == "dry_run" else "failed",
        "failed",
    ]
    assert (await client.get("/v1/links")).json()["data"] == []
    async with database.read() as tx:
        assert await replication.waiting(tx, 0, 10) == []
    assert (await client.get("/v1/slugs/available", params={"slug": "a"})).json()["available"] is True


async def test_bulk_change_and_delete(client: httpx.AsyncClient) -> None:
    """Each row has its own change; unknown ids fail alone."""
    first, second = await make(client), await make(client)
    rows = [{"id": first["id"], "title": "a"}, {"id": "nobody", "title": "b"}, {"id": second["id"]}]
    changed = (await client.post("/v1/links/bulk/update", json={"rows": rows})).json()
    assert [row["status"] for row in changed["results"]] == ["updated", "failed", "failed"]
    ids = [first["id"], second["id"], first["id"]]
    deleted = (await client.post("/v1/links/bulk/delete", json={"ids": ids})).json()
    assert [row["status"] for row in deleted["results"]] == ["deleted", "deleted", "failed"]


async def test_many_rows_become_a_job_with_progress(client: httpx.AsyncClient, database: Database) -> None:
    """Tens of thousands of rows must neither time out nor stop other writers."""
    rows = [{"target_url": TARGET, "slug": f"s{n}"} if n % 10 else {"target_url": "x"} for n in range(1001)]
    started = await client.post("/v1/links/bulk", json={"rows": rows})
    assert started.status_code == 202
    job_id = started.json()["job_id"]
    second = await client.post("/v1/links/bulk", json={"rows": rows})
    assert (second.status_code, second.json()["code"]) == (409, "in_progress")
    worker = BulkJobs(database)
    for _ in range(4):
        assert await worker.step()
    job = (await client.get(f"/v1/jobs/{job_id}")).json()
    assert (job["state"], job["done"], job["failed"]) == ("running", 400, 40)
    while await worker.step():
        pass
    job = (await client.get(f"/v1/jobs/{job_id}")).json()
    assert (job["state"], job["done"], job["succeeded"], job["failed"]) == ("done", 1001, 900, 101)
    results = (await client.get(f"/v1/jobs/{job_id}/results", params={"limit": 3, "cursor": "999"})).json()
    assert [(row["index"], row["status"]) for row in results["data"]] == [
        (999, "created"),
        (1000, "failed"),
    ]


async def test_csv_is_written_and_read_back(client: httpx.AsyncClient) -> None:
    """An export is a backup: titles that look like formulas come back as they were, and run nowhere."""
    titles = ["=HYPERLINK(1)", "+1", "-1", "@x", "'quoted", 'a "b", c', "plain", "Zeile\nzwei", "ü"]
    for title in titles:
        await make(client, title=title, tags=["x", "y"])
    raw = (await client.get("/v1/links/export")).text
    assert all(not line.startswith(("=", "+", "@")) for line in raw.split(","))
    for link in (await client.get("/v1/links")).json()["data"]:
        await client.delete(f"/v1/links/{link['id']}")
    header, _, rest = raw.partition("\r\n")
    names = header.split(",")
    assert names[:4] == ["id", "short_url", "target_url", "slug"]
    keep = {"target_url", "slug", "title", "tags"}
    import csv
    import io

    rows = list(csv.reader(io.StringIO(raw, newline="")))
    wanted = [index for index, name in enumerate(names) if name in keep]
    out = io.StringIO(newline="")
    csv.writer(out).writerows([[row[index] for index in wanted] for row in rows])
    assert rest
    answer = await client.post(
        "/v1/links/import", content=out.getvalue().encode(), headers={"Content-Type": "text/csv"}
    )
    assert answer.json()["succeeded"] == len(titles), answer.text
    back = (await client.get("/v1/links")).json()["data"]
    assert sorted(link["title"] for link in back) == sorted(titles)
    assert {tag["name"] for tag in back[0]["tags"]} == {"x", "y"}


@pytest.mark.parametrize("flag", ["dry_run", "atomic"])
async def test_csv_is_tried_before_it_is_imported(client: httpx.AsyncClient, flag: str) -> None:
    """A spreadsheet of other people's making is looked over first."""
    answer = await client.post(
        "/v1/links/import",
        params={flag: True},
        content=f"target_url,slug\n{TARGET},a\nnope,b\n".encode(),
        headers={"Content-Type": "text/csv"},
    )
    first = "valid" if flag == "dry_run" else "failed"
    assert [row["status"] for row in answer.json()["results"]] == [first, "failed"]
    assert (await client.get("/v1/links")).json()["data"] == []


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"a,b\n1,2\n", b'target_url\n"open', b""])
async def test_what_is_no_csv_of_links_is_refused(client: httpx.AsyncClient, raw: bytes) -> None:
    """A wrong file must not be half imported."""
    answer = await client.post("/v1/links/import", content=raw, headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
