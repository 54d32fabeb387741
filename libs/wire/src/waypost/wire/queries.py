"""Questions control asks analytics over request/reply, and their answers.

A request is one member of `Query`, tagged by `kind`; the reply is `Reply`.
"""

from msgspec import Raw, Struct


class LinkTotalsQuery(Struct, frozen=True, tag="link_totals", tag_field="kind"):
    """Totals of some links, answered by a list of LinkTotalsV1. At most QUERY_LINK_IDS_MAX ids; unknown
    links are left out of the answer."""

    link_ids: tuple[bytes, ...]


class SummaryQuery(Struct, frozen=True, tag="summary", tag_field="kind"):
    """Counts of one workspace in [from_ms, to_ms), whole hours; of all its links when none are named."""

    workspace_id: bytes
    from_ms: int
    to_ms: int
    link_ids: tuple[bytes, ...] = ()


class SummaryAnswer(Struct, frozen=True):
    """What a summary says. Unique visitors are counted per UTC day and added up; bots are in `total`
    and `bot` only."""

    total: int
    human: int
    unique: int
    bot: int
    qr: int
    links: int
    """Links that had at least one scan in the period."""


class StatusQuery(Struct, frozen=True, tag="status", tag_field="kind"):
    """How the service is doing."""


class HeldSpool(Struct, frozen=True):
    """Scans [expected, found) of a spool are missing; it is not counted further until they come."""

    node: str
    epoch: int
    expected: int
    found: int


class StatusAnswer(Struct, frozen=True):
    """`stream_seq` is how far the stream of scans was read; `behind` how many messages wait in it."""

    scans: int
    stream_seq: int
    behind: int
    quarantined: int
    held: tuple[HeldSpool, ...]


class AcceptGapQuery(Struct, frozen=True, tag="accept_gap", tag_field="kind"):
    """An operator gives up the missing scans of a held spool. Answered by the HeldSpool that was freed."""

    node: str
    epoch: int


Query = LinkTotalsQuery | SummaryQuery | StatusQuery | AcceptGapQuery


class QueryError(Struct, frozen=True):
    """Why a question was not answered: a stable code, the field at fault, a sentence."""

    code: str
    message: str
    field: str = ""


_NIL = Raw(b"\xc0")


class Reply(Struct, frozen=True, omit_defaults=True):
    """`answer` holds the msgpack of the query's answer type; it is nil when `error` is set."""

    answer: Raw = _NIL
    error: QueryError | None = None
