"""Which scans of a batch are new: the next offset of every spool, and what is missing before it.

Pure. A spool is (node, epoch); its scans are numbered without gaps. The ledger, not the position in
the stream, decides what was applied: so reading any part of the stream again is harmless.
"""

from collections.abc import Mapping

from msgspec import Struct

Spool = tuple[str, int]
"""(node, epoch)"""


class Gap(Struct, frozen=True):
    """Offsets [expected, found) of a spool did not come; stream message `seq` showed it.

    The spool is held there. `held_stream` tells in which stream (by its creation time) `seq` counts.
    """

    node: str
    epoch: int
    expected: int
    found: int
    seq: int


class Placement(Struct, frozen=True):
    """What to do with a batch: take its scans behind the first `skip` and before `stop`; none
    when the spool is held."""

    skip: int
    stop: int
    gap: Gap | None = None


class Ledger:
    """The next offset of every spool and the gaps at which spools are held. Copied, then kept or dropped."""

    def __init__(self, next_offsets: Mapping[Spool, int], gaps: Mapping[Spool, Gap]) -> None:
        self.next_offsets = dict(next_offsets)
        self.gaps = dict(gaps)
        self.moved: set[Spool] = set()
        """Spools whose next offset changed since this ledger was made."""
        self.filled: list[Gap] = []
        """Gaps that were closed by the missing scans; what was held behind them must be read again."""

    def copy(self) -> "Ledger":
        """A ledger to try things on."""
        return Ledger(self.next_offsets, self.gaps)

    def place(
        self, node: str, epoch: int, first: int, count: int, seq: int, room: int | None = None
    ) -> Placement:
        """Take a batch of `count` scans from offset `first`, seen at stream sequence `seq`; at most `room` of
        them.

        Lower than expected: the part already applied is skipped. Equal: all of it is new. Higher:
        nothing of it is taken, and the placement names the gap.
        """
        spool = (node, epoch)
        expected = self.next_offsets.get(spool, 0)
        if first > expected:
            gap = self.gaps.get(spool)
            if gap is None or gap.expected != expected:
                gap = self.gaps[spool] = Gap(node, epoch, expected, first, seq)
            return Placement(count, count, gap)
        skip = min(expected - first, count)
        stop = count if room is None else min(count, skip + room)
        if skip < stop:
            self.next_offsets[spool] = first + stop
            self.moved.add(spool)
            if (gap := self.gaps.get(spool)) is not None:
                del self.gaps[spool]
                self.filled.append(gap)
        return Placement(skip, stop)

    def accept(self, node: str, epoch: int) -> Gap | None:
        """Give up the missing scans of a held spool: it goes on at the offset that was found."""
        gap = self.gaps.pop((node, epoch), None)
        if gap is not None:
            self.next_offsets[(node, epoch)] = gap.found
            self.moved.add((node, epoch))
        return gap
