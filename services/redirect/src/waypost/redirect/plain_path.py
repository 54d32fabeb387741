"""The plain path: remembered header blocks ask for links of which only rules can change where they lead.

What most scans are: plain links, for which next to nothing is left to compute, and those with rules. All that
arrived in a turn of the event loop goes through the phases in one loop, because at this rate what a call costs,
and a name looked up again, is what there is left to save. It answers and records exactly what `Edge.answer`
would, or leaves a request, and then `Edge` does it. All it remembers is dropped whenever a record changes.
"""

import re
from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar
from zlib import crc32

import lmdb
from msgspec import Struct

from waypost.facts.client_ip import client_address
from waypost.redirect.asset_file import is_asset
from waypost.redirect.blocks import FORWARDED, LINE_END, VERSION, Block, Blocks
from waypost.redirect.client import ClientReader
from waypost.redirect.edge import EdgePolicy, Sources
from waypost.redirect.limits import PLAIN_LINE_BYTES_MAX, PLAIN_LINKS_MAX, READY_DOMAINS_MAX
from waypost.redirect.plain_link import WORKSPACE_ID, PlainLink, read_plain
from waypost.redirect.recorder import Recorder
from waypost.redirect.replica import Replica
from waypost.redirect.resolve import Found, Resolver, stands_in_the_way
from waypost.redirect.ruled_link import RuledLink, ruled_link
from waypost.redirect.scan_parts import place as place_part
from waypost.wire.slug import LINK_KIND

_PLAIN_SLUG = re.compile(rb"[!\"$&-~]+")
_METHOD, _START = b"GET ", b"GET /"
_START_BYTES = len(_START)
_PLACES = PLAIN_LINKS_MAX
_PLACE_BITS = _PLACES.bit_length() - 1


class Peer(Struct, frozen=True, gc=False):
    """The other end of a connection."""

    text: str
    """As the system writes it."""
    address: str
    """In canonical form."""
    is_trusted: bool
    """Whether it is a proxy whose headers are believed."""


class Asker(Protocol):
    """A connection, as far as the plain path knows it."""

    peer: Peer


A = TypeVar("A", bound=Asker)


class Left(Struct, Generic[A], frozen=True, gc=False):
    """A request that is none for the plain path."""

    asker: A
    data: bytes
    block: Block | None = None
    """Its header block, when that is known."""
    line: bytes = b""
    forwarded: bytes = b""
    fault: Exception | None = None


class _Site(Struct, frozen=True, gc=False):
    """A host that serves links, and those of them that are kept."""

    key_start: bytes
    """What the stored keys of its links begin with."""
    key_checksum: int
    """The CRC-32 of what their records' keys begin with."""
    is_case_sensitive: bool
    visitor_of: Callable[[bytes, bytes], bytes]
    """The visitor ids of its domain."""
    kept: dict[bytes, PlainLink | RuledLink | None]
    """By request line; None for what is neither."""


_UNKNOWN = PlainLink(b"", b"", b"")


