"""Reading a plain link from its stored bytes, against the decoder that understands every link."""

from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from waypost.redirect import scan_parts
from waypost.redirect.plain_link import (
    AFTER_TARGET,
    BEFORE_TARGET,
    WORKSPACE_ID,
    PlainLink,
    plain_flags,
    read_plain,
)
from waypost.redirect.ready import make_ready
from waypost.redirect.store_format import REFUSED, pack_value
from waypost.wire.codec import encode
from waypost.wire.link import LinkOptionsV1, LinkState, LinkV1

KEY = b"l" + b"d" * 16 + b"slug"


def read(raw: bytes, key: bytes = KEY) -> PlainLink | None:
    """Read a stored value under a key."""
    return read_plain(raw, crc32(key))


ids = st.binary(min_size=16, max_size=16)
targets = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=700).map(
    str.encode
)
links = st.builds(
    LinkV1,
    ids | st.binary(max_size=20),
    ids,
    st.sampled_from(LinkState),
    targets,
    st.sampled_from([301, 302, 303, 307, 308, 200]),
    st.sampled_from([0, 0, 1, 2**40]),
    st.sampled_from([0, 0, 1, 2**40]),
    st.sampled_from([None, None, LinkOptionsV1(), LinkOptionsV1(track_visitor=False)]),
)


def plain(link: LinkV1) -> bool:
    """Whether a link is to be read without decoding."""
    return (
        link.state is LinkState.ACTIVE
        and (link.starts_ms, link.expires_ms, link.options) == (0, 0, None)
        and link.status != 200
        and len(link.link_id) == 16
    )


@given(links)
def test_a_plain_link_reads_as_it_decodes_and_no_other_link_reads(link: LinkV1) -> None:
    """Two readers of one record must not lead anybody to two places."""
    value = encode(link)
    found = read(pack_value(KEY, 7, plain_flags(value), value))
    assert (found is not None) == plain(link)
    if found is not None:
        ready = make_ready(value)
        assert BEFORE_TARGET + found.target + AFTER_TARGET == ready.leading_to("").raw_headers
        assert found.status_line.split()[1] == b"%d" % ready.leading_to("").status
        assert found.ids == ready.ids == scan_parts.link_ids(link.link_id, link.workspace_id)
        assert found.ids[WORKSPACE_ID] == link.workspace_id


@given(ids, targets, st.integers(min_value=0))
def test_one_flipped_bit_makes_it_none_of_ours(link_id: bytes, target: bytes, bit: int) -> None:
    """A damaged record must never lead anywhere (reliability R16)."""
    value = encode(LinkV1(link_id, link_id, LinkState.ACTIVE, target))
    raw = bytearray(pack_value(KEY, 7, plain_flags(value), value))
    bit %= len(raw) * 8
    raw[bit // 8] ^= 1 << bit % 8
    assert read(bytes(raw)) is None


@given(st.binary(max_size=120))
def test_any_bytes_are_read_or_left(raw: bytes) -> None:
    """What a disk gives back must not end a connection."""
    assert read(raw) is None
    assert plain_flags(raw) == 0


def test_a_refused_or_foreign_record_is_not_followed() -> None:
    """Refused by the applier means unsafe; a value under another key is damage."""
    value = encode(LinkV1(bytes(16), bytes(16), LinkState.ACTIVE, b"https://example.com/"))
    flags = plain_flags(value)
    assert read(pack_value(KEY, 1, flags, value)) is not None
    assert read(pack_value(KEY, 1, REFUSED, value)) is None
    assert read(pack_value(KEY, 1, flags, value), KEY + b"x") is None
