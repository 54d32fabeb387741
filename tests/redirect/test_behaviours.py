"""What visitors get, behaviour by behaviour, from a real worker."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from argon2 import PasswordHasher
from tests.pages.samples import sample
from tests.redirect.edge_host import EdgeHost, Reply
from tests.redirect.fake_control import WORKSPACE, key_of, link_value
from tests.redirect.link_store import build_store

from waypost.rules import Page, Rule, Split, Url, Variant, encode_rules, model
from waypost.rules.model import Device, Query
from waypost.wire.codec import encode
from waypost.wire.link import ContentV1, DomainV1, LinkOptionsV1, PreviewV1, WorkspaceV1
from waypost.wire.slug import domain_key, workspace_key

pytestmark = pytest.mark.system
OWN = b"d" * 16
BUSY = b"b" * 16
URL = "https://example.com/x?own=1#part"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1"
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/129.0.0.0 Safari/537.36"
CARD = msgspec.msgpack.encode(
    {"title": "Our links", "links": [{"title": "Shop", "url": "https://shop.example/"}]}
)

EARLY = encode_rules(
    (
        Rule(
            id="early",
            when=(model.ScanCount((model.CountRange(0, 1),)),),
            then=Url("https://example.com/early"),
        ),
    )
)


def options(**members: object) -> LinkOptionsV1:
    """Options from a few members."""
    return msgspec.convert(members, LinkOptionsV1)


def over_quota(slug: str, fallback: bytes = b"") -> bytes:
    """A link of a workspace that is over its plan."""
    record = msgspec.msgpack.decode(link_value(slug, URL, options=options(fallback_url=fallback)))
    record[1] = BUSY
    return msgspec.msgpack.encode(record)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeHost]:
    """One worker with a link of every kind."""
    hasher = PasswordHasher(memory_cost=64, time_cost=1, parallelism=1)
    device = (Rule(id="ios", when=(model.Os(("iOS",)),), then=Url("https://example.com/ios")),)
    split = (
        Rule(
            id="ab",
            then=Split((Variant("a", "https://example.com/a"), Variant("b", "https://example.com/b"))),
        ),
    )
    links = {
        "forward": link_value("forward", URL, options=options(query_policy="forward")),
        "visitor": link_value("visitor", URL, options=options(query_policy="visitor")),
        "linkwins": link_value("linkwins", URL, options=options(query_policy="link")),
        "drop": link_value("drop", URL),
        "utm": link_value("utm", URL, options=options(utm={"source": "poster", "ref": "x y"})),
        "rest": link_value("rest", "https://example.com/base/", options=options(path_policy="append")),
        "grün/tür": link_value("x", URL),
        "click": link_value("click", URL, options=options(click_id_param="cid")),
        "late": link_value(
            "late", URL, expires_ms=1, options=options(expired_url=b"https://example.com/over")
        ),
        "soon": link_value(
            "soon", URL, starts_ms=2**42, options=options(fallback_url=b"https://example.com/soon")
        ),
        "quota": over_quota("quota", b"https://example.com/plan"),
        "quota2": over_quota("quota2"),
        "counted": link_value("counted", URL, options=LinkOptionsV1(rules=EARLY)),
        "counted3": link_value("counted3", URL, options=LinkOptionsV1(rules=EARLY, scan_limit=3)),
        "limited": link_value("limited", URL, options=options(scan_limit=3)),
        "device": link_value("device", URL, options=LinkOptionsV1(rules=encode_rules(device))),
        "split": link_value("split", URL, options=LinkOptionsV1(rules=encode_rules(split))),
        "secret": link_value(
            "secret", URL, options=options(password=hasher.hash("opensesame"), password_version=1)
        ),
        "guess": link_value("guess", URL, options=options(password=hasher.hash("x"), password_version=1)),
        "card": link_value("card", URL, options=LinkOptionsV1(preview=PreviewV1(title="Look at this"))),
        "cloak": link_value("cloak", URL, options=options(cloak=True)),
        "wait": link_value("wait", URL, options=options(interstitial_s=5)),
        "index": link_value("index", URL, options=options(indexable=True)),
        "bio": link_value("bio", "", options=own_page()),
        "pages": link_value("pages", URL, options=pages_by_rule()),
        "mixed": link_value("mixed", "", options=own_page(rules=encode_rules(device))),
        "newer": link_value(
            "newer", "", options=LinkOptionsV1(content=ContentV1("hologram", msgspec.Raw(b"\x80")))
        ),
        "unsafe": link_value("unsafe", "javascript:alert(1)"),
    }
    records = {key_of(slug): value for slug, value in links.items()}
    records[workspace_key(BUSY)] = encode(WorkspaceV1(BUSY, over_scan_quota=True))
    records[domain_key("own.test")] = encode(
        DomainV1(
            OWN,
            WORKSPACE,
            b"https://example.com/root",
            b"https://example.com/404",
            case_sensitive=True,
            robots_txt="User-agent: y\n",
            association_files={"apple-app-site-association": '{"applinks":{}}'},
        )
    )
    records[key_of("Case", OWN)] = link_value("Case", URL)
    edge = EdgeHost(tmp_path_factory.mktemp("behaviours"))
    build_store(Path(edge.directory), records)
    edge.start_worker()
    yield edge
    edge.stop_all()


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/drop?a=1", URL),
        ("/forward?own=2&a=1", "https://example.com/x?own=1&own=2&a=1#part"),
        ("/visitor?own=2&a=1", "https://example.com/x?own=2&a=1#part"),
        ("/linkwins?own=2&a=1", "https://example.com/x?own=1&a=1#part"),
        ("/forward?qr=1&a=%C3%A4&b=<>", "https://example.com/x?own=1&a=%C3%A4&b=%3C%3E#part"),
        ("/utm", "https://example.com/x?own=1&utm_source=poster&ref=x%20y#part"),
        ("/rest/a/b%20c", "https://example.com/base/a/b%20c"),
        ("/rest", "https://example.com/base/"),
        ("/gr%C3%BCn/t%C3%BCr", URL),
        ("/GR%C3%9CN/T%C3%9CR/", URL),
        ("/DROP/", URL),
        ("/late", "https://example.com/over"),
        ("/soon", "https://example.com/soon"),
        ("/quota", "https://example.com/plan"),
    ],
)
def test_where_a_link_leads(host: EdgeHost, path: str, location: str) -> None:
    """Query, path, UTM, fragment, case, slash, Unicode, states with another address."""
    answer = host.get(path)
    assert (answer.status, answer.getheader("Location")) == (302, location)
    assert answer.getheader("Cache-Control") == "private, no-store"
    assert answer.getheader("X-Robots-Tag") == "noindex"
    assert answer.getheader("ETag") is None


def test_domains_have_their_own_ways(host: EdgeHost) -> None:
    """Root, unknown slugs, case and files belong to the domain."""
    own = {"Host": "own.test:443"}
    assert host.get("/", headers=own).getheader("Location") == "https://example.com/root"
    assert host.get("/nope", headers=own).getheader("Location") == "https://example.com/404"
    assert host.get("/Case", headers=own).getheader("Location") == URL
    assert host.get("/case", headers=own).getheader("Location") == "https://example.com/404"
    assert body(host, "/robots.txt", own) == "User-agent: y\n"
    assert body(host, "/.well-known/apple-app-site-association", own) == '{"applinks":{}}'
    assert "Disallow" in body(host, "/robots.txt")
    assert host.get("/drop", headers={"Host": "stranger.test"}).status == 302


def test_a_scan_limit_holds_and_robots_do_not_spend_it(host: EdgeHost) -> None:
    """Three people get through, any number of robots, previews and HEADs changes nothing; then it is closed to
    all, since anybody can say to be a robot."""
    for _ in range(5):
        assert host.get("/limited", headers={"User-Agent": "Slackbot-LinkExpanding 1.0"}).status == 302
        assert host.get("/limited", method="HEAD", headers={"User-Agent": DESKTOP}).status == 302
        assert host.get("/limited", headers={"User-Agent": DESKTOP, "Sec-Purpose": "prefetch"}).status == 302
    statuses = [host.get("/limited", headers={"User-Agent": DESKTOP}).status for _ in range(5)]
    assert statuses == [302, 302, 302, 410, 410]
    assert host.get("/limited", headers={"User-Agent": "Slackbot-LinkExpanding 1.0"}).status == 410
    assert host.get("/limited", method="HEAD", headers={"User-Agent": DESKTOP}).status == 410
    assert host.get("/limited", headers={"User-Agent": "curl/8.5.0"}).status == 410


def test_rules_on_the_scan_count_see_what_was_scanned_here(host: EdgeHost) -> None:
    """The first two people get the early address at once, whatever control knows; robots are not among them."""
    for slug, ends in (("counted", [URL, URL]), ("counted3", [URL, None])):
        robot = host.get(f"/{slug}", headers={"User-Agent": "Slackbot-LinkExpanding 1.0"})
        assert robot.getheader("Location") == "https://example.com/early"
        places = [
            host.get(f"/{slug}", headers={"User-Agent": DESKTOP}).getheader("Location") for _ in range(4)
        ]
        assert places == ["https://example.com/early", "https://example.com/early", *ends]


def test_over_quota_without_another_address_is_a_page(host: EdgeHost) -> None:
    """The visitor is told, and sent nowhere."""
    answer = host.get("/quota2")
    assert answer.status == 503
    assert answer.getheader("Location") is None


def test_rules_choose_and_a_variant_sticks(host: EdgeHost) -> None:
    """Devices by their agent; a share by a seed that the visitor brings back, unless they opted out."""
    assert (
        host.get("/device", headers={"User-Agent": PHONE}).getheader("Location") == "https://example.com/ios"
    )
    assert host.get("/device", headers={"User-Agent": DESKTOP}).getheader("Location") == URL
    first = host.get("/split")
    cookie = first.getheader("Set-Cookie") or ""
    assert cookie.startswith("wp_seed=")
    assert "Path=/split" in cookie
    again = {"Cookie": cookie.partition(";")[0]}
    for _ in range(10):
        answer = host.get("/split", headers=again)
        assert answer.getheader("Location") == first.getheader("Location")
        assert answer.getheader("Set-Cookie") is None
    assert host.get("/split", headers={"DNT": "1"}).getheader("Set-Cookie") is None
    seen = {host.get("/split").getheader("Location") for _ in range(40)}
    assert seen == {"https://example.com/a", "https://example.com/b"}


def test_a_password_opens_a_link_for_a_while(host: EdgeHost) -> None:
    """Never a redirect before the password, never the password in an address or a cookie."""
    locked = host.get("/secret")
    assert (locked.status, locked.getheader("Location")) == (200, None)
    assert b"example.com" not in locked.body
    assert post(host, "/secret", "password=wrong").status == 401
    opened = post(host, "/secret", "password=opensesame")
    assert opened.status == 200
    assert b"https://example.com/x" in opened.body
    cookie = (opened.getheader("Set-Cookie") or "").partition(";")[0]
    assert "opensesame" not in cookie
    assert host.get("/secret", headers={"Cookie": cookie}).getheader("Location") == URL
    assert host.get("/guess", headers={"Cookie": cookie}).status == 200


def test_guessing_is_slowed_down(host: EdgeHost) -> None:
    """Five tries a minute; then the next one is told when to come back, and costs no hash."""
    statuses = [post(host, "/guess", f"password={number}").status for number in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    assert int(post(host, "/guess", "password=x").getheader("Retry-After") or 0) > 0


def test_pages_instead_of_redirects(host: EdgeHost) -> None:
    """Preview, card, cloak, interstitial and content pages say what they must and lead nowhere by themselves."""
    assert "example.com" in body(host, "/drop+")
    assert "example.com" not in body(host, "/secret+")
    assert "Look at this" in body(host, "/card", {"User-Agent": "Slackbot-LinkExpanding 1.0"})
    assert host.get("/card", headers={"User-Agent": DESKTOP}).status == 302
    assert "<iframe" in body(host, "/cloak")
    assert "example.com" in body(host, "/wait")
    assert "Our links" in body(host, "/bio")
    assert host.get("/bio?to=1").status in {200, 302}
    assert host.get("/newer").status == 503
    policy = host.get("/bio").getheader("Content-Security-Policy") or ""
    assert policy.startswith("default-src 'none'")


def own_page(rules: bytes = b"") -> LinkOptionsV1:
    """A link that shows a page."""
    return LinkOptionsV1(content=ContentV1("bio", msgspec.Raw(CARD)), rules=rules)


def pages_by_rule() -> LinkOptionsV1:
    """A card for phones, a form for whoever comes with `?form`, the destination for all others."""
    rules = (
        Rule(id="phone", when=(Device(values=("mobile",)),), then=Page(template_type="vcard")),
        Rule(id="form", when=(Query(name="form"),), then=Page(template_type="form")),
        Rule(id="gone", when=(), then=Page(template_type="menu")),
    )
    pages = {
        rule_id: ContentV1(kind, msgspec.Raw(encode(sample(kind))))
        for rule_id, kind in (("phone", "vcard"), ("form", "form"))
    }
    return LinkOptionsV1(rules=encode_rules(rules), pages=pages)


def test_rules_lead_to_pages(host: EdgeHost) -> None:
    """What is inside of such a page comes back to it, whatever the rules would say of that request."""
    assert host.get("/pages", headers={"User-Agent": DESKTOP}).getheader("Location") == URL
    card = host.get("/pages", headers={"User-Agent": PHONE})
    assert (card.status, b'href="?file=vcf&amp;page=phone"' in card.body) == (200, True)
    file = host.get("/pages?file=vcf&page=phone", headers={"User-Agent": DESKTOP})
    assert file.body.startswith(b"BEGIN:VCARD")
    form = body(host, "/pages?form=1", {"User-Agent": DESKTOP})
    assert 'action="?page=form"' in form
    sent = post(host, "/pages?page=form", "name=x")
    assert (sent.status, b'action="?page=form"' in sent.body) == (422, True)
    assert post(host, "/pages", "name=x").status == 405
    unknown = host.get("/pages?page=nobody", headers={"User-Agent": DESKTOP})
    assert unknown.getheader("Location") == URL


def test_rules_come_before_the_links_own_page(host: EdgeHost) -> None:
    """Some visitors are led on, the others see the page; a click on the page is the page's."""
    phone, desktop = {"User-Agent": PHONE}, {"User-Agent": DESKTOP}
    assert host.get("/mixed", headers=phone).getheader("Location") == "https://example.com/ios"
    assert "Our links" in body(host, "/mixed", desktop)
    assert host.get("/mixed?to=1", headers=phone).getheader("Location") != "https://example.com/ios"


def test_small_print(host: EdgeHost) -> None:
    """Index tag, click id, unsafe records, other methods."""
    assert host.get("/index").getheader("X-Robots-Tag") is None
    assert "&cid=0" in (host.get("/click").getheader("Location") or "")
    assert host.get("/unsafe").status == 404
    assert post(host, "/drop", "password=x").status == 405
    assert host.get("/drop", method="PUT").status == 405
    assert host.get("/drop", method="HEAD").getheader("Location") == URL


def test_a_hash_does_not_hold_up_other_visitors(host: EdgeHost) -> None:
    """Checking passwords has a thread of its own."""
    started_s = time.monotonic()
    post(host, "/secret", "password=" + "y" * 900)
    assert host.get("/drop").status == 302
    assert time.monotonic() - started_s < 10


def body(host: EdgeHost, path: str, headers: dict[str, str] | None = None) -> str:
    """The text of a page."""
    return host.get(path, headers=headers).body.decode()


def post(host: EdgeHost, path: str, form: str) -> Reply:
    """Send a form."""
    return host.get(
        path, method="POST", headers={"Content-Type": "application/x-www-form-urlencoded"}, form=form
    )
