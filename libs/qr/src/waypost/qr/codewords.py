"""Which codeword a module belongs to, and how many errors a block takes. ISO/IEC 18004 clauses 6 and 7."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from waypost.qr.design import Level
from waypost.qr.limits import CODEWORD_MAP_CACHE_ENTRIES


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))


# ISO/IEC 18004 table 9, versions 1 to 40: error correction codewords per block, and blocks.
_ECC_PER_BLOCK: dict[Level, tuple[int, ...]] = {
    "L": _numbers(
        "7 10 15 20 26 18 20 24 30 18 20 24 26 30 22 24 28 30 28 28 "
        "28 28 30 30 26 28 30 30 30 30 30 30 30 30 30 30 30 30 30 30"
    ),
    "M": _numbers(
        "10 16 26 18 24 16 18 22 22 26 30 22 22 24 24 28 28 26 26 26 "
        "26 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28"
    ),
    "Q": _numbers(
        "13 22 18 26 18 24 18 22 20 24 28 26 24 20 30 24 28 28 26 30 "
        "28 30 30 30 30 28 30 30 30 30 30 30 30 30 30 30 30 30 30 30"
    ),
    "H": _numbers(
        "17 28 22 16 22 28 26 26 24 28 24 28 22 24 24 30 28 28 26 28 "
        "30 24 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30"
    ),
}
_BLOCKS: dict[Level, tuple[int, ...]] = {
    "L": _numbers(
        "1 1 1 1 1 2 2 2 2 4 4 4 4 4 6 6 6 6 7 8 8 9 9 10 12 12 12 13 14 15 16 17 18 19 19 20 21 22 24 25"
    ),
    "M": _numbers(
        "1 1 1 2 2 4 4 4 5 5 5 8 9 9 10 10 11 13 14 16 "
        "17 17 18 20 21 23 25 26 28 29 31 33 35 37 38 40 43 45 47 49"
    ),
    "Q": _numbers(
        "1 1 2 2 4 4 6 6 8 8 8 10 12 16 12 17 16 18 21 20 "
        "23 23 25 27 29 34 34 35 38 40 43 45 48 51 53 56 59 62 65 68"
    ),
    "H": _numbers(
        "1 1 2 4 4 4 5 6 8 8 11 11 16 16 18 16 19 21 25 25 "
        "25 34 30 32 35 37 40 42 45 48 51 54 57 60 63 66 70 74 77 81"
    ),
}
_MISDECODE_RESERVE: dict[tuple[int, Level], int] = {
    (1, "L"): 3, (1, "M"): 2, (1, "Q"): 1, (1, "H"): 1, (2, "L"): 2, (3, "L"): 1,
}  # fmt: skip
"""Codewords that table 9 keeps back against misdecodes."""


@dataclass(frozen=True, eq=False)
class CodewordMap:
    """`codeword[row, column]` numbers the codeword of each data module (-1 elsewhere, in order of placement),
    `block[codeword]` its Reed-Solomon block, `correctable` the wrong codewords any one block survives."""

    codeword: NDArray[np.int32]
    block: NDArray[np.int32]
    correctable: int

    def budget(self, wrong: NDArray[np.bool_]) -> float:
        """The share of the correction used up in the worst block when modules read wrong; above 1 is lost."""
        damaged = np.unique(self.codeword[wrong & (self.codeword >= 0)])
        if not len(damaged):
            return 0.0
        return float(np.bincount(self.block[damaged]).max() / self.correctable)


@lru_cache(maxsize=CODEWORD_MAP_CACHE_ENTRIES)
def codeword_map(version: int, level: Level) -> CodewordMap:
    """The map of a version (1 to 40) at a level."""
    function = function_modules(version)
    size = len(function)
    codeword = np.full((size, size), -1, np.int32)
    rows, columns = _placement_order(function)
    total = len(rows) // 8
    codeword[rows[: total * 8], columns[: total * 8]] = np.repeat(np.arange(total), 8)
    ecc = _ECC_PER_BLOCK[level][version - 1]
    blocks = _BLOCKS[level][version - 1]
    correctable = (ecc - _MISDECODE_RESERVE.get((version, level), 0)) // 2
    return CodewordMap(codeword, _block_of_codewords(total, blocks, ecc), correctable)


def _block_of_codewords(total: int, blocks: int, ecc: int) -> NDArray[np.int32]:
    """Section 7.6: data codewords go round the blocks, the longer ones once more; then the others."""
    data = total - blocks * ecc
    short, longer = divmod(data, blocks)
    order = [block for _ in range(short) for block in range(blocks)]
    order += list(range(blocks - longer, blocks))
    order += [block for _ in range(ecc) for block in range(blocks)]
    return np.array(order, np.int32)


def _placement_order(function: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Section 7.7.3: two columns at a time from the right, up and down in turn, without the timing column."""
    size = len(function)
    rows, columns = [], []
    upwards = True
    right = size - 1
    while right > 0:
        if right == 6:
            right -= 1
        for step in range(size):
            row = size - 1 - step if upwards else step
            for column in (right, right - 1):
                if not function[row, column]:
                    rows.append(row)
                    columns.append(column)
        upwards = not upwards
        right -= 2
    return np.array(rows), np.array(columns)


def function_modules(version: int) -> NDArray[np.bool_]:
    """True where a module holds no data: finders, timing, alignment, format and version information."""
    size = version * 4 + 17
    function = np.zeros((size, size), bool)
    function[:9, :9] = function[:9, -8:] = function[-8:, :9] = True
    function[6, :] = function[:, 6] = True
    centers = alignment_centers(version)
    for row in centers:
        for column in centers:
            near_finder = (row, column) in {(6, 6), (6, centers[-1]), (centers[-1], 6)}
            if not near_finder:
                function[row - 2 : row + 3, column - 2 : column + 3] = True
    if version >= 7:
        function[:6, -11:-8] = function[-11:-8, :6] = True
    return function


def alignment_centers(version: int) -> list[int]:
    """Annex E: coordinates of the alignment patterns' centres, evenly spaced backwards from the far edge."""
    if version == 1:
        return []
    count = version // 7 + 2
    last = version * 4 + 10
    step = 26 if version == 32 else (version * 4 + count * 2 + 1) // (count * 2 - 2) * 2
    return [6, *sorted(last - step * k for k in range(count - 1))]
