"""How large a set of rules may grow: one name for each thing an author can make longer."""

RULES_MAX = 300
"""Rules of one link; a CodeQR `geo` map alone can hold one rule for each country."""

RULES_BYTES_MAX = 262_144
"""Size of one link's rules on the wire, which every edge keeps and reads."""

CONDITIONS_MAX = 20
"""Conditions of one rule."""

VALUES_MAX = 500
"""Values, windows, dates or ranges of one condition."""

VARIANTS_MAX = 20
"""Variants of one split."""

WEIGHT_MAX = 1_000_000
"""Weight of one variant."""

ID_LENGTH_MAX = 64
"""Characters of a rule's or a variant's id; it travels with every scan."""

NAME_LENGTH_MAX = 200
"""Characters of a rule's name."""

VALUE_LENGTH_MAX = 256
"""Characters of one value, parameter name or attribute key."""

URL_LENGTH_MAX = 8192
"""Characters of one destination."""

SCAN_COUNT_MAX = 2**63 - 1
"""Largest scan count a range can name."""

LANGUAGE_LENGTH_MAX = 64
"""Characters of a visit's language tag that are looked at; RFC 5646 §4.4.1 asks for room for 35."""

HOST_LENGTH_MAX = 254
"""Characters of a visit's referrer that are looked at, from its end: RFC 1035 §2.3.4, and a last dot."""

CONDITIONS_INTERNED_MAX = 8192
"""Compiled conditions that a process keeps, so that equal ones are compiled once."""

ZONES_INTERNED_MAX = 1024
"""Time zones that a process keeps; tzdata names about 600."""
