"""Text to modules, checked against segno's tables and by reading back."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segno import consts
from tests.qr.conftest import SHORT_URL

from waypost.qr.codewords import alignment_centers, codeword_map
from waypost.qr.design import LEVELS, Design, Level
from waypost.qr.faults import QrFault, TextTooLong
from waypost.qr.layout import Size
from waypost.qr.matrix import capitals, encode
from waypost.qr.scene import compose
from waypost.qr.verify import grey, read

UNICODE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@settings(max_examples=150, deadline=None)
@given(text=UNICODE, level=st.sampled_from(LEVELS))
def test_any_text_reads_back(text: str, level: Level) -> None:
    """decode(render(text)) == text for all of Unicode, which qr-code-styling does not manage."""
    matrix = encode(text, Design(error_correction=level))
    side = (matrix.size + 8) * 4
    assert read(grey(compose(matrix, Design(), Size(side, side), None))) == [text]


def test_boost_raises_the_level_only_while_the_symbol_stays_small() -> None:
    """Free robustness is taken; a larger symbol is not free."""
    plain, boosted = encode("A" * 10, Design(error_correction="L", boost=False)), encode("A" * 10, Design())
    assert (plain.size, plain.level) == (21, "L")
    assert (boosted.size, boosted.level) == (21, "H")


def test_capitals_make_the_smallest_symbol_and_mean_the_same() -> None:
    """Scheme and host have no case; path and query do."""
    assert capitals("https://Lnk.example/aBc?x=Y") == "HTTPS://LNK.EXAMPLE/aBc?x=Y"
    assert capitals("mailto:me@x.example") == "mailto:me@x.example"
    url = "https://lnk.example/abc123"
    usual, packed = (encode(url, Design(error_correction="H", alphanumeric=a)) for a in (False, True))
    assert packed.size < usual.size


def test_micro_symbols_are_made_when_asked_for() -> None:
    """Micro QR saves space where the reader is known."""
    matrix = encode("12345", Design(micro=True, error_correction="L"))
    assert (matrix.micro, matrix.size, matrix.version) == (True, 11, 1)


@pytest.mark.parametrize(
    ("text", "design", "fault"),
    [
        ("x" * 2954, Design(error_correction="L"), TextTooLong),
        ("x" * 1300, Design(error_correction="H"), TextTooLong),
        ("x" * 30, Design(micro=True), TextTooLong),
        ("", Design(), QrFault),
        ("\ud800", Design(), QrFault),
        ("1", Design(micro=True, error_correction="H"), QrFault),
    ],
)
def test_texts_that_do_not_fit_are_typed_faults(text: str, design: Design, fault: type[QrFault]) -> None:
    """Callers map faults to answers; a bare ValueError would be a 500."""
    with pytest.raises(fault):
        encode(text, design)


@pytest.mark.parametrize("level", LEVELS)
def test_codeword_tables_agree_with_segno(level: Level) -> None:
    """Our copy of ISO/IEC 18004 table 9 and annex E against an independent one, all 40 versions."""
    for version in range(1, 41):
        codewords = codeword_map(version, level)
        tables: Any = consts.ECC
        blocks = tables[version][getattr(consts, f"ERROR_LEVEL_{level}")]
        lengths = sorted(info.num_total for info in blocks for _ in range(info.num_blocks))
        assert sorted(np.bincount(codewords.block)) == lengths
        assert codewords.codeword.max() + 1 == sum(lengths)
        if version > 1:
            assert tuple(alignment_centers(version)) == tuple(consts.ALIGNMENT_POS[version - 2])


@pytest.mark.parametrize(("level", "text"), [("M", SHORT_URL), ("H", SHORT_URL * 3), ("Q", SHORT_URL * 9)])
def test_a_block_survives_exactly_its_budget_of_wrong_codewords(level: Level, text: str) -> None:
    """The guard's arithmetic is right: budget 1 reads, one codeword more in the same block does not."""
    matrix = encode(text, Design(error_correction=level, boost=False))
    codewords = codeword_map(matrix.version, level)
    block = np.flatnonzero(codewords.block == 0)
    for wrong, readable in ((codewords.correctable, True), (codewords.correctable + 1, False)):
        hit = np.isin(codewords.codeword, block[:wrong])
        assert (codewords.budget(hit) <= 1) is readable
        damaged = np.pad(np.where(hit, ~matrix.cells, matrix.cells), 4)
        picture = np.kron(np.where(damaged, 0, 255), np.ones((6, 6))).astype(np.uint8)
        assert (read(picture) == [text]) is readable
