"""Every limit of this package, by name. What a stranger can grow is cut here."""

USER_AGENT_CHARACTERS_MAX = 1024
"""Longer user agents are read up to here; in-app browsers of 2026 stay below 600."""

AGENT_CACHE_ENTRIES_MAX = 8192
"""Parsed user agents kept per process (about 1 KB each, the text included)."""

AGENT_LABEL_CHARACTERS_MAX = 48
"""Length of one label taken from a user agent (browser, version, brand, model, robot name)."""

FORWARDED_FOR_CHARACTERS_MAX = 4096
"""Only the right-most part of a longer `X-Forwarded-For` is read; the left is the client's to invent."""

FORWARDED_FOR_HOPS_MAX = 32
"""Addresses walked from the right before the header counts as garbage."""

TRUSTED_NETWORKS_MAX = 4096
"""CIDRs that may be configured as trusted proxies (Cloudflare has 22, CloudFront about 200)."""

PROXY_CACHE_ENTRIES_MAX = 4096
"""Proxies remembered as trusted; no visitor's address is."""

ACCEPT_LANGUAGE_CHARACTERS_MAX = 512
"""Only the first part of a longer `Accept-Language` is read."""

LANGUAGES_MAX = 8
"""Primary tags kept from one `Accept-Language`."""

LANGUAGE_CACHE_ENTRIES_MAX = 4096
"""Parsed `Accept-Language` values kept per process."""

PURPOSE_CHARACTERS_MAX = 128
"""Only the first part of `Sec-Purpose` and its elders is read."""

REFERRER_CHARACTERS_MAX = 8192
"""A longer `Referer` is read up to here; its host stands at the start."""

HOST_CHARACTERS_MAX = 253
"""Length of a DNS name in text (RFC 1035 §2.3.4)."""

GEO_FILE_BYTES_MAX = 2 * 1024**3
"""A geo file above this size is refused rather than copied."""

GEO_TEXT_CHARACTERS_MAX = 80
"""Length of a region or city name taken from a geo file."""

SALT_BYTES = 32
"""Size of a daily salt: 256 random bits."""

VISITOR_ID_BYTES = 8
"""Size of a visitor id; 64 bits keep a million visitors a day apart (collision odds 3e-8)."""

FETCH_SECONDS_MAX = 180
"""Time given to `npm pack`."""

FETCH_BYTES_MAX = 256 * 1024**2
"""Size of the fetched geo file."""
