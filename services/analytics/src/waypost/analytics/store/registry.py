"""Small numbers for long names: links, workspaces and user agents, given out by the one writer."""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from waypost.analytics.limits import REGISTRY_CACHED_MAX

NameT = TypeVar("NameT", bytes, str)


class Registry(Generic[NameT]):
    """Numbers of names, cached up to a bound. New ones are kept apart until their commit is true."""

    def __init__(
        self, lookup: Callable[[Sequence[NameT]], Iterable[tuple[NameT, int]]], highest: int
    ) -> None:
        self._lookup: Callable[[Sequence[NameT]], Iterable[tuple[NameT, int]]] = lookup
        self._numbers: dict[NameT, int] = {}
        self._highest = highest
        self._fresh: dict[NameT, int] = {}
        """Names whose number is not stored for good yet."""
        self._written = 0

    def numbers(self, names: Sequence[NameT]) -> list[int]:
        """One number for each name, in order."""
        known = self._numbers
        missing = list(set(names).difference(known))
        if missing:
            if len(known) + len(missing) > REGISTRY_CACHED_MAX:
                known.clear()
                known.update(self._fresh)
                missing = list(set(names).difference(known))
            known.update(self._lookup(missing))
            for name in missing:
                if name not in known:
                    self._highest += 1
                    known[name] = self._fresh[name] = self._highest
        return list(map(known.__getitem__, names))

    def unwritten(self) -> dict[NameT, int]:
        """Names that the running transaction has to write and did not yet."""
        found = dict(list(self._fresh.items())[self._written :])
        self._written = len(self._fresh)
        return found

    def keep(self) -> None:
        """The commit is true."""
        self._fresh.clear()
        self._written = 0

    def drop(self) -> None:
        """The commit failed: forget what it would have stored."""
        for name in self._fresh:
            self._numbers.pop(name, None)
        self._highest -= len(self._fresh)
        self._fresh.clear()
        self._written = 0