class PlainPath:
    """Single-threaded; one per worker."""

    def __init__(
        self,
        replica: Replica,
        resolver: Resolver,
        clients: ClientReader,
        recorder: Recorder,
        sources: Sources,
        policy: EdgePolicy,
    ) -> None:
        self._replica = replica
        self._resolver = resolver
        self._clients = clients
        self._recorder = recorder
        self._random_bytes = sources.random_bytes
        self._secure_cookies = policy.secure_cookies
        self._qr_marker = policy.qr_marker
        self._qr_end = (
            b"?" + policy.qr_marker if policy.qr_marker else b"\n"
        )  # a line never ends so: no marker, no scan
        self._now_ms = 0
        self._generation = -1
        self._salt = b""
        self._sites: dict[str, _Site] = {}
        self._stored = replica.finder()
        """Look-ups of this turn."""
        self._kept = 0
        self._asked = bytearray(_PLACES)
        """By the hash of a request line, a few bits of that which last missed what is kept."""
        self._plain_workspaces: set[bytes] = set()

    def begin(self, generation: int, now_ms: int) -> None:
        """A turn begins. The recorder's clock is set; what was remembered and may have changed is dropped."""
        self._now_ms = now_ms
        if generation != self._generation:
            self._generation = generation
            self._forget_links()
            self._plain_workspaces.clear()
        self._stored = self._replica.finder()
        if self._recorder.salt is not self._salt:
            self._salt = self._recorder.salt
            self._forget_links()

    def follow(
        self,
        arrived: Iterable[tuple[A, bytes]],
        blocks: Blocks,
        before_target: bytes,
        answered: Callable[[tuple[A, bytes, bool]], None],
    ) -> list[Left[A]]:
        """Answer and record what is for the plain path; return the rest.

        `answered` is told the response and whether it ends the connection; `before_target` is what a response has
        between its status line and its destination.
        """
        young, recall, sites = blocks.young, blocks.recall, self._sites
        record, scan_start = self._recorder.append, self._recorder.start
        now_ms, qr_end = self._now_ms, self._qr_end
        is_foreign_v4, place_of = self._clients.trusted.is_foreign_v4, self._clients.geo.lookup
        left: list[Left[A]] = []
        block: Block | None
        for asker, data in arrived:
            # parse
            start, found, behind = data.partition(FORWARDED)
            line, version, before = start.partition(VERSION)
            forwarded, _, after = behind.partition(LINE_END)
            key = before, after
            block = young.get(key) or recall(key)
            if block is None or not version or (found and not after):
                left.append(Left(asker, data))  # cut where nothing else would: the header stands in the line
                continue  # or behind a whole request
            try:
                # resolve
                site = sites.get(block.host) or self._site(block.host)
                link = None if site is None else site.kept.get(line, _UNKNOWN)
                if site is not None and link is _UNKNOWN:
                    link = self._find(block.host, site, line)
                address, raw_address = forwarded.decode("latin-1"), forwarded
                peer = asker.peer
                is_plain = forwarded and peer.is_trusted and is_foreign_v4(address)
                if site is None or link is None or not (is_plain or address.isprintable()):
                    left.append(Left(asker, data, block, line, forwarded))
                    continue
                # facts
                if not is_plain:
                    address = self._address(peer, address)
                    raw_address = address.encode()
                if block.has_country:
                    place = self._clients.place(peer.text, address, block.client.headers)
                else:
                    place = place_of(address)
                is_qr = line.endswith(qr_end)
                # decide
                if isinstance(link, PlainLink):
                    target, after_target, end = link.target, block.after_target, block.scan_end
                else:
                    target, after_target, end = link.follow(block, place, address, is_qr=is_qr, now_ms=now_ms)
                # record
                visitor = site.visitor_of(raw_address, block.agent) if block.tells_apart else b""
                of_block, where = block.scan_qr if is_qr else block.scan_link, place_part(place)
                record(b"".join((scan_start, link.ids, block.before_visitor, visitor, of_block, where, end)))
            except lmdb.Error:
                left.append(Left(asker, data, block, line, forwarded))  # `Edge` meets it again and says so
                continue
            except Exception as fault:  # noqa: BLE001 - a fault in one request ends only that one; its lane tells it
                left.append(Left(asker, data, block, line, forwarded, fault))
                continue
            # answer
            response = b"".join((link.status_line, before_target, target, after_target))
            answered((asker, response, block.closes))
        return left

    def _address(self, peer: Peer, forwarded: str) -> str:
        """The client's address, when it is not simply one that a trusted proxy forwards."""
        return client_address(peer.text, forwarded, self._clients.trusted) if forwarded else peer.address

    def _forget_links(self) -> None:
        self._sites.clear()
        self._kept = 0

    def _site(self, host: str) -> _Site | None:
        domain = self._resolver.domain(host)
        if domain is None or not domain.serving:
            return None
        key_start = self._replica.link_start(domain.domain_id)
        if key_start is None:
            return None
        if len(self._sites) >= READY_DOMAINS_MAX:
            self._forget_links()
        site = _Site(
            key_start,
            crc32(LINK_KIND + domain.domain_id),
            domain.case_sensitive,
            self._recorder.visitor_ids(domain.domain_id).of,
            {},
        )
        self._sites[host] = site
        return site

    def _find(self, host: str, site: _Site, line: bytes) -> PlainLink | RuledLink | None:
        """The link of a request line that is `GET`, a plain path, and no query but the QR marker."""
        slug = line[_START_BYTES:]
        if not slug.isalnum():
            path, _, query = line[len(_METHOD) :].partition(b"?")
            slug = path.strip(b"/")
            if query not in (b"", self._qr_marker) or not _PLAIN_SLUG.fullmatch(slug) or is_asset(path):
                return None
        if not line.startswith(_START) or len(line) > PLAIN_LINE_BYTES_MAX:
            return None
        if not site.is_case_sensitive:
            slug = slug.lower()
        raw = self._stored(site.key_start + slug)
        plain = None if raw is None else read_plain(raw, crc32(slug, site.key_checksum))
        link: PlainLink | RuledLink | None = plain
        if plain is not None:
            workspace_id = plain.ids[WORKSPACE_ID]
            if workspace_id not in self._plain_workspaces and not self._is_plain_workspace(workspace_id):
                link = None
        elif raw is not None:
            found = self._resolver.resolve(host, line[len(_METHOD) :].partition(b"?")[0])
            if isinstance(found, Found):
                secure = self._secure_cookies
                link = ruled_link(found, self._clients, self._random_bytes, secure_cookies=secure)
        # Kept is what is asked for twice before its place is asked for something else: what comes once would
        # cost more to keep and to let go than to look up.
        number = hash(line)
        place, mark = number % _PLACES, number >> _PLACE_BITS & 0xFF
        if self._asked[place] == mark:
            self._keep(site, line, link)
        else:
            self._asked[place] = mark
        return link

    def _keep(self, site: _Site, line: bytes, link: PlainLink | RuledLink | None) -> None:
        if self._kept >= PLAIN_LINKS_MAX:
            for each in self._sites.values():
                each.kept.clear()
            self._kept = 0
        site.kept[line] = link
        self._kept += 1

    def _is_plain_workspace(self, workspace_id: bytes) -> bool:
        """Whether nothing about a workspace stands in the way of its plain links."""
        workspace = self._resolver.workspace(workspace_id)
        if workspace is not None and stands_in_the_way(workspace):
            return False
        if len(self._plain_workspaces) < READY_DOMAINS_MAX:
            self._plain_workspaces.add(workspace_id)
        return True
