"""The last check of a destination before its bytes may reach a `Location` header.

Control parses URLs by the WHATWG rules when they are written. This is the second, independent
check that the edge makes when it applies a record: whatever reached the bus, no header can be
split and no script scheme can leave.
"""

import re

from waypost.wire.limits import TARGET_BYTES_MAX

# RFC 3986 clause 2: a URI is made of printable ASCII. RFC 9110 clause 5.5: no CR, LF or NUL.
_PRINTABLE = re.compile(rb"[\x21-\x7e]+\Z")
_SCHEME = re.compile(rb"([a-z][a-z0-9+.-]*):")
_FORBIDDEN_SCHEMES = frozenset(
    {b"javascript", b"data", b"vbscript", b"file", b"blob", b"about", b"view-source"}
)
_HTTP = re.compile(rb"https?://[^/?#@]+(?:[/?#]|\Z)")


def is_safe(target: bytes) -> bool:
    """True when the bytes may be sent as a `Location`: canonical, bounded, no script scheme.

    http(s) targets need a host and carry no user information. Other schemes (mailto, tel, app
    links) pass unless they are known to run script or read local files.
    """
    if len(target) > TARGET_BYTES_MAX or not _PRINTABLE.match(target):
        return False
    scheme = _SCHEME.match(target)
    if scheme is None:
        return False
    if scheme[1] in (b"http", b"https"):
        return _HTTP.match(target) is not None
    return scheme[1] not in _FORBIDDEN_SCHEMES
