"""Request heads, read strictly: the table of what proxies and servers have disagreed about."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.redirect.head import Head, parse_head
from waypost.redirect.limits import HEADERS_MAX, URL_BYTES_MAX
from waypost.redirect.request import BadRequest

HOST = b"Host: a.test\r\n"


def head(line: bytes = b"GET / HTTP/1.1", fields: bytes = HOST) -> bytes:
    """A head without its empty line."""
    return line + b"\r\n" + fields.removesuffix(b"\r\n")


REFUSED = [
    (400, head(fields=b"Accept: x\r\n")),
    (400, head(fields=HOST + b"Host: b.test\r\n")),
    (400, head(fields=HOST + b"host: a.test\r\n")),
    (400, head(fields=b"Host:\r\n")),
    (400, head(fields=b"Host: a b\r\n")),
    (400, head(fields=b"Host: a.test/x\r\n")),
    (400, head(fields=b"Host: user@a.test\r\n")),
    (400, head(fields=b"Host: a.test:x\r\n")),
    (400, head(fields=b"Host: a.test\x00\r\n")),
    (400, head(fields=b"Host : a.test\r\n")),
    (400, head(fields=b" Host: a.test\r\n")),
    (400, head(fields=b"Host: a.test\r\n folded\r\n")),
    (400, head(fields=b"Host: a.test\r\n\tfolded\r\n")),
    (400, head(fields=HOST + b"X\r\n")),
    (400, head(fields=HOST + b": empty\r\n")),
    (400, head(fields=HOST + b"X Y: 1\r\n")),
    (400, head(fields=HOST + b"X\x01: 1\r\n")),
    (400, head(fields=HOST + b"X: a\x00b\r\n")),
    (400, head(fields=HOST + b"X: a\nY: b\r\n")),
    (400, head(fields=HOST + b"X: a\rY: b\r\n")),
    (400, head(fields=HOST + b"X: \x7f\r\n")),
    (400, head(fields=HOST + b"X: \x0b\r\n")),
    (400, head(fields=HOST + b"Transfer-Encoding: chunked\r\n")),
    (400, head(fields=HOST + b"Transfer-Encoding: identity\r\n")),
    (400, head(fields=HOST + b"transfer-encoding: xchunked\r\n")),
    (400, head(fields=HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")),
    (400, head(fields=HOST + b"Content-Length: 5\r\n")),
    (400, head(fields=HOST + b"Content-Length: 0\r\nContent-Length: 0\r\n")),
    (400, head(fields=HOST + b"Content-Length: -1\r\n")),
    (400, head(fields=HOST + b"Content-Length: +1\r\n")),
    (400, head(fields=HOST + b"Content-Length: 1,1\r\n")),
    (400, head(fields=HOST + b"Content-Length: 0x1\r\n")),
    (400, head(fields=HOST + b"Content-Length:\r\n")),
    (400, head(fields=HOST + b"Content-Length: 99999999999\r\n")),
    (413, head(b"POST / HTTP/1.1", HOST + b"Content-Length: 999999\r\n")),
    (400, head(b"POST / HTTP/1.1", HOST + b"Transfer-Encoding: chunked\r\n")),
    (400, head(b"POST / HTTP/1.1", HOST + b"Expect: 100-continue\r\nContent-Length: 1\r\n")),
    (400, head(b"GET  / HTTP/1.1")),
    (400, head(b"GET /  HTTP/1.1")),
    (400, head(b"GET / HTTP/1.1 ")),
    (400, head(b" GET / HTTP/1.1")),
    (400, head(b"GET\t/\tHTTP/1.1")),
    (400, head(b"GET /a b HTTP/1.1")),
    (400, head(b"GET /a\x00 HTTP/1.1")),
    (400, head(b"GET /\xc3\xa4 HTTP/1.1")),
    (400, head(b"GET /#x HTTP/1.1")),
    (400, head(b"GET a HTTP/1.1")),
    (400, head(b"GET * HTTP/1.1")),
    (400, head(b"GET ?a HTTP/1.1")),
    (400, head(b"GET @a.test HTTP/1.1")),
    (400, head(b"GET http://b.test/ HTTP/1.1")),
    (400, head(b"GET http://x@a.test/ HTTP/1.1")),
    (400, head(b"GET ftp://a.test/ HTTP/1.1")),
    (400, head(b"get / HTTP/1.1")),
    (400, head(b"GET / HTTP/2.0")),
    (400, head(b"GET / HTTP/1.2")),
    (400, head(b"GET / http/1.1")),
    (400, head(b"GET /")),
    (400, head(b"")),
    (400, head(b"\x16\x03\x01\x02")),
    (405, head(b"PUT / HTTP/1.1")),
    (405, head(b"DELETE / HTTP/1.1")),
    (405, head(b"OPTIONS * HTTP/1.1")),
    (405, head(b"CONNECT a.test:443 HTTP/1.1")),
    (405, head(b"TRACE / HTTP/1.1")),
    (414, head(b"GET /" + b"a" * URL_BYTES_MAX + b" HTTP/1.1")),
    (431, head(fields=HOST + b"".join(b"X%d: 1\r\n" % number for number in range(HEADERS_MAX)))),
    (431, head(fields=HOST + b"X: " + b"a" * 17_000 + b"\r\n")),
]


@pytest.mark.parametrize(("status", "raw"), REFUSED, ids=range(len(REFUSED)))
def test_what_could_be_read_in_two_ways_is_refused(status: int, raw: bytes) -> None:
    """A request that a proxy and we could split differently would let one visitor answer another."""
    with pytest.raises(BadRequest) as refused:
        parse_head(raw)
    assert refused.value.status == status


def test_plain_requests_pass() -> None:
    """The usual ones, in the spellings that clients use."""
    raw = b"GET /a%20b?x=1&y HTTP/1.1\r\nhOsT: A.test:8080\r\nX-Empty:\r\nX-Spaces:  \t v \r\nConnection: keep-alive"
    found = parse_head(raw)
    assert (found.method, found.path, found.query, found.keep_alive) == (b"GET", b"/a%20b", b"x=1&y", True)
    assert found.headers == (
        (b"host", b"A.test:8080"),
        (b"x-empty", b""),
        (b"x-spaces", b"v"),
        (b"connection", b"keep-alive"),
    )
    assert parse_head(head(b"GET http://a.test/x HTTP/1.1")).path == b"/x"
    assert parse_head(head(b"HEAD / HTTP/1.0")).keep_alive is False
    assert parse_head(head(fields=HOST + b"Connection: x, Close\r\n")).keep_alive is False
    assert parse_head(head(b"POST / HTTP/1.1", HOST + b"Content-Length: 12\r\n")).body_bytes == 12


def h11_reads(raw: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Method, target and Host as h11 sees them; None for what it refuses."""
    connection = h11.Connection(h11.SERVER)
    try:
        connection.receive_data(raw + b"\r\n\r\n")
        event = connection.next_event()
    except h11.RemoteProtocolError:
        return None
    if not isinstance(event, h11.Request):
        return None
    return event.method, event.target, dict(event.headers).get(b"host", b"")


