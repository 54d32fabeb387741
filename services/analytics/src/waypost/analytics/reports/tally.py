"""Counts per value, added up in memory: of few scans an engine plans the grouping for longer than this counts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from waypost.analytics.verdict import HUMAN
from waypost.wire.filters import Counts
from waypost.wire.scan import Source

Array = npt.NDArray[Any]


class Counted(Struct, frozen=True):
    """A page of rows, each of its values and their figures; the figures of everything; how many rows there are."""

    rows: list[tuple[tuple[object, ...], Counts]]
    overall: Counts
    rows_total: int


class Scans(Struct, frozen=True):
    """Scans as arrays: their values of each dimension, and who they were."""

    values: Sequence[Array]
    visitor: Array
    verdict: Array
    source: Array


def tally(scans: Scans, order: str, offset: int, limit: int) -> Counted:
    """Count scans by their values."""
    keys = [_ranked(each) for each in scans.values]
    places = np.zeros(len(scans.verdict), dtype=np.int64)
    for ranks, values in keys:
        places = places * len(values) + ranks
    group, groups = _ranked(places)  # in the order of their values
    is_person = scans.verdict == HUMAN
    is_known = is_person & (scans.visitor != 0)
    known = pa.array(scans.visitor[is_known]).dictionary_encode()
    visitors = len(known.dictionary)
    pairs = pa.array(group[is_known] * visitors + known.indices.to_numpy()).unique().to_numpy()
    figures = {
        "total": _per_group(group, groups),
        "human": _per_group(group[is_person], groups),
        "unique": _per_group(pairs // max(1, visitors), groups),
        "bot": _per_group(group[~is_person], groups),
        "qr": _per_group(group[is_person & (scans.source == Source.QR)], groups),
    }
    page = np.argsort(-figures[order], kind="stable")[offset : offset + limit]
    columns: list[list[object]] = []
    left = groups.to_numpy()[page]
    for _, values in reversed(keys):
        left, ranks = np.divmod(left, len(values))
        columns.insert(0, values.take(pa.array(ranks)).to_pylist())
    counts = [Counts(*row) for row in zip(*(each[page].tolist() for each in figures.values()), strict=True)]
    overall = {name: int(each.sum()) for name, each in figures.items()} | {"unique": visitors}
    rows = list(zip(zip(*columns, strict=True), counts, strict=True))
    return Counted(rows, Counts(**overall), len(groups))


def _ranked(column: Array) -> tuple[Array, pa.Array]:
    """The rank of each row's value, and the values in their order; texts in that of their bytes, as in engines."""
    encoded = pa.array(column).dictionary_encode()
    order = pc.sort_indices(encoded.dictionary)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order.to_numpy()] = np.arange(len(order))
    return rank[encoded.indices.to_numpy()], encoded.dictionary.take(order)


def _per_group(chosen: Array, groups: pa.Array) -> Array:
    return np.bincount(chosen, minlength=len(groups))
