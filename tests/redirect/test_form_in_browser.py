"""A form filled in by keyboard in a real Chromium without JavaScript, at a real worker, under its real policy."""

from pathlib import Path

import msgspec
import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from tests.pages.browser import PHONE, chromium, look
from tests.pages.samples import sample
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import key_of, link_value
from tests.redirect.link_store import build_store
from tests.redirect.test_form_answers import kept

from waypost.wire.codec import encode
from waypost.wire.link import ContentV1, LinkOptionsV1

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
DEADLINE_S = 60.0


def test_form_is_sent_by_keyboard_and_without_javascript(tmp_path: Path) -> None:
    """Who uses no mouse and no scripts is a customer too; the policy must let the form go to its own page."""
    content = ContentV1("form", msgspec.Raw(encode(sample("form"))))
    host = EdgeHost(tmp_path / "edge")
    build_store(
        host.directory, {key_of("book"): link_value("book", "", options=LinkOptionsV1(content=content))}
    )
    host.start_worker()
    try:
        with chromium() as chrome:
            look(chrome, PHONE, dark=False)
            chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
            chrome.get(f"http://127.0.0.1:{host.port}/book")
            chrome.find_element(By.NAME, "name").click()
            keys = ActionChains(chrome).send_keys("Ines", Keys.TAB, "ines@example.com", Keys.TAB, Keys.TAB)
            keys.send_keys(Keys.SPACE, Keys.TAB, "A dog", Keys.TAB, Keys.SPACE).perform()
            wait = WebDriverWait(chrome, DEADLINE_S)
            wait.until(lambda _: sent_once_more(chrome))
            log = chrome.get_log("browser")  # type: ignore[no-untyped-call]  # as selenium has it
    finally:
        host.stop_all()
    (answer,) = kept(host, "book")
    assert {value.name: value.value for value in answer.values} == {
        "name": "Ines", "email": "ines@example.com", "guests": "", "time": "Noon", "wish": "A dog",
    }  # fmt: skip
    assert answer.consent
    assert not [line for line in log if "Content Security Policy" in str(line)]


def sent_once_more(chrome: Chrome) -> bool:
    """Press Enter on the button; whether the thanks came, else the form came back and is sent again."""
    heading = chrome.find_element(By.TAG_NAME, "h1").text
    if heading.startswith("Thank you"):
        return True
    chrome.find_element(By.CSS_SELECTOR, "button.button").send_keys(Keys.ENTER)
    return False
