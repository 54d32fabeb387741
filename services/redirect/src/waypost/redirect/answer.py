"""Answers as values: status, headers, body. Pure. Both lanes send the same ones."""

from msgspec import Struct

REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
DEFAULT_STATUS = 302

NO_STORE = (b"cache-control", b"private, no-store")
"""Always sent: a cached redirect cannot be edited, taken down or counted."""

NO_INDEX = (b"x-robots-tag", b"noindex")
_TEXT = (b"content-type", b"text/plain; charset=utf-8")


class Answer(Struct, frozen=True):
    """One response. A body is never longer than its content-length header says."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = b""
    close: bool = False


def redirect_answer(target: bytes, status: int, *, indexable: bool = False) -> Answer:
    """A redirect. `target` must be safe; an unknown status becomes 302."""
    headers = (
        (b"location", target),
        NO_STORE,
        *(() if indexable else (NO_INDEX,)),
        (b"content-length", b"0"),
    )
    return Answer(status if status in REDIRECT_STATUSES else DEFAULT_STATUS, headers)


def text_answer(status: int, text: str, *headers: tuple[bytes, bytes]) -> Answer:
    """Plain text, for machines and for answers that nobody looks at."""
    body = text.encode()
    length = (b"content-length", str(len(body)).encode())
    return Answer(status, (_TEXT, NO_STORE, NO_INDEX, *headers, length), body)


def with_header(answer: Answer, name: bytes, value: bytes) -> Answer:
    """The answer with one more header, before its content-length."""
    *head, length = answer.headers
    return Answer(answer.status, (*head, (name, value), length), answer.body, answer.close)
