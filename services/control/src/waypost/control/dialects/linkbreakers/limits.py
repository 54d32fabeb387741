"""Bounds of the Linkbreakers dialect: the vendor's where it names one, ours where it is silent."""

PAGE_ITEMS_DEFAULT = 100
PAGE_ITEMS_MAX = 1000
PAGE_TOKEN_CHARACTERS_MAX = 4096
BULK_LINKS_MAX = 250
SHORTLINK_CHARACTERS_MAX = 128
SIZE_PX_MIN = 64
SIZE_PX_MAX = 4096
SIZE_PX_DEFAULT = 500
CENTRAL_IMAGE_BYTES_MAX = 3 * 1024 * 1024
BODY_BYTES_MAX = 5 * 1024 * 1024
"""A central image of 3 MB is 4 MB of base64."""
GRADIENT_STOPS_MAX = 32
IMAGE_IDS_MAX = 200
"""Links whose image addresses one request resolves."""
SEARCH_CHARACTERS_MAX = 200
SIGNED_IMAGE_S = 7 * 24 * 3600
"""How long an image address in an answer works, at least."""
SIGNED_IMAGE_STEP_S = 24 * 3600
"""Addresses made within this time are equal, so that browsers and proxies can keep what they show."""
REQUESTS_PER_MINUTE = 1000
PUBLIC_REQUESTS_PER_MINUTE = 300
ANALYTICS_ROWS_DEFAULT = 10
ANALYTICS_ROWS_MAX = 1000
SERIES_GROUPS_DEFAULT = 5
SERIES_GROUPS_MAX = 20
SERIES_INTERVAL_MINUTES_DEFAULT = 1440
SERIES_MS_DEFAULT = 30 * 24 * 3600 * 1000
"""How far back a series goes whose beginning nobody named."""
SERIES_MINUTES_MAX = 366 * 24 * 60
VISITORS_DEFAULT = 50
VISITORS_MAX = 200
VISITORS_SORTED_MAX = 1000
"""Visitors that are put in the order of a count; older ones follow as they were made."""
VISITOR_SCANS_MAX = 100
"""Scans of one visitor that are shown with them."""
WORKFLOW_STEPS_MAX = 60
STEP_EXITS_MAX = 50
CAPTURES_PER_STEP_MAX = 20
WORKFLOW_WAYS_MAX = 1000
STEP_WIDTH_PX = 320
STEP_HEIGHT_PX = 160
GALLERY_DEFAULT = 20
FORMS_DETECTED_MAX = 500
"""Links whose destination is a form of Google's, for each of the two hosts that such forms have."""
MEDIA_INLINE_BYTES_MAX = 3 * 1024 * 1024
SANDBOX_NAME_CHARACTERS_MAX = 80
ANSWER_CHARACTERS_MAX = 1000
"""Of an answer to a question about the workspace."""
