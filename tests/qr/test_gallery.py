"""The documentation's pictures are what the code draws today, and its page shows all of them."""

from pathlib import Path

import pytest

from waypost.qr import design as designs
from waypost.qr.gallery import FINDINGS, TEXT, WIDTH_PX, pictures, sample_logo
from waypost.qr.guard import check

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_shows_every_picture_as_the_code_draws_it() -> None:
    """A change of looks shows up in review; `python -m waypost.qr.gallery docs/qr` renews the pictures."""
    drawn = pictures()
    assert {path.name for path in (DOCS / "qr").iterdir()} == set(drawn)
    page = (DOCS / "qr.md").read_text(encoding="utf-8")
    assert [name for name in drawn if f"(qr/{name})" not in page] == []
    vector = {name: data for name, data in drawn.items() if name.endswith(".svg")}
    assert [name for name, data in vector.items() if (DOCS / "qr" / name).read_bytes() != data] == []
    assert sum(len(data) for data in drawn.values()) < 1_500_000


@pytest.mark.parametrize("code", FINDINGS)
def test_each_finding_of_the_page_is_found(code: str) -> None:
    """The picture beside a finding must really have it."""
    document = FINDINGS[code]
    text = "12345" if document.get("micro") else TEXT
    logo = sample_logo() if code.startswith("logo") else None
    assert code in {finding.code for finding in check(text, designs.parse(document), WIDTH_PX, logo)}
