"""Draw every page into docs/pages: `.venv/bin/python -m tests.pages.screenshots [folder] [name ...]`."""

import base64
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from tests.pages.browser import DESKTOP, PHONE, browser_paths, chromium, look
from tests.pages.local_server import NONCE, serving
from tests.pages.samples import PAGES

SCALE = 0.75
"""Of the pictures; keeps the folder below 2 MB."""
SETTLED = """
const done = arguments[arguments.length - 1];
Promise.all([...document.images].map(image => image.decode().catch(() => 0))).then(() => requestAnimationFrame(done));
"""
VIEWS = {
    "phone-light": (PHONE, False),
    "phone-dark": (PHONE, True),
    "desktop-light": (DESKTOP, False),
    "desktop-dark": (DESKTOP, True),
}


def main(folder: Path, names: list[str], views: list[str]) -> None:
    """One picture per page: its views side by side."""
    if browser_paths() is None:
        raise SystemExit("screenshots: Chromium and chromedriver are needed on the PATH")
    folder.mkdir(parents=True, exist_ok=True)
    with serving() as server, chromium() as chrome:
        for name in names:
            address = server.show(f"/{name}", PAGES[name](NONCE))
            shots = []
            for view in views:
                size, dark = VIEWS[view]
                look(chrome, size, dark=dark)
                chrome.get(address)
                chrome.execute_async_script(SETTLED)
                raw = chrome.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"]
                shots.append(Image.open(BytesIO(base64.b64decode(raw))).convert("RGB"))
            sheet = Image.new("RGB", (sum(shot.width for shot in shots), max(shot.height for shot in shots)))
            left = 0
            for shot in shots:
                sheet.paste(shot, (left, 0))
                left += shot.width
            size = (round(sheet.width * SCALE), round(sheet.height * SCALE))
            small = sheet.resize(size, Image.Resampling.LANCZOS)
            few = small.quantize(method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
            few.save(folder / f"{name}.png", optimize=True)
            print(f"{folder / name}.png")


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/pages"),
        sys.argv[2:] or list(PAGES),
        ["phone-light", "phone-dark"],
    )
