"""Links drawn by seeds: made in one vendor's words, changed in another's, read again in the first one's.

Only what the change names may differ, and that must: whoever keeps old scripts beside new ones loses nothing.
"""

import os
from collections.abc import Callable
from random import Random
from typing import Any

import httpx
import pytest
from msgspec import Struct
from tests.contract.test_across import VENDORS, Vendor
from tests.contract.world import World

from waypost.control.dialects.codeqr import ids
from waypost.control.dialects.registry import DIALECTS

ROUNDS = 40 if os.environ.get("WAYPOST_FAULT") == "full" else 2
"""Links for each of the 25 pairs."""
WORDS = ("spring", "Früh", "লিংক", "a b", "50 % off", "<b>", "it's", "x" * 60)
Json = dict[str, Any]
Draw = Callable[[Random], Any]


def text(rng: Random) -> str:
    """Some words; no two draws are alike."""
    return f"{rng.choice(WORDS)} {rng.randrange(10**9)}"


def url(rng: Random) -> str:
    """A destination, in the form in which it is kept."""
    tail = rng.choice(("", "?q=1&r=a%20b", "?q=%E2%9C%93#part", "#part"))
    return f"https://example.com/{rng.randrange(10**9)}{tail}"


def time(rng: Random) -> str:
    """A second far ahead."""
    return f"20{rng.randrange(60, 99)}-0{rng.randrange(1, 9)}-1{rng.randrange(9)}T0{rng.randrange(9)}:00:00Z"


def words(rng: Random) -> list[str]:
    """Names of tags."""
    return [f"tag {rng.randrange(10**9)}" for _ in range(rng.randrange(1, 4))]


def flag(rng: Random) -> bool:
    """Either."""
    return rng.random() < 0.5


def countries(rng: Random) -> list[str]:
    """Codes of some."""
    return rng.sample(["BD", "BR", "DE", "FR", "US", "JP"], rng.randrange(1, 4))


def smart_rules(rng: Random) -> list[Json]:
    """Rules of QRs.bd, one of each kind at most."""
    systems = rng.sample(["iOS", "Android", "Windows", "Mac", "Linux"], rng.randrange(1, 3))
    every: list[Json] = [
        {"type": "geo", "condition": rng.choice(["in", "not_in"]), "values": countries(rng)},
        {"type": "os", "condition": rng.choice(["is", "is_not"]), "values": systems},
        {"type": "ab", "weight": rng.randrange(1, 100)},
        {
            "type": "time",
            "timezone": rng.choice(["Asia/Dhaka", "America/New_York", "UTC"]),
            "startTime": f"{rng.randrange(24):02}:30",
            "endTime": f"{rng.randrange(24):02}:00",
            "activeDays": sorted(rng.sample(range(7), rng.randrange(7))),
        },
    ]
    return [{**rule, "target_url": url(rng)} for rule in rng.sample(every, rng.randrange(1, 5))]


def routing_rules(rng: Random) -> list[Json]:
    """Rules of xQR, with one to four conditions each."""
    drawn: dict[str, Draw] = {
        "countries": countries,
        "device_types": lambda r: r.sample(["mobile", "tablet", "desktop"], r.randrange(1, 3)),
        "hours": lambda r: {"start": r.randrange(24), "end": r.randrange(25)},
        "percentage": lambda r: r.randrange(101),
        "expires_at": time,
    }
    rules = []
    for _ in range(rng.randrange(1, 4)):
        conditions = {name: drawn[name](rng) for name in rng.sample(sorted(drawn), rng.randrange(1, 5))}
        if "countries" in conditions:
            conditions["country_mode"] = rng.choice(["include", "exclude"])
        rules.append({"destination": url(rng), "priority": rng.randrange(9), "conditions": conditions})
    return rules


def variants(rng: Random) -> list[Json]:
    """A test of CodeQR's relative."""
    share = rng.randrange(10, 91)
    return [{"url": url(rng), "percentage": share}, {"url": url(rng), "percentage": 100 - share}]


def vendor_rules(rng: Random) -> list[Json]:
    """CodeQR's smart rules."""
    language: Json = {"attribute": "language", "value": rng.choice(["pt", "fr"]), "url": url(rng)}
    place: Json = {"attribute": "continent", "operator": "not_equals", "value": "EU", "url": url(rng)}
    return rng.sample([language, place], rng.randrange(1, 3))


def geo(rng: Random) -> dict[str, str]:
    """A destination per country."""
    return {code: url(rng) for code in countries(rng)}


def metadata(rng: Random) -> dict[str, str]:
    """Pairs."""
    return {f"k{n}": text(rng) for n in range(rng.randrange(1, 4))}


class Says(Struct, frozen=True, kw_only=True):
    """What a vendor can say of a link: by aspect, the members in requests, and those that show it in answers."""

    aspects: dict[str, dict[str, Draw]]
    shown: dict[str, tuple[str, ...]]
    moving: tuple[str, ...] = ()
    """Members that change by themselves, besides those of every test."""


