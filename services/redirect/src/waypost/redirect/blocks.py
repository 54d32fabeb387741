"""Header blocks that were read before, recognised by their bytes.

Two browsers of one make send the same block but for their address, so reading a block once and then
recognising it beats every parser. What is remembered was read strictly the first time.
"""

from msgspec import Struct

from waypost.redirect import scan_parts
from waypost.redirect.client import Client, read_client
from waypost.redirect.head import Head, parse_fields
from waypost.redirect.limits import HEADER_BLOCKS_MAX, REMEMBERED_BLOCK_BYTES_MAX
from waypost.redirect.plain_link import AFTER_TARGET
from waypost.redirect.recorder import Recorder
from waypost.redirect.request import BadRequest, read_headers
from waypost.wire.scan import Outcome, Source

FORWARDED = b"\r\nX-Forwarded-For: "
VERSION = b" HTTP/1.1"
LINE_END = b"\r\n"
_END = b"\r\n\r\n"
_CLOSING = b"connection: close\r\n"
_NEVER_REMEMBERED = frozenset({b"content-length", b"cookie", b"x-forwarded-for"})

Key = tuple[bytes, bytes]
"""A block without its X-Forwarded-For: what stands before that line, and what behind it."""


class Block(Struct, frozen=True, gc=False):
    """A remembered header block: what it says, and nothing that could change how the request is framed."""

    client: Client
    host: str
    end: bytes
    """What ends the headers of an answer; it says so when the connection is closed behind it."""
    after_target: bytes
    """What ends a plain redirect, behind its destination."""
    closes: bool
    has_country: bool
    tells_apart: bool
    before_visitor: bytes
    """What a scan has before its visitor's id."""
    agent: bytes
    """The user agent as a visitor id wants it."""
    scan_link: bytes
    """The user agent and the kind of a scan, for a link that was followed …"""
    scan_qr: bytes
    """… and for one that was scanned."""
    scan_end: bytes


class Blocks:
    """The memory, in two halves: when the younger is full, the older is let go."""

    def __init__(self, recorder: Recorder, country_header: bytes) -> None:
        self._recorder = recorder
        self._country_header = country_header
        self.young: dict[Key, Block] = {}
        self._old: dict[Key, Block] = {}

    def recall(self, key: Key) -> Block | None:
        """A block of the older half that is in use goes to the younger one."""
        block = self._old.pop(key, None)
        if block is not None:
            self._keep(key, block)
        return block

    def remember(self, raw: bytes, head: Head) -> bool:
        """Keep the block of a GET that was answered, so that its next one is known; False when it is not kept."""
        if head.method != b"GET" or len(raw) > REMEMBERED_BLOCK_BYTES_MAX:
            return False
        start, found, behind = raw.partition(FORWARDED)
        line, version, before = start.partition(VERSION)
        after = behind.partition(LINE_END)[2]
        block = before + (LINE_END + after if found else b"")
        if not version or LINE_END in line or not block.startswith(LINE_END) or not block.endswith(_END):
            return False  # of another version, whatever its headers say
        try:
            fields = parse_fields(block[len(LINE_END) : -len(_END)])
        except BadRequest:
            return False
        if any(name in _NEVER_REMEMBERED for name, _ in fields):
            return False
        client = read_client(read_headers(fields, self._country_header))
        self._keep((before, after), self._block(client, closes=not head.keep_alive))
        return True

    def _keep(self, key: Key, block: Block) -> None:
        if len(self.young) >= HEADER_BLOCKS_MAX:
            self._old, self.young = self.young, {}
        self.young[key] = block

    def _block(self, client: Client, *, closes: bool) -> Block:
        agent, purpose = client.scan_agent, client.purpose
        tells_apart = self._recorder.tells_apart(client)
        end = (_CLOSING if closes else b"") + LINE_END
        return Block(
            client,
            client.headers.host,
            end,
            AFTER_TARGET + end,
            closes,
            bool(client.headers.country),
            tells_apart,
            scan_parts.VISITOR if tells_apart else scan_parts.NO_VISITOR,
            client.visitor_part,
            agent + scan_parts.kind(Source.LINK, Outcome.REDIRECT, "GET", purpose),
            agent + scan_parts.kind(Source.QR, Outcome.REDIRECT, "GET", purpose),
            client.scan_origin + scan_parts.PLAIN_END,
        )
