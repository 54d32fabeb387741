"""xQR's success envelope: `{data, meta: {request_id, rate_limit}}`, with the page in the meta of lists."""

from collections.abc import Callable
from typing import Annotated, Generic, TypeVar, cast

from litestar.params import QueryParameter
from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.base.rates import Verdict
from waypost.control.dialects.xqr import limits
from waypost.control.dialects.xqr.plans import BURST, MONTH
from waypost.control.model.page import Page
from waypost.control.surface.call import Call, request_id

DataT = TypeVar("DataT")
ItemT = TypeVar("ItemT")

Limit = Annotated[int, QueryParameter(ge=1, le=limits.PAGE_ITEMS_MAX, description="Items on the page.")]
Offset = Annotated[int, QueryParameter(ge=0, le=limits.OFFSET_MAX, description="Items to skip.")]


class RateLimit(Struct, frozen=True, kw_only=True):
    """The monthly counter, `reset` in Unix seconds, and beside it the bucket of this second."""

    limit: int
    remaining: int
    reset: int
    burst_limit: int
    burst_remaining: int


class Meta(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stands beside the data. The three page members are on lists only."""

    request_id: str
    rate_limit: RateLimit
    total: int | UnsetType = UNSET
    limit: int | UnsetType = UNSET
    offset: int | UnsetType = UNSET
    batch_id: str | UnsetType = UNSET


class Envelope(Struct, Generic[DataT], frozen=True):
    """A success."""

    data: DataT
    meta: Meta


def wrap(call: Call, data: DataT) -> Envelope[DataT]:
    """One resource in its envelope."""
    return Envelope(data, _meta(call))


def wrapping(call: Call, render: Callable[[ItemT], DataT]) -> Callable[[ItemT], Envelope[DataT]]:
    """A renderer that also wraps."""
    return lambda item: wrap(call, render(item))


def wrap_page(
    call: Call, page: Page[ItemT], render: Callable[[ItemT], DataT], limit: int, offset: int
) -> Envelope[list[DataT]]:
    """A page of a list in its envelope. The page must know its total."""
    meta = _meta(call, total=page.total or 0, limit=limit, offset=offset)
    return Envelope([render(item) for item in page.items], meta)


def wrap_batch(call: Call, data: DataT, batch_id: str) -> Envelope[DataT]:
    """The answer of a bulk operation."""
    return Envelope(data, _meta(call, batch_id=batch_id))


def _meta(
    call: Call,
    *,
    total: int | UnsetType = UNSET,
    limit: int | UnsetType = UNSET,
    offset: int | UnsetType = UNSET,
    batch_id: str | UnsetType = UNSET,
) -> Meta:
    verdict = cast("Verdict", call.request.scope["state"]["rate_verdict"])
    month, burst = verdict.of(MONTH), verdict.of(BURST)
    assert month is not None, "every caller of this dialect has a monthly policy"
    assert burst is not None, "every caller of this dialect has a burst policy"
    return Meta(
        request_id=request_id(call.request.scope),
        rate_limit=RateLimit(
            limit=month.policy.limit,
            remaining=month.remaining,
            reset=month.reset_ms // 1000,
            burst_limit=burst.policy.limit,
            burst_remaining=burst.remaining,
        ),
        total=total,
        limit=limit,
        offset=offset,
        batch_id=batch_id,
    )
