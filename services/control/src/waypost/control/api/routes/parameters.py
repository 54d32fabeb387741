"""The parameters that many operations share."""

from typing import Annotated, Any

from litestar.params import PathParameter, QueryParameter

from waypost.control import limits
from waypost.control.model.page import PageRequest

Id = Annotated[str, PathParameter(description="The resource's id.", max_length=64)]
Limit = Annotated[int, QueryParameter(ge=1, le=limits.PAGE_ITEMS_MAX, description="Items on a page.")]
Cursor = Annotated[str, QueryParameter(max_length=4000, description="`next_cursor` of the page before.")]


def page_request(limit: int, cursor: str) -> PageRequest:
    """The page that the shared parameters ask for."""
    return PageRequest(limit=limit, after=cursor)


def nothing(_result: Any) -> None:
    """The body of 204."""
    return
