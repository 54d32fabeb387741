"""Pages that the edge renders for each visit, beside nginx that sends the same bytes from a file."""

import contextlib
import os
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import msgspec
from tests.bench.edge_load import Load, edge, fill_store, load, running, script
from tests.bench.report import Section
from tests.pages.local_server import NONCE
from tests.pages.samples import content_page, sample
from tests.ports import free_port

from waypost.wire.codec import encode
from waypost.wire.link import ContentV1, LinkOptionsV1

LINKS = 2_000
ROUNDS = 2
SATURATED, CALM = 64, 2
"""Connections."""
KINDS = ("bio", "vcard", "menu", "event", "form")
FILE = "nginx, the bio page as a file"
Server = Callable[[], AbstractContextManager[tuple[int, int]]]


def run() -> list[Section]:
    """Measure each kind of page at saturation and when calm."""
    if shutil.which("wrk") is None:
        return [Section("Pages", "Not measured: wrk is not installed.", ("figure",), (("-",),))]
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)  # nginx reads the page as a user of its own
        return [_served(Path(directory))]


def _with_page(content: ContentV1, _: int) -> LinkOptionsV1:
    return LinkOptionsV1(content=content)


def _served(root: Path) -> Section:
    arms: dict[str, tuple[Server, Path]] = {}
    if shutil.which("nginx") is not None:
        folder = _directory(root, "nginx")
        arms[FILE] = (partial(_nginx, folder), script(folder, LINKS))
    for kind in KINDS:
        folder = _directory(root, kind)
        content = ContentV1(kind, msgspec.Raw(encode(sample(kind))))
        fill_store(folder, LINKS, partial(_with_page, content))
        arms[f"edge, {kind}"] = (partial(edge, folder), script(folder, LINKS))
    saturated: dict[str, list[Load]] = {name: [] for name in arms}
    calm: dict[str, list[Load]] = {name: [] for name in arms}
    for _ in range(ROUNDS):
        for name, (server, lua) in arms.items():
            with server() as (port, pid):
                load(port, lua, pid, seconds=1)
                saturated[name].append(load(port, lua, pid, seconds=3, connections=SATURATED))
                calm[name].append(load(port, lua, pid, seconds=3, connections=CALM))
    unit = statistics.median(each.rate for each in next(iter(saturated.values())))
    rows = []
    for name in arms:
        rate = statistics.median(each.rate for each in saturated[name])
        kind = "bio" if name == FILE else name.removeprefix("edge, ")
        rows.append(
            (
                name,
                f"{len(content_page(sample(kind), NONCE).body) / 1000:.1f}",
                f"{rate:,.0f}",
                f"{rate / unit:.3f}",
                f"{statistics.median(each.server_us for each in saturated[name]):.0f}",
                f"{statistics.median(each.p99_ms for each in saturated[name]):.1f}",
                f"{statistics.median(each.p99_ms for each in calm[name]):.1f}",
                str(sum(each.errors for each in (*saturated[name], *calm[name]))),
            )
        )
    method = (
        f"wrk, one core each for server and load, {ROUNDS} interleaved rounds, medians; {SATURATED} connections, and "
        f"{CALM} for the calm p99. Every page is rendered for its visit, with a nonce of its own, and its scan is "
        "spooled; header blocks of 600 browsers."
    )
    columns = (
        "page",
        "kB",
        "requests/s",
        "times the first row",
        "CPU µs/request",
        "p99 ms, saturated",
        "p99 ms, calm",
        "errors",
    )
    busy = f"load average of the machine meanwhile: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return Section("Pages: served by the edge", method, columns, tuple(rows), (busy,))


@contextlib.contextmanager
def _nginx(directory: Path) -> Iterator[tuple[int, int]]:
    """nginx that answers every path with the bio page: port and the worker's process id."""
    program = shutil.which("nginx")
    if program is None:
        raise RuntimeError("nginx is not installed")
    port = free_port()
    (directory / "page.html").write_bytes(content_page(sample("bio"), NONCE).body)
    configuration = directory / "nginx.conf"
    configuration.write_text(
        f"""worker_processes 1; daemon off; pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log {directory}/access.log combined buffer=64k flush=1s;
  keepalive_requests 1000000000;
  server {{ listen 127.0.0.1:{port} backlog=1024; root {directory}; default_type text/html;
    location / {{ try_files /page.html =404; }} }}
}}
"""
    )
    with running([program, "-c", str(configuration), "-p", str(directory)], port) as pid:
        children: list[str] = []
        while not children:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        yield port, int(children[0])


def _directory(root: Path, name: str) -> Path:
    directory = root / name
    directory.mkdir()
    return directory
