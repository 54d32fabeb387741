"""Bounds that xQR's document states, and those it leaves to us."""

PAGE_ITEMS_MAX = 200
PAGE_ITEMS_DEFAULT = 50
OFFSET_MAX = 1_000_000
URL_CHARACTERS_MAX = 2048
BIO_LINKS_MAX = 100
LABELS_MAX = 10
LABEL_CHARACTERS_MAX = 50
BULK_LINKS_MAX = 100
BULK_IDS_MAX = 200
RULES_MAX = 50
COUNTRIES_PER_RULE_MAX = 250
DEVICES_PER_RULE_MAX = 3
RULE_NOTES_BYTES_MAX = 12 * 1024
"""What is remembered of how rules were written; beyond it they come back in their normal form."""
QR_SIZE_MAX = 50
"""Pixels per module."""
QR_SIZE_DEFAULT = 10
QR_CONTENT_BYTES_MAX = 2953
TEMPLATE_NAME_CHARACTERS_MAX = 100
TEXT_CHARACTERS_MAX = 2000
TOP_LINKS_MAX = 100
TOP_LINKS_DEFAULT = 10
DELIVERIES_MAX = 200
PUBLIC_CALLS_PER_MONTH = 10_000
PUBLIC_CALLS_PER_SECOND = 10
"""Requests without a known key, per network."""
CALLS_PER_MONTH_UNLIMITED = 100_000_000
"""What a plan without a monthly limit shows in headers that want a number."""
OWNERS_LOOKED_AT_MAX = 100
RESPONSE_BODY_CHARACTERS = 1024
SERIES_HOURS_MAX = 2_400
SERIES_DAYS_MAX = 2_400
"""Points of one series; 100 days of hours, six and a half years of days."""
BREAKDOWN_ROWS = 300
"""More than there are countries."""
SUMMARY_ROWS = 5
