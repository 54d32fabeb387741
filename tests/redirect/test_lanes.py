"""Two lanes, one behaviour: the same requests through both, every byte and every recorded scan compared."""

import random
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import WORKSPACE, key_of, link_value
from tests.redirect.link_store import build_store

from waypost.facts.visitor import utc_day
from waypost.redirect.paths import EdgePaths
from waypost.redirect.salts import SaltFile
from waypost.redirect.spool_reader import SpoolReader
from waypost.rules import Rule, Split, Url, Variant, encode_rules, model
from waypost.wire.codec import decode_scan, encode
from waypost.wire.link import DomainV1, LinkOptionsV1, LinkState, PreviewV1, WorkspaceV1
from waypost.wire.scan import ScanV1
from waypost.wire.slug import domain_key, workspace_key

pytestmark = pytest.mark.system
REQUESTS = 3_000
OWN = b"d" * 16
OTHER_WORKSPACE = b"q" * 16
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/129.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1"
RULES = (
    Rule(id="ios", when=(model.Os(("iOS",)),), then=Url("https://example.com/ios")),
    Rule(id="de", when=(model.Country(("DE",)),), then=Url("https://example.com/de")),
    Rule(id="fr", when=(model.Language(("fr",)),), then=Url("https://example.com/fr")),
    Rule(id="q", when=(model.Query(name="v", values=("2",)),), then=Url("https://example.com/v2")),
    Rule(id="ab", then=Split((Variant("a", "https://example.com/a"), Variant("b", "https://example.com/b")))),
)
RULED = RULES[:3] + RULES[4:]
"""Those of which the plain path knows all the facts."""


def options(**members: object) -> LinkOptionsV1:
    """Options from a few members."""
    return msgspec.convert(members, LinkOptionsV1)


def records() -> dict[bytes, bytes]:
    """Links of every kind the edge knows."""
    now_ms = time.time_ns() // 1_000_000
    url = "https://example.com/x?own=1#part"
    links = {
        "plain": link_value("plain", url),
        "moved": link_value("moved", url, status=308),
        "a/b": link_value("a/b", url),
        "grün": link_value("grün", url),
        "paused": link_value("paused", url, state=LinkState.PAUSED),
        "blocked": link_value("blocked", url, state=LinkState.BLOCKED),
        "early": link_value("early", url, starts_ms=now_ms + 10**9),
        "late": link_value("late", url, expires_ms=now_ms - 1),
        "late2": link_value(
            "late2", url, expires_ms=1, options=options(expired_url=b"https://example.com/over")
        ),
        "soon": link_value("soon", url, expires_ms=now_ms + 10**9),
        "rules": link_value("rules", url, options=LinkOptionsV1(rules=encode_rules(RULES))),
        "ruled": link_value("ruled", url, options=LinkOptionsV1(rules=encode_rules(RULED))),
        "fresh": link_value(
            "fresh",
            url,
            status=307,
            options=options(rules=encode_rules(RULED), sticky_s=0, indexable=True, utm={"source": "s"}),
        ),
        "quiet": link_value("quiet", url, options=options(track_visitor=False, indexable=True)),
        "forward": link_value("forward", url, options=options(query_policy="forward")),
        "visitor": link_value("visitor", url, options=options(query_policy="visitor")),
        "link": link_value(
            "link", url, options=options(query_policy="link", utm={"source": "s", "ref": "r"})
        ),
        "rest": link_value("rest", url, options=options(path_policy="append")),
        "locked": link_value("locked", url, options=options(password="$argon2id$v=19$m=8,t=1,p=1$x$x")),
        "used": link_value("used", url, options=options(scan_limit=5, scans_known=5)),
        "card": link_value("card", url, options=LinkOptionsV1(preview=PreviewV1(title="T"))),
        "cloak": link_value("cloak", url, options=options(cloak=True)),
        "wait": link_value("wait", url, options=options(interstitial_s=3)),
    }
    found = {key_of(slug): value for slug, value in links.items()}
    found[domain_key("own.test")] = encode(
        DomainV1(OWN, WORKSPACE, b"https://example.com/root", b"https://example.com/404", case_sensitive=True)
    )
    found[domain_key("files.test")] = encode(
        DomainV1(OWN, WORKSPACE, robots_txt="User-agent: x\n", association_files={"assetlinks.json": "[]"})
    )
    found[domain_key("off.test")] = encode(DomainV1(OWN, serving=False))
    found[key_of("Case", OWN)] = link_value("Case", url)
    found[workspace_key(OTHER_WORKSPACE)] = encode(WorkspaceV1(OTHER_WORKSPACE, over_scan_quota=True))
    return found


