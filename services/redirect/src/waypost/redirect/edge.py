"""One request, all phases: parse → resolve → gate → facts → decide → compose → record → answer.

No waiting and no I/O but memory, so both lanes call it: the full lane from a coroutine, the fast lane
from inside the parser. Everything from outside (clock, randomness, files) was given when it was built.
"""

from collections.abc import Callable

from msgspec import Struct

from waypost.facts.place import Place
from waypost.redirect import scan_parts
from waypost.redirect.answer import Answer, redirect_answer, with_header
from waypost.redirect.client import Client, ClientReader, Request
from waypost.redirect.compose import compose, decode_query, take_marker, utm_of, without
from waypost.redirect.content_page import page_asked, show
from waypost.redirect.decide import decide, may_remember, seed_cookie, seed_of
from waypost.redirect.gate import Gate, gate
from waypost.redirect.limit_counts import LimitCounts
from waypost.redirect.page_maker import PageMaker
from waypost.redirect.recorder import Recorder
from waypost.redirect.request import cookie
from waypost.redirect.resolve import Found, Missing, Resolver
from waypost.redirect.site_files import site_file
from waypost.redirect.unlock import COOKIE_NAME, is_unlocked
from waypost.rules import Decision
from waypost.wire.content.fields import STEP
from waypost.wire.ids import uuid7
from waypost.wire.limits import UTM_CHARACTERS_MAX
from waypost.wire.link import ContentV1
from waypost.wire.scan import Outcome, Source

_DEFAULT = Decision("", "", "")
_CLOSED_OUTCOMES = {
    Gate.BLOCKED: Outcome.BLOCKED,
    Gate.PAUSED: Outcome.PAUSED,
    Gate.NOT_YET: Outcome.NOT_YET,
    Gate.EXPIRED: Outcome.EXPIRED,
    Gate.LIMIT_REACHED: Outcome.LIMIT_REACHED,
    Gate.OVER_QUOTA: Outcome.LIMIT_REACHED,
    Gate.LOCKED: Outcome.PASSWORD,
}
_VISITS = {Outcome.REDIRECT, Outcome.PAGE}
_STEP = STEP.encode()
_CLICK_RANDOM_BYTES = 10


class EdgePolicy(Struct, frozen=True):
    """What the operator decided, in the form the phases need."""

    qr_marker: bytes = b"qr=1"
    secure_cookies: bool = False
    unlock_key: bytes = b""


class Sources(Struct, frozen=True):
    """Time and chance, as the edge is given them."""

    now_ms: Callable[[], int]
    random_bytes: Callable[[int], bytes]


class Visit(Struct, gc=False):
    """What the phases find out about one request, and in the end what is recorded of it."""

    request: Request
    found: Found
    now_ms: int
    query: bytes
    is_qr: bool
    address: str
    place: Place
    unlocked: bool
    outcome: Outcome = Outcome.REDIRECT
    decision: Decision = _DEFAULT
    cookie: bytes | None = None
    """What keeps the visitor's variant, b"" for nothing; None before anything was decided."""
    is_spent: bool = False
    """Whether this visit was counted against the link's limit."""
    click_id: bytes = b""
    detail: str = ""


