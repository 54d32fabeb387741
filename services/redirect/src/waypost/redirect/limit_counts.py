"""Scans that control does not know yet, of limited links and of those whose rules ask for their scan count.

A link's record says how many scans all edges had counted when it was written. This adds those this host
has let through since, so that a limit holds at once here. Over several hosts it can be overshot by what
the others let through before their totals came back: about a second's worth.
"""

from waypost.redirect.shared_table import SharedTable


class LimitCounts:
    """Counts per link, over all workers of this host."""

    def __init__(self, table: SharedTable) -> None:
        self._table = table

    def left(self, link_id: bytes, limit: int, known: int) -> int:
        """How many scans the limit still allows; `known` is the record's own count."""
        return limit - known - self._since(link_id, known)

    def spend(self, link_id: bytes, limit: int, known: int) -> bool:
        """Count one scan; False, and nothing counted, when the limit does not allow it."""
        with self._table.locked():
            since = self._since(link_id, known)
            if known + since >= limit:
                return False
            self._table.put(link_id, known, since + 1)
            return True

    def known_here(self, link_id: bytes, known: int) -> int:
        """How many scans there were, as far as this host can tell."""
        return known + self._since(link_id, known)

    def count(self, link_id: bytes, known: int) -> int:
        """Count one scan of a link without a limit; how many there were before it."""
        with self._table.locked():
            since = self._since(link_id, known)
            self._table.put(link_id, known, since + 1)
            return known + since

    def _since(self, link_id: bytes, known: int) -> int:
        """Scans of ours that `known` does not hold yet: what it grew by is taken to be ours first."""
        pair = self._table.get(link_id)
        if pair is None:
            return 0
        known_then, since = pair
        return max(0, since - max(0, known - known_then))
