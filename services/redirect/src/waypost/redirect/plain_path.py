"""The plain path: a remembered header block asks for a plain link, and next to nothing is left to compute.

What most scans are. It answers and records exactly what `Edge.answer` would, or declines, and then
`Edge` does it. All it remembers is dropped whenever a record changes.
"""

import re
from typing import TypeAlias
from zlib import crc32

from msgspec import Struct

from waypost.facts.client_ip import client_address
from waypost.facts.visitor import VisitorIds
from waypost.redirect.asset_file import is_asset
from waypost.redirect.blocks import Block
from waypost.redirect.client import ClientReader
from waypost.redirect.limits import PLAIN_LINE_BYTES_MAX, PLAIN_LINKS_MAX, READY_DOMAINS_MAX
from waypost.redirect.plain_link import PlainLink, read_plain, workspace_id_of
from waypost.redirect.recorder import Recorder
from waypost.redirect.replica import Replica
from waypost.redirect.resolve import Resolver, stands_in_the_way
from waypost.redirect.scan_parts import place as place_part
from waypost.wire.slug import LINK_KIND

_PLAIN_SLUG = re.compile(rb"[!\"$&-~]+")
_METHOD, _START = b"GET ", b"GET /"


class Peer(Struct, frozen=True, gc=False):
    """The other end of a connection."""

    text: str
    """As the system writes it."""
    address: str
    """In canonical form."""
    is_trusted: bool
    """Whether it is a proxy whose headers are believed."""


class _Site(Struct, frozen=True, gc=False):
    """A host that serves links."""

    key_start: bytes
    """What the record keys of its links begin with."""
    is_case_sensitive: bool
    visitors: VisitorIds


_Known: TypeAlias = tuple[bytes, _Site | None, PlainLink | None]
"""A request line, the site it was sent to, and its link."""

_NOTHING: _Known = (b"", None, None)
_PLACES = PLAIN_LINKS_MAX
_PLACE_BITS = _PLACES.bit_length() - 1


class PlainPath:
    """Single-threaded; one per worker."""

    def __init__(
        self,
        replica: Replica,
        resolver: Resolver,
        clients: ClientReader,
        recorder: Recorder,
        qr_marker: bytes,
    ) -> None:
        self._replica = replica
        self._resolver = resolver
        self._clients = clients
        self._recorder = recorder
        # Bound once: looked up again for every request, these add up.
        self._append, self._place_of = recorder.append, clients.geo.lookup
        self._is_foreign_v4 = clients.trusted.is_foreign_v4
        self._qr_marker = qr_marker
        self._qr_end = b"?" + qr_marker if qr_marker else b"\n"  # a line never ends so: no marker, no scan
        self._generation = -1
        self._salt = b""
        self._sites: dict[str, _Site] = {}
        self._known = [_NOTHING] * _PLACES
        """Links, placed by the hash of their request line; a newer one takes the place of an older."""
        self._asked = bytearray(_PLACES)
        """Of each place, a few bits of the hash that last missed it."""
        self._plain_workspaces: set[bytes] = set()

    def begin(self, generation: int) -> None:
        """A turn begins. The recorder's clock is set; what was remembered and may have changed is dropped."""
        if generation != self._generation:
            self._generation = generation
            self._sites = {}
            self._known = [_NOTHING] * _PLACES
            self._plain_workspaces.clear()
        if self._recorder.salt is not self._salt:
            self._salt = self._recorder.salt
            self._sites = {}

    def follow(self, block: Block, line: bytes, forwarded: bytes, peer: Peer) -> PlainLink | None:
        """Find the link that a request line asks for, and record the scan; None when this is none for here."""
        site = self._sites.get(block.host) or self._site(block.host)
        if site is None:
            return None
        number = hash(line)
        known_line, known_site, link = self._known[number % _PLACES]
        if known_line != line or known_site is not site:
            link = self._find(site, line, number)
        if link is None:
            return None
        if not forwarded:
            address = peer.address
        else:
            address = forwarded.decode("latin-1")
            if not (peer.is_trusted and self._is_foreign_v4(address)):
                if not address.isprintable():
                    return None
                address = client_address(peer.text, address, self._clients.trusted)
        if block.has_country:
            place = self._clients.place(peer.text, address, block.client.headers)
        else:
            place = self._place_of(address)
        visitor = site.visitors.of(address.encode(), block.agent) if block.tells_apart else b""
        of_block = block.scan_qr if line.endswith(self._qr_end) else block.scan_link
        pieces = (
            self._recorder.start,
            link.ids,
            block.before_visitor,
            visitor,
            of_block,
            place_part(place),
            block.scan_end,
        )
        self._append(b"".join(pieces))
        return link

    def _site(self, host: str) -> _Site | None:
        domain = self._resolver.domain(host)
        if domain is None or not domain.serving:
            return None
        if len(self._sites) >= READY_DOMAINS_MAX:
            self._sites = {}
        visitors = self._recorder.visitor_ids(domain.domain_id)
        site = _Site(LINK_KIND + domain.domain_id, domain.case_sensitive, visitors)
        self._sites[host] = site
        return site

    def _find(self, site: _Site, line: bytes, number: int) -> PlainLink | None:
        """The link of a request line that is `GET`, a plain path, and no query but the QR marker."""
        slug = line[len(_START) :]
        if not slug.isalnum():
            path, _, query = line[len(_METHOD) :].partition(b"?")
            slug = path.strip(b"/")
            if query not in (b"", self._qr_marker) or not _PLAIN_SLUG.fullmatch(slug) or is_asset(path):
                return None
        if not line.startswith(_START) or len(line) > PLAIN_LINE_BYTES_MAX:
            return None
        key = site.key_start + (slug if site.is_case_sensitive else slug.lower())
        raw = self._replica.get(key)
        link = None if raw is None else read_plain(raw, crc32(key))
        if link is not None:
            workspace_id = workspace_id_of(link.ids)
            if workspace_id not in self._plain_workspaces and not self._is_plain_workspace(workspace_id):
                link = None
        # Kept is what is asked for twice before its place is asked for something else: what comes once would
        # cost more to keep and to let go than to look up.
        place, mark = number % _PLACES, number >> _PLACE_BITS & 0xFF
        if self._asked[place] == mark:
            self._known[place] = line, site, link
        else:
            self._asked[place] = mark
        return link

    def _is_plain_workspace(self, workspace_id: bytes) -> bool:
        """Whether nothing about a workspace stands in the way of its plain links."""
        workspace = self._resolver.workspace(workspace_id)
        if workspace is not None and stands_in_the_way(workspace):
            return False
        if len(self._plain_workspaces) < READY_DOMAINS_MAX:
            self._plain_workspaces.add(workspace_id)
        return True
