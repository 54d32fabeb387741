"""Operations that are on their way out: what their answers say so that nobody is surprised. Pure.

An operation is declared so where it is written: `@get(…, retired=Retired(…))`. Each of its answers, failures
too, then has `Deprecation` (RFC 9745), and as they are known `Sunset` (RFC 8594) and a `Link` to what takes its
place; the OpenAPI document calls it deprecated.
"""

from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime

from msgspec import Struct


class Retired(Struct, frozen=True):
    """Since when an operation is deprecated, when it ends, and the address of its successor. Times in UTC."""

    since: datetime
    until: datetime | None = None
    successor: str = ""

    def headers(self) -> Iterator[tuple[str, str]]:
        """What each answer says."""
        yield "Deprecation", f"@{int(self.since.timestamp())}"
        if self.until is not None:
            yield "Sunset", format_datetime(self.until, usegmt=True)
        if self.successor:
            yield "Link", f'<{self.successor}>; rel="successor-version"'
