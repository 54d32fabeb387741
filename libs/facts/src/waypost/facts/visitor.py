"""The visitor id. Pure: salts, times and identities are given.

Why so (reliability R39, §4.11): no raw address leaves the process; the id is keyed by a random salt that is
not derived from anything, so that once the salt is gone nobody, the operator included, can link an id to an
address again.
"""

from hashlib import blake2b

from waypost.facts.limits import VISITOR_ID_BYTES

_DAY_MS = 86_400_000


def visitor_id(salt: bytes, domain: bytes, ip: str, user_agent: str) -> bytes:
    """8 bytes of BLAKE2b (RFC 7693) keyed with the day's salt over domain, address and user agent.

    The same visitor has different ids on different days and on different domains. Fields are separated by
    NUL, which neither a host name nor an address can contain.
    """
    text = b"\x00".join(
        (domain, ip.encode("utf-8", "surrogatepass"), user_agent.encode("utf-8", "surrogatepass"))
    )
    return blake2b(text, digest_size=VISITOR_ID_BYTES, key=salt).digest()


class VisitorIds:
    """`visitor_id` for one salt and one domain, whose part of the work is done once."""

    def __init__(self, salt: bytes, domain: bytes) -> None:
        self._begun = blake2b(domain + b"\x00", digest_size=VISITOR_ID_BYTES, key=salt)

    def of(self, ip: bytes, agent_part: bytes) -> bytes:
        """The id of an address and `agent_part(user_agent)`, both encoded before."""
        hashing = self._begun.copy()
        hashing.update(ip + agent_part)
        return hashing.digest()


def agent_part(user_agent: str) -> bytes:
    """What a user agent adds to an id, for `VisitorIds.of`."""
    return b"\x00" + user_agent.encode("utf-8", "surrogatepass")


def utc_day(unix_ms: int) -> int:
    """Days since 1970-01-01 UTC of an instant."""
    return unix_ms // _DAY_MS