@given(
    st.sampled_from([b"GET", b"HEAD", b"POST", b"get", b"G T"]),
    st.binary(max_size=12).map(lambda tail: b"/" + tail),
    st.lists(
        st.tuples(
            st.sampled_from([b"Host", b"host", b"X", b"X-Y", b"Content-Length", b" Z"]),
            st.sampled_from([b": ", b":", b" : "]),
            st.sampled_from([b"a.test", b"0", b"", b"a\nb", b"a\x00"]),
        ),
        max_size=4,
    ),
)
def test_what_we_accept_another_parser_reads_the_same(
    method: bytes, target: bytes, fields: list[tuple[bytes, bytes, bytes]]
) -> None:
    """Strictness must be a subset: nothing that we take may mean something else elsewhere."""
    raw = b"\r\n".join([method + b" " + target + b" HTTP/1.1", *(b"".join(field) for field in fields)])
    try:
        ours: Head = parse_head(raw)
    except BadRequest:
        return
    query = b"?" + ours.query if b"?" in target else b""
    host = dict(ours.headers)[b"host"]
    assert h11_reads(raw) == (ours.method, ours.path + query, host)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """Garbage costs its sender an answer, never us a crash."""
    status = 200
    try:
        parse_head(raw)
    except BadRequest as bad:
        status = bad.status
    assert status in {200, 400, 405, 413, 414, 431}