SAYS = {
    "linkbreakers": Says(
        aspects={
            "target": {"destination": url},
            "title": {"name": text},
            "expiry": {"expires_at": time},
            "tags": {"tags": words},
            "note": {"purpose": text},
            "after": {"expired_destination": url},
            "linkbreakers": {
                "fallback_destination": url, "metadata": metadata, "lead_goal_definition": text,
                "lead_target_definition": text,
            },
        },
        shown={
            "target": ("destination",), "title": ("name",), "expiry": ("expires_at", "expiresAt"), "tags": ("tags",),
            "note": ("purpose",), "after": ("expired_destination", "expiredDestination"),
        },
    ),
    "trimlink": Says(
        aspects={
            "target": {"url": url},
            "title": {"title": text},
            "description": {"description": text},
            "expiry": {"expiresAt": time},
        },
        shown={
            "target": ("destinationUrl",), "title": ("title",), "description": ("description",),
            "expiry": ("expiresAt",),
        },
    ),
    "codeqr": Says(
        aspects={
            "target": {"url": url},
            "title": {"title": text},
            "description": {"description": text},
            "expiry": {"expiresAt": time},
            "tags": {"tagNames": words},
            "note": {"comments": text},
            "after": {"expiredUrl": url},
            "rules": {"ios": url, "android": url, "geo": geo, "testVariants": variants, "rules": vendor_rules},
            "codeqr": {
                "tenantId": text, "externalId": text, "utm_source": text, "utm_term": text,
                "ref": text, "proxy": flag, "image": url, "doIndex": flag, "publicStats": flag, "archived": flag,
                "flexible": flag, "pageId": text, "rewrite": flag,
            },
        },
        shown={
            "target": ("url",), "title": ("title",), "description": ("description",), "expiry": ("expiresAt",),
            "tags": ("tags", "tagId"), "rules": ("ios", "android", "geo", "testVariants", "rules"),
            "note": ("comments",), "after": ("expiredUrl",),
        },
        moving=("disabledAt",),
    ),
    "qrsbd": Says(
        aspects={
            "target": {"target_url": url},
            "title": {"title": text},
            "expiry": {"expires_at": time},
            "rules": {"smart_rules": smart_rules},
            "active": {"is_active": flag},
        },
        shown={
            "target": ("target_url",), "title": ("title",), "expiry": ("expires_at",), "rules": ("smart_rules",),
            "active": ("is_active",),
        },
    ),
    "xqr": Says(
        aspects={
            "target": {"url": url},
            "expiry": {"expires_at": time},
            "tags": {"labels": words},
            "rules": {"routing_rules": routing_rules},
            "active": {"enabled": flag},
        },
        shown={
            "target": ("destination",), "expiry": ("expires_at",), "tags": ("labels",), "rules": ("routing_rules",),
            "active": ("enabled",),
        },
    ),
}  # fmt: skip
MOUNTED = {dialect.name: dialect for dialect in DIALECTS}
CERTAIN = {"target", "title", "description", "expiry", "tags", "note", "after"}
"""Aspects that look different after every draw, in every API that shows them."""
LATER = {"is_active"}
"""Members that a vendor takes in changes only."""


def camel(name: str) -> str:
    """The other spelling of a member of Linkbreakers."""
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def said(rng: Random, aspects: dict[str, dict[str, Draw]], *, new: bool) -> Json:
    """A body with some members of each aspect."""
    body: Json = {}
    for members in aspects.values():
        names = [name for name in sorted(members) if not (new and name in LATER)]
        for name in rng.sample(names, rng.randrange(bool(not new), len(names) + 1)) if names else ():
            body[name] = members[name](rng)
    return body


async def read(client: httpx.AsyncClient, vendor: Vendor, link_id: str) -> Json:
    """A link as a vendor shows it."""
    answer = await client.get(vendor.one.format(id=link_id))
    assert answer.status_code == 200, answer.text
    return vendor.link_in(answer.json())


@pytest.mark.parametrize("maker", VENDORS)
async def test_only_what_a_change_names_differs(world: World, maker: str) -> None:
    """In the words of the one who made the link and of the one who changed it."""
    for other in VENDORS:
        for number in range(ROUNDS):
            await change_once(world, maker, other, Random(f"{maker} {other} {number}"))
            world.now_ms += 60_000


async def change_once(world: World, maker: str, other: str, rng: Random) -> None:
    """Make a link in one vendor's words, change it in another's, and compare what both show."""
    mine, theirs = VENDORS[maker], VENDORS[other]
    async with world.client(MOUNTED[maker]) as one, world.client(MOUNTED[other]) as two:
        path, member = mine.create
        body = {**said(rng, SAYS[maker].aspects, new=True), member: url(rng)}
        made = await one.post(path, json=body)
        assert made.is_success, (body, made.text)
        own_id = mine.id_in(mine.link_in(made.json()))
        link_id = ids.native(ids.LINK, own_id) if own_id.startswith("link_") else own_id
        before = await read(one, mine, link_id), await read(two, theirs, link_id)

        named = rng.sample(sorted(SAYS[other].aspects), rng.randrange(1, 3))
        change = said(rng, {name: SAYS[other].aspects[name] for name in named}, new=False)
        changed = await two.patch(theirs.one.format(id=link_id), json=change)
        assert changed.status_code == 200, (change, changed.text)

        after = await read(one, mine, link_id), await read(two, theirs, link_id)
    for vendor, old, new in zip((mine, theirs), before, after, strict=True):
        told = SAYS[vendor.name]
        own = told.aspects.get(vendor.name, {}) if vendor.name in named else {}
        may = {name for aspect in named for name in told.shown.get(aspect, ())}
        may |= {spelling for name in own for spelling in (name, camel(name))}
        if "utm_source" in own:
            may.add("url")  # which holds them
        must = {name for aspect in CERTAIN & set(named) for name in told.shown.get(aspect, ())}
        differs = {name for name in old | new if old.get(name) != new.get(name)}
        told_in_case = (maker, other, vendor.name, body, change)
        assert differs - {*vendor.moving, *told.moving} <= may, told_in_case
        assert must & set(new) <= differs, told_in_case
