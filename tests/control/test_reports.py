"""The reports of the native API over a real scan store, from HTTP to SQL; only the broker is left out."""

import csv
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from tests.analytics.counting import Bench
from tests.analytics.scans import BOT, BROWSER
from tests.control.clock import Clock
from tests.control.conftest import PEPPERS, ApiClient

from waypost.analytics.desk import Desk
from waypost.control.bus import Bus
from waypost.control.core.reports import DIMENSIONS, read_filter, span
from waypost.control.model.access import Actor
from waypost.control.model.faults import Invalid
from waypost.control.objects.local import LocalObjects
from waypost.control.store import events as stored_events
from waypost.control.store.database import Database
from waypost.control.store.links import links
from waypost.control.surface.control import Control
from waypost.wire.conversion import RecordConversion
from waypost.wire.ids import to_bytes, uuid7
from waypost.wire.scan import ScanV1, Source

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class LocalBus(Bus):
    """Hands requests to a desk in this process."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("", "test")
        self._desk = desk

    async def request(self, subject: str, payload: bytes) -> bytes:
        """The desk's reply."""
        return await self._desk.answer(payload)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Where the desk reads."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """The scan store."""
    bench = Bench(tmp_path / "analytics")
    yield bench
    bench.store.close()


@pytest.fixture
async def control(database: Database, bench: Bench, threads: ThreadPoolExecutor, tmp_path: Path) -> Control:
    """A control plane whose analytics is in this process."""
    return Control(database, PEPPERS, LocalBus(bench.desk(threads)), LocalObjects(tmp_path))


class World:
    """Two links with scans, and a client that may do everything."""

    def __init__(self, client: httpx.AsyncClient, bench: Bench, actor: Actor, now_ms: int) -> None:
        self.client = client
        self.bench = bench
        self.workspace = to_bytes(actor.workspace_id)
        self.now_ms = now_ms
        self.ids: list[str] = []

    def scan(self, link: int, visitor: int, *, ago_ms: int = HOUR_MS, **more: Any) -> ScanV1:
        values = {"user_agent": BROWSER, **more}
        return ScanV1(
            self.now_ms - ago_ms,
            to_bytes(self.ids[link]),
            self.workspace,
            visitor.to_bytes(8, "big") if visitor else b"",
            **values,
        )

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def world(client: httpx.AsyncClient, bench: Bench, actor: Actor, clock: Clock) -> World:
    """Scans of two links over two days."""
    world = World(client, bench, actor, clock())
    for slug in ("one", "two"):
        body = {
            "slug": slug,
            "target_url": f"https://example.com/{slug}",
            "title": slug.title(),
            "tags": [slug],
        }
        answer = await client.post("/v1/links", json=body)
        assert answer.status_code == 201, answer.text
        world.ids.append(answer.json()["id"])
    bench.count_scans(
        [
            world.scan(
                0, 1, country="DE", city="Berlin", source=Source.QR, click_id=b"\x01" * 8, variant_id="a"
            ),
            world.scan(0, 1, country="DE", city="Berlin"),
            world.scan(0, 2, country="FR", city="=Paris"),
            world.scan(0, 3, user_agent=BOT),
            world.scan(1, 4, country="DE", ago_ms=31 * DAY_MS),
            world.scan(1, 5, country="US"),
        ]
    )
    return world


async def test_summary_with_trend(world: World) -> None:
    """The first thing anybody looks at."""
    summary = await world.get("/v1/analytics/summary", compare=True)
    assert (summary["total"], summary["human"], summary["unique"], summary["bot"], summary["qr"]) == (
        5,
        4,
        3,
        1,
        1,
    )
    assert summary["links"] == 2
    assert summary["trend"]["previous"]["human"] == 1
    assert summary["trend"]["human_change"] == 300.0
    assert (await world.get("/v1/analytics/summary", period="all"))["human"] == 5


async def test_reports_of_some_links_by_id_tag_and_filter(world: World) -> None:
    """Each way to narrow a report narrows it, and nothing is the same as everything."""
    summary = "/v1/analytics/summary"
    assert (await world.get(summary, link_id=world.ids[1]))["human"] == 1
    assert (await world.get(summary, tag="one"))["human"] == 3
    assert (await world.get(summary, tag="nobody"))["total"] == 0
    assert (await world.get(summary, filter=["country:DE", "-source:qr"]))["human"] == 1
    assert (await world.get(summary, filter="-country:DE"))["human"] == 2


async def test_reports_by_tag_and_folder(world: World) -> None:
    """What links are filed under is how people think of them: it groups, keeps and leaves out, and the row of
    a tag says what a report of that tag says."""
    folder = await world.client.post("/v1/folders", json={"name": "Autumn"})
    folder_id = folder.json()["id"]
    two = {"tags": ["two", "both"], "folder_id": folder_id}
    assert (await world.client.patch(f"/v1/links/{world.ids[1]}", json=two)).status_code == 200
    third = await world.client.post(
        "/v1/links", json={"slug": "three", "target_url": "https://example.com/3"}
    )
    world.ids.append(third.json()["id"])
    patched = await world.client.patch(f"/v1/links/{world.ids[0]}", json={"tags": ["One", "both"]})
    assert patched.status_code == 200
    # The same visitor scans both links with the tag, and one without any.
    world.bench.count_scans([world.scan(1, 1), world.scan(2, 1), world.scan(2, 9, user_agent=BOT)])

    async def rows(**params: Any) -> dict[str, tuple[int, int, int]]:
        found = await world.get("/v1/analytics/breakdown", period="30d", **params)
        assert (found["overall"]["total"], found["rows_total"]) == (8, len(found["data"]))
        name = params["dimension"]
        return {row["values"][name]: (row["total"], row["human"], row["unique"]) for row in found["data"]}

    by_tag = await rows(dimension="tag")
    assert by_tag == {"both": (6, 5, 3), "one": (4, 3, 2), "two": (2, 2, 2), "": (2, 1, 1)}
    assert await rows(dimension="folder") == {folder_id: (2, 2, 2), "": (6, 4, 2)}
    summary = "/v1/analytics/summary"
    for name, (total, human, unique) in by_tag.items():
        found = await world.get(summary, filter=f"tag:{name}")
        assert (found["total"], found["human"], found["unique"]) == (total, human, unique), name
        left = await world.get(summary, filter=f"-tag:{name}")
        assert left["total"] == 8 - total, name
    assert (await world.get(summary, filter=["tag:both", "-tag:TWO"]))["total"] == 4
    assert (await world.get(summary, filter=["tag:one,", "country:FR"]))["total"] == 1
    assert (await world.get(summary, filter="tag:one,"))["total"] == 6
    assert (await world.get(summary, filter=f"folder:{folder_id}"))["total"] == 2
    assert (await world.get(summary, filter=[f"-folder:{folder_id}", "tag:two"]))["total"] == 0
    assert (await world.get(summary, filter="-folder:"))["total"] == 2
    days = await world.get("/v1/analytics/timeseries", period="7d", filter="-tag:two")
    assert sum(point["unique"] for point in days["data"]) == 2
    pairs = await world.get("/v1/analytics/breakdown", dimension=["tag", "verdict"], filter="tag:both")
    assert {(row["values"]["tag"], row["values"]["verdict"]): row["total"] for row in pairs["data"]} == {
        ("both", "human"): 5, ("both", "bot"): 1, ("one", "human"): 3, ("one", "bot"): 1, ("two", "human"): 2,
    }  # fmt: skip
    assert pairs["overall"]["total"] == 6


async def test_reports_by_tag_hold_thousands_of_links_and_refuse_more(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large workspace gets a right answer or a clear refusal, never a part of the truth."""
    made = world.client.post
    body = {"rows": [{"target_url": "https://example.com", "tags": ["bulk"]} for _ in range(500)]}
    for _ in range(5):
        answer = await made("/v1/links/bulk", json=body)
        assert (answer.status_code, answer.json()["failed"]) == (200, 0), answer.text
    async with database.read() as tx:
        ids = [row["id"] for row in await tx.rows(select(links.c.id).order_by(links.c.id))]
    world.ids += ids[2:]
    world.bench.count_scans([world.scan(2 + n, n + 10) for n in range(2500)])
    found = await world.get("/v1/analytics/breakdown", dimension="tag")
    assert {row["values"]["tag"]: row["total"] for row in found["data"]} == {"bulk": 2500, "one": 4, "two": 1}
    assert (await world.get("/v1/analytics/summary", tag="bulk"))["unique"] == 2500
    assert (await world.get("/v1/analytics/summary", filter="-tag:bulk"))["total"] == 5
    monkeypatch.setattr("waypost.control.core.report_links.QUERY_GROUP_MEMBERS_MAX", 2000)
    monkeypatch.setattr("waypost.control.core.report_links.QUERY_LINK_IDS_MAX", 2000)
    for params in ({"dimension": "tag"}, {"dimension": "country", "tag": "bulk"}):
        answer = await world.client.get("/v1/analytics/breakdown", params=params)
        assert (answer.status_code, answer.json()["code"]) == (422, "too_large"), answer.text
    few = await world.get("/v1/analytics/breakdown", dimension="tag", tag="one")
    assert {row["values"]["tag"]: row["total"] for row in few["data"]} == {"one": 4}


