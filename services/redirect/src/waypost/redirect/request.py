"""What a request says, cut out once. Pure.

`HeaderFacts` holds everything that depends on the header block alone: two requests with the same block
share it, which is what makes remembering blocks worth while.
"""

import re
from collections.abc import Iterable

from msgspec import Struct

from waypost.wire.limits import HOST_CHARACTERS_MAX, USER_AGENT_CHARACTERS_MAX

_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?\Z")
_COOKIE_CHARACTERS_MAX = 4096
_COOKIE_PATH = re.compile(rb"[!-+\--:<-~]+")


class BadRequest(Exception):
    """A request that is refused before it is looked at: the status, and one word saying why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class HeaderFacts(Struct, frozen=True):
    """What the edge reads of a header block, as text; empty when absent."""

    host: str
    """Lower case, without a port."""
    user_agent: str = ""
    accept_language: str = ""
    referer: str = ""
    country: str = ""
    """The configured country header's value; believed only from a trusted proxy."""
    cookie: str = ""
    sec_purpose: str = ""
    purpose: str = ""
    x_purpose: str = ""
    x_moz: str = ""
    sender: str = ""
    opted_out: bool = False
    """DNT or Sec-GPC was sent."""
    content_type: str = ""


_FIELDS = {
    b"user-agent": "user_agent",
    b"accept-language": "accept_language",
    b"referer": "referer",
    b"sec-purpose": "sec_purpose",
    b"purpose": "purpose",
    b"x-purpose": "x_purpose",
    b"x-moz": "x_moz",
    b"from": "sender",
    b"content-type": "content_type",
}


def read_headers(headers: Iterable[tuple[bytes, bytes]], country_header: bytes = b"") -> HeaderFacts:
    """Read a header block whose names are in lower case.

    Raises BadRequest when there is not exactly one valid Host (RFC 9112, clause 3.2).
    """
    values: dict[str, str] = {}
    hosts: list[bytes] = []
    opted_out = False
    for name, value in headers:
        if name == b"host":
            hosts.append(value)
        elif (field := _FIELDS.get(name)) is not None:
            values.setdefault(field, value.decode("utf-8", "replace"))
        elif name == b"cookie":
            text = value.decode("latin-1")
            values["cookie"] = f"{values['cookie']}; {text}" if "cookie" in values else text
        elif name in {b"dnt", b"sec-gpc"}:
            opted_out = opted_out or value.strip() == b"1"
        if country_header and name == country_header:
            values.setdefault("country", value.decode("latin-1"))
    if len(hosts) != 1:
        raise BadRequest(400, "host")
    values["user_agent"] = values.get("user_agent", "")[:USER_AGENT_CHARACTERS_MAX]
    values["cookie"] = values.get("cookie", "")[:_COOKIE_CHARACTERS_MAX]
    return HeaderFacts(host=read_host(hosts[0]), opted_out=opted_out, **values)


def forwarded_for(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """All X-Forwarded-For values, joined by commas in their order."""
    return b",".join(value for name, value in headers if name == b"x-forwarded-for").decode("latin-1")


def read_host(value: bytes) -> str:
    """The host of a Host field in lower case, without its port. Raises BadRequest when it is none."""
    text = value.decode("latin-1").lower()
    found = _HOST.match(text)
    if found is None or len(found[1]) > HOST_CHARACTERS_MAX:
        raise BadRequest(400, "host")
    return found[1].removesuffix(".")


def fits_cookie(path: bytes) -> bool:
    """Whether a path can be that of a cookie: printable, neither comma nor semicolon (RFC 6265, clause 4.1.1)."""
    return _COOKIE_PATH.fullmatch(path) is not None


def cookie(header: str, name: str) -> str:
    """The value of a cookie, "" when it is not there (RFC 6265, clause 5.4: the first one counts)."""
    for pair in header.split(";"):
        key, separator, value = pair.strip().partition("=")
        if separator and key == name:
            return value
    return ""
