"""Every bound on what travels between the services, in one place."""

RECORDS_PER_BATCH_MAX = 100
"""Records in one message on the links subject."""

RECORD_VALUE_BYTES_MAX = 64 * 1024
"""One encoded link, domain or page. Leaves room for a full batch to be cut by bytes."""

RECORD_BATCH_BYTES_MAX = 256 * 1024
"""A batch is cut here even when it holds fewer records; half of the broker's payload limit."""

SCANS_PER_BATCH_MAX = 500
SCAN_BATCH_BYTES_MAX = 192 * 1024
"""A batch of scans is cut by count or by bytes, whichever comes first; below the stream's 256 KiB."""

MESSAGE_BYTES_MAX = 256 * 1024
"""What the streams accept as one message."""

SNAPSHOT_CHUNK_BYTES = 192 * 1024
"""Bytes of a snapshot that one request fetches."""

SLUG_CHARACTERS_MAX = 190
SLUG_BYTES_MAX = 400
"""LMDB keys end at 511 bytes: one kind byte, a 16-byte domain and the slug must fit."""

HOST_CHARACTERS_MAX = 253
"""RFC 1035, clause 2.3.4."""

TARGET_BYTES_MAX = 4096
USER_AGENT_CHARACTERS_MAX = 512
REFERRER_CHARACTERS_MAX = 253
LANGUAGE_CHARACTERS_MAX = 16
UTM_CHARACTERS_MAX = 128
NODE_CHARACTERS_MAX = 64

TOTALS_PER_MESSAGE_MAX = 2_000
QUERY_LINK_IDS_MAX = 10_000
QUERY_GROUP_MEMBERS_MAX = 15_000
"""Pairs of a link and a tag (or folder) in one question; with the most link ids it stays below 512 KiB."""

QUERY_FILTERS_MAX = 20
QUERY_FILTER_VALUES_MAX = 200
QUERY_TEXT_CHARACTERS_MAX = 512
SERIES_POINTS_MAX = 2_500
"""Hours of a hundred days."""

BREAKDOWN_ROWS_MAX = 1_000
BREAKDOWN_DIMENSIONS_MAX = 3
SCANS_PER_PAGE_MAX = 500
EXPORT_TEXT_BYTES_MAX = 1024 * 1024
"""Lines of an export in one packed chunk: what the asker holds at a time."""

WATCHED_MAX = 10_000
THRESHOLDS_MAX = 32
