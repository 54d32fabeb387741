"""A link that needs nothing but its record to be followed, read without decoding. Pure.

Active, without times and options, as most links are: its stored value then begins and ends in one known
way, the destination lies between, and the two ids stand as a scan wants them. Anything else is left to
`ready`, which understands every link.
"""

import struct
from zlib import crc32

from msgspec import Struct

from waypost.redirect.answer import REDIRECT_STATUSES, STATUS_LINES, redirect_answer
from waypost.redirect.store_format import CHECKED_FROM, pack_value
from waypost.wire.codec import encode
from waypost.wire.link import LinkState, LinkV1

# As stored: checksum | flags | version, see `store_format`. Then msgpack: array of 8 | bin8 16, link id | bin8 16,
# workspace id | state | kind and length of what follows, the destination | status, times, options
_SHAPE = struct.Struct(">4xB8xBH16xH16xBB")
_PLAIN = (0, 0x98, 0xC410, 0xC410, LinkState.ACTIVE, 0xC4)
_PLAIN_LONG = (*_PLAIN[:-1], 0xC5)
_IDS_AT = 14
_WORKSPACE_ID_AT = 20
_LENGTH_AT = _SHAPE.size
_EXAMPLE = b"https://a.example/"


def _tail(status: int) -> bytes:
    """What follows the destination in the value of a plain link with this status."""
    value = pack_value(b"", 0, 0, encode(LinkV1(bytes(16), bytes(16), LinkState.ACTIVE, _EXAMPLE, status)))
    return value[_LENGTH_AT + 1 + len(_EXAMPLE) :]


_STATUS_LINE_OF_TAIL = {_tail(status): STATUS_LINES[status] for status in REDIRECT_STATUSES}

BEFORE_TARGET, AFTER_TARGET = redirect_answer(_EXAMPLE, 302).raw_headers.split(_EXAMPLE)
"""The redirect's own header lines around the destination, as `answer.redirect_answer` writes them."""


class PlainLink(Struct, frozen=True, gc=False):
    """A link ready to be followed."""

    ids: bytes
    """Its two ids as a scan carries them (`scan_parts.link_ids`)."""
    status_line: bytes
    target: bytes


def workspace_id_of(ids: bytes) -> bytes:
    """Whose link it is."""
    return ids[_WORKSPACE_ID_AT:]


def read_plain(key: bytes, raw: bytes) -> PlainLink | None:
    """Read a link as it is stored under its key; None when it is not one of the plain ones, or not whole."""
    try:
        shape = _SHAPE.unpack_from(raw)
        if shape == _PLAIN:
            start = _LENGTH_AT + 1
            end = start + raw[_LENGTH_AT]
        elif shape == _PLAIN_LONG:
            start = _LENGTH_AT + 2
            end = start + int.from_bytes(raw[_LENGTH_AT:start], "big")
        else:
            return None
    except (struct.error, IndexError):
        return None  # too short to be one
    status_line = _STATUS_LINE_OF_TAIL.get(raw[end:])
    if status_line is None or crc32(raw[CHECKED_FROM:], crc32(key)) != int.from_bytes(
        raw[:CHECKED_FROM], "big"
    ):
        return None
    return PlainLink(raw[_IDS_AT : _LENGTH_AT - 2], status_line, raw[start:end])
