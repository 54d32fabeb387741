"""A link that needs nothing but its record to be followed, read without decoding. Pure.

Active, without times and options, as most links are: its value then begins and ends in one known way, the
destination lies between, and the two ids stand as a scan wants them. Who writes the store sees that once,
and says so in the stored value's flags, together with where the destination begins and ends. Anything else is
left to `ready`, which understands every link.
"""

import struct
from zlib import crc32

from msgspec import Struct

from waypost.redirect.answer import REDIRECT_STATUSES, STATUS_LINES, redirect_answer
from waypost.redirect.store_format import CHECKSUM_BYTES, HEAD, WHOLE
from waypost.wire.codec import encode
from waypost.wire.link import LinkState, LinkV1

# msgpack: array of 8 | bin8 16, link id | bin8 16, workspace id | state | kind and length of what follows, the
# destination | status, times, options
_SHAPE = struct.Struct(">BH16xH16xBB")
_PLAIN = (0x98, 0xC410, 0xC410, LinkState.ACTIVE, 0xC4)
_PLAIN_LONG = (*_PLAIN[:-1], 0xC5)
_LENGTH_AT = _SHAPE.size
_EXAMPLE = b"https://a.example/"
_FIRST_FLAGS = 2
"""Below are none and REFUSED."""

IDS = slice(HEAD.size + 1, HEAD.size + 37)
"""Where in the stored value of a plain link its two ids stand as a scan carries them (`scan_parts.link_ids`)."""

WORKSPACE_ID = slice(20, None)
"""Where in those two the id of its workspace stands."""


def _tail(status: int) -> bytes:
    """What follows the destination in the value of a plain link with this status."""
    value = encode(LinkV1(bytes(16), bytes(16), LinkState.ACTIVE, _EXAMPLE, status))
    return value[_LENGTH_AT + 1 + len(_EXAMPLE) :]


class Plain(Struct, frozen=True, gc=False):
    """What the flags of a plain link say."""

    status_line: bytes
    target: slice
    """Where in the stored value the destination stands."""


_FLAGS_OF_TAIL: dict[bytes, int] = {}
_PLAIN_BY_FLAGS: list[Plain | None] = [None] * 256
"""By the first byte of a stored value, its flags; of other values than those of plain links, nothing."""

for _number, _status in enumerate(sorted(REDIRECT_STATUSES)):
    _FLAGS_OF_TAIL[_tail(_status)] = _flags = _FIRST_FLAGS + 2 * _number
    for _is_long in (False, True):
        _target = slice(HEAD.size + _LENGTH_AT + 1 + _is_long, -len(_tail(_status)) - CHECKSUM_BYTES)
        _PLAIN_BY_FLAGS[_flags + _is_long] = Plain(STATUS_LINES[_status], _target)

BEFORE_TARGET, AFTER_TARGET = redirect_answer(_EXAMPLE, 302).raw_headers.split(_EXAMPLE)
"""The redirect's own header lines around the destination, as `answer.redirect_answer` writes them."""


class PlainLink(Struct, frozen=True, gc=False):
    """A link ready to be followed."""

    ids: bytes
    """Its two ids as a scan carries them (`scan_parts.link_ids`)."""
    status_line: bytes
    target: bytes


def plain_flags(value: bytes) -> int:
    """The flags of a link's value; 0 when it is not one of the plain ones."""
    if len(value) < _LENGTH_AT + 2:
        return 0
    shape = _SHAPE.unpack_from(value)
    if shape not in (_PLAIN, _PLAIN_LONG):
        return 0
    is_long = shape == _PLAIN_LONG
    start = _LENGTH_AT + 1 + is_long
    end = start + int.from_bytes(value[_LENGTH_AT:start], "big")
    flags = _FLAGS_OF_TAIL.get(value[end:])
    return 0 if flags is None else flags + is_long


def read_plain(raw: bytes, key_checksum: int) -> PlainLink | None:
    """Read a stored link; None when it is not one of the plain ones, or not what was written.

    `key_checksum` is the CRC-32 of its record's key.
    """
    plain = _PLAIN_BY_FLAGS[raw[0]] if raw else None
    if plain is None or crc32(raw, key_checksum) != WHOLE:
        return None
    return PlainLink(raw[IDS], plain.status_line, raw[plain.target])
