"""Answers as values: status, headers, body. Pure. Both lanes send the same ones."""

from http import HTTPStatus

from msgspec import Struct

REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
DEFAULT_STATUS = 302

NO_STORE = (b"cache-control", b"private, no-store")
"""Always sent: a cached redirect cannot be edited, taken down or counted."""

NO_INDEX = (b"x-robots-tag", b"noindex")
_TEXT = (b"content-type", b"text/plain; charset=utf-8")

STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


class Answer(Struct, frozen=True, gc=False):
    """One response. A body is exactly as long as its content-length header, the last one, says."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    raw_headers: bytes
    """The headers as they go over the wire, each with its line end."""
    body: bytes = b""


def make_answer(status: int, headers: tuple[tuple[bytes, bytes], ...], body: bytes = b"") -> Answer:
    """An answer from its headers; their values must hold no line end."""
    raw = b"".join([b"%b: %b\r\n" % header for header in headers])
    return Answer(status, headers, raw, body)


def redirect_answer(target: bytes, status: int, *, indexable: bool = False) -> Answer:
    """A redirect. `target` must be safe; an unknown status becomes 302."""
    if status not in REDIRECT_STATUSES:
        status = DEFAULT_STATUS
    tail, raw_tail = _INDEXABLE if indexable else _USUAL
    location = (b"location", target)
    return Answer(status, (location, *tail), b"location: %b\r\n%b" % (target, raw_tail))


def text_answer(status: int, text: str, *headers: tuple[bytes, bytes]) -> Answer:
    """Plain text, for machines and for answers that nobody looks at."""
    body = text.encode()
    length = (b"content-length", str(len(body)).encode())
    return make_answer(status, (_TEXT, NO_STORE, NO_INDEX, *headers, length), body)


def with_header(answer: Answer, name: bytes, value: bytes) -> Answer:
    """The answer with one more header, before its last one."""
    headers, raw = answer.headers, answer.raw_headers
    before_last = raw.rindex(b"\r\n", 0, -2) + 2
    raw = b"%b%b: %b\r\n%b" % (raw[:before_last], name, value, raw[before_last:])
    return Answer(answer.status, (*headers[:-1], (name, value), headers[-1]), raw, answer.body)


_LENGTH_0 = (b"content-length", b"0")
_USUAL = ((NO_STORE, NO_INDEX, _LENGTH_0), make_answer(302, (NO_STORE, NO_INDEX, _LENGTH_0)).raw_headers)
_INDEXABLE = ((NO_STORE, _LENGTH_0), make_answer(302, (NO_STORE, _LENGTH_0)).raw_headers)
