"""Scans into the spool: who came is hashed, what is known of the visit is put together.

No address gets further than this: what is kept of it is a hash under the salt of the day.
"""

from collections.abc import Callable, Collection

from waypost.facts.place import Place
from waypost.facts.visitor import VisitorIds
from waypost.redirect import scan_parts
from waypost.redirect.client import Client
from waypost.redirect.day_salts import DaySalts
from waypost.redirect.limits import READY_DOMAINS_MAX
from waypost.redirect.withhold import withhold_encoded


class Recorder:
    """Writes scans, through `append`. Single-threaded; one per worker."""

    def __init__(self, salts: DaySalts, append: Callable[[bytes], object], *, honour_dnt: bool) -> None:
        self._salts = salts
        self.append = append
        self._honour_dnt = honour_dnt
        self._at_ms = -1
        self.start = b""
        """How scans of the instant begin."""
        self.salt = b""
        """The salt of the instant; another object when it is another one."""
        self._ids: dict[bytes, VisitorIds] = {}

    def set_clock(self, now_ms: int) -> None:
        """Say when the scans happen that follow."""
        if now_ms == self._at_ms:
            return
        self._at_ms = now_ms
        self.start = scan_parts.start(now_ms)
        salt = self._salts.of(now_ms)
        if salt is not self.salt:
            self.salt = salt
            self._ids = {}

    def visitor_ids(self, domain_id: bytes) -> VisitorIds:
        """What makes the visitor ids of a domain, now."""
        ids = self._ids.get(domain_id)
        if ids is None:
            if len(self._ids) >= READY_DOMAINS_MAX:
                self._ids = {}
            ids = self._ids[domain_id] = VisitorIds(self.salt, domain_id)
        return ids

    def tells_apart(self, client: Client) -> bool:
        """Whether this client's scans may carry a visitor id."""
        return not (client.headers.opted_out and self._honour_dnt)

    def record(
        self,
        ids: bytes,
        visitor: tuple[bytes, str] | None,
        client: Client,
        kind: bytes,
        place: Place,
        end: bytes,
        withheld: Collection[str] = (),
    ) -> None:
        """Write one scan without the signals that its workspace withholds. `visitor` is domain and address,
        None for one who is not told apart by the link."""
        if visitor is None or not self.tells_apart(client):
            who = scan_parts.NO_VISITOR
        else:
            domain_id, address = visitor
            raw = address.encode("utf-8", "surrogatepass")
            who = scan_parts.VISITOR + self.visitor_ids(domain_id).of(raw, client.visitor_part)
        scan = b"".join(
            (
                self.start,
                ids,
                who,
                client.scan_agent,
                kind,
                scan_parts.place(place),
                client.scan_origin,
                end,
            )
        )
        self.append(withhold_encoded(scan, withheld) if withheld else scan)
