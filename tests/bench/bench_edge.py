"""The edge beside nginx and a plain Starlette route: one core each for server and load, same run."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from tests.bench.edge_load import (
    LINKS_ASKED,
    Load,
    edge,
    fill_store,
    load,
    nginx,
    private_mb,
    running,
    script,
    slug,
    target,
)
from tests.bench.edge_lookup import lookups
from tests.bench.edge_phases import phases
from tests.bench.report import ROOT, Section
from tests.ports import free_port

from waypost.redirect.paths import EdgePaths
from waypost.redirect.replica_writer import ReplicaWriter
from waypost.redirect.store_format import Signals
from waypost.rules import Rule, Split, Url, Variant, encode_rules, model
from waypost.wire.codec import encode
from waypost.wire.ids import DEFAULT_DOMAIN_ID
from waypost.wire.link import LinkOptionsV1, LinkState, LinkV1
from waypost.wire.record import RecordV1
from waypost.wire.slug import link_key

LINKS = 1_000_000
NGINX_LINKS = 100_000
RULED_LINKS = 5_000
SLICES = 15
"""So often all are asked in turn, a second each, so that a ratio is of neighbours in time: a shared machine is half as
fast again from one half minute to the next."""

WARM_S = 2
"""A worker loads what later visitors need half a second after its start."""

RULED_WARM_S = 8
"""Each link's rules are compiled, and each of its destinations is made ready, for the first visitor led there."""

PACED_ROUNDS = 2
PACED_CONNECTIONS = 256
EDGE = f"edge, fast lane, {LINKS:,} links, spool on"
EDITS_PER_S = 50
NIGHT = model.Window(1320, 360, (5, 6), "America/New_York")
Server = Callable[[], AbstractContextManager[tuple[int, int]]]


def five_rules(number: int) -> LinkOptionsV1:
    """Rules of a link's own: they lead where those of no other link do."""
    to = f"https://example.com/{number}"
    variants = (Variant("a", f"{to}/a"), Variant("b", f"{to}/b"))
    rules = (
        Rule(id="geo", when=(model.Country(("DE", "AT", "CH")),), then=Url(f"{to}/geo")),
        Rule(id="os", when=(model.Os(("iOS",)),), then=Url(f"{to}/os")),
        Rule(id="language", when=(model.Language(("fr", "es")),), then=Url(f"{to}/language")),
        Rule(id="time", when=(model.Time((NIGHT,)),), then=Url(f"{to}/night")),
        Rule(id="ab", then=Split(variants)),
    )
    return LinkOptionsV1(rules=encode_rules(rules))


def run() -> list[Section]:
    """Measure throughput and latency against peers, then the phases, and what size and edits cost."""
    if shutil.which("wrk") is None:
        return [Section("Edge", "Not measured: wrk is not installed.", ("figure",), (("-",),))]
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        plain, ruled = root / "plain", root / "ruled"
        fill_store(plain, LINKS)
        fill_store(ruled, RULED_LINKS, five_rules)
        throughput, edge_rate = _throughput(root, plain, ruled)
        return [
            throughput,
            _half_load(root, plain, edge_rate / 2),
            phases(plain, LINKS),
            lookups(plain, LINKS),
            _edits(root, plain),
        ]


