"""Bounds that CodeQR's document states, and those it leaves to us."""

PAGE_ITEMS_MAX = 100
PAGE_ITEMS_DEFAULT = 100
PAGES_MAX = 100_000
BULK_LINKS_MAX = 100
KEY_CHARACTERS_MAX = 190
RANDOM_KEY_CHARACTERS_MIN = 3
TITLE_CHARACTERS_KEPT = 120
DESCRIPTION_CHARACTERS_KEPT = 240
URL_CHARACTERS_MAX = 4096
COUNTRIES_MAX = 250
SMART_RULES_MAX = 20
VARIANTS_MIN = 2
VARIANTS_MAX = 4
TAGS_IN_QUERY_MAX = 50
GROUPS_MAX = 1000
"""Domains, tags or folders that links are counted by."""
DOMAINS_LOOKED_AT_MAX = 1000
QR_SIZE_PX_MIN = 50
QR_SIZE_PX_MAX = 4096
QR_SIZE_PX_DEFAULT = 600
QR_MARGIN_MAX = 64
QR_MARGIN_DEFAULT = 2
QR_LOGO_WIDTH_SHARE = 0.2
WORKSPACE_TEXT_CHARACTERS_MAX = 500
"""Placeholder and logo of a domain, description of a folder: kept and shown, without a meaning here."""
CONVERSION_TEXT_CHARACTERS_MAX = 190
METADATA_CHARACTERS_MAX = 10_000
CONVERSIONS_LOOKED_AT_MAX = 20_000
"""Leads and sales that one report reads one by one."""
EVENTS_DEFAULT = 100
EVENTS_MAX = 1000
EVENTS_DEEP_MAX = 20_000
"""How far back pages of events reach; a narrower range reaches further."""
LEADS_AT_ONCE_MAX = 100
"""What `eventQuantity` may ask for."""
CLICK_WAITED_FOR_S = 2.0
"""A visit is known to analytics about a second after it; a lead may be told sooner."""
AMOUNT_MAX = 10**15
REQUESTS_PER_MINUTE = 600
"""The relative's limit per key; the plan of a workspace may allow less."""
CODE_TEXT_CHARACTERS_MAX = 2_000
"""One text of a QR code's content; a code holds 2,953 bytes at the most (ISO/IEC 18004, table 7)."""
