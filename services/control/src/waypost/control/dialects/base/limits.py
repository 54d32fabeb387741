"""Bounds of what callers of the dialects can make grow."""

CALLERS_COUNTED_MAX = 100_000
"""Callers whose requests are counted at the same time; the one quiet for longest is forgotten first."""

PUBLIC_REQUESTS_PER_MINUTE = 600
"""Requests without a known key, per address: enough for a page of images, too few to guess keys."""
