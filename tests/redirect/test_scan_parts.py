"""The pieces of a scan against the wire's own encoder."""

from hypothesis import given
from hypothesis import strategies as st

from waypost.facts.place import Place
from waypost.redirect import scan_parts
from waypost.wire.codec import encode
from waypost.wire.scan import Outcome, ScanV1, Source

texts = st.text(st.characters(codec="utf-8"), max_size=300)
short = st.text(st.characters(codec="utf-8"), max_size=12)
scans = st.builds(
    ScanV1,
    st.integers(0, 2**45),
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=16, max_size=16),
    st.sampled_from([b"", b"visitor8"]),
    texts,
    st.sampled_from(Source),
    st.sampled_from(Outcome),
    st.sampled_from(["GET", "HEAD", "POST"]),
    st.sampled_from(["", "prefetch", "preview"]),
    *[short] * 4,
    st.integers(0, 2**32 - 1),
    *[short] * 5,
    st.none() | st.tuples(*[texts] * 5),
    st.sampled_from([b"", b"c" * 16]),
    texts,
)


@given(scans)
def test_the_joined_pieces_are_the_encoded_scan(scan: ScanV1) -> None:
    """The agent ships them as they are: one byte aside and analytics could not read a scan."""
    visitor = scan_parts.VISITOR + scan.visitor if scan.visitor else scan_parts.NO_VISITOR
    joined = b"".join(
        (
            scan_parts.start(scan.at_ms),
            scan_parts.link_ids(scan.link_id, scan.workspace_id),
            visitor,
            scan_parts.agent(scan.user_agent),
            scan_parts.kind(scan.source, scan.outcome, scan.method, scan.purpose),
            scan_parts.place(Place(scan.country, scan.region, scan.city, scan.continent, scan.asn)),
            scan_parts.origin(scan.language, scan.referrer, scan.domain),
            scan_parts.outcome_end(scan.rule_id, scan.variant_id, scan.utm, scan.click_id, scan.detail),
        )
    )
    assert joined == encode(scan)


def test_the_plain_end_is_the_end_of_a_scan_of_defaults() -> None:
    """It is what most scans end with."""
    assert encode(ScanV1(1, b"", b"")).endswith(scan_parts.PLAIN_END)
