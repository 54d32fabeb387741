"""Letting edges know of links: one record per slug a link answers under."""

from collections.abc import Iterable, Sequence

from waypost.control.core.link_record import link_record
from waypost.control.core.replicate import publish
from waypost.control.model.links import Link, Scans
from waypost.control.store import slugs, totals
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


async def publish_links(tx: Tx, links: Sequence[Link]) -> None:
    """Publish living links under all their slugs, with what is known of their scans."""
    for start in range(0, len(links), _LINKS_PER_QUERY):
        part = links[start : start + _LINKS_PER_QUERY]
        ids = [link.id for link in part]
        claims: dict[str, list[slugs.Claim]] = {}
        for claim in await slugs.of_links(tx, ids):
            claims.setdefault(claim.link_id or "", []).append(claim)
        limited = [link.id for link in part if link.scan_limit]
        counted = await totals.of_links(tx, limited) if limited else {}
        for link in part:
            publish_link(tx, link, claims.get(link.id, ()), counted.get(link.id, Scans()))
