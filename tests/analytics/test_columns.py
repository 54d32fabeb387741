"""Decoding batches into columns: everything good is kept, everything bad is named."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from tests.analytics.scans import scan

from waypost.analytics.columns import Columns
from waypost.wire.codec import encode


def test_columns_hold_every_field_in_order() -> None:
    """A field that lands in its neighbour's column would be a silent lie."""
    columns = Columns()
    assert columns.add([Raw(encode(scan(3, 4, country="DE", city="Berlin"))), Raw(encode(scan(5, 6)))]) == []
    assert columns["country"] == ["DE", ""]
    assert columns["city"] == ["Berlin", ""]
    assert columns["link_id"] == [(3).to_bytes(16, "big"), (5).to_bytes(16, "big")]
    assert len(columns) == 2


def test_one_bad_scan_is_set_aside_and_the_others_count() -> None:
    """A single broken frame must not cost its 499 neighbours."""
    good = Raw(encode(scan(1)))
    bad = [
        Raw(b"\xc1"),
        Raw(encode(["x"])),
        Raw(encode(scan(1, at_ms=-5))),
        Raw(encode([1_760_000_000_000, b"short", bytes(16)])),
        Raw(encode(scan(1, asn=2**40))),
    ]
    columns = Columns()
    left_out = columns.add([good, *bad, good])
    assert len(columns) == 2
    assert [each.index for each in left_out] == [1, 2, 3, 4, 5]
    assert all(each.reason for each in left_out)
    assert left_out[0].raw == b"\xc1"


def test_a_newer_edge_with_one_more_field_is_understood() -> None:
    """The wire may grow at the end; an older analytics must keep counting."""
    raw = encode(scan(1, country="FR"))
    widened = Raw(bytes([raw[0], raw[1], raw[2] + 1]) + raw[3:] + encode("new"))
    columns = Columns()
    assert (columns.add([widened]), columns["country"]) == ([], ["FR"])


@given(st.lists(st.binary(max_size=80), max_size=12))
def test_any_bytes_are_either_a_scan_or_named(frames: list[bytes]) -> None:
    """Whatever reaches the bus, decoding never raises and never loses count."""
    columns = Columns()
    left_out = columns.add([Raw(frame) for frame in frames])
    assert len(columns) + len(left_out) == len(frames)


FAULTS = st.fixed_dictionaries(
    {
        "at_ms": st.sampled_from([0, 946_684_800_000, 1_760_000_000_000, 4_102_444_800_000]),
        "asn": st.sampled_from([0, 3320, 2**32 - 1, 2**32, -1]),
        "click_id": st.sampled_from([b"", b"x" * 64, b"x" * 65]),
    }
)


@given(st.lists(FAULTS, max_size=8))
def test_scans_looked_over_together_are_judged_as_one_by_one(many: list[dict[str, int]]) -> None:
    """The quick look at whole columns must let nothing through that a look at each scan holds back."""
    together, alone = Columns(), Columns()
    raws = [Raw(encode(scan(1, **values))) for values in many]
    left_out = [bad.reason for bad in together.add(raws)]
    assert left_out == [bad.reason for raw in raws for bad in alone.add([raw])]
    assert together.lists == alone.lists
