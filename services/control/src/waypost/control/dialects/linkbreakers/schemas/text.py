"""Members that may be left out, null or empty."""

from msgspec import UnsetType

Text = str | UnsetType | None
Flag = bool | UnsetType | None
Time = str | UnsetType | None
"""RFC 3339, read in the mapping: the generated client also writes `+0000` without a colon."""
