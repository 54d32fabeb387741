"""Visitors made known by customers: found, merged, filtered, forgotten; and what a web page's key may not do."""

from typing import Any

import httpx
import pytest
from tests.control.conftest import ApiClient

from waypost.control.core import visitors
from waypost.control.model.access import Actor
from waypost.control.model.faults import Invalid
from waypost.control.model.page import PageRequest
from waypost.control.model.visitors import (
    AttributeFilter,
    AttributeTest,
    Identify,
    SeenScan,
    VisitorFilter,
    WriteVisitor,
)
from waypost.control.store import visitors as stored
from waypost.control.store.database import Database

ADA = "ada@example.com"
MONDAY, TUESDAY = "00000000000000aa", "00000000000000bb"
EVER = (0, 1 << 60)


async def identify(client: httpx.AsyncClient, known_as: str = "", **members: Any) -> dict[str, Any]:
    """Make a visitor known."""
    body = {"known_as": known_as, "visitor": members}
    answer = await client.post("/v1/visitors/identify", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_an_address_is_one_visitor(client: httpx.AsyncClient) -> None:
    """The second time somebody is named, in any case, the profile is found and grows."""
    first = await identify(client, MONDAY, email="Ada@Example.com", first_name="Ada")
    again = await identify(client, TUESDAY, email=ADA, attributes={"seats": 3})
    assert (first["created"], again["created"]) == (True, False)
    visitor = again["visitor"]
    assert visitor["id"] == first["visitor"]["id"]
    assert (visitor["email"], visitor["first_name"]) == (ADA, "Ada")
    assert visitor["seen_as"] == [MONDAY, TUESDAY]
    assert [(each["key"], each["type"], each["value"]) for each in visitor["attributes"]] == [
        ("seats", "number", "3")
    ]
    listed = (await client.get("/v1/visitors", params={"search": "ADA"})).json()
    assert [each["id"] for each in listed["data"]] == [visitor["id"]]


async def test_a_nameless_visitor_joins_the_one_with_a_name(client: httpx.AsyncClient) -> None:
    """What was learnt before the name was known belongs to the person; what they have themselves stays."""
    known = (await identify(client, email=ADA, attributes={"plan": "pro"}))["visitor"]
    nameless = (await identify(client, MONDAY, attributes={"plan": "free", "color": "blue"}))["visitor"]
    joined = (await identify(client, MONDAY, email=ADA))["visitor"]
    assert joined["id"] == known["id"] != nameless["id"]
    assert {each["key"]: each["value"] for each in joined["attributes"]} == {"plan": "pro", "color": "blue"}
    assert (await client.get(f"/v1/visitors/{nameless['id']}")).status_code == 404


async def test_once_keeps_what_is_known(client: httpx.AsyncClient) -> None:
    """`set_once` fills gaps and overwrites nothing."""
    await identify(client, email=ADA, phone="1", attributes={"a": "old"})
    body = {
        "visitor": {"email": ADA, "phone": "2", "last_name": "L", "attributes": {"a": "new", "b": True}},
        "set_once": True,
    }
    visitor = (await client.post("/v1/visitors/identify", json=body)).json()["visitor"]
    assert (visitor["phone"], visitor["last_name"]) == ("1", "L")
    assert {each["key"]: each["value"] for each in visitor["attributes"]} == {"a": "old", "b": "true"}


async def test_a_change_touches_what_it_names(client: httpx.AsyncClient) -> None:
    """Null removes an attribute or clears a member; what is not named stays."""
    made = (await identify(client, email=ADA, phone="1", attributes={"a": 1, "b": 2}))["visitor"]
    path = f"/v1/visitors/{made['id']}"
    answer = await client.patch(path, json={"phone": None, "attributes": {"a": None, "c": "2026-03-01"}})
    visitor = answer.json()
    assert (visitor["phone"], visitor["email"]) == (None, ADA)
    assert {each["key"]: each["type"] for each in visitor["attributes"]} == {"b": "number", "c": "date"}
    await identify(client, email="other@example.com")
    taken = await client.patch(path, json={"email": "other@example.com"})
    assert (taken.status_code, taken.json()["field"]) == (422, "email")


async def test_forgetting_leaves_nothing(client: httpx.AsyncClient, database: Database, actor: Actor) -> None:
    """Not the profile, not its attributes, not its days, and no copy in the log of changes."""
    made = (await identify(client, email=ADA, attributes={"a": "secret"}))["visitor"]
    assert (await client.delete(f"/v1/visitors/{made['id']}")).status_code == 204
    assert (await client.get(f"/v1/visitors/{made['id']}")).status_code == 404
    log = (await client.get("/v1/changes")).text
    assert "visitor.delete" in log
    assert ADA not in log
    async with database.read() as tx:
        assert await stored.attribute_keys(tx, actor.workspace_id) == []


async def test_a_key_of_a_web_page_adds_and_learns_nothing(
    client: httpx.AsyncClient, api_client: ApiClient
) -> None:
    """Whoever reads the key in a page's source must not read or rewrite customers by guessing addresses."""
    await identify(client, email=ADA, phone="1", attributes={"plan": "pro"})
    page = await api_client("visitors:write")
    body = {"visitor": {"email": ADA, "phone": "2", "attributes": {"plan": "none", "seats": 2}}}
    shown = (await page.post("/v1/visitors/identify", json=body)).json()["visitor"]
    assert [each["key"] for each in shown["attributes"]] == ["seats"]
    assert shown["first_name"] is None
    path = f"/v1/visitors/{shown['id']}"
    kept = (await client.get(path)).json()
    assert kept["phone"] == "1"
    assert {each["key"]: each["value"] for each in kept["attributes"]} == {"plan": "pro", "seats": "2"}
    for answer in (
        await page.get(path),
        await page.get("/v1/visitors"),
        await page.patch(path, json={"phone": "3"}),
        await page.delete(path),
        await page.delete(f"/v1/visitors/{MONDAY}"),
    ):
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "known_as"),
        ({"known_as": "not a click"}, "known_as"),
        ({"visitor": {"email": "nobody"}}, "email"),
        ({"visitor": {"email": ADA, "attributes": {"$x": 1}}}, "attributes.$x"),
        ({"visitor": {"email": ADA, "attributes": {f"k{n}": n for n in range(101)}}}, "attributes"),
    ],
)
async def test_what_cannot_be_kept_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    """422 with the member."""
    answer = await client.post("/v1/visitors/identify", json=body)
    assert answer.status_code == 422
    assert field in answer.json()["field"]


