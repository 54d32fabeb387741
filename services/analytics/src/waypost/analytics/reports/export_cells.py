"""Cells of many rows on their way into one run of bytes. Pure.

What is alike in many rows is kept once, together with the separators around it. At the end all texts stand in one
array, and a single walk over it takes those of the first row, of the second, and so on: each byte of a line is
copied once, by code that loops over neither rows nor cells.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Places = np.ndarray[Any, Any]
"""For each row, the number of a text."""

_PAIRS_MAX = 1_024
"""Pairs of neighbouring cells that are written out before it is known which of them occur: about what it costs to
take another cell of each row."""


class Cells:
    """The cells of a number of rows, from left to right."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._texts: list[pa.StringArray] = []
        self._places: list[Places] = []
        self._fixed = ""
        """What stands behind the last cell in every row."""
        self._joined: pa.StringArray | None = None
        """All texts, once nothing is added any more."""

    def add_text(self, text: str) -> None:
        """A text that is the same in every row."""
        self._fixed += text

    def add_each(self, texts: pa.StringArray) -> None:
        """A text for each row."""
        self._write_fixed()
        self._push(texts, np.arange(self._rows))

    def add_alike(self, distinct: pa.StringArray, places: Places) -> None:
        """For each row, which of these texts."""
        texts = pc.binary_join_element_wise(self._fixed, distinct, "")
        self._fixed = ""
        if not (self._texts and self._widen(texts, places)):
            self._push(texts, places)

    def written(self, order: Places) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], memoryview]:
        """Where each of these rows begins, with the end of the last one; and all of them, in this order."""
        if self._joined is None:
            self._write_fixed()
            self._joined = pa.concat_arrays(self._texts)
        width, begin = len(self._texts), 0
        wanted = np.empty((len(order), width), dtype=np.int32)
        for number, (texts, places) in enumerate(zip(self._texts, self._places, strict=True)):
            np.add(places[order], begin, out=wanted[:, number], casting="same_kind")
            begin += len(texts)
        cells = pc.take(self._joined, pa.array(wanted.ravel()), boundscheck=False)
        _, offsets, data = cells.buffers()
        begins = np.frombuffer(offsets, dtype=np.int32)[: len(order) * width + 1 : width]
        return begins.astype(np.int64), memoryview(data or b"")

    def _push(self, texts: pa.StringArray, places: Places) -> None:
        self._texts.append(texts)
        self._places.append(places)

    def _write_fixed(self) -> None:
        """Let what stands behind the last cell be a part of it, where it has few texts; else it is a cell."""
        if self._texts and len(self._texts[-1]) * 2 < self._rows:
            self._texts[-1] = pc.binary_join_element_wise(self._texts[-1], self._fixed, "")
        elif self._fixed:
            self._push(pa.array([self._fixed]), np.zeros(self._rows, dtype=np.int32))
        self._fixed = ""

    def _widen(self, texts: pa.StringArray, places: Places) -> bool:
        """Make the last cell and these one cell that still has each pair of texts once: because both hang on the
        same thing, such as all that a user agent says, or because there are few pairs."""
        left, left_places = self._texts[-1], self._places[-1]
        if np.array_equal(left_places, places):
            # What one of them has more are words of codes that do not occur.
            used = min(len(left), len(texts))
            self._texts[-1] = pc.binary_join_element_wise(left[:used], texts[:used], "")
            return True
        wide = len(texts)
        if len(left) * wide > min(_PAIRS_MAX, self._rows):
            return False
        every = np.arange(len(left) * wide)
        self._texts[-1] = pc.binary_join_element_wise(
            pc.take(left, pa.array(every // wide)), pc.take(texts, pa.array(every % wide)), ""
        )
        self._places[-1] = left_places.astype(np.int64) * wide + places
        return True
