"""Bounds of every outgoing call."""

CONNECT_TIMEOUT_S = 3.0
"""Resolving and connecting together."""

TOTAL_TIMEOUT_S = 15.0
"""From the first look-up to the last byte read, however slowly the other side sends."""

FILE_TIMEOUT_S = 120.0
"""The same for a file that is taken in piece by piece: 50 MiB at 3.5 Mbit/s."""

ANSWER_BYTES_DEFAULT = 64 * 1024
ANSWER_BYTES_MAX = 8 * 1024 * 1024
"""What a caller may ask for at most, for a logo."""

URL_CHARACTERS_MAX = 2048
REDIRECTS_MAX = 5
"""How often the address of a file may lead to another."""

PORTS_DEFAULT = frozenset({80, 443})
ADDRESSES_MAX = 32
"""A name with more addresses than this is not looked at further."""

ADDRESSES_TRIED_MAX = 3
"""How many of a name's addresses are tried before the call fails."""

RESOLVER_CACHE_NAMES_MAX = 2_000
