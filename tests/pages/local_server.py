"""A small web server for finished pages: what the edge will be, as far as a browser can tell."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.pages.pictures import picture

from waypost.redirect.pages import Page

NONCE = "dGVzdHMtb25seS1ub25jZQ"
Answerer = Callable[[str, dict[str, list[str]]], Page]


class PageServer(ThreadingHTTPServer):
    """Serves `pages` by path. Notes every address asked for and every policy violation reported."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, Page] = {}
        self.posts: dict[str, Callable[[dict[str, list[str]]], Page]] = {}
        self.asked: list[str] = []
        self.violations: list[str] = []
        self.enforcing = True
        """Whether policies are enforced, or only report: then whatever escaping lets through does run."""

    @property
    def address(self) -> str:
        """The origin, without a slash."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """A browser that has moved on hangs up; anything else fails the test that waits for the answer."""

    def show(self, path: str, page: Page) -> str:
        """Serve a page and return its address."""
        self.pages[path] = page
        return self.address + path


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A page, a picture, or nothing."""
        path = urlsplit(self.path).path
        self.server.asked.append(self.path)
        if path.startswith("/assets/") and path.endswith(".jpg"):
            self._send(200, ((b"content-type", b"image/jpeg"),), picture(path[8:-4]))
        elif path in self.server.pages:
            self._page(self.server.pages[path])
        else:
            self._send(404, (), b"")

    def do_POST(self) -> None:
        """A violation report, or a sent form."""
        body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        if self.path == "/violation":
            self.server.violations.append(body)
            self._send(204, (), b"")
        else:
            self._page(self.server.posts[self.path](parse_qs(body)))

    def _page(self, page: Page) -> None:
        headers = []
        for name, value in page.headers:
            if name == b"content-length":
                continue
            if name == b"content-security-policy":
                reporting = name if self.server.enforcing else name + b"-report-only"
                headers.append((reporting, value + b"; report-uri /violation"))
            else:
                headers.append((name, value))
        self._send(page.status, tuple(headers), page.body)

    def _send(self, status: int, headers: tuple[tuple[bytes, bytes], ...], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name.decode(), value.decode())
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """A test's output is its assertions."""


@contextmanager
def serving() -> Iterator[PageServer]:
    """A running server of one's own."""
    server = PageServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
