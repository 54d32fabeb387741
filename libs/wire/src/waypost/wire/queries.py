"""Questions control asks analytics over request/reply, and their answers.

A request is one member of `Query`, tagged by `kind`; the reply is `Reply`.
"""

from msgspec import Raw, Struct


class LinkTotalsQuery(Struct, frozen=True, tag="link_totals", tag_field="kind"):
    """Totals of some links. At most QUERY_LINK_IDS_MAX ids; unknown links are left out of the answer."""

    link_ids: tuple[bytes, ...]


class SummaryQuery(Struct, frozen=True, tag="summary", tag_field="kind"):
    """Counts of one workspace in [from_ms, to_ms), whole hours."""

    workspace_id: bytes
    from_ms: int
    to_ms: int
    link_ids: tuple[bytes, ...] = ()


class SummaryAnswer(Struct, frozen=True):
    """What a summary says. Unique visitors are counted per day and added up."""

    total: int
    human: int
    unique: int
    bot: int
    qr: int
    links: int
    """Links that had at least one scan in the period."""


Query = LinkTotalsQuery | SummaryQuery


class QueryError(Struct, frozen=True):
    """Why a question was not answered: a stable code, the field at fault, a sentence."""

    code: str
    message: str
    field: str = ""


class Reply(Struct, frozen=True, omit_defaults=True):
    """Exactly one of the two is set. `answer` holds the msgpack of the query's answer type."""

    answer: Raw | None = None
    error: QueryError | None = None
