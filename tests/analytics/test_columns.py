"""Decoding batches into columns: everything good is kept, everything bad is named."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw
from tests.analytics.scans import identity, scan

from waypost.analytics.columns import BadBatch, Batch, Columns, read_batches
from waypost.analytics.walk import UTM_COLUMNS
from waypost.wire.codec import encode
from waypost.wire.scan import ScanBatchV1, ScanV1


def shipped(*frames: bytes) -> bytes:
    """A message with these scans."""
    return encode(ScanBatchV1("edge-0", 7, 30, tuple(Raw(frame) for frame in frames)))


def read_batch(data: bytes) -> Batch:
    """A message that is a batch."""
    (batch,) = read_batches([data])
    assert isinstance(batch, Batch)
    return batch


def stored(batch: Batch) -> list[dict[str, Any]]:
    """The scans of a batch that count, by column."""
    columns = Columns()
    columns.add(batch.rows(0, batch.count))
    rows: list[dict[str, Any]] = columns.table().to_pylist()
    return rows


def row_of(one: ScanV1) -> dict[str, Any]:
    """What becomes of a scan: its fields, a visitor as a number, five columns in place of `utm`."""
    row = msgspec.structs.asdict(one)
    utm = row.pop("utm") or ("",) * 5
    return {**row, "visitor": int.from_bytes(one.visitor), **dict(zip(UTM_COLUMNS, utm, strict=True))}


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
    batch = read_batch(shipped(encode(full), encode(scan(5, 6))))
    assert (stored(batch), batch.bad) == ([row_of(full), row_of(scan(5, 6))], {})
    longest = scan(1, user_agent="x" * 70_000)
    assert stored(read_batch(shipped(encode(longest), encode(full)))) == [row_of(longest), row_of(full)]


def test_more_scans_than_are_converted_together() -> None:
    """The parts that columns are made of must follow each other without a seam, and none may change when the next
    is read where it was."""
    messages = [
        [scan(number, number + 1, city=f"{number} {text * 12}") for number in range(1, 150)]
        for text in map(str, range(100, 180))
    ]
    columns = Columns()
    for batch in read_batches([shipped(*map(encode, scans)) for scans in messages]):
        assert isinstance(batch, Batch)
        columns.add(batch.rows(0, 100))
        columns.add(batch.rows(100, 149))
    assert columns.table().to_pylist() == [row_of(each) for scans in messages for each in scans]
    assert len(columns) == 80 * 149


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
    assert (batch.node, batch.epoch, batch.first, batch.count) == ("edge-0", 7, 30, 9)
    assert {index: each.raw for index, each in batch.bad.items()} == dict(enumerate(bad, 1))
    assert all(each.reason for each in batch.bad.values())
    assert stored(batch) == [row_of(scan(1))] * 2
    parts = [batch.rows(*range_) for range_ in ((0, 1), (0, 8), (3, 8), (8, 9))]
    assert [(part.start, part.stop) for part in parts] == [(0, 1), (0, 1), (1, 1), (1, 2)]


@pytest.mark.parametrize("more", [[], ["new"]], ids=["as many fields", "one field more"])
def test_an_edge_of_another_version_is_understood(more: list[str]) -> None:
    """The wire may grow at the end: an older analytics keeps counting, and a newer one knows the older edge."""
    values = [*msgspec.structs.astuple(scan(1, country="FR")), *more]
    whole = read_batch(shipped(encode(values)))
    shorter = read_batch(shipped(encode(values[: ScanV1.__struct_fields__.index("rule_id")])))
    assert stored(whole) == stored(shorter) == [row_of(scan(1, country="FR"))]


def test_bytes_that_are_no_batch_are_refused() -> None:
    """The caller sets the message aside as a whole; half a batch must not be taken for one."""
    good = shipped(encode(scan(1)))
    bad = [b"", b"\xc1", encode(["edge-0", 7]), encode(["edge-0", 7, 30, "scans"]), good[:-1], good + b"\x00"]
    kinds = [type(each) for each in read_batches([good, *bad, good])]
    assert kinds == [Batch, *[BadBatch] * len(bad), Batch]


@given(st.lists(st.binary(max_size=80), max_size=12))
def test_any_scan_is_either_good_or_named(values: list[bytes]) -> None:
    """Whatever reaches the bus as a scan, decoding never raises and never loses count."""
    batch = read_batch(shipped(*[encode([value]) for value in values]))
    assert (batch.count, list(batch.bad)) == (len(values), list(range(len(values))))


_LENGTHS = st.sampled_from([0, 31, 32, 255, 256])
"""Where a text is written in another form; the texts themselves are made in the test, to be told briefly."""
VALUES = st.fixed_dictionaries(
    {
        "at_ms": st.sampled_from([0, 946_684_800_000, 1_760_000_000_000, 4_102_444_800_000]),
        "asn": st.sampled_from([0, 127, 128, 255, 256, 3320, 65_536, 2**32 - 1, 2**32, -1]),
        "click_id": st.sampled_from([b"", b"\xdc\x00\x16\xcf", b"x" * 64, b"x" * 65]),
        "visitor": st.sampled_from([b"", b"1234567", b"12345678", b"123456789"]),
        "link_id": st.sampled_from([identity(1)] * 3 + [b"", bytes(17)]),
        "user_agent": _LENGTHS,
        "detail": _LENGTHS,
        "utm": st.none() | st.tuples(*[_LENGTHS] * 5),
    },
)
USUAL = {
    "at_ms": 1_760_000_000_000,
    "asn": 1,
    "click_id": b"",
    "visitor": b"12345678",
    "link_id": identity(1),
}


def made(values: dict[str, Any]) -> ScanV1:
    """A scan with these values, and texts of these lengths."""
    utm = values["utm"]
    written = {
        **values,
        "user_agent": "x" * values["user_agent"],
        "detail": "d" * values["detail"],
        "utm": utm and tuple("é" * length for length in utm),
    }
    return msgspec.structs.replace(scan(1), **written)


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            *[st.sampled_from(["", "\0", "a", "\0a", "a\0", "abcdefg", "abcdefgh", "zbcdefgh", "é" * 8])] * 3
        ),
        max_size=4,
    )
)
def test_texts_that_are_nearly_the_same_stay_apart(many: list[tuple[str, str, str]]) -> None:
    """Short texts are compared as numbers, and others of one length word by word: no byte may be overlooked."""
    scans = [
        scan(number, city=city, referrer=referrer * 2, domain=domain + "x" * 16)
        for number, (city, referrer, domain) in enumerate(many, 1)
    ]
    assert stored(read_batch(shipped(*map(encode, scans)))) == list(map(row_of, scans))


@settings(max_examples=50)
@given(st.lists(VALUES, max_size=4), st.booleans())
def test_scans_looked_over_together_are_judged_as_one_by_one(many: list[dict[str, Any]], usual: bool) -> None:
    """The quick look at a whole batch must see what a look at each scan sees, and let nothing more through."""
    scans = [made({**values, **(USUAL if usual else {})}) for values in many]
    frames = list(map(encode, scans))
    together = read_batch(shipped(*frames))
    alone = [read_batch(shipped(frame)) for frame in frames]
    assert list(together.bad) == [position for position, batch in enumerate(alone) if batch.bad]
    assert stored(together) == [row for batch in alone for row in stored(batch)]
    good = [one for position, one in enumerate(scans) if position not in together.bad]
    assert stored(together) == list(map(row_of, good))


@given(st.binary(max_size=12), st.integers(0, 300), st.integers(1, 6))
def test_broken_bytes_never_pass_for_other_scans(patch: bytes, place: int, count: int) -> None:
    """What the quick look reads from bytes that something overwrote is what a decoder reads from them."""
    frame = bytearray(encode(scan(1, country="FR", utm=("a", "b", "c", "d", "e"), click_id=b"click")))
    frame[place : place + len(patch)] = patch
    try:
        one = msgspec.msgpack.decode(frame, type=ScanV1)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        one = None
    usual = encode(scan(1))
    for batch in read_batches([shipped(*[usual] * count, bytes(frame), usual)]):
        if isinstance(batch, Batch) and batch.count == count + 2 and not batch.bad:
            assert one is not None
            assert stored(batch) == [*[row_of(scan(1))] * count, row_of(one), row_of(scan(1))]
