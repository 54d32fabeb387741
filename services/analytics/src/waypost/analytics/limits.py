"""Every bound of the analytics service, in one place."""

from waypost.wire.limits import SCANS_PER_BATCH_MAX

COMMIT_SCANS_MAX = 122_880
"""Scans of one transaction: whole row groups of DuckDB, which are then written once and never again. With any
other number it rewrites the part of a row group that the last transaction left."""

COMMIT_MESSAGES_MAX = -(-COMMIT_SCANS_MAX // SCANS_PER_BATCH_MAX)
"""Messages that fill a commit."""

COMMIT_BYTES_MAX = 64 * 1024 * 1024
"""Undecoded bytes of one transaction, for scans that are longer than usual."""

COMMIT_AGE_S = 0.4
"""How long a scan may wait for others before it is committed."""

FETCH_MESSAGES = 128
"""Stream messages asked for at once."""

POISON_FAILURES = 5
"""How often a message may fail to be stored before it is set aside."""

RETRY_WAIT_S = 0.5
RETRY_WAIT_MAX_S = 10.0
"""Pause between attempts while the broker or the disk is away; doubles up to the second."""

AT_MS_MIN = 946_684_800_000
AT_MS_MAX = 4_102_444_800_000
"""2000-01-01 to 2100-01-01: a scan outside came from a clock that cannot be believed."""

CLICK_ID_BYTES_MAX = 64
QUARANTINE_REASON_CHARACTERS_MAX = 300
REGISTRY_CACHED_MAX = 200_000
"""Links (and user agents) whose number is kept in memory; others are looked up."""

NAMES_CACHED_MAX = 50_000
"""Workspaces, and links, whose number is kept in memory for questions."""

TOTALS_EVERY_S = 1.0
QUERIES_AT_ONCE_MAX = 4
"""Questions answered side by side; others wait at the broker, where their asker's timeout bounds them."""

VERDICTS_CACHED_MAX = 100_000

SCANS_STREAM_AGE_S = 14 * 86_400
TOTALS_STREAM_AGE_S = 86_400
TOTALS_STREAM_BYTES_MAX = 64 * 1024**2
"""Totals are absolute and can be asked for again, so their stream may forget."""

TALLIED_SCANS_MAX = 100_000
"""Scans of links that are counted in memory, a few megabytes; more of them the store groups itself."""

KEPT_LINKS_BYTES_MAX = 8 * 1024**2
"""Memory for the scans of links that were asked about last: half a dozen links with 40,000 scans each."""

KEPT_LINKS_BEHIND_MAX = 122_880
"""Scans that may have been stored since those of a link were read; then they are read anew."""

EXPORT_WINDOW_ROWS = 40_960
WINDOW_SLICES_MAX = 65_536
"""Slices of ids in which scans are counted before they are exported."""

EXPORTS_AT_ONCE_MAX = 4
EXPORT_WINDOWS_AT_ONCE_MAX = 2
"""Windows of exports that are made side by side, and of one export, before their lines are asked for."""

EXPORT_BYTES_MAX = 400 * 1024
"""One chunk of an export, below the broker's 512 KiB."""

SETTLE_AFTER_MS = 2 * 3_600_000
"""How long after its end a day is counted for good; later scans open it again."""

SETTLE_EVERY_S = 30.0
ORDER_EVERY_S = 5.0
"""Pause between two blocks of scans that are put in order; each takes the writer for a part of a second."""

ORDER_PAUSES_MAX = 12
"""Pauses after which a block is put in order even while many scans wait."""

UPKEEP_EVERY_S = 3_600.0
OUTBOX_ROWS_MAX = 100_000
"""Events that may wait while the broker takes none; what comes then is not announced."""

OUTBOX_ROUND = 500
OUTBOX_EVERY_S = 0.5
THRESHOLD_EVENTS_PER_COMMIT_MAX = 2_000

COLLECTOR_THRESHOLDS = (200_000, 50, 100)
"""Allocations before Python looks for cycles, and how often older generations are looked at. A commit makes
millions of objects that form none; looking through them again and again cost a quarter of counting."""

CLICKHOUSE_CONNECT_TIMEOUT_S = 5
CLICKHOUSE_TIMEOUT_S = 300
"""The longest silence of a ClickHouse server that is waited for."""

CLICKHOUSE_SWEEP_ROWS = 2_000_000
"""Rows of totals that are appended before those which newer ones replaced are deleted."""
