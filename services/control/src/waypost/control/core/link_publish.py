"""Letting edges know of links: one record per slug a link answers under."""

from collections.abc import Iterable, Sequence

from waypost.control.core.link_record import link_record
from waypost.control.core.replicate import publish
from waypost.control.model.links import Link, Scans
from waypost.control.store import links, slugs, totals
from waypost.control.store.tx import Tx
from waypost.wire.ids import to_bytes
from waypost.wire.slug import link_key

_LINKS_PER_QUERY = 400


def publish_link(tx: Tx, link: Link, claims: Iterable[slugs.Claim], scans: Scans) -> None:
    """Publish a living link under these claims."""
    for claim in claims:
        record = link_record(link, scans_known=scans.human, is_alias=claim.is_alias)
        publish(tx, link_key(to_bytes(claim.domain_id), claim.slug_key), record)


def withdraw(tx: Tx, claims: Iterable[slugs.Claim]) -> None:
    """Let edges forget these slugs."""
    for claim in claims:
        publish(tx, link_key(to_bytes(claim.domain_id), claim.slug_key), None)


async def publish_links(tx: Tx, living: Sequence[Link]) -> None:
    """Publish living links under all their slugs, with what is known of their scans."""
    for start in range(0, len(living), _LINKS_PER_QUERY):
        part = living[start : start + _LINKS_PER_QUERY]
        ids = [link.id for link in part]
        claims: dict[str, list[slugs.Claim]] = {}
        for claim in await slugs.of_links(tx, ids):
            claims.setdefault(claim.link_id or "", []).append(claim)
        depending = [link.id for link in part if link.depends_on_scans]
        counted = await totals.of_links(tx, depending) if depending else {}
        for link in part:
            publish_link(tx, link, claims.get(link.id, ()), counted.get(link.id, Scans()))


async def publish_counts(tx: Tx, link_ids: Sequence[str]) -> None:
    """Let edges know the new counts of these links, as far as anything depends on them there."""
    depending = [link for link in await links.any_workspace(tx, link_ids) if link.depends_on_scans]
    if depending:
        await publish_links(tx, depending)
