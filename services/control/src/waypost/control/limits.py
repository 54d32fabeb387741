"""Every bound of the control plane on what a caller can make grow."""

BODY_BYTES_MAX = 1024 * 1024
"""One JSON request body. Bulk and import operations name their own."""

BULK_BODY_BYTES_MAX = 10 * 1024 * 1024
PAGE_ITEMS_DEFAULT = 50
PAGE_ITEMS_MAX = 200
CURSOR_CHARACTERS_MAX = 400

SLUG_CHARACTERS_RANDOM = 9
"""Random slugs: 9 of 31 letters and digits that are not mistaken for each other, 44.6 bits."""
SLUG_CHARACTERS_RANDOM_MIN = 3
"""The shortest random slugs a link may ask for: about 30,000 of them."""
SLUG_ATTEMPTS_MAX = 12
"""Random slugs tried before giving up; with so many bits more than one try is already rare."""

URL_CHARACTERS_MAX = 4096
TITLE_CHARACTERS_MAX = 300
TEXT_CHARACTERS_MAX = 2000
NAME_CHARACTERS_MAX = 100
EXTERNAL_ID_CHARACTERS_MAX = 200
SEARCH_CHARACTERS_MAX = 200

METADATA_PAIRS_MAX = 50
METADATA_NAME_CHARACTERS_MAX = 100
METADATA_VALUE_CHARACTERS_MAX = 1000
TAGS_PER_LINK_MAX = 50
ALIASES_PER_LINK_MAX = 20
WEBHOOKS_PER_LINK_MAX = 20
UTM_PAIRS_MAX = 12
CONTENT_BYTES_MAX = 48 * 1024
EXTRAS_BYTES_MAX = 32 * 1024
"""Holds a drawn workflow, and beside it a line for each of its rules."""

KEY_CHARACTERS_MAX = 512
"""Longer credentials are not looked at; JWT-shaped keys of a dialect stay below."""
ADMIN_KEY_CHARACTERS_MIN = 16
SCOPES_PER_KEY_MAX = 40

GROUP_COMMIT_PARTS_MAX = 32
"""Transactions that share one commit on SQLite; more would make the first of them wait for longer than it saves."""
GROUP_COMMIT_NS = 20_000_000
"""So long after its beginning a shared transaction takes nobody in any more, so that other processes get a turn."""

READERS_MAX = 4
"""Reading connections of one process on SQLite."""
POSTGRES_CONNECTIONS_MAX = 10

EVENT_DATA_BYTES_MAX = 256 * 1024
EVENTS_KEPT_MS = 7 * 24 * 3600 * 1000
OUTBOX_KEPT_MS = 24 * 3600 * 1000
SNAPSHOTS_KEPT = 3
SNAPSHOT_EVERY_S = 600
SNAPSHOT_EVERY_CHANGES = 100_000
SALT_DAYS_AHEAD = 3
SALT_DAYS_KEPT = 1
"""Days after its own that a salt still lives; then nobody can make that day's visitor ids again."""
IDEMPOTENCY_KEPT_MS = 24 * 3600 * 1000
CLEAR_UP_ROWS_MAX = 20_000
"""Rows removed in one transaction."""
RATE_BUCKETS_MAX = 1_000_000
"""Clients whose rate is remembered at once; 32 MB, of which only what is used is touched."""
RETENTION_DAYS_MAX = 36_500
LINKS_WITH_THRESHOLDS_MAX = 10_000
"""Links of a workspace that have thresholds of their own."""
THRESHOLD_MAX = 10**12
PUBLIC_CALLS_MINUTE = 120
"""Requests an address without a key may make."""
PUBLIC_BURST = 40
IDEMPOTENCY_KEY_CHARACTERS_MAX = 255
PLANS_FILE_BYTES_MAX = 256 * 1024
BULK_ROWS_MAX = 50_000
BULK_ROWS_AT_ONCE = 1_000
"""More rows than this become a job."""
BULK_ROWS_PER_TRANSACTION = 250
FOLDERS_PER_WORKSPACE_MAX = 10_000
CUSTOMERS_PER_WORKSPACE_MAX = 1_000_000
CUSTOMER_CHARACTERS_MAX = 190
FOLDER_DEPTH_MAX = 16
CHANGES_PER_ROLLBACK_MAX = 1_000
DOMAINS_PER_WORKSPACE_MAX = 1_000
LINKS_MOVED_PER_DOMAIN_MAX = 100_000
SCHEDULED_PER_LINK_MAX = 50
REPORT_CHARACTERS_MAX = 4_000
REPORT_CONTACT_CHARACTERS_MAX = 200
REPORTS_HOUR = 20
REPORTS_BURST = 5
"""Reports that one address may make."""
OPEN_REPORTS_PER_LINK_MAX = 50
"""More would say nothing that these do not."""
BLOCK_LIST_BYTES_MAX = 64 * 1024 * 1024
KEYS_LISTED_MAX = 500
KEY_OVERLAP_MS_MAX = 30 * 24 * 3600 * 1000

