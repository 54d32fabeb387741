"""Which destination this visitor gets: the facts a link's rules need, and what they decide."""

from collections.abc import Callable

from msgspec import Struct

from waypost.facts.agent import UNKNOWN_AGENT
from waypost.facts.place import Place
from waypost.redirect.client import Client, ClientReader
from waypost.redirect.ready import ReadyLink
from waypost.redirect.request import cookie, fits_cookie
from waypost.redirect.said import said
from waypost.rules import Decision, Visit

SEED_COOKIE = "wp_seed"
SEED_BYTES = 8
_ACTORS = {"": "human", "agent": "agent"}


class Seed(Struct, frozen=True):
    """What a visitor's shares are drawn with, and whether they brought it along."""

    value: bytes
    is_known: bool


def seed_of(client: Client, random_bytes: Callable[[int], bytes], *, may_remember: bool) -> Seed:
    """The visitor's seed from its cookie, else a random one. Never from address and agent, which many share."""
    text = cookie(client.headers.cookie, SEED_COOKIE) if may_remember else ""
    if len(text) == 2 * SEED_BYTES:
        try:
            return Seed(bytes.fromhex(text), is_known=True)
        except ValueError:
            pass  # not one of ours
    return Seed(random_bytes(SEED_BYTES), is_known=False)


def may_remember(link: ReadyLink, client: Client) -> bool:
    """Whether this visitor's variant is kept in a cookie: not when the link or the visitor says no."""
    return link.options.sticky_s > 0 and not client.headers.opted_out


def seed_cookie(seed: Seed, link: ReadyLink, slug_path: bytes, *, secure: bool) -> bytes:
    """The cookie that keeps a visitor's variant, for this link alone (RFC 6265)."""
    path = slug_path if fits_cookie(slug_path) else b"/"
    value = (
        f"{SEED_COOKIE}={seed.value.hex()}; Max-Age={link.options.sticky_s}; HttpOnly; SameSite=Lax; Path="
    )
    return value.encode() + path + (b"; Secure" if secure else b"")


def decide(
    link: ReadyLink,
    client: Client,
    reader: ClientReader,
    *,
    place: Place,
    address: str,
    query: tuple[tuple[str, str], ...],
    is_qr: bool,
    seed: Seed | None,
    scan_count: int | None,
    now_ms: int,
) -> Decision:
    """Ask the rules, bringing the facts they need and no others."""
    rules = link.rules
    needs = rules.needs
    agent = UNKNOWN_AGENT
    if "device" in needs:
        agent = reader.agent(client.headers.user_agent)
    elif "agent" in needs:
        agent = reader.system(client.headers.user_agent)
    return rules.decide(
        Visit(
            at_ms=now_ms,
            country=place.country,
            region=place.region,
            city=place.city,
            continent=place.continent,
            os=agent.os,
            device=agent.device,
            browser=agent.browser,
            brand=agent.brand,
            actor=_ACTORS.get(agent.robot.kind, "bot"),
            language=client.language,
            referrer_host=client.referrer,
            query=query,
            source="qr" if is_qr else "link",
            ip=address if "ip" in needs else "",
            returning=seed.is_known if seed is not None and "returning" in needs else None,
            scan_count=scan_count,
            attributes=said(client.headers.cookie, link.asked) if link.asked else {},
            seed=seed.value if seed is not None else b"",
        )
    )