@pytest.mark.parametrize("dimension", DIMENSIONS)
async def test_every_documented_dimension_groups_and_filters(world: World, dimension: str) -> None:
    """The reference names them; each has to work both ways, and the parts have to add up."""
    found = await world.get("/v1/analytics/breakdown", dimension=dimension)
    assert sum(row["total"] for row in found["data"]) == 5
    value = found["data"][0]["values"][dimension]
    kept = await world.get("/v1/analytics/summary", filter=f"{dimension}:{value.replace(',', '%2C')}")
    left = await world.get("/v1/analytics/summary", filter=f"-{dimension}:{value.replace(',', '%2C')}")
    assert (kept["total"], left["total"]) == (found["data"][0]["total"], 5 - kept["total"])


async def test_timeseries_breakdown_and_top_links(world: World) -> None:
    """What a dashboard is made of."""
    series = await world.get("/v1/analytics/timeseries", period="7d", granularity="day", zone="Europe/Berlin")
    assert sum(point["human"] for point in series["data"]) == 4
    rows = await world.get("/v1/analytics/breakdown", dimension="country", period="30d")
    assert [(row["values"], row["human"], row["share"]) for row in rows["data"][:1]] == [
        ({"country": "DE"}, 2, 50.0)
    ]
    assert (rows["rows_total"], rows["overall"]["human"]) == (4, 4)
    top = await world.get("/v1/analytics/links", limit=1)
    assert top["data"] == [
        {
            "link_id": world.ids[0],
            "short_url": "https://go.example/one",
            "title": "One",
            "target_url": "https://example.com/one",
            "total": 4, "human": 3, "unique": 2, "bot": 1, "qr": 1,
        }
    ]  # fmt: skip
    usage = await world.get("/v1/analytics/usage")
    assert sum(month["human"] for month in usage["data"]) == 5


