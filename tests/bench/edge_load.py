"""Servers and load for the edge's benchmarks: each server on one core, wrk on the other."""

import contextlib
import itertools
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import lmdb
from msgspec import Struct
from tests.bench.report import ROOT
from tests.ports import free_port

from waypost.redirect.applier import flags_of
from waypost.redirect.paths import EdgePaths
from waypost.redirect.store_format import (
    APPLIED_KEY,
    Applied,
    current_store,
    make_current,
    pack_applied,
    pack_value,
)
from waypost.redirect.store_keys import StoreKeys
from waypost.wire.codec import encode
from waypost.wire.ids import DEFAULT_DOMAIN_ID
from waypost.wire.link import LinkOptionsV1, LinkState, LinkV1
from waypost.wire.slug import link_key

SERVER_CORE, LOAD_CORE = "0", "1"
BROWSERS = 600
LINKS_ASKED = 200_000
SYSTEMS = (
    "Windows NT 10.0; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "X11; Linux x86_64",
    "Linux; Android 14; Pixel 8",
    "iPhone; CPU iPhone OS 17_5 like Mac OS X",
)
LANGUAGES = (
    "en-US,en;q=0.9",
    "de-DE,de;q=0.9,en;q=0.8",
    "fr-FR,fr;q=0.9",
    "es-ES,es;q=0.9",
    "pt-BR,pt;q=0.8",
)
_START_DEADLINE_S = 30.0
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_LINE = re.compile(r"RESULT (\S+) (\S+) (\S+) (\S+) (\S+)")


class Load(Struct, frozen=True):
    """What wrk saw: requests a second, latency percentiles in milliseconds, answers that were errors."""

    rate: float
    p50_ms: float
    p99_ms: float
    errors: int
    server_us: float
    """CPU of the server per request, in microseconds."""


def slug(number: int) -> str:
    """A slug of 8 characters, the same for a number in every run."""
    value = number * 2_654_435_761 % len(_ALPHABET) ** 8
    letters = []
    for _ in range(8):
        value, rest = divmod(value, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)


def target(number: int) -> str:
    """A destination of about 100 characters."""
    return f"https://www.example.com/landing/pages/{number}/welcome?campaign=spring&source=poster&item={number * 7}"


def fill_store(directory: Path, count: int, options_of: Callable[[int], LinkOptionsV1] | None = None) -> None:
    """Write a link store of so many links, as the agent would have."""
    paths = EdgePaths(directory)
    paths.make()
    keys = sorted((link_key(DEFAULT_DOMAIN_ID, slug(number)), number) for number in range(count))
    store = paths.links / f"bench-{count}"
    store.mkdir()
    store_keys = StoreKeys()
    with lmdb.open(str(store), map_size=64 << 30, sync=False) as environment:
        with environment.begin(write=True) as transaction:
            store_keys.give(transaction, DEFAULT_DOMAIN_ID)
        for start in range(0, count, 100_000):
            with environment.begin(write=True) as transaction:
                for key, number in keys[start : start + 100_000]:
                    link = LinkV1(
                        number.to_bytes(16, "big"),
                        bytes(16),
                        LinkState.ACTIVE,
                        target(number).encode(),
                        options=options_of(number) if options_of else None,
                    )
                    value = encode(link)
                    stored = pack_value(key, 1, flags_of(key, value), value)
                    transaction.put(store_keys.stored(key), stored, append=True)
        with environment.begin(write=True) as transaction:
            applied = Applied("bench", 1, 0, "", count, bytes(16))
            transaction.put(APPLIED_KEY, pack_applied(applied))
        environment.sync(True)
    make_current(paths.links, store)


def header_blocks() -> list[str]:
    """The header blocks of so many browsers, without what differs from request to request."""
    blocks = []
    for number in range(BROWSERS):
        system, language = SYSTEMS[number % 5], LANGUAGES[number // 5 % 5]
        lines = (
            f"User-Agent: Mozilla/5.0 ({system}) AppleWebKit/537.36 Chrome/{90 + number % 60}.0.{number}.0",
            "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            f"Accept-Language: {language}",
            "Accept-Encoding: gzip, deflate, br",
            "Upgrade-Insecure-Requests: 1",
        )
        blocks.append("".join(f"{line}\r\n" for line in lines))
    return blocks


def asked(links: int, *, skewed: bool) -> list[str]:
    """The slugs that are asked for: evenly over many links, or as links are, a few often and most rarely (Zipf)."""
    randomness = random.Random(5)
    if not skewed:
        return [slug(randomness.randrange(links)) for _ in range(min(links, LINKS_ASKED))]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, links + 1)))
    return [slug(number) for number in randomness.choices(range(links), cum_weights=weights, k=LINKS_ASKED)]


