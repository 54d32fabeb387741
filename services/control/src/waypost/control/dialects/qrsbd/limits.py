"""Bounds of the vendor's document, and of what its callers can make grow."""

LIST_ITEMS_MAX = 200
"""Lists have no pages: the newest rows, no more."""
SMART_RULES_MAX = 100
RULE_VALUES_MAX = 300
"""There are 250 countries."""
DOMAIN_CHARACTERS_MAX = 2_048
"""A whole URL may be sent; its host is taken."""
DOMAIN_FRESH_MS = 15_000
"""How long what was found in the DNS of a domain is told without looking again."""
KEY_PREFIX_CHARACTERS = 11
"""`qrbd_` and six more."""
PUBLIC_REQUESTS_PER_MINUTE = 60
"""Requests without a valid key, per address."""