@pytest.mark.parametrize(
    ("test", "key", "value", "number", "of_dates", "expected"),
    [
        ("is", "plan", "PRO", None, False, "a"),
        ("is_not", "plan", "pro", None, False, "bc"),
        ("contains", "plan", "r", None, False, "ab"),
        ("contains_not", "plan", "r", None, False, "c"),
        ("starts_with", "plan", "f", None, False, "b"),
        ("ends_with", "plan", "ro", None, False, "a"),
        ("exists", "plan", "", None, False, "ab"),
        ("exists_not", "plan", "", None, False, "c"),
        ("at_least", "seats", "", 8, False, "bc"),
        ("less_than", "seats", "", 8, False, "a"),
        ("is", "seats", "", 8, False, "b"),
        ("more_than", "since", "", 1_772_323_200_000, True, "b"),
        ("at_most", "since", "", 1_772_323_200_000, True, "a"),
        ("ends_with", "email", "b@example.com", None, False, "b"),
        ("not_empty", "email", "", None, False, "abc"),
        ("empty", "phone", "", None, False, "abc"),
    ],
)
async def test_filters_narrow(
    database: Database,
    actor: Actor,
    test: AttributeTest,
    key: str,
    value: str,
    number: float | None,
    of_dates: bool,
    expected: str,
) -> None:
    """Each test of the language, on text, numbers, dates and members."""
    people: dict[str, dict[str, Any]] = {
        "a": {"plan": "pro", "seats": 2, "since": "2026-03-01"},
        "b": {"plan": "free", "seats": "8", "since": "2026-03-02T00:00:00Z"},
        "c": {"seats": 80.5},
    }
    async with database.write() as tx:
        for name, attributes in people.items():
            visitor = WriteVisitor(email=f"{name}@example.com", attributes=attributes)
            await visitors.identify(tx, actor, Identify(visitor=visitor))
    wanted = AttributeFilter(key=key, test=test, value=value, number=number, of_dates=of_dates)
    async with database.read() as tx:
        page = await visitors.list_visitors(tx, actor, VisitorFilter(attributes=(wanted,), count=True))
    assert "".join(sorted(view.visitor.email[0] for view in page.items)) == expected
    assert page.total == len(expected)