def script(
    directory: Path, links: int, *, close: bool = False, skewed: bool = False, delay_ms: int = 0
) -> Path:
    """A wrk script: random slugs, browsers and client addresses; `delay_ms` is the mean pause of a connection."""
    name = f"{'close' if close else 'keep'}_{'skewed' if skewed else 'even'}_{delay_ms}"
    slugs_file, agents_file = directory / f"slugs_{name}.txt", directory / "agents.txt"
    slugs_file.write_text("\n".join(asked(links, skewed=skewed)))
    agents_file.write_text("\n".join(block.replace("\r\n", "\\r\\n") for block in header_blocks()))
    pause = f"delay = function() return random(0, {2 * delay_ms}) end" if delay_ms else ""
    connection = "Connection: close\\r\\n" if close else ""
    file = directory / f"load_{name}.lua"
    file.write_text(
        f"""local slugs, agents = {{}}, {{}}
for line in io.lines("{slugs_file}") do slugs[#slugs + 1] = line end
for line in io.lines("{agents_file}") do agents[#agents + 1] = (line:gsub("\\\\r\\\\n", "\\r\\n")) end
local random = math.random
{pause}
request = function()
  return "GET /" .. slugs[random(#slugs)] .. " HTTP/1.1\\r\\nHost: short.test\\r\\n{connection}" ..
    "X-Forwarded-For: " .. random(1, 223) .. "." .. random(0, 255) .. "." .. random(0, 255) .. "." .. random(1, 254) ..
    "\\r\\n" .. agents[random(#agents)] .. "\\r\\n"
end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""
    )
    return file


def load(port: int, lua: Path, pid: int, *, seconds: int = 4, connections: int = 64) -> Load:
    """Run wrk from its core against a server of this process id."""
    command = [
        "taskset",
        "-c",
        LOAD_CORE,
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "-s",
        str(lua),
        f"http://127.0.0.1:{port}/",
    ]
    before = cpu_s(pid)
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    used_s = cpu_s(pid) - before
    found = _LINE.search(output)
    if found is None:
        raise RuntimeError(output)
    requests, duration_us, p50_us, p99_us, errors = map(float, found.groups())
    return Load(
        requests / duration_us * 1e6, p50_us / 1e3, p99_us / 1e3, int(errors), used_s / max(requests, 1) * 1e6
    )


def cpu_s(pid: int) -> float:
    """CPU time of a process and its threads, in seconds, as the scheduler counts it."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def private_mb(pid: int) -> float:
    """Memory that belongs to a process alone; pages of the link store are shared with the other workers."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(value) for value in re.findall(r"Private_Dirty:\s+(\d+) kB", text)) / 1024


@contextlib.contextmanager
def running(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[int]:
    """A server on its core, once it accepts; its process id."""
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command],
        env={"PATH": os.environ["PATH"], **(environment or {})},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + _START_DEADLINE_S
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as probe:
                probe.sendall(f"GET /{slug(1)} HTTP/1.1\r\nHost: short.test\r\n\r\n".encode())
                if probe.recv(64):
                    break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start")
            time.sleep(0.01)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@contextlib.contextmanager
def edge(
    directory: Path, *, index: int = 0, python: str = sys.executable, **settings: str
) -> Iterator[tuple[int, int]]:
    """One edge worker over a filled store, by this Python or another of its version: port and process id.

    Workers that run beside each other over one store have different indexes, and so spools.
    """
    port = free_port()
    environment = {
        "WAYPOST_DATA_DIR": str(directory),
        "WAYPOST_REDIRECT_HOST": "127.0.0.1",
        "WAYPOST_REDIRECT_PORT": str(port),
        "WAYPOST_TRUSTED_PROXIES": "127.0.0.1/32",
        "PYTHONPATH": os.pathsep.join(
            path for path in sys.path if "site-packages" in path or str(ROOT) in path
        ),
        **settings,
    }
    command = [python, "-m", "waypost.redirect", "worker", "--index", str(index)]
    with running(command, port, environment) as pid:
        yield port, pid


@contextlib.contextmanager
def nginx(directory: Path, links: int) -> Iterator[tuple[int, int]]:
    """nginx with a map of links and its access log on: port and the worker's process id."""
    program = shutil.which("nginx")
    if program is None:
        raise RuntimeError("nginx is not installed")
    port = free_port()
    (directory / "map.conf").write_text(
        "".join(f"/{slug(number)} {target(number)};\n" for number in range(links))
    )
    configuration = directory / "nginx.conf"
    configuration.write_text(
        f"""worker_processes 1; daemon off; pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log {directory}/access.log combined buffer=64k flush=1s;
  keepalive_requests 1000000000;
  map_hash_max_size 1048576; map_hash_bucket_size 256;
  map $uri $destination {{ default ""; include {directory}/map.conf; }}
  server {{ listen 127.0.0.1:{port} backlog=1024; if ($destination = "") {{ return 404; }} return 302 $destination; }}
}}
"""
    )
    with running([program, "-c", str(configuration), "-p", str(directory)], port) as pid:
        children: list[str] = []
        while not children:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        yield port, int(children[0])


def read_store(directory: Path) -> None:
    """Bring the link store of a directory into memory."""
    for file in EdgePaths(directory).links.glob("*/data.mdb"):
        with file.open("rb") as opened:
            while opened.read(1 << 20):
                continue


def store_bytes(directory: Path) -> int:
    """Size of the link store in force."""
    store = current_store(EdgePaths(directory).links)
    return (store / "data.mdb").stat().st_size if store else 0
