"""Scans that a store holds in memory between questions: a column each for what was asked about."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Array = npt.NDArray[Any]


class KeptColumn(Struct, frozen=True):
    """A value per scan. Texts are held once each: `values` are then the different ones, and `places` says for each
    scan where its own stands."""

    values: Array
    places: Array | None = None

    def of(self, rows: Array) -> Array:
        """The values of these rows."""
        return self.values[rows] if self.places is None else self.values[self.places[rows]]

    def is_among(self, wanted: Collection[str | int]) -> Array:
        """For each scan, whether its value is wanted."""
        if self.places is not None:
            texts = np.fromiter((text in wanted for text in self.values), np.bool_, len(self.values))
            return texts[self.places]
        # In their own type: numpy would compare large visitors as floating-point numbers.
        highest = np.iinfo(self.values.dtype).max
        numbers = [number for number in wanted if isinstance(number, int) and number <= highest]
        return np.isin(self.values, np.array(numbers, dtype=self.values.dtype))


class KeptScans(Struct, frozen=True):
    """All scans of some links below the id `up_to`, as columns by their SQL; `has_newer` when the store has scans
    above it. `is_current` says whether none was altered since: what was read of newer scans meanwhile fits together
    with these only then."""

    up_to: int
    columns: Mapping[str, KeptColumn]
    has_newer: bool
    is_current: Callable[[], bool]