async def test_pages_follow_each_other_both_ways(database: Database, actor: Actor) -> None:
    """Every profile once, newest or oldest first; those of a link by themselves."""
    async with database.write() as tx:
        for name in "abcde":
            scan = SeenScan(link_id="L" if name in "bd" else "")
            command = Identify(
                known_as=f"{ord(name):016x}",
                scan=scan,
                visitor=WriteVisitor(email=f"{name}@example.com"),
            )
            await visitors.identify(tx, actor, command)

    async def walk(**members: Any) -> str:
        after, found = "", ""
        while True:
            wanted = VisitorFilter(page=PageRequest(limit=2, after=after), **members)
            async with database.read() as tx:
                page = await visitors.list_visitors(tx, actor, wanted)
            found += "".join(view.visitor.email[0] for view in page.items)
            after = page.next_cursor
            if not after:
                return found

    assert sorted(await walk()) == sorted(await walk(descending=False)) == list("abcde")
    assert sorted(await walk(link_id="L")) == ["b", "d"]


async def test_what_is_known_of_a_key_is_counted(database: Database, actor: Actor) -> None:
    """Figures, distribution and single values of an attribute."""
    async with database.write() as tx:
        for name, rating in (("a", 5), ("b", 4), ("c", "4"), ("d", "bad")):
            visitor = WriteVisitor(email=f"{name}@example.com", attributes={"rating": rating})
            await visitors.identify(tx, actor, Identify(visitor=visitor))
    async with database.read() as tx:
        figures = await stored.figures(tx, actor.workspace_id, "rating", EVER)
        spread = await stored.distribution(tx, actor.workspace_id, "rating", EVER, 10)
        single = await stored.values(tx, actor.workspace_id, "rating", EVER, 2)
        keys = await stored.attribute_keys(tx, actor.workspace_id)
    assert (figures.audience, figures.total, figures.usable, figures.low, figures.high) == (4, 4, 3, 4, 5)
    assert figures.average == pytest.approx(13 / 3)
    assert spread == [("4", 2), ("5", 1), ("bad", 1)]
    assert len(single) == 2
    assert [each.key for each in keys] == ["rating"]


async def test_visitors_of_others_are_not_there(
    client: httpx.AsyncClient, api_client: ApiClient, stranger: Actor
) -> None:
    """A workspace knows its own people only, and addresses are unique within one alone."""
    made = (await identify(client, MONDAY, email=ADA))["visitor"]
    outsider = await api_client("visitors:read", "visitors:write", actor=stranger)
    assert (await outsider.get(f"/v1/visitors/{made['id']}")).status_code == 404
    assert (await identify(outsider, MONDAY, email=ADA))["created"] is True
    assert len((await client.get("/v1/visitors")).json()["data"]) == 1


async def test_a_number_of_a_day_is_hexadecimal() -> None:
    """Anything else would be kept and never met again."""
    assert visitors.mark_of("0192AABB-CCDD-7EEE-8FFF-001122334455") == "0192aabbccdd7eee8fff001122334455"
    assert visitors.mark_of(" ") == ""
    for wrong in ("x" * 16, "0" * 15, "0" * 33):
        with pytest.raises(Invalid):
            visitors.mark_of(wrong)