class Edge:
    """Answers requests. Single-threaded; one per worker."""

    def __init__(
        self,
        resolver: Resolver,
        clients: ClientReader,
        recorder: Recorder,
        limits: LimitCounts,
        pages: PageMaker,
        sources: Sources,
        policy: EdgePolicy,
    ) -> None:
        self._resolver = resolver
        self._clients = clients
        self._recorder = recorder
        self._limits = limits
        self.pages = pages
        self._sources = sources
        self._policy = policy

    def answer(self, request: Request, *, unlocked: bool = False) -> Answer:
        """Answer one GET or HEAD. The lane writes what was appended before it sends the answer.

        `unlocked` says that the link's password came with this very request.
        Raises StoreMissing and ValueDamaged: then nothing was recorded and nothing may be redirected.
        """
        found = self._resolver.resolve(request.client.headers.host, request.path)
        if isinstance(found, Missing):
            return self._missing(found, request)
        clients, now_ms = self._clients, self._sources.now_ms()
        address = clients.address(request)
        place = clients.place(request.peer, address, request.client.headers)
        self._recorder.set_clock(now_ms)
        query, is_qr = take_marker(request.query, self._policy.qr_marker)
        visit = Visit(request, found, now_ms, query, is_qr, address, place, unlocked)
        answer = self._redirect(visit) if found.is_open(now_ms) else self._judge(visit)
        decision = visit.decision
        utm = utm_of(decode_query(query), UTM_CHARACTERS_MAX) if b"utm_" in query else None
        end = scan_parts.outcome_end(decision.rule_id, decision.variant_id, utm, visit.click_id, visit.detail)
        kind = scan_parts.kind(
            Source.QR if is_qr else Source.LINK, visit.outcome, request.method, request.client.purpose
        )
        visitor = (found.domain.domain_id, address) if found.link.options.track_visitor else None
        withheld = found.workspace.withheld if found.workspace is not None else ()
        self._recorder.record(found.link.ids, visitor, request.client, kind, place, end, withheld)
        return answer

    def _judge(self, visit: Visit) -> Answer:
        """gate, then decide and compose; the answer, with what is to be recorded put into the visit."""
        found, link = visit.found, visit.found.link
        state = self._gate(visit)
        if found.wants_preview and state in {Gate.OPEN, Gate.LOCKED}:
            visit.outcome = Outcome.PREVIEW
            host, language = _shown_to(visit.request.client)
            return self.pages.preview(found, host, language, locked=not visit.unlocked)
        is_inner = False
        if state is Gate.OPEN and (link.options.open_ways or link.inner):
            way = self._way(visit)
            is_inner = way in link.inner
            if not visit.unlocked and way not in link.options.open_ways:
                state = Gate.LOCKED
        if state is Gate.OPEN and link.options.scan_limit and not is_inner and not self._spend(visit):
            state = Gate.LIMIT_REACHED
        if state is not Gate.OPEN:
            return self._closed(visit, state)
        answer = self._open(visit)
        if is_inner and visit.outcome in _VISITS:
            visit.outcome = Outcome.PAGE_CLICK
        return answer

    def _way(self, visit: Visit) -> str:
        """The rule that this request is answered by, "" for the link's own way."""
        if (asked := page_asked(visit.found, decode_query(visit.query))) is not None:
            return asked[0]
        self._decide(visit)
        return visit.decision.rule_id

    def _gate(self, visit: Visit) -> Gate:
        link, headers = visit.found.link, visit.request.client.headers
        options, record = link.options, link.record
        visit.unlocked = (
            not options.password
            or visit.unlocked
            or is_unlocked(
                self._policy.unlock_key,
                cookie(headers.cookie, COOKIE_NAME),
                record.link_id,
                options.password_version,
                visit.now_ms // 1000,
            )
        )
        left = None
        if options.scan_limit:
            left = self._limits.left(record.link_id, options.scan_limit, options.scans_known)
        # Where some ways are open, the way decides.
        unlocked = visit.unlocked or bool(options.open_ways)
        return gate(record, visit.found.workspace, visit.now_ms, scans_left=left, unlocked=unlocked)

    def _is_human(self, visit: Visit) -> bool:
        request = visit.request
        return self._clients.is_human(request.client.headers, request.method, visit.place.asn)

    def _spend(self, visit: Visit) -> bool:
        """Count this scan against the link's limit; robots, prefetches and HEAD spend nothing."""
        options, record = visit.found.link.options, visit.found.link.record
        if not self._is_human(visit):
            return True
        visit.is_spent = self._limits.spend(record.link_id, options.scan_limit, options.scans_known)
        return visit.is_spent

    def _open(self, visit: Visit) -> Answer:
        """The link may be followed: preview card, page, or a redirect by the rules."""
        found, options, client = visit.found, visit.found.link.options, visit.request.client
        host, language = _shown_to(client)
        if options.preview is not None and self._clients.robot(client.headers.user_agent).kind == "preview":
            visit.outcome = Outcome.PREVIEW
            return self.pages.social_preview(found, host, language, options.preview)
        if options.content is not None or options.pages:
            if (asked := page_asked(found, decode_query(visit.query))) is not None:
                visit.decision = Decision(asked[0], "", "")
                return self._content(visit, *asked)
            cookie = self._decide(visit)
            rule_id = visit.decision.rule_id
            if content := options.pages.get(rule_id) if rule_id else options.content:
                shown = self._content(visit, rule_id, content)
                return with_header(shown, b"set-cookie", cookie) if cookie else shown
            redirect = self._led(visit, cookie)
        else:
            redirect = self._redirect(visit)
        target = redirect.headers[0][1]
        seconds = options.interstitial_s or (found.workspace.interstitial_s if found.workspace else 0)
        if seconds:
            visit.outcome = Outcome.INTERSTITIAL
            return self.pages.interstitial(found, host, language, target, seconds)
        if options.cloak and target.startswith((b"https://", b"http://")):
            visit.outcome = Outcome.PAGE
            return self.pages.cloak(found, host, language, target)
        return redirect

    def _content(self, visit: Visit, name: str, content: ContentV1) -> Answer:
        host, language = _shown_to(visit.request.client)
        shown = show(
            name,
            content,
            visit.found,
            self.pages,
            host=host,
            language=language,
            system=self._clients.system(visit.request.client.headers.user_agent).os,
            query=decode_query(visit.query),
            now_ms=visit.now_ms,
        )
        visit.outcome, visit.detail = shown.outcome, shown.detail
        return shown.answer

    def _redirect(self, visit: Visit) -> Answer:
        """decide and compose."""
        return self._led(visit, self._decide(visit) if visit.found.link.rules.steps else b"")

    def _led(self, visit: Visit, cookie: bytes) -> Answer:
        """The redirect to what was decided, with the cookie that keeps a variant."""
        link = visit.found.link
        answer = link.leading_to(visit.decision.url) if link.is_static else self._composed(visit)
        return with_header(answer, b"set-cookie", cookie) if cookie else answer

    def _decide(self, visit: Visit) -> bytes:
        """Let the rules decide, once; the cookie that keeps the visitor's variant, b"" for none."""
        if visit.cookie is None:
            visit.cookie = self._decided(visit)
        return visit.cookie

    def _decided(self, visit: Visit) -> bytes:
        link, client = visit.found.link, visit.request.client
        seed = None
        workspace = visit.found.workspace
        if link.rules.steps and (workspace is None or workspace.rules):
            remembers = link.needs_seed and may_remember(link, client)
            seed = (
                seed_of(client, self._sources.random_bytes, may_remember=remembers)
                if link.needs_seed
                else None
            )
            visit.decision = decide(
                link,
                client,
                self._clients,
                place=visit.place,
                address=visit.address,
                query=decode_query(visit.query) if "query" in link.rules.needs else (),
                is_qr=visit.is_qr,
                seed=seed,
                scan_count=self._count(visit) if "scan_count" in link.rules.needs else None,
                now_ms=visit.now_ms,
            )
        if seed is None or seed.is_known or not remembers:
            return b""
        return seed_cookie(seed, link, visit.found.slug_path, secure=self._policy.secure_cookies)

    def _count(self, visit: Visit) -> int:
        """How often people followed the link before this visit, which is counted if it is one of them."""
        options, link_id = visit.found.link.options, visit.found.link.record.link_id
        if not self._is_human(visit):
            return self._limits.known_here(link_id, options.scans_known)
        if visit.is_spent:
            return self._limits.known_here(link_id, options.scans_known) - 1
        return self._limits.count(link_id, options.scans_known)

    def _composed(self, visit: Visit) -> Answer:
        link, options = visit.found.link, visit.found.link.options
        click = None
        if options.click_id_param:
            visit.click_id = uuid7(visit.now_ms, self._sources.random_bytes(_CLICK_RANDOM_BYTES)).bytes
            click = (options.click_id_param, visit.click_id.hex())
        target = compose(
            visit.decision.url.encode() or link.record.target,
            query=without(visit.query, _STEP) if link.inner else visit.query,
            query_policy=options.query_policy,
            rest=visit.found.rest,
            path_policy=options.path_policy,
            utm=options.utm,
            click=click,
        )
        return redirect_answer(target, link.record.status, indexable=options.indexable)

    def _closed(self, visit: Visit, state: Gate) -> Answer:
        """The link may not be followed: another address where one is set, else a page."""
        found, options = visit.found, visit.found.link.options
        visit.outcome = _CLOSED_OUTCOMES[state]
        host, language = _shown_to(visit.request.client)
        if state is Gate.LOCKED:
            locked = self.pages.password(found, host, language)
            # The way that was asked for is the one that the password opens.
            return with_header(locked, b"set-cookie", visit.cookie) if visit.cookie else locked
        elsewhere = b""
        if state in {Gate.EXPIRED, Gate.LIMIT_REACHED}:
            elsewhere = options.expired_url or options.fallback_url or found.domain.expired_url
        elif state in {Gate.OVER_QUOTA, Gate.NOT_YET}:
            workspace_url = found.workspace.fallback_url if found.workspace is not None else b""
            elsewhere = options.fallback_url or workspace_url
            if elsewhere:
                visit.outcome = Outcome.FALLBACK
        return (
            redirect_answer(elsewhere, 302) if elsewhere else self.pages.closed(state, found, host, language)
        )

    def _missing(self, missing: Missing, request: Request) -> Answer:
        domain = missing.domain
        _, language = _shown_to(request.client)
        if domain is None:
            return self.pages.wrong_host()
        if (file := site_file(domain, request.path, self.pages)) is not None:
            return file
        elsewhere = domain.root_url if missing.is_root else domain.not_found_url
        if elsewhere:
            return redirect_answer(elsewhere, 302)
        return self.pages.root(language) if missing.is_root else self.pages.not_found(language)


def _shown_to(client: Client) -> tuple[str, str]:
    return client.headers.host, client.language
