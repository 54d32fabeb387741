"""So many tries in so long, counted over all workers of this host."""

from msgspec import Struct

from waypost.redirect.shared_table import SharedTable


class Window(Struct, frozen=True):
    """A fixed window of `seconds` with room for `tries_max`; who tries once more waits for `pause_s`, else
    for the window's end. Times are Unix seconds."""

    seconds: int
    tries_max: int
    pause_s: int = 0

    def spend(self, table: SharedTable, name: bytes, now_s: int) -> int:
        """Count one try under a name; 0 when it may be made, else the seconds until the next may be.

        Call it inside the table's `locked`.
        """
        since_s, tries = table.get(name) or (now_s, 0)
        if now_s >= since_s + self.seconds:
            since_s, tries = now_s, 0
        if tries < self.tries_max:
            table.put(name, since_s, tries + 1)
            return 0
        if self.pause_s and tries == self.tries_max:
            # The first try too many starts the pause: the window is moved so that it ends with it.
            since_s = now_s + self.pause_s - self.seconds
            table.put(name, max(since_s, 0), tries + 1)
        return max(since_s + self.seconds - now_s, 1)
