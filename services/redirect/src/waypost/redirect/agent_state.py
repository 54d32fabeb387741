"""What the agent knows of itself, as numbers and sentences for people and machines."""

from waypost.redirect.counters import Counters
from waypost.redirect.follower import Follower
from waypost.redirect.form_shipper import FormShipper
from waypost.redirect.limits import HEARTBEAT_LATE_AFTER_S
from waypost.redirect.replica_writer import ReplicaWriter
from waypost.redirect.shipper import Shipper


class AgentState:
    """A view on the follower, the shippers and the workers' counters; holds nothing of its own."""

    def __init__(
        self,
        follower: Follower,
        writer: ReplicaWriter,
        shippers: dict[int, Shipper],
        pages: dict[int, Counters],
        forms: FormShipper,
    ) -> None:
        self._follower = follower
        self._writer = writer
        self._shippers = shippers
        self._pages = pages
        self._forms = forms

    @property
    def epoch(self) -> str:
        """Epoch of the store, "" before the first."""
        applied = self._follower.applied
        return applied.epoch if applied else ""

    @property
    def ver(self) -> int:
        """Version of the store, -1 before the first."""
        applied = self._follower.applied
        return applied.ver if applied else -1

    @property
    def count(self) -> int:
        """Records in the store."""
        applied = self._follower.applied
        return applied.count if applied else 0

    @property
    def heartbeat_age_s(self) -> float:
        """Seconds since control was heard; -1 when it was not yet."""
        age = self._follower.heartbeat_age_s()
        return -1.0 if age is None else age

    @property
    def behind(self) -> int:
        """Changes this edge lacks; 0 when that is not known."""
        return self._follower.behind() or 0

    @property
    def resyncs(self) -> int:
        """Snapshots applied since the start."""
        return self._follower.resyncs

    @property
    def refused(self) -> int:
        """Records kept and not served, since the start."""
        return self._writer.refused

    @property
    def unshipped(self) -> int:
        """Scans of the workers' present spool epochs that the broker does not have."""
        total = 0
        for index, shipper in self._shippers.items():
            page = self._pages.get(index)
            if page is None:
                continue
            offset = page.get("spool_offset")
            same = page.get("spool_epoch") == shipper.position.epoch
            total += max(offset - shipper.position.offset, 0) if same else offset
        return total

    @property
    def spool_bytes(self) -> int:
        """Bytes of all spools."""
        return sum(shipper.spool_bytes for shipper in self._shippers.values())

    @property
    def bad_frames(self) -> int:
        """Scans the disk lost."""
        return sum(shipper.bad_frames for shipper in self._shippers.values())

    @property
    def form_answers_waiting(self) -> int:
        """Form answers that control does not have."""
        return self._forms.waiting

    def damaged(self) -> int:
        """Damaged values the workers have met, ever."""
        return sum(page.get("values_damaged") for page in self._pages.values())

    def problems(self) -> list[str]:
        """What is degraded, one sentence each; redirects go on meanwhile."""
        found = []
        if self.ver < 0:
            found.append("There are no links yet: the first snapshot has not arrived.")
        elif self._follower.trouble:
            found.append(f"Links are fetched anew: {self._follower.trouble}.")
        if self.heartbeat_age_s < 0 or self.heartbeat_age_s > HEARTBEAT_LATE_AFTER_S:
            found.append("Control is not heard: links may be out of date.")
        found += [f"Scans wait: {shipper.trouble}" for shipper in self._shippers.values() if shipper.trouble]
        if self._forms.trouble and self._forms.waiting:
            found.append(f"Form answers wait: {self._forms.trouble}")
        return found
