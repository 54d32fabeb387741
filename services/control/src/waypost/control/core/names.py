"""Names that people give to things."""

from msgspec import UNSET, UnsetType

from waypost.control import limits
from waypost.control.model.faults import Invalid


def checked_name(name: str | UnsetType) -> str:
    """A name as it is kept. Raises Invalid."""
    kept = "" if name is UNSET else name.strip()
    if not kept or len(kept) > limits.NAME_CHARACTERS_MAX or not kept.isprintable():
        raise Invalid("name", f"has 1 to {limits.NAME_CHARACTERS_MAX} printable characters")
    return kept