QR_SIZE_PX_DEFAULT = 1024
QR_TEXT_BYTES_MAX = 2953
"""What the largest symbol holds in byte mode: ISO/IEC 18004, table 7."""
QR_DRAWING_MAX = 2
"""Pictures drawn at the same time in one process."""
QR_WAITING_MAX = 64
"""Pictures that wait to be drawn; beyond it callers are asked to come back."""
QR_CACHE_BYTES_MAX = 64 * 1024 * 1024
QR_LOGO_BYTES_MAX = 3 * 1024 * 1024
QR_DESIGNS_PER_WORKSPACE_MAX = 10_000
QR_BATCH_ITEMS_MAX = 1_000
QR_BATCH_ITEMS_PER_PROGRESS = 20
QR_BATCH_SILENT_MS_MAX = 60_000
QR_BATCH_NAME_CHARACTERS_MAX = 60
QR_URL_SECONDS_MAX = 366 * 24 * 3600
QR_BODY_BYTES_MAX = 6 * 1024 * 1024
"""A design with its picture in base64."""
ASSET_BYTES_MAX = 25 * 1024 * 1024
ASSET_FILM_BYTES_MAX = 50 * 1024 * 1024
ASSET_PICTURE_BYTES_MAX = 10 * 1024 * 1024
"""Only pictures are in memory as a whole, to be written anew; other files pass through it piece by piece."""
ASSET_FILENAME_CHARACTERS_MAX = 200
ASSETS_PER_WORKSPACE_MAX = 20_000
ASSETS_PENDING_MAX = 100
"""Uploads of a workspace that were announced and not confirmed."""
ASSET_UPLOAD_S = 15 * 60
"""How long the address of an upload is good."""
ASSET_UPLOAD_KEPT_MS = 24 * 3600 * 1000
"""How long after that an upload may still be confirmed."""
UPLOADS_MINUTE = 600
UPLOADS_BURST = 100
ASSETS_MOVED_AT_ONCE_MAX = 4
"""Files held in memory at the same time by one process."""
CLEAR_UP_ASSETS_MAX = 200
JOB_ROWS_PER_TRANSACTION = 100
"""Few enough that other writers wait a quarter of a second at most."""
JOBS_KEPT_MS = 30 * 24 * 3600 * 1000
CLEAR_UP_JOBS_MAX = 2
VISITORS_PER_WORKSPACE_MAX = 1_000_000
ATTRIBUTES_PER_VISITOR_MAX = 100
ATTRIBUTE_KEY_CHARACTERS_MAX = 100
ATTRIBUTE_VALUE_CHARACTERS_MAX = 1_000
ATTRIBUTE_FILTERS_MAX = 20
MARKS_PER_VISITOR_MAX = 200
"""Days on which a profile was seen; older ones are let go. As many as one question to analytics takes."""
HEALTH_LOOKS_AT_ONCE = 8
"""Destinations looked at side by side; with 15 s for the slowest this is what a dead network costs."""
HEALTH_PAUSE_S = 0.25
"""Between two handfuls of looks: 2.7 million a day, and a hundred thousand new links do not keep the database
from those who edit."""
HEALTH_URLS_PER_LINK_MAX = 50
"""Destinations of one link that are looked at; its own one and the first rules come first."""
HEALTH_FAILING_AGAIN_MS = 30 * 60 * 1000
METADATA_PAGE_BYTES_MAX = 512 * 1024
"""How far a page is read for its title and picture; they stand in its head."""
FETCHES_AT_ONCE = 16
"""Outgoing calls that requests of one process wait for; others wait for those."""
DOCUMENTS_PER_KIND_MAX = 2_000
"""Boards of a workspace, and templates."""
DOCUMENT_BYTES_MAX = 64 * 1024
CONVERSION_OVERDUE_MS = 30_000
"""When the process that took a conversion has not counted it by then, it is counted for it."""
PUBLIC_DESIGNS_MAX = 2_000
"""QR designs of people without a key that are kept at once."""
PUBLIC_DESIGNS_KEPT_MS = 24 * 3600 * 1000

SANDBOXES_MAX = 20
"""Sandboxes of one workspace at a time."""
SANDBOX_MS = 30 * 24 * 3600 * 1000
"""How long a sandbox lives."""
DELETED_WORKSPACE_MS = 30 * 24 * 3600 * 1000
"""How long a deleted workspace can be brought back by the operator."""
REMOVED_LINKS_AT_ONCE = 100
REMOVED_ROWS_AT_ONCE = 1_000
"""Few enough that other writers do not wait while a workspace is removed."""