PATHS = (
    *("/plain", "/PLAIN", "/plain/", "/moved", "/a/b", "/gr%C3%BCn", "/GR%C3%9CN", "/paused", "/blocked", "/early"),
    *("/late", "/late2", "/soon", "/rules", "/quiet", "/forward", "/visitor", "/link", "/rest", "/rest/x/y%20z"),
    *("/locked", "/locked+", "/used", "/card", "/cloak", "/wait", "/plain+", "/unknown", "/", "/robots.txt"),
    *("/.well-known/assetlinks.json", "/Case", "/case", "/%0a", "//plain", "//evil.test/x"),
    *("/plain%2f", "/%ff", "/a;b", "/ruled", "/ruled", "/fresh"),
)  # fmt: skip
QUERIES = (
    "",
    "?",
    "?qr=1",
    "?qr=1&utm_source=poster",
    "?v=2",
    "?own=2&n=%C3%A4",
    "?a=1&a=2&utm_term=x",
    "?<x>&qr=1",
)
HEADERS = (
    f"User-Agent: {CHROME}",
    f"User-Agent: {IPHONE}",
    "User-Agent: Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "User-Agent: caf\xe9",
    "Accept-Language: fr-FR,fr;q=0.9",
    "Accept-Language: de",
    "Referer: https://www.news.example/a?b",
    "DNT: 1",
    "Sec-GPC: 1",
    "Sec-Purpose: prefetch;prerender",
    "X-Forwarded-For: 193.99.144.80",
    "X-Forwarded-For: 8.8.8.8, 10.0.0.1",
    "x-forwarded-for: 2001:4860:4860::8888",
    "X-Forwarded-For: nonsense",
    "Cookie: wp_seed=0011223344556677",
    "Connection: keep-alive",
    "Content-Length: 0",
    "Upgrade-Insecure-Requests: 1",
)


def requests(count: int) -> Iterator[bytes]:
    """Random requests; every other one comes twice, so that its header block is known the second time."""
    randomness = random.Random(11)
    for _ in range(count // 2):
        host = randomness.choice(
            ["short.test"] * 5 + ["short.test:8080", "own.test", "files.test", "off.test", "OWN.test"]
        )
        lines = [f"Host: {host}", *randomness.sample(HEADERS, randomness.randrange(0, 5))]
        names = [line.partition(":")[0].lower() for line in lines]
        lines = [
            line for index, line in enumerate(lines) if names.index(names[index]) == index or "orward" in line
        ]
        block = "\r\n".join(lines)
        for _ in range(2):
            method = randomness.choice(["GET", "GET", "GET", "HEAD"])
            target = randomness.choice(PATHS) + randomness.choice(QUERIES)
            yield f"{method} {target} HTTP/1.1\r\n{block}\r\n\r\n".encode("latin-1")


def exchange(port: int, raw: list[bytes]) -> list[bytes]:
    """Send requests one after another on one connection; what came back for each, without the date."""
    answers = []
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        for request in raw:
            connection.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer:
                piece = connection.recv(65536)
                assert piece, request
                answer += piece
            head, _, body = answer.partition(b"\r\n\r\n")
            length = int(re.findall(rb"content-length: (\d+)", head)[0])
            while len(body) < length and not request.startswith(b"HEAD"):
                body += connection.recv(65536)
            answers.append(normal(head + b"\r\n\r\n" + body))
    return answers


def normal(answer: bytes) -> bytes:
    """An answer without what differs by chance: the date, a fresh seed, a nonce, which variant was drawn."""
    answer = re.sub(rb"date: [^\r]+", b"date: D", answer)
    answer = re.sub(rb"wp_seed=[0-9a-f]{16}", b"wp_seed=S", answer)
    answer = re.sub(rb"nonce[-=]\"?[\w-]+", b"nonce", answer)
    return re.sub(rb"https://example.com/[ab]\b", b"AB", answer)


def scans(host: EdgeHost) -> list[ScanV1]:
    """What the worker recorded, without the time and without what a fresh seed decided."""
    reader = SpoolReader(EdgePaths(host.directory).spool(0))
    found = []
    while (run := reader.read(500, 10**6)) is not None:
        for raw in run.payloads:
            scan = msgspec.structs.replace(decode_scan(raw), at_ms=0)
            found.append(msgspec.structs.replace(scan, variant_id="") if scan.rule_id == "ab" else scan)
    reader.close()
    return found


def test_both_lanes_answer_and_record_the_same(tmp_path: Path) -> None:
    """If the fast lane is switched off, Waypost is slower and otherwise the same."""
    raw = list(requests(REQUESTS))
    answers, recorded = {}, {}
    stored = records()  # once: their times are shown on pages
    for lane in ("on", "off"):
        host = EdgeHost(tmp_path / lane)
        host.environment["WAYPOST_FAST_LANE"] = lane
        host.environment["WAYPOST_PUBLIC_URL"] = "http://localhost:8080"  # pages show it, and ports differ
        host.environment["WAYPOST_TRUSTED_PROXIES"] = "127.0.0.0/8,10.0.0.0/8"
        build_store(host.directory, stored)
        today = utc_day(time.time_ns() // 1_000_000)
        SaltFile(EdgePaths(host.directory).salts).write({today: b"s" * 32, today + 1: b"t" * 32})
        host.start_worker()
        answers[lane] = exchange(host.port, raw)
        assert host.stop("worker0") == 0
        recorded[lane] = scans(host)
    for request, fast, full in zip(raw, answers["on"], answers["off"], strict=True):
        assert fast == full, request
    assert recorded["on"] == recorded["off"]
    assert len(recorded["on"]) > REQUESTS // 3
    assert len({answer.split(b"\r\n")[0] for answer in answers["on"]}) >= 5