def _throughput(root: Path, plain: Path, ruled: Path) -> tuple[Section, float]:
    few, many, rules = (_directory(root, name) for name in ("few", "many", "rules"))
    small, large, ruled_load = script(few, NGINX_LINKS), script(many, LINKS), script(rules, RULED_LINKS)
    system_python = _system_python()
    servers: dict[str, Server] = {
        "nginx": lambda: nginx(few, NGINX_LINKS),
        "edge": lambda: edge(plain),
        "system": lambda: edge(plain, index=1, python=system_python),
        "ruled": lambda: edge(ruled),
        "full": lambda: edge(plain, index=2, WAYPOST_FAST_LANE="off"),
        "starlette": _starlette,
    }
    if shutil.which("nginx") is None:
        del servers["nginx"]
    if not system_python:
        del servers["system"]
    arms: dict[str, tuple[str, Path]] = {
        f"nginx, map of {NGINX_LINKS:,}, access log on": ("nginx", small),
        EDGE: ("edge", large),
        "the same, by the Python of the system": ("system", large),
        "nginx, a few links asked for often": ("nginx", script(few, NGINX_LINKS, skewed=True)),
        "edge, a few links asked for often": ("edge", script(many, LINKS, skewed=True)),
        "edge, fast lane, links of 5 rules": ("ruled", ruled_load),
        "edge, full lane": ("full", large),
        "Starlette route over a dict, no scans": ("starlette", small),
        "nginx, a connection per request": ("nginx", script(few, NGINX_LINKS, close=True)),
        "edge, a connection per request": ("edge", script(many, LINKS, close=True)),
    }
    arms = {name: arm for name, arm in arms.items() if arm[0] in servers}
    seen = _in_slices(servers, arms)
    rows = []
    first = [each.rate for each in next(iter(seen.values()))]
    edges = [each.rate for each in seen[EDGE]]
    for name, loads in seen.items():
        rates = [each.rate for each in loads]
        rows.append(
            (
                name,
                f"{statistics.median(rates):,.0f}",
                f"{_ratio(rates, first):.2f}",
                f"{_ratio(rates, edges):.2f}",
                f"{statistics.median(each.server_us for each in loads):.1f}",
                f"{statistics.median(each.p99_ms for each in loads):.1f}",
                str(sum(each.errors for each in loads)),
            )
        )
    method = (
        f"wrk, 64 connections, one core each for the server that is asked and for the load. All servers run; {SLICES} "
        "times each is asked for a second, one after the other. Rates and times are medians; a ratio is the median of "
        f"those of neighbouring seconds. Before, {WARM_S} s of the same load, {RULED_WARM_S} s for links with rules, "
        f"by when most of their destinations were met. Links drawn evenly from {LINKS_ASKED:,} of them (which no "
        "memory of links can help) or, where the row says so, as links are asked for: a few often, most rarely (Zipf, "
        "exponent 1). Header blocks of 600 browsers, a random X-Forwarded-For in each request. CPU is the server "
        "process's. The Python of the system is another build of the same version, as the distribution makes it."
    )
    columns = (
        "server",
        "requests/s",
        "times the first row",
        "times the edge's first",
        "CPU µs/request",
        "p99 ms, saturated",
        "errors",
    )
    return Section("Edge: throughput", method, columns, tuple(rows)), statistics.median(edges)


def _in_slices(servers: Mapping[str, Server], arms: Mapping[str, tuple[str, Path]]) -> dict[str, list[Load]]:
    seen: dict[str, list[Load]] = {name: [] for name in arms}
    with ExitStack() as stack:
        running = {name: stack.enter_context(server()) for name, server in servers.items()}
        for server, lua in arms.values():
            port, pid = running[server]
            load(port, lua, pid, seconds=RULED_WARM_S if server == "ruled" else WARM_S)
        for _ in range(SLICES):
            for name, (server, lua) in arms.items():
                port, pid = running[server]
                seen[name].append(load(port, lua, pid, seconds=1))
    return seen


def _ratio(rates: Sequence[float], others: Sequence[float]) -> float:
    """Of neighbouring slices, the median."""
    return statistics.median(rate / other for rate, other in zip(rates, others, strict=True))


def _half_load(root: Path, plain: Path, rate: float) -> Section:
    """Latency when a server has time to breathe: the same pace for both, half of what the edge can do."""
    delay_ms = max(1, round(PACED_CONNECTIONS / rate * 1000))
    few, many = _directory(root, "few_paced"), _directory(root, "many_paced")
    arms: dict[str, tuple[Server, Path]] = {
        "edge": (lambda: edge(plain), script(many, LINKS, delay_ms=delay_ms))
    }
    if shutil.which("nginx") is not None:
        arms["nginx"] = (
            lambda: nginx(few, NGINX_LINKS),
            script(few, NGINX_LINKS, delay_ms=delay_ms),
        )
    seen: dict[str, list[Load]] = {name: [] for name in arms}
    for _ in range(PACED_ROUNDS):
        for name, (server, lua) in arms.items():
            with server() as (port, pid):
                load(port, lua, pid, seconds=1, connections=PACED_CONNECTIONS)
                seen[name].append(load(port, lua, pid, seconds=3, connections=PACED_CONNECTIONS))
    rows = []
    for name, loads in seen.items():
        p50_ms, p99_ms = (
            statistics.median(values)
            for values in ([each.p50_ms for each in loads], [each.p99_ms for each in loads])
        )
        rows.append(
            (name, f"{statistics.median(each.rate for each in loads):,.0f}", f"{p50_ms:.2f}", f"{p99_ms:.2f}")
        )
    method = (
        f"wrk at a pace: {PACED_CONNECTIONS} connections, each waiting {delay_ms} ms on average between requests "
        f"(evenly spread from 0 to {2 * delay_ms}), which is about half of the edge's rate above; "
        f"{PACED_ROUNDS} interleaved rounds, medians."
    )
    return Section(
        "Edge: latency at half load", method, ("server", "requests/s", "p50 ms", "p99 ms"), tuple(rows)
    )


