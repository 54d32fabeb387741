"""A browser and a server for the tests that need real ones."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome
from tests.pages.browser import chromium
from tests.pages.local_server import PageServer, serving


@pytest.fixture(scope="module")
def chrome() -> Iterator[Chrome]:
    """A headless Chromium; the test is skipped where there is none, unless nothing may be skipped."""
    with chromium() as driver:
        yield driver


@pytest.fixture
def server() -> Iterator[PageServer]:
    """A web server of this test's own."""
    with serving() as running:
        yield running
