"""Numbers of workspaces and links that questions named, kept so that the next question need not look them up."""

from collections.abc import Callable, Iterable, Sequence
from threading import Lock

from waypost.analytics.limits import NAMES_CACHED_MAX


class Names:
    """What a lookup found, for all readers. A number that was stored is never taken back or given to another
    name, so it need not be looked up again; a name without one is looked up each time, because its first scan
    may have come."""

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}
        self._lock = Lock()

    def numbers(
        self, names: Sequence[bytes], lookup: Callable[[Sequence[bytes]], Iterable[tuple[bytes, int]]]
    ) -> list[int]:
        """The numbers of those names that have one, each once."""
        known = self._known
        found = {name: known[name] for name in names if name in known}
        missing = [name for name in dict.fromkeys(names) if name not in found]
        if missing:
            fresh = dict(lookup(missing))
            found |= fresh
            with self._lock:
                if len(known) + len(fresh) > NAMES_CACHED_MAX:
                    known = self._known = {}
                known.update(fresh)
        return list(found.values())
