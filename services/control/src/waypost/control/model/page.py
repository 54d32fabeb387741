"""Pages of a list: what is asked for, and what comes back."""

from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct

from waypost.control import limits

ItemT = TypeVar("ItemT")
ViewT = TypeVar("ViewT")


class PageRequest(Struct, frozen=True, kw_only=True):
    """At most `limit` items behind `after`, an opaque cursor of the same list; `offset` skips more."""

    limit: int = limits.PAGE_ITEMS_DEFAULT
    after: str = ""
    offset: int = 0


class Page(Struct, Generic[ItemT], frozen=True):
    """Items in order, the cursor behind the last one (empty at the end), and the total when asked."""

    items: tuple[ItemT, ...]
    next_cursor: str = ""
    total: int | None = None

    def map(self, change: "Callable[[ItemT], ViewT]") -> "Page[ViewT]":
        """The same page with every item changed."""
        return Page(tuple(change(item) for item in self.items), self.next_cursor, self.total)
