"""`include`: the parameter, and reading resources together with what they refer to."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Annotated, Generic, Literal, TypeVar

from litestar.params import QueryParameter
from msgspec import Struct

from waypost.control.api.schemas.includes import WithIncludedT, with_included
from waypost.control.core.includes import Beside, Include, References, beside
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call

ItemT = TypeVar("ItemT")
FoundT = TypeVar("FoundT")

_ONE = QueryParameter(
    max_items=1, description="What to send along in `included`. It needs the scope that reads it."
)
OfLink = Annotated[
    list[Literal["folder", "domain", "qr_design"]] | None,
    QueryParameter(
        max_items=3,
        description="What to send along in `included`. Repeat for more; each needs its own read scope.",
    ),
]
OfFolder = Annotated[list[Literal["parent"]] | None, _ONE]
ToDomain = Annotated[list[Literal["domain"]] | None, _ONE]
ToLink = Annotated[list[Literal["link"]] | None, _ONE]


class Show(Struct, Generic[ItemT, WithIncludedT], frozen=True):
    """How a kind of resource is shown with what it refers to."""

    kind: type[WithIncludedT]
    to_json: Callable[[ItemT], Struct]
    refers: Callable[[ItemT], References]

    async def one(
        self, call: Call, find: Callable[[Tx], Awaitable[ItemT]], include: Sequence[Include] | None
    ) -> tuple[ItemT, WithIncludedT]:
        """One that was found, and as JSON."""
        item, shown = await self.all(call, find, lambda found: (found,), include)
        return item, shown[0]

    async def all(
        self,
        call: Call,
        find: Callable[[Tx], Awaitable[FoundT]],
        items: Callable[[FoundT], Iterable[ItemT]],
        include: Sequence[Include] | None,
    ) -> tuple[FoundT, list[WithIncludedT]]:
        """What was found, and the items in it as JSON."""

        async def read(tx: Tx) -> tuple[FoundT, Beside]:
            found = await find(tx)
            references = [self.refers(item) for item in items(found)] if include else []
            return found, await beside(tx, call.actor, references, include or ())

        found, others = await call.read(read)
        place = call.control.database.installation
        return found, [
            with_included(self.kind, self.to_json(item), self.refers(item), others, place)
            for item in items(found)
        ]