async def test_events_are_listed_with_their_links_in_pages(world: World) -> None:
    """The raw truth behind every figure."""
    page = await world.get("/v1/events", limit=3)
    rest = await world.get("/v1/events", limit=3, cursor=page["next_cursor"])
    scans = page["data"] + rest["data"]
    assert [each["id"] for each in scans] == ["6", "4", "3", "2", "1"]
    assert rest["next_cursor"] is None
    assert scans[0]["link"] == {
        "id": world.ids[1], "short_url": "https://go.example/two", "title": "Two", "target_url": "https://example.com/two",
    }  # fmt: skip
    assert [(each["verdict"], each["returning"]) for each in scans[1:]] == [
        ("bot", False), ("human", False), ("human", True), ("human", False),
    ]  # fmt: skip
    assert (await world.client.get("/v1/events", params={"cursor": "x"})).status_code == 400


async def test_events_are_taken_to_the_millisecond_and_reports_by_hours(world: World) -> None:
    """Who asks for what came since the last time gets nothing twice."""
    world.bench.count_scans([world.scan(0, 8, ago_ms=ago_ms) for ago_ms in (9_000, 6_000, 5_999, 3_000)])

    def ago(milliseconds: int) -> str:
        return datetime.fromtimestamp((world.now_ms - milliseconds) / 1000, UTC).isoformat()

    some = {"start": ago(6_000), "end": ago(3_000)}
    assert [each["id"] for each in (await world.get("/v1/events", **some))["data"]] == ["9", "8"]
    assert (await world.client.get("/v1/events/export", params=some)).text.count("\r\n") == 3
    assert (await world.get("/v1/analytics/summary", **some))["total"] >= 4
    backwards = await world.client.get("/v1/events", params={"start": ago(3_000), "end": ago(6_000)})
    assert (backwards.status_code, backwards.json()["field"]) == (422, "start")


