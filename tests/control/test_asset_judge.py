"""Files judged piece by piece: the same whatever the pieces are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.control.core.asset_judge import Judge
from waypost.control.model.faults import TooLarge

TEXT = "Straße, 東京, 🦊\n".encode()
FILES = [
    (TEXT, "text/plain", True),
    (TEXT[:-3], "text/plain", False),
    (TEXT + b"\x00", "text/csv", False),
    (b"a,b\n1,2\n" * 20, "text/csv", True),
    (b"%PDF-1.7\n" + bytes(range(256)), "application/pdf", True),
    (b"%PD" + TEXT, "application/pdf", False),
    (b"\x00\x00\x00\x18ftypmp42", "video/mp4", True),
    (b"", "video/mp4", False),
]


@given(st.sampled_from(FILES), st.integers(1, 20))
def test_pieces_do_not_matter(file: tuple[bytes, str, bool], piece_bytes: int) -> None:
    """A character of a text may be cut in two, and a beginning come byte by byte."""
    body, content_type, is_good = file
    whole, pieces = Judge(content_type, 1000), Judge(content_type, 1000)
    whole.see(body)
    for start in range(0, len(body), piece_bytes):
        pieces.see(body[start : start + piece_bytes])
    assert pieces.is_of_type() is is_good
    assert (pieces.sha256, pieces.size_bytes) == (whole.sha256, len(body))


def test_the_limit_is_met_as_soon_as_it_is_passed() -> None:
    """Not at the end of a file that has none."""
    judge = Judge("video/mp4", 10)
    judge.see(bytes(10))
    with pytest.raises(TooLarge):
        judge.see(b"x")
