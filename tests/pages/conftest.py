"""A browser and a server for the tests that need real ones."""

import os
from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome
from tests.pages.browser import browser_paths, chromium
from tests.pages.local_server import PageServer, serving


@pytest.fixture(scope="module")
def chrome() -> Iterator[Chrome]:
    """A headless Chromium; the test is skipped where there is none, unless nothing may be skipped."""
    paths = browser_paths()
    if paths is None:
        reason = "needs Chromium and chromedriver on the PATH"
        if os.environ.get("WAYPOST_TEST_REQUIRE_ALL"):
            pytest.fail(reason)
        pytest.skip(reason)
    with chromium(paths) as driver:
        yield driver


@pytest.fixture
def server() -> Iterator[PageServer]:
    """A web server of this test's own."""
    with serving() as running:
        yield running
