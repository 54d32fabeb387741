"""Who writes a ClickHouse store now, and which commits are true: what stands in for transactions.

A store has one writer, and each writer a number of its own, its generation. To begin, it claims the next
generation; then it reads the newest commit and writes down where every earlier generation ended. Whatever
an earlier writer, its half-finished commit or a request of it that is still under way appends afterwards
lies behind that end, so no view ever shows it. And a writer believes in a commit only after it looked, once
the commit's row stood, that nobody claimed a newer generation: the earlier of two writers stops instead of
counting beside the later one.
"""

import time
from typing import Any

import pyarrow as pa
from msgspec import Struct, field

from waypost.analytics.store.clickhouse_schema import GENERATION_BITS, LOGS, VERSION
from waypost.analytics.store.clickhouse_server import Server
from waypost.analytics.store.commit import StoreUnfit

_TAKEN_OVER = "another process has taken over this ClickHouse database"
CLAIMS_MAX = 5
ENDS_KEPT = 64
"""Earlier writers whose end is looked at; what older ones left behind was deleted by those after them."""


class Standing(Struct, frozen=True):
    """The row of a commit: where the store stands once it is true."""

    commit: int = 0
    version: int = VERSION
    stream_created: str = ""
    stream_seq: int = 0
    next_id: int = 1
    announced: int = 0
    events_given: int = 0
    """The highest number of an event."""
    events_gone: int = 0
    """Events up to this one were published."""
    versions: dict[str, int] = {}
    """The commit that wrote each of `SNAPSHOTS` last."""
    ended: dict[int, int] = field(default_factory=lambda: {0: 0})
    """Earlier generation to its last true commit."""


class Writer:
    """A claim on a store, good until somebody claims it anew."""

    def __init__(self, server: Server, token: str, *, again: bool) -> None:
        """Claim the store and delete what earlier writers left unfinished. A process that claims it `again`
        must have been the last to do so; `token` tells its claims from others. Raises StoreUnfit, StoreTrouble."""
        self._server = server
        self.generation = self._claim(token, again)
        before = self._newest()
        ended = self._ends(before)
        self.standing = Standing(
            **{
                **{name: getattr(before, name) for name in Standing.__struct_fields__},
                "commit": self.generation << GENERATION_BITS,
                "ended": dict(sorted(ended.items())[-ENDS_KEPT:]),
            }
        )
        self.seal(self.standing)
        fresh = [generation for generation in ended if generation not in before.ended]
        self._delete_unfinished({generation: ended[generation] for generation in fresh})

    def seal(self, standing: Standing) -> None:
        """Make a commit true, when all of its rows are there. Raises StoreUnfit when another writer came."""
        numbers = pa.map_(pa.string(), pa.int64()), pa.map_(pa.int64(), pa.int64())
        row: dict[str, Any] = {
            name: pa.array([getattr(standing, name)]) for name in Standing.__struct_fields__[:-2]
        }
        row["versions"] = pa.array([list(standing.versions.items())], numbers[0])
        row["ended"] = pa.array([list(standing.ended.items())], numbers[1])
        self._server.put("commits", pa.table(row))
        newest = int(self._server.rows("SELECT max(generation) FROM writers")[0][0])
        if newest != self.generation:
            raise StoreUnfit(_TAKEN_OVER)
        self.standing = standing

    def _claim(self, token: str, again: bool) -> int:
        for _ in range(CLAIMS_MAX):
            newest = self._server.rows(
                "SELECT generation, token FROM writers ORDER BY generation DESC LIMIT 1"
            )
            if again and newest[0][1] != token:
                raise StoreUnfit(_TAKEN_OVER)
            generation = int(newest[0][0]) + 1 if newest else 1
            claim = {
                "generation": pa.array([generation], pa.int64()),
                "token": [token],
                "at_ms": pa.array([int(time.time() * 1000)], pa.int64()),
            }
            self._server.put("writers", pa.table(claim))
            claims = self._server.rows(f"SELECT count() FROM writers WHERE generation >= {generation}")[0][0]
            if claims == 1:
                return generation
            # Somebody claimed at the same moment, or a claim of a dead process came late: the next one decides.
        raise StoreUnfit("other processes open this ClickHouse database at this moment")

    def _newest(self) -> Standing:
        fields = Standing.__struct_fields__
        rows = self._server.rows(f"SELECT {', '.join(fields)} FROM commits ORDER BY commit DESC LIMIT 1")
        if not rows:
            return Standing()
        values = dict(zip(fields, rows[0], strict=True))
        if values["version"] != VERSION:
            raise StoreUnfit(f"the scan store has version {values['version']}, this program reads {VERSION}")
        return Standing(**{**values, "versions": dict(values["versions"]), "ended": dict(values["ended"])})

    def _ends(self, before: Standing) -> dict[int, int]:
        """Where each earlier generation ended: as it was written down, else its newest commit."""
        newest = self._server.rows(
            f"SELECT bitShiftRight(commit, {GENERATION_BITS}) AS generation, max(commit) FROM commits"
            " GROUP BY generation"
        )
        claimed = self._server.rows(f"SELECT generation FROM writers WHERE generation < {self.generation}")
        nothing = {generation: (generation << GENERATION_BITS) - 1 for (generation,) in claimed}
        known = {generation: commit for generation, commit in newest if generation < self.generation}
        return {**nothing, **known, **before.ended}

    def _delete_unfinished(self, ended: dict[int, int]) -> None:
        behind = " OR ".join(
            f"(commit > {last} AND commit < {(generation + 1) << GENERATION_BITS})"
            for generation, last in ended.items()
        )
        if not behind:
            return
        counts = " UNION ALL ".join(f"SELECT '{log}', count() FROM {log} WHERE {behind}" for log in LOGS)
        for log, count in self._server.rows(counts):
            if count:
                self._server.run(f"ALTER TABLE {log} DELETE WHERE {behind}")
