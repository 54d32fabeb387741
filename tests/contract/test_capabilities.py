"""The checklist of what the vendors document: complete, and true about the tests that it names."""

import re
from functools import cache

import pytest
from tests.contract.compatibility_page import PAGE, ROOT, Capability, capabilities, page

COUNT = 287
ROWS = [row for rows in capabilities().values() for row in rows.items()]


@cache
def _defined_in(file: str) -> frozenset[str]:
    """The names of the tests that a file defines."""
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    return frozenset(re.findall(r"^(?:async )?def (test_\w+)\(", path.read_text(), re.MULTILINE))


def test_every_number_has_one_entry() -> None:
    """What is left out is forgotten. (A number that stands twice in a section does not even parse.)"""
    numbers = [int(number.removeprefix("C")) for number, _ in ROWS]
    assert numbers == list(range(1, COUNT + 1))


@pytest.mark.parametrize("row", [pytest.param(row, id=number) for number, row in ROWS])
def test_every_entry_names_tests_that_exist_or_says_why_there_is_none(row: Capability) -> None:
    """A promise without a test is a wish."""
    assert row.what
    assert row.source
    assert row.tests or row.missing
    assert not row.missing or row.missing.endswith(".")
    for test in row.tests:
        file, _, name = test.partition("::")
        assert name in _defined_in(file), test


def test_the_page_is_made_from_the_list() -> None:
    """Who moves over reads the page, not the list; `make docs` writes it anew."""
    assert PAGE.read_text() == page()
