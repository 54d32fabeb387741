"""No order of doing things makes links of ours lead in a circle."""

import contextlib
import os
import random
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from tests.control.test_links import make

from waypost.control.core import domains, links
from waypost.control.model.access import Actor
from waypost.control.model.domains import CreateDomain
from waypost.control.model.faults import Fault
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.model.links import CreateLink, UpdateLink
from waypost.control.store import domains as stored_domains
from waypost.control.store import links as stored_links
from waypost.control.store.database import Database
from waypost.control.store.tx import Tx
from waypost.rules import Rule, Url

IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
GRAPHS = 1_000 if IS_LONG else 50
STEPS = 30
HOSTS = [f"go.{name}.example" for name in "abcd"]
SLUGS = ["x", "y", "z"]
pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800)] if IS_LONG else []


async def test_moved_link_is_judged_anew(client: httpx.AsyncClient) -> None:
    """A destination that was a stranger's becomes our own link when its domain is claimed and the link moves."""
    link = await make(client, target_url="https://go.a.example/x")
    domain = (await client.post("/v1/domains", json={"host": "go.a.example"})).json()
    moved = await client.patch(f"/v1/links/{link['id']}", json={"domain_id": domain["id"], "slug": "x"})
    assert (moved.status_code, moved.json()["code"], moved.json()["field"]) == (
        422,
        "invalid_url",
        "target_url",
    )


async def test_no_history_of_changes_makes_a_circle(database: Database, actor: Actor) -> None:
    """Claims, moves, edits, rules and deletions in any order: whoever follows a link arrives somewhere."""
    accepted = 0
    for seed in range(GRAPHS):
        chance = random.Random(seed)
        with contextlib.suppress(_Undo):
            async with database.write() as tx:
                for _ in range(STEPS):
                    accepted += await tried(tx, actor, chance)
                assert cycle_in(await graph(tx, actor)) is None, seed
                raise _Undo
    assert accepted > GRAPHS * STEPS // 3


class _Undo(Exception):
    """Ends one history; the next begins with nothing."""


async def tried(tx: Tx, actor: Actor, chance: random.Random) -> bool:
    """Do one thing; False when it is refused, as many are."""
    tx.own_hosts.clear()  # remembered for one transaction, which here is many
    try:
        async with tx.savepoint():
            await step(tx, actor, chance)
    except Fault:
        return False
    return True


async def step(tx: Tx, actor: Actor, chance: random.Random) -> None:
    """Do one thing. Raises Fault when it is refused."""
    claimed = await stored_domains.of_workspace(tx, actor.workspace_id, 100)
    living = await stored_links.living_after(tx, "", 1_000)
    target = f"https://{chance.choice([*HOSTS, 'example.com'])}/{chance.choice(SLUGS)}"
    domain_id = chance.choice([DEFAULT_DOMAIN, *(domain.id for domain in claimed)])
    rules = (Rule(id="r", when=(), then=Url(target)),) if chance.random() < 0.3 else ()
    match chance.choice(["claim", "create", "create", "create", "edit", "move", "move", "give up"]):
        case "claim":
            await domains.create_domain(tx, actor, CreateDomain(host=chance.choice(HOSTS)))
        case "create":
            command = CreateLink(
                target_url=target if not rules else "https://example.com/",
                slug=chance.choice(SLUGS),
                domain_id=domain_id,
                rules=rules,
            )
            await links.create_link(tx, actor, command)
        case "edit" if living:
            await links.update_link(tx, actor, chance.choice(living).id, UpdateLink(target_url=target))
        case "move" if living:
            command_ = UpdateLink(domain_id=domain_id, slug=chance.choice(SLUGS))
            await links.update_link(tx, actor, chance.choice(living).id, command_)
        case "give up" if claimed:
            await domains.delete_domain(tx, actor, chance.choice(claimed).id)


async def graph(tx: Tx, actor: Actor) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """From each link, as (host, slug), to the links that it may lead to."""
    hosts = {
        domain.id: domain.host for domain in await stored_domains.of_workspace(tx, actor.workspace_id, 100)
    }
    hosts[DEFAULT_DOMAIN] = tx.installation.public_host
    living = await stored_links.living_after(tx, "", 1_000)
    nodes = {(hosts[link.domain_id], link.slug): link for link in living}
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for node, link in nodes.items():
        urls = [link.target_url, *(rule.then.url for rule in link.rules if isinstance(rule.then, Url))]
        ends = {(urlsplit(url).hostname or "", urlsplit(url).path.strip("/")) for url in urls}
        found[node] = ends & nodes.keys()
    return found


def cycle_in(edges: dict[tuple[str, str], set[tuple[str, str]]]) -> list[tuple[str, str]] | None:
    """A way that comes back to itself, if there is one."""

    def walk(node: tuple[str, str], way: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
        if node in way:
            yield [*way, node]
            return
        for end in edges[node]:
            yield from walk(end, [*way, node])

    return next((way for start in edges for way in walk(start, [])), None)
