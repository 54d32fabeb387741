"""The dimensions by which scans are broken down and filtered: how each reads a row, and its values' names."""

import re

from msgspec import Struct

from waypost.analytics.reports.refusal import Refused
from waypost.analytics.verdict import HUMAN, VERDICTS
from waypost.wire.scan import Outcome

_HEXADECIMAL = re.compile(r"[0-9a-f]{16}\Z")
LINK = "link"
OUTCOMES = tuple(outcome.name.lower() for outcome in Outcome)
SOURCES = ("link", "qr")
VISITS = ("first", "returning", "unknown")
"""A person's first scan of a link on a day, a repeated one, and one by somebody not told apart, as robots are not."""

REASON = f"CASE WHEN verdict = {HUMAN} AND visitor <> 0 AND NOT first THEN 'duplicate' ELSE reason END"
"""Why a scan has its verdict. That of a repeated visit is derived: whether it is one hangs on the others of its
day, and it stays human whatever is known later."""


class Dimension(Struct, frozen=True):
    """`sql` reads a row; `names` turns a stored number into its word; `of_agent` when the table of user
    agents is needed; `is_hexadecimal` when a stored number is written with 16 digits; `is_code` when its
    values are in capitals, however somebody writes them; `join` when another table is needed, which may give a scan
    several rows and has text parameters of its own."""

    sql: str
    names: tuple[str, ...] = ()
    of_agent: bool = False
    is_hexadecimal: bool = False
    is_code: bool = False
    join: str = ""
    texts: dict[str, str] = {}

    @property
    def is_number(self) -> bool:
        """Whether values are stored as numbers."""
        return bool(self.names) or self.is_hexadecimal

    def shown(self, value: object) -> str:
        """A stored value as people read it."""
        if self.is_hexadecimal:
            return f"{int(str(value)):016x}" if value else ""
        return self.names[int(str(value))] if self.names else str(value)

    def stored(self, name: str) -> str:
        """A value that a person wrote, as it is stored. Raises Refused for a word that is no value."""
        if self.is_hexadecimal:
            if not _HEXADECIMAL.match(name):
                raise Refused("bad_value", f"{name!r} is not 16 hexadecimal digits", "filter")
            return str(int(name, 16))
        if not self.names:
            return name.upper() if self.is_code else name
        if name not in self.names:
            raise Refused("bad_value", f"{name!r} is none of {', '.join(self.names)}", "filter")
        return str(self.names.index(name))


def _agent(name: str) -> Dimension:
    return Dimension(name, of_agent=True)


_PLAIN = (
    "domain", "region", "city", "language", "referrer", "method",
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
)  # fmt: skip
_CODES = ("country", "continent")
_AGENT = ("device", "os", "os_version", "browser", "browser_version", "brand", "robot")
DIMENSIONS: dict[str, Dimension] = {
    LINK: Dimension("link"),
    "rule": Dimension("rule_id"),
    "variant": Dimension("variant_id"),
    "source": Dimension("source", SOURCES),
    "outcome": Dimension("outcome", OUTCOMES),
    "item": Dimension("detail"),
    "visitor": Dimension("visitor", is_hexadecimal=True),
    "click": Dimension("lower(hex(click_id))"),
    "verdict": Dimension("verdict", VERDICTS),
    "reason": Dimension(REASON),
    "visit": Dimension(
        f"CASE WHEN visitor = 0 OR verdict <> {HUMAN} THEN 2 WHEN first THEN 0 ELSE 1 END", VISITS
    ),
    **{name: Dimension(name) for name in _PLAIN},
    **{name: Dimension(name, is_code=True) for name in _CODES},
    **{name: _agent(name) for name in _AGENT},
}
"""Besides these there are `hour_of_day` and `weekday`, which need a zone: see scope."""


def dimension(name: str, field: str) -> Dimension:
    """The dimension of a name. Raises Refused."""
    found = DIMENSIONS.get(name)
    if found is None:
        raise Refused("bad_dimension", f"there is no dimension {name!r}", field)
    return found
