"""User agent → operating system, browser, device and brand in Waypost's labels (contracts §1.3)."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import msgspec

from waypost.facts.limits import AGENT_CACHE_ENTRIES_MAX, AGENT_LABEL_CHARACTERS_MAX
from waypost.facts.robots import NO_ROBOT, RobotClass, RobotReader, bounded_text

if TYPE_CHECKING:
    from ua_parser.regex import Resolver

DeviceType = Literal["mobile", "tablet", "desktop", "bot", "unknown"]

_OS_LABELS = {
    "Mac OS X": "Mac",
    "Mac OS": "Mac",
    "Chrome OS": "ChromeOS",
    "Ubuntu": "Linux",
    "Debian": "Linux",
    "Fedora": "Linux",
    "Red Hat": "Linux",
    "CentOS": "Linux",
    "SUSE": "Linux",
    "openSUSE": "Linux",
    "Arch Linux": "Linux",
    "Gentoo": "Linux",
    "Linux Mint": "Linux",
    "Mandriva": "Linux",
    "Other": "",
}
_BROWSER_LABELS = {
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "Safari",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "Chrome",
    "Chromium": "Chrome",
    "HeadlessChrome": "Chrome",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Firefox Focus": "Firefox",
    "Edge Mobile": "Edge",
    "Edge WebView": "Edge",
    "Opera Mobile": "Opera",
    "Opera Mini": "Opera",
    "Opera Tablet": "Opera",
    "Opera Touch": "Opera",
    "Opera Neon": "Opera",
    "Opera GX": "Opera",
    "Samsung Internet": "Samsung",
    "IE": "Internet Explorer",
    "IE Mobile": "Internet Explorer",
    "WeChat Browser": "WeChat",
    "Other": "",
}
_BRAND_LABELS = {"XiaoMi": "Xiaomi", "Generic": "", "Spider": ""}
_BRAND_OF_MODEL = (
    (re.compile(r"SM-|GT-|SAMSUNG"), "Samsung"),
    (re.compile(r"Pixel|Nexus"), "Google"),
    (re.compile(r"M\d{4}[A-Z]|2\d{3,}[A-Z0-9]{3,}|Redmi|POCO|Mi "), "Xiaomi"),
    (re.compile(r"ONEPLUS|OnePlus"), "OnePlus"),
    (re.compile(r"HUAWEI|[A-Z]{3}-(?:AL|TL|AN|LX|L|W)\d"), "Huawei"),
)
"""Model numbers ua-parser leaves without a brand. Huawei's pattern holds for the Honor phones of its time
too.
"""

_TELEVISION = re.compile(r"(?i)smart-?tv|\btv\b|appletv|googletv|bravia|\baft[a-z]|crkey|roku|web0s|hbbtv")
_TABLET = re.compile(r"iPad|Tablet|PlayBook|Kindle|Silk/(?!.*Mobile)|Macintosh.*\bMobile/")
_MOBILE = re.compile(
    r"Mobi|iPhone|iPod|Windows Phone|Opera Mini|BlackBerry|BB10|KAIOS|Symbian|J2ME|webOS/|UP\.Browser"
)
_DESKTOP = re.compile(r"Windows NT|Macintosh|X11|CrOS|Win64|Linux (?:x86_64|i686|aarch64)")
_APPLE_TABLET_AS_MAC = re.compile(r"Macintosh.*\bMobile/")
"""An iPad's in-app browser says Macintosh but keeps `Mobile/`. Its Safari leaves no trace: such an iPad is
a Mac here.
"""


class Agent(msgspec.Struct, frozen=True, gc=False):
    """What a user agent says; an empty string means it does not say.

    `os` iOS Android Windows Mac Linux ChromeOS, else ua-parser's own name; `browser` Chrome Safari Firefox
    Edge Opera Samsung, else ua-parser's own name; `brand` Apple Samsung Google Huawei Xiaomi OnePlus, else
    as found. `device` is `bot` whenever `robot` has a kind.
    """

    os: str = ""
    os_version: str = ""
    browser: str = ""
    browser_version: str = ""
    device: DeviceType = "unknown"
    brand: str = ""
    model: str = ""
    robot: RobotClass = NO_ROBOT


UNKNOWN_AGENT = Agent()


class AgentReader:
    """Parses user agents. Opened once (about 0.1 s); pure afterwards, bounded in memory, and never raises.

    The patterns of device models are two thirds of all and take as much memory as the rest together, so
    they are opened when `parse` is first called; who only asks `system` does without.
    """

    def __init__(self, robots: RobotReader) -> None:
        # Here and not above: importing takes a tenth of a worker's start, and the first redirects do without.
        from ua_parser.core import Domain
        from ua_parser.loaders import load_builtins
        from ua_parser.regex import Resolver

        browsers, systems, self._model_patterns = load_builtins()
        self._resolver_of, self._domain = Resolver, Domain
        self._resolve = Resolver((browsers, systems, []))
        self._resolve_model: Resolver | None = None
        self._robots = robots
        self.parse = lru_cache(maxsize=AGENT_CACHE_ENTRIES_MAX)(self._parse)
        self.system = lru_cache(maxsize=AGENT_CACHE_ENTRIES_MAX)(self._system)

    def _models(self) -> "Resolver":
        if self._resolve_model is None:
            self._resolve_model = self._resolver_of(([], [], self._model_patterns))
        return self._resolve_model

    def _system(self, user_agent: str) -> Agent:
        """Operating system and browser of one user agent (its first 1,024 characters). Cached as `system`."""
        text = bounded_text(user_agent)
        if not text.strip():
            return UNKNOWN_AGENT
        found = self._resolve(text, self._domain.USER_AGENT | self._domain.OS)
        browser, system = found.user_agent, found.os
        os = _OS_LABELS.get(system.family, system.family) if system else ""
        return Agent(
            os="iOS" if _APPLE_TABLET_AS_MAC.search(text) else _label(os),
            os_version=_version(system.major, system.minor) if system else "",
            browser=_label(_BROWSER_LABELS.get(browser.family, browser.family)) if browser else "",
            browser_version=_version(browser.major, browser.minor) if browser else "",
        )

    def _parse(self, user_agent: str) -> Agent:
        """All facts of one user agent (its first 1,024 characters). Cached as `parse`."""
        known = self._system(user_agent)
        text = bounded_text(user_agent)
        if not text.strip():
            return known
        device = self._models()(text, self._domain.DEVICE).device
        robot = self._robots.classify(text)
        if not robot.kind and device is not None and device.family == "Spider":
            robot = RobotClass("bot", known.browser)
        brand = _BRAND_LABELS.get(device.brand or "", device.brand or "") if device else ""
        model = (device.model or "") if device else ""
        if _APPLE_TABLET_AS_MAC.search(text):
            brand, model = "Apple", "iPad"
        elif not brand or brand.startswith("Generic"):
            brand = _brand_of_model(model)
        return msgspec.structs.replace(
            known,
            device="bot" if robot.kind else _device(text),
            brand=_label(brand),
            model=_label(model),
            robot=robot,
        )


def _device(text: str) -> DeviceType:
    if _TELEVISION.search(text):
        return "unknown"
    if _TABLET.search(text):
        return "tablet"
    if _MOBILE.search(text):
        return "mobile"
    if "Android" in text:
        return "tablet"  # Chrome for Android leaves out `Mobile` on tablets
    return "desktop" if _DESKTOP.search(text) else "unknown"


def _brand_of_model(model: str) -> str:
    return next((brand for pattern, brand in _BRAND_OF_MODEL if pattern.match(model)), "")


def _version(major: str | None, minor: str | None) -> str:
    return _label(f"{major}.{minor}" if major and minor else major or "")


def _label(text: str) -> str:
    return text[:AGENT_LABEL_CHARACTERS_MAX]
