"""A real headless Chromium, driven by selenium."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--mute-audio",
)  # fmt: skip
PHONE = (390, 844)
DESKTOP = (1280, 900)


def browser_paths() -> tuple[str, str] | None:
    """Where Chromium and its driver are, or None."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


@contextmanager
def chromium() -> Iterator[Chrome]:
    """A browser with a profile of its own, gone afterwards.

    The test is skipped where there is none, unless nothing may be skipped.
    """
    paths = browser_paths()
    if paths is None:
        reason = "needs Chromium and chromedriver on the PATH"
        if os.environ.get("WAYPOST_TEST_REQUIRE_ALL"):
            pytest.fail(reason)
        pytest.skip(reason)
    browser, driver = paths
    with tempfile.TemporaryDirectory(prefix="waypost-browser-", ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = browser
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        chrome = Chrome(options, Service(driver))
        try:
            yield chrome
        finally:
            chrome.quit()


def look(chrome: Chrome, size: tuple[int, int], *, dark: bool) -> None:
    """Set the window and what the visitor prefers."""
    width, height = size
    chrome.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
    )
    chrome.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {
            "features": [
                {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ]
        },
    )
