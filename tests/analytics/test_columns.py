"""Decoding batches into columns: everything good is kept, everything bad is named."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from tests.analytics.scans import identity, scan

from waypost.analytics.columns import BadScan, Columns, read_batch
from waypost.wire.codec import DECODE_ERRORS, encode
from waypost.wire.scan import ScanBatchV1, ScanV1


def shipped(*frames: bytes) -> bytes:
    """A message with these scans."""
    return encode(ScanBatchV1("edge-0", 7, 30, tuple(Raw(frame) for frame in frames)))


def columns_of(*scans: ScanV1) -> dict[str, list[Any]]:
    """What scans become that went over the wire."""
    columns = Columns()
    batch = read_batch(shipped(*map(encode, scans)))
    assert batch.sound
    columns.add(batch.rows(0, len(scans)))
    assert len(columns) == len(scans)
    found: dict[str, list[Any]] = columns.table().to_pydict()
    return found


def test_columns_hold_every_field_in_order() -> None:
    """A field that lands in its neighbour's column would be a silent lie."""
    names = [
        name for name in ScanV1.__struct_fields__ if name not in {"utm", "source", "outcome", "at_ms", "asn"}
    ]
    texts = {
        name: name.encode()[:16].ljust(16)
        if name.endswith("_id") and name not in {"rule_id", "variant_id"}
        else name
        for name in names
    }
    utm = ("newsletter", "mail", "spring", "qr code", "footer")
    full = ScanV1(**{**texts, "at_ms": 1_760_000_000_000, "visitor": b"12345678", "asn": 3320, "utm": utm})  # type: ignore[arg-type]  # fields by name
    found = columns_of(full, scan(5, 6))
    for name in ScanV1.__struct_fields__:
        if name != "utm":
            assert found[name] == [getattr(full, name), getattr(scan(5, 6), name)]
    assert [found[f"utm_{name}"] for name in ("source", "medium", "campaign", "term", "content")] == [
        [value, ""] for value in utm
    ]


def test_more_scans_than_are_converted_together() -> None:
    """The parts that columns are made of must follow each other without a seam."""
    scans = [scan(number, number + 1) for number in range(1, 450)]
    columns = Columns()
    for _ in range(12):
        columns.add(read_batch(shipped(*map(encode, scans))).rows(0, len(scans)))
    assert columns.table()["link_id"].to_pylist() == [each.link_id for each in scans] * 12
    assert len(columns) == 12 * len(scans)


def test_nothing_gives_columns_without_rows() -> None:
    """A commit may move the cursor only."""
    assert (len(Columns()), Columns().table().num_rows) == (0, 0)


def test_one_bad_scan_is_set_aside_and_the_others_count() -> None:
    """A single broken frame must not cost its 499 neighbours."""
    good = encode(scan(1))
    bad = [
        encode(["x"]),
        encode(scan(1, at_ms=-5)),
        encode([1_760_000_000_000, b"short", bytes(16)]),
        encode(scan(1, asn=2**40)),
        encode(msgspec.structs.replace(scan(1), visitor=b"1234")),
        encode(scan(1, click_id=b"x" * 65)),
        encode(scan(1, source=9)),
    ]
    batch = read_batch(shipped(good, *bad, good))
    assert (batch.node, batch.epoch, batch.first, batch.sound) == ("edge-0", 7, 30, False)
    left_out = {index: each for index, each in enumerate(batch.scans) if isinstance(each, BadScan)}
    assert {index: each.raw for index, each in left_out.items()} == dict(enumerate(bad, 1))
    assert all(each.reason for each in left_out.values())
    assert [len(batch.rows(0, stop)) for stop in (1, 8, 9)] == [1, 1, 2]


@pytest.mark.parametrize("more", [[], ["new"]], ids=["as many fields", "one field more"])
def test_an_edge_of_another_version_is_understood(more: list[str]) -> None:
    """The wire may grow at the end: an older analytics keeps counting, and a newer one knows the older edge."""
    values = [*msgspec.structs.astuple(scan(1, country="FR")), *more]
    whole = read_batch(shipped(encode(values))).scans
    shorter = read_batch(shipped(encode(values[: ScanV1.__struct_fields__.index("rule_id")]))).scans
    assert whole == shorter == [msgspec.structs.astuple(scan(1, country="FR"))]


def test_bytes_that_are_no_batch_are_refused() -> None:
    """The caller sets the message aside as a whole; half a batch must not be taken for one."""
    for data in (b"", b"\xc1", encode(["edge-0", 7]), shipped(encode(scan(1)))[:-1]):
        with pytest.raises(DECODE_ERRORS):
            read_batch(data)


@given(st.lists(st.binary(max_size=80), max_size=12))
def test_any_scan_is_either_good_or_named(values: list[bytes]) -> None:
    """Whatever reaches the bus as a scan, decoding never raises and never loses count."""
    batch = read_batch(shipped(*[encode([value]) for value in values]))
    assert [isinstance(each, BadScan) for each in batch.scans] == [True] * len(values)


FAULTS = st.fixed_dictionaries(
    {
        "at_ms": st.sampled_from([0, 946_684_800_000, 1_760_000_000_000, 4_102_444_800_000]),
        "asn": st.sampled_from([0, 3320, 2**32 - 1, 2**32, -1]),
        "click_id": st.sampled_from([b"", b"x" * 64, b"x" * 65]),
        "visitor": st.sampled_from([b"", b"1234567", b"12345678", b"123456789"]),
        "link_id": st.sampled_from([identity(1)] * 3 + [b"", bytes(17)]),
    }
)


@given(st.lists(FAULTS, max_size=8))
def test_scans_looked_over_together_are_judged_as_one_by_one(many: list[dict[str, Any]]) -> None:
    """The quick look at a whole batch must let nothing through that a look at each scan holds back."""
    frames = [encode(msgspec.structs.replace(scan(1), **values)) for values in many]
    together = read_batch(shipped(*frames))
    alone = [read_batch(shipped(frame)) for frame in frames]
    assert list(together.scans) == [each for batch in alone for each in batch.scans]
    assert together.sound == (bool(alone) and all(batch.sound for batch in alone))