def _edits(root: Path, plain: Path) -> Section:
    """Start, memory, and the cost of edits while serving."""
    many = script(_directory(root, "edits"), LINKS)
    rows = []
    started_s = time.perf_counter()
    with edge(plain) as (port, pid):
        first_redirect(port)
        rows.append(("start of a worker to its first redirect", f"{time.perf_counter() - started_s:.2f} s"))
        young = load(port, many, pid, seconds=3)
        quiet = load(port, many, pid, seconds=3)
        with _editing(plain):
            edited = load(port, many, pid, seconds=3)
        rows += [
            ("private memory of the worker under load", f"{private_mb(pid):.0f} MB"),
            ("p99 under full load, first 3 s of a worker", f"{young.p99_ms:.1f} ms"),
            ("p99 under full load, quiet", f"{quiet.p99_ms:.1f} ms"),
            (f"p99 under full load, {EDITS_PER_S} edits/s", f"{edited.p99_ms:.1f} ms"),
            (f"requests/s with {EDITS_PER_S} edits/s against quiet", f"{edited.rate / quiet.rate:.2f}"),
        ]
    rows.append(("edits applied by the agent's writer, batches of 100", f"{_apply_rate(plain):,.0f}/s"))
    method = (
        f"{LINKS:,} links, one worker on one core, wrk on the other, edits from a thread of the benchmark."
    )
    return Section("Edge: size and edits", method, ("figure", "value"), tuple(rows))


@contextmanager
def _editing(directory: Path) -> Iterator[None]:
    """Edit links at a steady pace, through the agent's own writer."""
    paths = EdgePaths(directory)
    signals = Signals(paths.signals)
    writer = ReplicaWriter(paths.links, signals)
    stopping = threading.Event()

    def edit() -> None:
        while not stopping.wait(1 / EDITS_PER_S):
            ver = writer.applied.ver if writer.applied else 0
            writer.apply([_record(ver + 1)], 0, "")

    thread = threading.Thread(target=edit)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()
        writer.close()
        signals.close()


def _apply_rate(directory: Path) -> float:
    paths = EdgePaths(directory)
    signals = Signals(paths.signals)
    writer = ReplicaWriter(paths.links, signals)
    first = writer.applied.ver if writer.applied else 0
    batches = 100
    started_s = time.perf_counter()
    for batch in range(batches):
        start = first + batch * 100
        writer.apply([_record(ver) for ver in range(start + 1, start + 101)], 0, "")
    rate = batches * 100 / (time.perf_counter() - started_s)
    writer.close()
    signals.close()
    return rate


def _record(ver: int) -> RecordV1:
    number = ver % LINKS
    link = LinkV1(number.to_bytes(16, "big"), bytes(16), LinkState.ACTIVE, target(ver).encode())
    return RecordV1(ver, link_key(DEFAULT_DOMAIN_ID, slug(number)), encode(link))


def first_redirect(port: int) -> None:
    """Ask a worker that just started for a link, until it has answered."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    try:
        urllib.request.build_opener(Stay).open(f"http://127.0.0.1:{port}/{slug(1)}", timeout=5)
    except urllib.error.HTTPError as answer:
        if answer.code != 302:
            raise


def _system_python() -> str:
    """The Python that came with the system, when it has the version of this one; "" when there is none."""
    found = shutil.which("python3", path="/usr/bin")
    if found is None:
        return ""
    ask = "import sys; print(*sys.version_info[:2])"
    version = subprocess.run([found, "-c", ask], capture_output=True, text=True, check=True).stdout.split()
    return found if version == [str(part) for part in sys.version_info[:2]] else ""


@contextmanager
def _starlette() -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, str(ROOT / "tests/bench/edge_plain.py"), str(port), str(NGINX_LINKS)]
    with running(command, port, {"PYTHONPATH": str(ROOT)}) as pid:
        yield port, pid


def _directory(root: Path, name: str) -> Path:
    directory = root / name
    directory.mkdir()
    return directory
