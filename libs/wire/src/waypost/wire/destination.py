"""The last check of a destination before its bytes may reach a `Location` header.

Control parses URLs by the WHATWG rules when they are written. This is the second, independent
check that the edge makes when it applies a record: whatever reached the bus, no header can be
split and no script scheme can leave.
"""

import re

from waypost.wire.limits import TARGET_BYTES_MAX

# RFC 3986 clause 2: a URI is made of printable ASCII. RFC 9110 clause 5.5: no CR, LF or NUL.
_PRINTABLE = re.compile(rb"[!-~]+")
_WEB = re.compile(rb"https?://[!-\"$-.0->A-~]+(?:[/?#][!-~]*)?")
"""http(s) with a host, all in printable ASCII; `@` before the first of `/?#` would be user information."""

_SCHEME = re.compile(rb"([a-z][a-z0-9+.-]*):")
_FORBIDDEN_SCHEMES = frozenset(
    {b"javascript", b"data", b"vbscript", b"file", b"blob", b"about", b"view-source"}
)
_WEB_SCHEMES = frozenset({b"http", b"https"})


def is_safe(target: bytes) -> bool:
    """True when the bytes may be sent as a `Location`: canonical, bounded, no script scheme.

    http(s) targets need a host and carry no user information. Other schemes (mailto, tel, app
    links) pass unless they are known to run script or read local files.
    """
    if len(target) > TARGET_BYTES_MAX:
        return False
    if _WEB.fullmatch(target):
        return True
    scheme = _SCHEME.match(target)
    if scheme is None or scheme[1] in _WEB_SCHEMES or scheme[1] in _FORBIDDEN_SCHEMES:
        return False
    return _PRINTABLE.fullmatch(target) is not None
