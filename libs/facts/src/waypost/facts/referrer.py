"""`Referer` → the host it names, and nothing more. Pure."""

import re
from urllib.parse import urlsplit

from waypost.facts.limits import HOST_CHARACTERS_MAX, REFERRER_CHARACTERS_MAX

_SCHEMES = frozenset({"http", "https", "android-app", "ios-app"})
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")


def referrer_host(header: str) -> str:
    """The bare host of a referrer: lower case, IDNA form, without port, user, leading `www.` or trailing
    dot.

    Empty when there is none, when the scheme is not http(s) or an app's (`android-app://`), and when the
    host is an address: that could be a person's own, and no address is kept (reliability R39). Path and
    query are never kept.
    """
    if not header:
        return ""
    try:
        parts = urlsplit(header[:REFERRER_CHARACTERS_MAX].strip())
        host = parts.hostname or ""
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
    except ValueError:  # a broken bracket, or (UnicodeError is one) a label IDNA cannot hold
        return ""
    host = host.removesuffix(".").removeprefix("www.")
    if parts.scheme not in _SCHEMES or len(host) > HOST_CHARACTERS_MAX or not _HOST.fullmatch(host):
        return ""
    last_label = host.rpartition(".")[2]
    return "" if last_label[:1].isdigit() else host  # no top-level domain starts with a digit; addresses do
