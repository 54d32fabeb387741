"""Published files at the edge: real worker, no control, no broker, whichever lane is on."""

import asyncio
import urllib.request
from pathlib import Path

import pytest
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import FakeControl, link_value

from waypost.redirect.asset_file import AssetDirectory
from waypost.wire.assets import MEDIA_TYPES, asset_path, file_at, served_headers

ID = "01a21fa2b0217523ada782fbbb1ba1c8"
BODY = bytes(range(256)) * 4096


def publish(root: Path, name: str, body: bytes = BODY) -> str:
    """A file as control leaves it; its path."""
    file = root / "public" / ID / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)
    return asset_path(ID, name)


@pytest.mark.parametrize("fast_lane", ["on", "off"])
def test_a_file_is_served_safely_by_the_edge_alone(tmp_path: Path, fast_lane: str) -> None:
    """Nothing but the worker runs: pictures of pages need neither control nor broker."""
    host = EdgeHost(tmp_path / "edge")
    host.environment["WAYPOST_FAST_LANE"] = fast_lane
    picture = publish(host.directory / "assets", "Photo.png")
    menu = publish(host.directory / "assets", "Menu.pdf")
    try:
        host.start_worker()
        for _ in range(2):  # the second time, the header block is a known one
            shown = host.get(picture)
            assert (shown.status, shown.body) == (200, BODY)
        assert {name.lower(): value for name, value in shown.headers.items()} | {
            "date": "",
            "last-modified": "",
        } == {
            "date": "",
            "last-modified": "",
            "content-type": "image/png",
            "content-length": str(len(BODY)),
            "accept-ranges": "bytes",
            "cache-control": "public, max-age=31536000, immutable",
            "etag": f'"{ID}"',
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'; sandbox",
            "cross-origin-resource-policy": "cross-origin",
            "x-robots-tag": "noindex",
        }
        saved = host.get(menu)
        assert saved.getheader("content-disposition") == 'attachment; filename="Menu.pdf"'
        head = host.get(picture, method="HEAD")
        assert (head.status, head.body, head.getheader("content-length")) == (200, b"", str(len(BODY)))
        part = host.get(picture, headers={"Range": "bytes=10-19"})
        assert (part.status, part.body) == (206, BODY[10:20])
        known = host.get(picture, headers={"If-None-Match": f'"{ID}"'})
        assert (known.status, known.body) == (304, b"")
        assert host.get(picture, method="POST").status == 405
        for missing in (
            picture.replace("Photo", "Other"),
            picture.replace(ID, "0" * 32),
            f"/-/assets/{ID}/../{ID}/Photo.png",
            f"/-/assets/{ID}/%2e%2e/{ID}/Photo.png",
            f"/-/assets/{ID}",
            "/-/assets/",
            "/-/assets/../public/" + ID + "/Photo.png",
        ):
            answer = host.get(missing)
            assert (answer.status, answer.getheader("content-type")) == (404, "text/plain; charset=utf-8"), (
                missing
            )
    finally:
        host.stop_all()


@pytest.mark.system
async def test_a_page_shows_its_picture_while_control_is_down(
    edge_host: EdgeHost, control: FakeControl
) -> None:
    """The picture of a page is on the page's own host, which its policy allows, and counts as no scan."""
    path = publish(edge_host.directory / "assets", "Photo.png")
    await control.put(hello=link_value("hello", "https://example.com/"))
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(edge_host.start_worker)
    await asyncio.to_thread(edge_host.wait_for_location, "/hello", "https://example.com/")
    await control.stop()
    assert (await asyncio.to_thread(edge_host.get, path)).body == BODY
    metrics = await asyncio.to_thread(_metrics, edge_host)
    assert (await asyncio.to_thread(edge_host.get, path)).status == 200
    assert await asyncio.to_thread(_metrics, edge_host) == metrics


def _metrics(host: EdgeHost) -> list[str]:
    """What the edge says of scans."""
    url = f"http://127.0.0.1:{host.admin_port}/metrics"
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as answer:
        return [line for line in answer.read().decode().splitlines() if "scans_recorded" in line]


@pytest.mark.parametrize(
    "path",
    [
        f"/-/assets/{ID}/page.html",
        f"/-/assets/{ID}/picture.svgz",
        f"/-/assets/{ID}/script.js",
        f"/-/assets/{ID}/.hidden.png",
        f"/-/assets/{ID}/a/b.png",
        f"/-/assets/{ID}/a%2fb.png",
        f"/-/assets/{ID.upper()}/a.png",
        f"/-/assets/{ID}/a.png\n",
        f"/-/assets/{ID}/..",
        f"/-/assets/{ID}/{'x' * 200}.png",
    ],
)
def test_paths_that_are_no_files_of_ours(path: str) -> None:
    """What an address names becomes a path in the file system; only the plainest may."""
    assert file_at(path) is None


@pytest.mark.parametrize("ending", sorted(MEDIA_TYPES))
def test_every_type_is_fenced_in(ending: str) -> None:
    """Whatever somebody smuggles past the checks: the browser believes the type, and runs nothing."""
    headers = served_headers(ID, f"a.{ending}")
    assert headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("sandbox")
    assert "script" not in policy
    opens = headers["content-type"].startswith("image/") and ending != "svg"
    assert ("content-disposition" in headers) is not opens
    assert not headers["content-type"].startswith(("text/html", "application/xhtml", "text/javascript"))


async def test_a_directory_in_a_files_place_is_no_file(tmp_path: Path) -> None:
    """Only regular files are opened."""
    (tmp_path / "public" / ID / "a.png").mkdir(parents=True)
    assert await AssetDirectory(tmp_path).response(asset_path(ID, "a.png").encode(), "") is None
