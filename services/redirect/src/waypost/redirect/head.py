"""The head of a request, read strictly. Pure. What is not exactly right is refused, never repaired.

Both lanes take requests from here, so a proxy in front and the edge behind can never disagree about
where one request ends and the next begins (RFC 9112, clause 11.2).
"""

import re

from msgspec import Struct

from waypost.redirect.limits import FORM_BODY_BYTES_MAX, HEADER_BYTES_MAX, HEADERS_MAX, URL_BYTES_MAX
from waypost.redirect.request import BadRequest, read_host

METHODS = frozenset({b"GET", b"HEAD", b"POST"})
_LINE = re.compile(rb"([A-Z]{1,16}) ([\x21-\x7e]+) HTTP/(1\.[01])\Z")
# RFC 9110, clause 5: token ":" OWS value OWS; obs-text passes, controls do not, obs-fold is none of it.
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\x80-\xff\t]*?)[ \t]*(?:\r\n|\Z)")
_ABSOLUTE = re.compile(rb"https?://([^/?#@]+)(/[^#]*)?\Z", re.IGNORECASE)
_ONCE = frozenset({b"host", b"content-length", b"content-type"})


class Head(Struct, frozen=True):
    """A request's head. Path and query are raw; header names are in lower case."""

    method: bytes
    path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    keep_alive: bool
    body_bytes: int


def parse_head(raw: bytes) -> Head:
    """Read everything before the empty line, without it. Raises BadRequest."""
    line, _, block = raw.partition(b"\r\n")
    method, target, version = _read_line(line)
    headers = parse_fields(block)
    path, query = _read_target(target, headers)
    return Head(method, path, query, headers, _keeps_alive(headers, version), _body_bytes(method, headers))


def parse_fields(block: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Read header fields, names in lower case. Raises BadRequest."""
    if len(block) > HEADER_BYTES_MAX:
        raise BadRequest(431, "the headers are too long")
    fields: list[tuple[bytes, bytes]] = []
    position, length = 0, len(block)
    while position < length:
        found = _FIELD.match(block, position)
        if found is None:
            raise BadRequest(400, "a header is malformed")
        if len(fields) >= HEADERS_MAX:
            raise BadRequest(431, "there are too many headers")
        fields.append((found[1].lower(), found[2]))
        position = found.end()
    names = [name for name, _ in fields if name in _ONCE]
    if len(names) != len(set(names)) or b"host" not in names:
        raise BadRequest(400, "host, or a header that may come once only")
    return tuple(fields)


def split_target(target: bytes) -> tuple[bytes, bytes]:
    """Path and query of an origin-form target. Raises BadRequest."""
    if len(target) > URL_BYTES_MAX:
        raise BadRequest(414, "the address is too long")
    path, _, query = target.partition(b"?")
    if path[:1] != b"/" or b"#" in target:
        raise BadRequest(400, "the address is malformed")
    return path, query


def _read_line(line: bytes) -> tuple[bytes, bytes, bytes]:
    if len(line) > URL_BYTES_MAX + 32:
        raise BadRequest(414, "the address is too long")
    found = _LINE.match(line)
    if found is None:
        raise BadRequest(400, "the request line is malformed")
    if found[1] not in METHODS:
        raise BadRequest(405, "this method is not answered here")
    return found[1], found[2], found[3]


def _read_target(target: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> tuple[bytes, bytes]:
    """Origin form, or absolute form for the very host that the Host field names."""
    host = read_host(next(value for name, value in headers if name == b"host"))
    absolute = _ABSOLUTE.match(target)
    if absolute is None:
        return split_target(target)
    if read_host(absolute[1]) != host:
        raise BadRequest(400, "the address names another host")
    return split_target(absolute[2] or b"/")


def _keeps_alive(headers: tuple[tuple[bytes, bytes], ...], version: bytes) -> bool:
    tokens = [
        token.strip().lower()
        for name, value in headers
        if name == b"connection"
        for token in value.split(b",")
    ]
    return version == b"1.1" and b"close" not in tokens


def _body_bytes(method: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> int:
    length = 0
    for name, value in headers:
        if name in {b"transfer-encoding", b"expect"}:
            raise BadRequest(400, "only a body of known length is taken")
        if name == b"content-length":
            if not value.isdigit() or len(value) > 10:
                raise BadRequest(400, "content-length")
            length = int(value)
    if length and method != b"POST":
        raise BadRequest(400, "a body where none belongs")
    if length > FORM_BODY_BYTES_MAX:
        raise BadRequest(413, "the body is too large")
    return length
