"""From stream messages to one commit: order, judge, store. No clock, no broker: a step that can be replayed.

The ledger says which scans are new, so messages may come twice, overlap, or be read again from any
place of the stream.
"""

from collections.abc import Sequence

from msgspec import Struct

from waypost.analytics.columns import BadBatch, Batch, Columns, read_batches
from waypost.analytics.ledger import Gap, Ledger
from waypost.analytics.limits import (
    COMMIT_SCANS_MAX,
    POISON_FAILURES,
    QUARANTINE_REASON_CHARACTERS_MAX,
)
from waypost.analytics.store.commit import Commit, Cursor, Quarantined, StoreTrouble, StoreUnfit
from waypost.analytics.store.scan_store import ScanStore
from waypost.analytics.verdict import Judge
from waypost.runtime.logs import Log
from waypost.runtime.stream_reader import Message

_log = Log(__name__)


class Progress(Struct, frozen=True):
    """What a step did. `reread` asks for the stream from its start, because scans may stand there unread; the
    cursor that was stored says so too, so that nobody who goes on from it later can forget to."""

    applied: int
    cursor: Cursor
    reread: bool = False
    left: Sequence[Message] = ()
    """Messages for which there was no room in the commit, or not for all of their scans: the next one's."""


class Ingest:
    """Applies messages to the store, in order, each scan once."""

    def __init__(self, store: ScanStore, judge: Judge) -> None:
        self._store = store
        self._judge = judge
        self._failures: dict[int, int] = {}
        self._searched: set[Gap] = set()
        """Gaps for which the stream was read again already, without finding what is missing."""
        self.reload()
        for gap in self.gaps:
            _alarm(gap)

    def reload(self) -> None:
        """Go on where the store stands: after trouble only the store knows whether the last commit is true.
        Raises StoreTrouble."""
        state = self._store.state()
        self.cursor = state.cursor
        self._ledger = Ledger(state.next_offsets, state.gaps)

    @property
    def gaps(self) -> list[Gap]:
        """Where spools are held now."""
        return list(self._ledger.gaps.values())

    def apply(self, messages: Sequence[Message]) -> Progress:
        """Store the new scans of these messages, as many as one commit holds. Raises StoreTrouble when it
        should be tried again.

        A message that fails for a reason of its own is tried POISON_FAILURES times and then set aside
        with its bytes, so that it cannot stop all others.
        """
        try:
            return self._commit(messages)
        except (StoreTrouble, StoreUnfit):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a message provokes, it must not stop all others
            if len(messages) > 1:
                _log.warning("commit_split", messages=len(messages), error=repr(error))
                return self._one_by_one(messages)
            return self._failed(messages[0], error)

    def _one_by_one(self, messages: Sequence[Message]) -> Progress:
        """A commit for each message, until one asks for the stream from its start."""
        applied = 0
        for message in messages:
            step = self.apply([message])
            applied += step.applied
            if step.reread:
                break
        return Progress(applied, self.cursor, step.reread)

    def accept_gap(self, node: str, epoch: int) -> Gap | None:
        """An operator gives up the missing scans of a held spool; None when it is not held."""
        ledger = self._ledger.copy()
        gap = ledger.accept(node, epoch)
        if gap is None:
            return None
        start = self._start()  # what was held stands behind it
        self._store.apply(self._sealed(ledger, Columns(), [], start))
        self._ledger, self.cursor = ledger, start
        _log.warning("scan_gap_accepted", node=node, epoch=epoch, lost=gap.found - gap.expected)
        return gap

    def moved_to(self, cursor: Cursor) -> None:
        """Go on at another place of the stream, or in another stream."""
        self._store.apply(self._sealed(self._ledger.copy(), Columns(), [], cursor))
        self.cursor = cursor

    def _commit(self, messages: Sequence[Message]) -> Progress:
        ledger = self._ledger.copy()
        columns = Columns()
        quarantined: list[Quarantined] = []
        cursor, left = self.cursor, messages[:0]
        batches = read_batches([message.data for message in messages])
        for number, (message, batch) in enumerate(zip(messages, batches, strict=True)):
            if not self._take(message, batch, ledger, columns, quarantined):
                left = messages[number:]
                break
            cursor = Cursor(self.cursor.created, message.seq)
        new_gaps = [gap for spool, gap in ledger.gaps.items() if self._ledger.gaps.get(spool) != gap]
        unsearched = [gap for gap in new_gaps if gap not in self._searched]
        if unsearched or ledger.filled:
            cursor, left = self._start(), messages[:0]
        self._store.apply(self._sealed(ledger, columns, quarantined, cursor))
        self._ledger, self.cursor = ledger, cursor
        for bad in quarantined:
            _log.error(
                "scan_quarantined", node=bad.node, epoch=bad.epoch, offset=bad.offset, reason=bad.reason
            )
        for gap in new_gaps:
            _alarm(gap)
        self._searched.update(unsearched)
        return Progress(len(columns), cursor, bool(unsearched or ledger.filled), left)

    def _start(self) -> Cursor:
        """The start of the stream."""
        return Cursor(self.cursor.created, 0)

    def _take(
        self,
        message: Message,
        batch: Batch | BadBatch,
        ledger: Ledger,
        columns: Columns,
        quarantined: list[Quarantined],
    ) -> bool:
        """Take what is new of a message, as far as there is room; whether nothing of it is left."""
        if isinstance(batch, BadBatch):
            quarantined.append(_whole(message, f"not a batch of scans: {batch.reason}"))
            return True
        if batch.first < 0 or not batch.count:
            quarantined.append(_whole(message, "a batch must hold scans from an offset of 0 or more"))
            return True
        room = COMMIT_SCANS_MAX - len(columns)
        placement = ledger.place(batch.node, batch.epoch, batch.first, batch.count, message.seq, room)
        for position, bad in batch.bad.items():
            if placement.skip <= position < placement.stop:
                offset = batch.first + position
                quarantined.append(
                    Quarantined(message.seq, batch.node, batch.epoch, offset, bad.reason, bad.raw)
                )
        columns.add(batch.rows(placement.skip, placement.stop))
        return placement.stop == batch.count

    def _sealed(
        self, ledger: Ledger, columns: Columns, quarantined: list[Quarantined], cursor: Cursor
    ) -> Commit:
        scans = columns.table()
        return Commit(
            cursor=cursor,
            next_offsets={spool: ledger.next_offsets[spool] for spool in ledger.moved},
            gaps=ledger.gaps,
            scans=scans,
            judgement=self._judge.all(scans),
            quarantined=quarantined,
        )

    def _failed(self, message: Message, error: Exception) -> Progress:
        """Count a failure of one message; set it aside when it had its chances."""
        count = self._failures[message.seq] = self._failures.get(message.seq, 0) + 1
        if count < POISON_FAILURES:
            raise StoreTrouble(f"message {message.seq} failed {count} times: {error!r}") from error
        del self._failures[message.seq]
        ledger = self._ledger.copy()
        bad = _whole(message, repr(error))
        batch = read_batches([message.data])[0]
        if isinstance(batch, Batch):
            ledger.place(batch.node, batch.epoch, batch.first, batch.count, message.seq)
        cursor = self._start() if ledger.filled else Cursor(self.cursor.created, message.seq)
        self._store.apply(self._sealed(ledger, Columns(), [bad], cursor))
        self._ledger, self.cursor = ledger, cursor
        _log.error("batch_quarantined", seq=message.seq, reason=bad.reason)
        return Progress(0, cursor, bool(ledger.filled))


def _whole(message: Message, reason: str) -> Quarantined:
    return Quarantined(message.seq, "", 0, -1, reason[:QUARANTINE_REASON_CHARACTERS_MAX], message.data)


def _alarm(gap: Gap) -> None:
    _log.error(
        "scan_gap",
        node=gap.node,
        epoch=gap.epoch,
        expected=gap.expected,
        found=gap.found,
        seq=gap.seq,
        remedy=f"python -m waypost.analytics accept-gap {gap.node} {gap.epoch}",
    )
