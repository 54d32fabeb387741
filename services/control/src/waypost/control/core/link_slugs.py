"""Giving links their slugs: the first one, a new one, and aliases."""

from typing import Any

from msgspec import UNSET, Struct

from waypost.control import limits
from waypost.control.core.link_publish import withdraw
from waypost.control.core.slugs import check_claim, check_slug, claim_random, key_of, random_slug
from waypost.control.model.access import Actor
from waypost.control.model.faults import DomainNotFound, Invalid, InvalidSlug, OutOfReach, SlugTaken
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.model.links import CreateLink, Link, UpdateLink
from waypost.control.store import domains, slugs
from waypost.control.store.tx import Tx
from waypost.wire.limits import SLUG_CHARACTERS_MAX


class Place(Struct, frozen=True):
    """A domain that a workspace may put links on."""

    domain_id: str
    workspace_id: str
    case_sensitive: bool = False
    host: str = ""

    def key_of(self, slug: str) -> str:
        """The form in which a slug is unique here."""
        return key_of(slug, case_sensitive=self.case_sensitive)

    def claim(self, link_id: str, slug: str, *, is_alias: bool = False) -> slugs.Claim:
        """The claim of a slug for a link of this workspace."""
        return slugs.Claim(
            domain_id=self.domain_id,
            slug_key=self.key_of(slug),
            slug=slug,
            workspace_id=self.workspace_id,
            link_id=link_id,
            is_alias=is_alias,
        )


async def place_of(tx: Tx, workspace_id: str, domain_id: str) -> Place:
    """Where a link may stand. Raises DomainNotFound."""
    if domain_id == DEFAULT_DOMAIN:
        return Place(DEFAULT_DOMAIN, workspace_id)
    domain = await domains.get(tx, workspace_id, domain_id)
    if domain.archived:
        raise DomainNotFound(domain_id)
    return Place(domain.id, workspace_id, domain.case_sensitive, domain.host)


async def is_free(tx: Tx, place: Place, slug: str) -> bool:
    """Whether the workspace could claim a slug right now. Raises InvalidSlug."""
    held = await slugs.get(tx, place.domain_id, place.key_of(check_slug("slug", slug)))
    if held is None:
        return True
    over = 0 < held.held_until_ms <= tx.now_ms
    return held.link_id is None and (held.workspace_id == place.workspace_id or over)


async def free_random(tx: Tx, place: Place) -> str:
    """A random slug that nobody holds, without claiming it. Raises SlugTaken when none was found."""
    for _ in range(limits.SLUG_ATTEMPTS_MAX):
        slug = random_slug(tx, tx.installation.slug_characters)
        if await is_free(tx, place, slug):
            return slug
    raise SlugTaken("…")


async def claim_slug(tx: Tx, place: Place, link_id: str, command: CreateLink) -> slugs.Claim:
    """Claim the slug a new link asks for, or a random one. Raises InvalidSlug, SlugTaken."""
    if not command.slug:
        characters = command.slug_characters
        least, most = limits.SLUG_CHARACTERS_RANDOM_MIN, SLUG_CHARACTERS_MAX
        if characters is not None and not least <= characters <= most:
            raise Invalid("slug_characters", f"must lie between {least} and {most}")
        prefix = check_slug("prefix", command.prefix) if command.prefix else ""
        if prefix and len(prefix) + 1 + (characters or tx.installation.slug_characters) > most:
            raise InvalidSlug("prefix", f"leaves no room: a slug has at most {most} characters")
        check_claim("prefix", prefix, place.domain_id, command.template_type)
        blank = place.claim(link_id, "")
        return await claim_random(
            tx, blank, prefix=prefix, characters=characters, case_sensitive=place.case_sensitive
        )
    slug = f"{command.prefix.strip('/')}/{command.slug}" if command.prefix else command.slug
    wanted = place.claim(link_id, check_slug("slug", slug))
    check_claim("slug", wanted.slug, place.domain_id, command.template_type)
    if not await slugs.claim(tx, wanted):
        raise SlugTaken(wanted.slug)
    return wanted


async def move_slug(tx: Tx, actor: Actor, before: Link, command: UpdateLink) -> dict[str, Any]:
    """Put a link under another slug or domain; the old slug stays with the workspace.

    Returns the members that changed. Raises InvalidSlug, SlugTaken, DomainNotFound, OutOfReach.
    """
    domain_id = before.domain_id if command.domain_id is UNSET else command.domain_id
    if actor.domain_id is not None and domain_id != actor.domain_id:
        raise OutOfReach("one domain")
    place = await place_of(tx, actor.workspace_id, domain_id)
    slug = before.slug if command.slug is UNSET else check_slug("slug", command.slug)
    wanted = place.claim(before.id, slug)
    if (wanted.domain_id, wanted.slug_key) == (before.domain_id, before.slug_key):
        return {"slug": slug}
    kind = before.template_type if command.template_type is UNSET else command.template_type
    check_claim("slug", slug, domain_id, kind)
    held = await slugs.of_links(tx, [before.id])
    own_alias = any(
        (claim.domain_id, claim.slug_key) == (wanted.domain_id, wanted.slug_key) for claim in held
    )
    if own_alias:
        await slugs.release(tx, wanted.domain_id, wanted.slug_key)
    if not await slugs.claim(tx, wanted):
        raise SlugTaken(slug)
    left = [claim for claim in held if not claim.is_alias]
    withdraw(tx, left)
    hold_ms = tx.installation.slug_hold_ms
    for claim in left:
        await slugs.hold_one(tx, claim.domain_id, claim.slug_key, tx.now_ms + hold_ms if hold_ms else 0)
    return {"slug": slug, "slug_key": wanted.slug_key, "domain_id": domain_id}


async def claim_aliases(tx: Tx, place: Place, link: Link, aliases: tuple[str, ...]) -> None:
    """Let a link answer under exactly these further slugs. Raises InvalidSlug, SlugTaken."""
    if len(aliases) > limits.ALIASES_PER_LINK_MAX:
        raise Invalid("aliases", f"more than {limits.ALIASES_PER_LINK_MAX}")
    wanted = {
        claim.slug_key: claim
        for slug in aliases
        for claim in [place.claim(link.id, check_slug("aliases", slug), is_alias=True)]
    }
    held = await slugs.of_links(tx, [link.id])
    primary = {claim.slug_key for claim in held if not claim.is_alias}
    kept = {claim.slug_key for claim in held if claim.is_alias and claim.domain_id == place.domain_id}
    for claim in held:
        if claim.is_alias and (claim.slug_key not in wanted or claim.domain_id != place.domain_id):
            withdraw(tx, [claim])
            await slugs.hold_one(tx, claim.domain_id, claim.slug_key, 0)
    for key, claim in wanted.items():
        if key in primary or key in kept:
            continue
        check_claim("aliases", claim.slug, place.domain_id, link.template_type)
        if not await slugs.claim(tx, claim):
            raise SlugTaken(claim.slug)
