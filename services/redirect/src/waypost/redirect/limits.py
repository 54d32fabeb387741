"""Every bound at the edge, in one place: what a visitor, an operator's disk or the bus can make grow."""

SEGMENT_BYTES = 16 * 1024 * 1024
"""A spool segment is closed when it has grown this far."""

FRAME_PAYLOAD_BYTES_MAX = 8 * 1024
"""One encoded scan; its longest texts add up to about 3 KiB."""

RUN_SCANS_MAX = 64
RUN_SCANS_BYTES_MAX = 64 * 1024
"""Scans that one frame may hold, and so the most that a flipped bit can cost."""

SPOOL_BYTES_MAX = 4 * 1024**3
SPOOL_VOLUME_SHARE_MAX = 0.8
"""Beyond either, scans are dropped and counted, and redirects go on."""

UNSYNCED_BYTES_MAX = 256 * 1024
SYNC_INTERVAL_S = 0.05
"""A group is written through after so many bytes or so long, whichever comes first."""

RING_BYTES_MAX = 64 * 1024 * 1024
"""Unsynced frames kept for rewriting when the disk reports an error."""

ACKED_SEGMENT_AGE_MIN_S = 15 * 60
ACKED_SEGMENT_BYTES_MIN = 256 * 1024 * 1024
"""Shipped segments stay this long and this much, so that a broker that lost them can be given them again."""

SPOOL_RELIEF_SHARE = 0.5
"""Above this share of its cap a spool gives up shipped segments early."""

SHIP_POLL_MIN_S = 0.01
SHIP_POLL_MAX_S = 0.1
SHIP_RETRY_S = 1.0
PUBLISH_TIMEOUT_S = 3.0

REPLICA_MAP_BYTES = 64 * 1024**3
"""Address space of the link store, not memory and not disk: the file grows as records come."""

STORE_GROWN_FACTOR = 3
STORE_GROWN_BYTES_MIN = 4 * 1024 * 1024
"""A link store so many times its live pages, and larger than that, is copied without its free ones."""

STORE_GROWN_LOOK_INTERVAL_S = 1.0
"""How often that may happen: a reader that hangs while many links change makes a small store grow fast."""

STORE_SAMPLED_PAGES = 256
STORE_COLD_SHARE_MAX = 0.02
STORE_ROOM_SHARE_MAX = 0.5
STORE_WARM_INTERVAL_S = 10.0
"""A worker looks so often at so many pages of the link store; when more than this share is not in memory, and the store
is no larger than that share of the memory there is, it is read through.
"""

REPLICA_READERS_MAX = 256
READER_CHECK_INTERVAL_S = 10.0
READY_DOMAINS_MAX = 2_048
READ_TRANSACTION_MAX_S = 0.05
SNAPSHOT_RECORDS_PER_COMMIT = 20_000
STREAM_CHECK_INTERVAL_S = 2.0
STALLED_AFTER_S = 10.0
"""Behind the heartbeat for so long without a step: the missing changes will not come by themselves."""

HEARTBEAT_LATE_AFTER_S = 10.0
EDGE_REPORT_INTERVAL_S = 2.0
RESYNC_RETRY_S = 1.0
RESYNC_INTERVAL_MIN_S = 5.0
SCRUB_RECORDS_PER_STEP = 2_000
"""Records checked per step of the follower, two steps a second when it is quiet."""

SALTS_MAX = 8
SALT_FILE_BYTES = 1024

READY_LINKS_MAX = 8_192
"""Links a worker keeps ready, in each of two halves: when the younger is full, the older is let go."""

PLAIN_LINKS_MAX = 1 << 14
PLAIN_LINE_BYTES_MAX = 480
"""Plain links a worker remembers, a power of two, and the longest request line by which they are looked up:
with what comes before a slug it still makes a key that the store takes (511 bytes).
"""

URL_BYTES_MAX = 8 * 1024
HEADER_BYTES_MAX = 16 * 1024
HEAD_BYTES_MAX = URL_BYTES_MAX + HEADER_BYTES_MAX + 64
"""A request line and its headers."""

HEADERS_MAX = 64
PIPELINED_MAX = 16
HEAD_DEADLINE_S = 5.0
"""From the connection, or from the first byte of a later request, to the end of its head and body."""

IDLE_DEADLINE_S = 15.0
WRITE_DEADLINE_S = 10.0
"""How long a client may not read what it is sent."""

SWEEP_INTERVAL_S = 0.5
CONNECTIONS_MAX = 10_000
CONNECTIONS_PER_CLIENT_MAX = 200
"""Per IPv4 address or IPv6 /64, per worker; trusted proxies excepted."""

HEADER_BLOCKS_MAX = 4_096
"""Remembered header blocks, in each of two halves: when the younger is full, the older is let go."""

REMEMBERED_BLOCK_BYTES_MAX = 4 * 1024
BODY_BYTES_MAX = 4 * 1024
"""A password form."""

FORM_BODY_BYTES_MAX = 64 * 1024
"""A visitor's answer to a form, percent-encoded."""

BUFFER_BYTES_MAX = HEAD_BYTES_MAX + FORM_BODY_BYTES_MAX
"""Beyond it a connection is not read until what it sent is answered."""

FORM_AGE_MIN_MS = 2_000
"""Nobody reads a form and fills it in faster; who does is asked to send it once more."""

FORM_ANSWERS_PER_CLIENT_MAX = 10
FORM_CLIENT_WINDOW_S = 600
FORM_ANSWERS_PER_LINK_MAX = 2_000
FORM_LINK_WINDOW_S = 3600
FORM_ANSWERS_WAITING_MAX = 100_000
"""Answers on this host that control does not have yet; beyond it visitors are asked to come back."""

FORM_DRAFT_AGE_MAX_S = 600
"""A half-written answer of this age belongs to a process that died."""

FORM_WRITES_QUEUED_MAX = 64
FORM_SHIP_POLL_S = 0.5
FORM_SHIP_TIMEOUT_S = 5.0
FORM_ANSWERS_PER_ROUND_MAX = 500

QUERY_PARAMETERS_MAX = 100
"""Parameters of a visitor's query that are looked at or merged; the rest is passed on or dropped whole."""

RETRY_AFTER_S = 5
CONNECTIONS_BACKLOG = 1024
LISTENERS_PER_ADDRESS = 8
"""Sockets with which a worker listens at one address. A turn of the event loop takes one new connection from each, so
with a single one every new visitor would cost a turn of its own.
"""

SHUTDOWN_GRACE_S = 5

WORKERS_MAX = 256
"""Workers of one edge host; also the pages of the shared counters."""

SAID_BYTES_MAX = 1_500
"""Of what a cookie keeps of a visitor's answers, which travels with every request to that link."""
