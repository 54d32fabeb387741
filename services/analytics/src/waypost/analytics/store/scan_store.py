"""What a scan store must offer: the one seam between the service and an engine.

Two implementations, the same test suite. Reports ask through `reader`; everything else is here.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from waypost.analytics.reports.reader import Reader
from waypost.analytics.store.commit import Commit, StoreState
from waypost.analytics.store.outbox import Leaving
from waypost.analytics.store.settling import Prepared
from waypost.analytics.store.totals import ChangedTotals, Page
from waypost.analytics.verdict import Judge
from waypost.wire.upkeep import Watch


class ScanStore(Protocol):
    """Used by one thread at a time, but for what says otherwise. Whatever writes raises StoreTrouble when it
    should be tried again later."""

    def close(self) -> None:
        """Write everything and let go of it."""

    def state(self) -> StoreState:
        """Where this store stands."""

    def apply(self, commit: Commit) -> None:
        """Make a commit true. Nothing of it counts when this raises: StoreTrouble, or an error of the engine
        when its content cannot be stored."""

    def reader(self) -> AbstractContextManager[Reader]:
        """A conversation for one question; from any thread."""

    def counts(self) -> tuple[int, int]:
        """Scans stored and things quarantined; from any thread."""

    def open_days(self, now_ms: int) -> list[int]:
        """Days that are over and not counted for good."""

    def prepare_day(self, day: int) -> Prepared:
        """Count a day; from any thread."""

    def finish_day(self, prepared: Prepared) -> bool:
        """Store a day's figures; False when scans of it came meanwhile."""

    def order_block(self) -> bool:
        """Put some scans into the order of questions; False when none waits."""

    def waiting_events(self) -> list[Leaving]:
        """Events to be published, oldest first."""

    def forget_events(self, up_to: int) -> None:
        """They were published."""

    def unannounced(self) -> Page | None:
        """The first page of totals that changed since they were announced; None when all were."""

    def changed_totals(self, page: Page) -> ChangedTotals:
        """One page of changed totals."""

    def mark_announced(self, page: Page) -> None:
        """Remember that everything up to this page's commit was announced, unless all was asked for since."""

    def forget_announced(self) -> None:
        """Announce every total again."""

    def add_conversion(self, workspace_id: bytes, values: Sequence[Any]) -> None:
        """Store a conversion; `values` in the order of `reports.conversions.FIELDS`, without its id."""

    def set_retention(self, workspace_id: bytes, days: int) -> None:
        """How long a workspace keeps raw scans; 0 for ever."""

    def set_watch(self, watch: Watch) -> None:
        """Whose scans are announced one by one."""

    def set_thresholds(self, workspace_id: bytes, link_id: bytes, counts: Sequence[int]) -> None:
        """The counts that are announced when a link passes them; of a workspace when `link_id` is empty."""

    def erase_link(self, workspace: int, link: int) -> int:
        """Forget a link: scans, rollups, sketches, conversions; its totals become zero and are announced.
        Returns how many scans are gone."""

    def erase_visitor(self, workspace: int, visitor: int) -> int:
        """Cut the tie between a visitor and their scans; the counts stay. Returns how many scans had it."""

    def reclassify(self, judge: Judge) -> int:
        """Judge every stored scan again and count anew; returns how many verdicts or reasons changed."""

    def rebuild(self, *, repair: bool, always: bool = False) -> int:
        """Compare the rollups with the scans; returns how many rows differ. `repair` puts them right;
        `always` makes them anew whatever was found."""

    def forget_old(self, now_ms: int) -> int:
        """Delete scans that their workspaces no longer keep; returns how many."""