async def test_export_streams_csv_and_ndjson(world: World) -> None:
    """What a person opens in a spreadsheet and what a program reads hold the same scans."""
    world.bench.count_scans([world.scan(1, 0)])  # by somebody who asked not to be told apart
    answer = await world.client.get("/v1/events/export", params={"period": "all"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["City"] for row in rows][:3] == ["Berlin", "Berlin", "'=Paris"]
    lines = await world.client.get("/v1/events/export", params={"period": "all", "format": "ndjson"})
    exported = [json.loads(line) for line in lines.text.splitlines()]
    listed = (await world.get("/v1/events", period="all"))["data"]
    for each in (*exported, *listed):
        each["scanned_at"] = datetime.fromisoformat(each["scanned_at"])
    assert [each["id"] for each in exported] == ["1", "2", "3", "4", "5", "6", "7"]
    assert (exported[-1]["visitor_id"], rows[-1]["Visitor ID"]) == (None, "")
    assert exported == [
        {name: each[name] for name in exported[0]} for each in reversed(listed) if each.pop("link")
    ]
    assert exported[0].keys() == listed[0].keys()
    assert len(rows) == 7


async def test_experiment_withholds_a_winner_until_there_is_one(world: World) -> None:
    """Who looks every morning must not be told a winner by chance, and must be told a true one."""
    path = f"/v1/analytics/links/{world.ids[1]}/experiment"

    def arrive(first: int, people: int, converts_every: dict[str, int]) -> None:
        scans, leads = [], []
        for number in range(first, first + people):
            variant = "ab"[number % 2]
            click = number.to_bytes(8, "big")
            scans.append(world.scan(1, number, click_id=click, variant_id=variant))
            if number // 2 % converts_every[variant] == 0:
                leads.append(click.hex())
        world.bench.count_scans(scans)
        for click_id in leads:
            lead = RecordConversion(
                workspace_id=world.workspace, conversion="lead", external_id=click_id, at_ms=world.now_ms,
                event_name="signup", click_id=click_id,
            )  # fmt: skip
            world.bench.commands.carry_out(lead)

    arrive(1000, 40, {"a": 4, "b": 2})
    early = await world.get(path)
    assert (early["winner"], early["p_value"]) == (None, 1.0)
    arrive(2000, 800, {"a": 10, "b": 2})
    late = await world.get(path)
    assert late["winner"] == "b"
    assert late["p_value"] < 0.05
    assert [(arm["variant"], arm["people"]) for arm in late["variants"]] == [("a", 420), ("b", 420)]
    earlier = await world.get(path, start="2020-01-01T00:00:00Z", end="2020-02-01T00:00:00Z")
    assert (earlier["end"], earlier["variants"]) == ("2020-02-01T00:00:00Z", [])


async def test_new_conversions_are_announced_once(world: World, database: Database) -> None:
    """Webhooks tell the shop's other systems of a lead or sale, not of the retry that reported it."""
    body = {
        "kind": "sale",
        "external_id": "i1",
        "event_name": "Purchase",
        "click_id": "01" * 8,
        "amount": 5,
        "currency": "EUR",
    }
    for _ in range(2):
        await world.client.post("/v1/conversions", json=body)
    async with database.read() as tx:
        told = [event for event in await stored_events.after(tx, 0, 1000) if event.type == "sale.created"]
    assert len(told) == 1
    assert told[0].link_id == world.ids[0]
    assert told[0].data["conversion"]["external_id"] == "i1"
    assert told[0].data["link"]["link"]["id"] == world.ids[0]


async def test_scans_and_visitors_can_be_erased(world: World) -> None:
    """Privacy by one request."""
    assert (await world.client.delete(f"/v1/visitors/{2:016x}")).status_code == 204
    page = await world.get("/v1/events")
    assert f"{2:016x}" not in {each["visitor_id"] for each in page["data"]}
    assert (await world.client.delete(f"/v1/links/{world.ids[0]}/scans")).status_code == 204
    assert (await world.get("/v1/analytics/summary"))["human"] == 1


async def test_scans_of_a_deleted_link_are_told_and_can_be_erased(
    world: World, api_client: ApiClient, stranger: Actor
) -> None:
    """Who is asked to forget a campaign has often deleted its link already."""
    link_id = world.ids[0]
    assert (await world.client.delete(f"/v1/links/{link_id}")).status_code == 204
    assert (await world.get("/v1/analytics/summary", link_id=link_id))["total"] == 4
    assert len((await world.get("/v1/events", link_id=link_id))["data"]) == 4
    others = await api_client("*", actor=stranger)
    assert (await others.delete(f"/v1/links/{link_id}/scans")).status_code == 404
    for _ in range(2):
        assert (await world.client.delete(f"/v1/links/{link_id}/scans")).status_code == 204
    log = (await world.get("/v1/changes", kind="link_scans"))["data"]
    assert [(each["action"], each["subject_id"]) for each in log] == [("link_scans.erase", link_id)] * 2
    assert (await world.get("/v1/analytics/summary", link_id=link_id))["total"] == 0


async def test_a_click_id_finds_the_scan_of_a_visitor(world: World) -> None:
    """A customer sends back what the destination received; the day's scans are theirs then, and can be forgotten."""
    click = uuid7(world.now_ms, bytes(10))
    world.bench.count_scans([world.scan(0, 7, ago_ms=0, click_id=click.bytes)])
    body = {"known_as": str(click), "visitor": {"email": "ada@example.com"}}
    visitor = (await world.client.post("/v1/visitors/identify", json=body)).json()["visitor"]
    assert visitor["seen_as"] == [f"{7:016x}"]
    rows = await world.get("/v1/analytics/breakdown", dimension="visitor", filter=f"visitor:{7:016x}")
    assert [(row["values"]["visitor"], row["human"]) for row in rows["data"]] == [(f"{7:016x}", 1)]
    assert (await world.client.delete(f"/v1/visitors/{visitor['id']}")).status_code == 204
    page = await world.get("/v1/events")
    assert f"{7:016x}" not in {each["visitor_id"] for each in page["data"]}
    refused = await world.client.get("/v1/analytics/breakdown?dimension=country&filter=visitor:me")
    assert refused.status_code == 422


async def test_scopes_and_reach_are_kept(world: World, api_client: ApiClient, stranger: Actor) -> None:
    """A key sees what it was made for, and nobody sees another workspace."""
    outsider = await api_client("analytics:read", actor=stranger)
    assert (await outsider.get("/v1/analytics/summary")).json()["total"] == 0
    assert (await outsider.get("/v1/analytics/summary", params={"link_id": world.ids[0]})).status_code == 404
    assert (await outsider.get("/v1/events")).status_code == 403
    reader = await api_client("events:read")
    assert (await reader.get("/v1/events")).status_code == 200
    assert (await reader.delete(f"/v1/links/{world.ids[0]}/scans")).status_code == 403


@pytest.mark.parametrize(
    "params",
    [
        {"period": "7d", "start": "2026-01-01T00:00:00Z"},
        {"start": "2026-02-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"},
        {"filter": "nonsense"},
        {"filter": "colour:red"},
        {"zone": "Mars/Olympus"},
        {"period": "mtd", "zone": "Mars/Olympus"},
    ],
)
async def test_bad_parameters_are_a_clear_422(world: World, params: dict[str, str]) -> None:
    """With the field that is wrong."""
    answer = await world.client.get("/v1/analytics/summary", params=params)
    assert answer.status_code == 422
    assert answer.json()["code"].startswith("invalid")
    assert answer.json()["field"] in params


async def test_a_parameter_that_is_needed_is_asked_for_by_name(world: World) -> None:
    """The first thing that a newcomer gets wrong."""
    answer = await world.client.get("/v1/analytics/breakdown")
    assert answer.status_code == 422
    assert (answer.json()["field"], answer.json()["detail"]) == ("dimension", "dimension: is required")


def test_periods_end_now_and_begin_in_the_zone() -> None:
    """`mtd` in Tokyo begins nine hours before it does in London."""
    now_ms = 1_763_640_000_000  # 2025-11-20 12:00 UTC
    assert span("24h", 0, 0, now_ms, "UTC") == (now_ms + HOUR_MS - DAY_MS, now_ms + HOUR_MS)
    london, tokyo = span("mtd", 0, 0, now_ms, "Europe/London"), span("mtd", 0, 0, now_ms, "Asia/Tokyo")
    assert london[0] - tokyo[0] == 9 * HOUR_MS
    assert span("qtd", 0, 0, now_ms, "UTC")[0] == 1_759_276_800_000
    with pytest.raises(Invalid):
        read_filter("-")
    assert read_filter("-city:A%2CB,C").values == ("A,B", "C")
