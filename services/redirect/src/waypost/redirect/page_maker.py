"""Pages as answers: the one place where the edge's values meet the renderers."""

from collections.abc import Callable
from urllib.parse import urlsplit

from waypost.redirect import pages
from waypost.redirect.answer import Answer, make_answer, text_answer
from waypost.redirect.gate import Gate
from waypost.redirect.pages.page import DEFAULT_SITE, Page, Site
from waypost.redirect.resolve import Found
from waypost.wire.content import Content
from waypost.wire.content.form import Answers, Form
from waypost.wire.ids import DEFAULT_DOMAIN_ID
from waypost.wire.link import PreviewV1

_CLOSED: dict[Gate, Callable[..., Page]] = {
    Gate.BLOCKED: pages.render_blocked,
    Gate.PAUSED: pages.render_paused,
    Gate.EXPIRED: pages.render_expired,
    Gate.LIMIT_REACHED: pages.render_limit_reached,
    Gate.OVER_QUOTA: pages.render_over_quota,
}


class PageMaker:
    """Renders what is not a redirect. `language` is the visitor's, "" when they did not say."""

    def __init__(
        self,
        public_url: str,
        make_nonce: Callable[[], str],
        form_token: Callable[[bytes, int], str],
        site: Site = DEFAULT_SITE,
    ) -> None:
        """`form_token` makes the token of a form from its link's id and the time in milliseconds."""
        self._public_url = public_url.rstrip("/")
        self._scheme = urlsplit(public_url).scheme or "http"
        self._make_nonce = make_nonce
        self._form_token = form_token
        self._site = site

    def short_url(self, found: Found, host: str) -> str:
        """The link's public address. Built from a host only when that host is a domain of ours."""
        path = found.slug_path.decode("latin-1")
        if found.domain.domain_id == DEFAULT_DOMAIN_ID:
            return self._public_url + path
        return f"{self._scheme}://{host}{path}"

    def not_found(self, language: str) -> Answer:
        """No such link."""
        return page_answer(pages.render_not_found(nonce=self._make_nonce(), language=language))

    def root(self, language: str) -> Answer:
        """The bare host."""
        return page_answer(pages.render_root(nonce=self._make_nonce(), language=language))

    def wrong_host(self) -> Answer:
        """A host that is none of ours (RFC 9110, clause 15.5.20)."""
        return text_answer(421, "This host is not served here.\n")

    def closed(self, state: Gate, found: Found, host: str, language: str) -> Answer:
        """A link that may not be followed, for any reason but a password."""
        nonce, short_url = self._make_nonce(), self.short_url(found, host)
        if state is Gate.NOT_YET:
            starts_ms = found.link.record.starts_ms
            page = pages.render_not_yet(
                starts_ms=starts_ms, nonce=nonce, language=language, short_url=short_url
            )
        else:
            page = _CLOSED[state](nonce=nonce, language=language, short_url=short_url)
        return page_answer(page)

    def password(self, found: Found, host: str, language: str, *, wrong: bool = False) -> Answer:
        """The form that asks for a password."""
        nonce, short_url = self._make_nonce(), self.short_url(found, host)
        return page_answer(
            pages.render_password(wrong=wrong, nonce=nonce, language=language, short_url=short_url)
        )

    def password_wait(self, found: Found, host: str, language: str, wait_s: int) -> Answer:
        """Too many guesses."""
        nonce, short_url = self._make_nonce(), self.short_url(found, host)
        return page_answer(
            pages.render_password_wait(
                retry_after_s=wait_s, nonce=nonce, language=language, short_url=short_url
            )
        )

    def onward(self, found: Found, host: str, language: str, target: bytes) -> Answer:
        """The right password was given: go on."""
        nonce, short_url = self._make_nonce(), self.short_url(found, host)
        return page_answer(
            pages.render_onward(target=target, nonce=nonce, language=language, short_url=short_url)
        )

    def interstitial(self, found: Found, host: str, language: str, target: bytes, seconds: int) -> Answer:
        """Where the link leads, and then there."""
        nonce, short_url = self._make_nonce(), self.short_url(found, host)
        return page_answer(
            pages.render_interstitial(
                target=target, seconds=seconds, nonce=nonce, language=language, short_url=short_url
            )
        )

    def preview(self, found: Found, host: str, language: str, *, locked: bool) -> Answer:
        """Where the link leads, opening nothing."""
        options = found.link.options
        return page_answer(
            pages.render_preview(
                target=b"" if locked or options.content is not None else found.link.record.target,
                link_title="" if locked else options.title,
                varies=bool(found.link.rules.steps),
                locked=locked,
                nonce=self._make_nonce(),
                language=language,
                short_url=self.short_url(found, host),
            )
        )

    def social_preview(self, found: Found, host: str, language: str, preview: PreviewV1) -> Answer:
        """The card for preview robots."""
        return page_answer(
            pages.render_social_preview(
                preview=preview,
                short_url=self.short_url(found, host),
                target=found.link.record.target,
                indexable=found.link.options.indexable,
                nonce=self._make_nonce(),
                language=language,
            )
        )

    def cloak(self, found: Found, host: str, language: str, target: bytes) -> Answer:
        """The destination in a frame."""
        options = found.link.options
        return page_answer(
            pages.render_cloak(
                target=target,
                title=options.title,
                indexable=options.indexable,
                nonce=self._make_nonce(),
                language=language,
                short_url=self.short_url(found, host),
            )
        )

    def content(
        self,
        content: Content,
        found: Found,
        host: str,
        system: str,
        now_ms: int,
        *,
        name: str = "",
        qr_svg: bytes = b"",
    ) -> Answer:
        """A page that a link shows; `name` is the rule that leads to it, "" for the link's own."""
        if isinstance(content, Form):
            return self.form(content, found, host, now_ms, name=name)
        visit = pages.Visit(
            at_ms=now_ms,
            short_url=self.short_url(found, host),
            system=system,
            page_name=name,
            qr_svg=qr_svg,
            indexable=found.link.options.indexable,
        )
        return page_answer(pages.render_content(content, visit, nonce=self._make_nonce(), site=self._site))

    def form(
        self,
        form: Form,
        found: Found,
        host: str,
        now_ms: int,
        answers: Answers | None = None,
        *,
        name: str = "",
        token: str = "",
        notice: pages.FormNotice = "",
    ) -> Answer:
        """A form; with answers, one that must be sent again, and why. It keeps its token when that is given."""
        visit = pages.Visit(
            at_ms=now_ms,
            short_url=self.short_url(found, host),
            page_name=name,
            form_token=token or self._form_token(found.link.record.link_id, now_ms),
            answers=answers,
            form_notice=notice,
            indexable=found.link.options.indexable,
        )
        return page_answer(pages.render_content(form, visit, nonce=self._make_nonce(), site=self._site))

    def form_done(self, form: Form, found: Found, host: str, now_ms: int) -> Answer:
        """Thanks for an answer."""
        visit = pages.Visit(at_ms=now_ms, short_url=self.short_url(found, host))
        return page_answer(pages.render_form_done(form, visit, nonce=self._make_nonce(), site=self._site))

    def slow_down(self, language: str, wait_s: int) -> Answer:
        """Too many requests from one client."""
        nonce = self._make_nonce()
        return page_answer(pages.render_slow_down(retry_after_s=wait_s, nonce=nonce, language=language))

    def unreadable(self, found: Found, host: str, language: str) -> Answer:
        """A page of a kind that this edge does not know yet."""
        nonce, short_url = self._make_nonce(), self.short_url(found, host)
        return page_answer(pages.render_unreadable(nonce=nonce, language=language, short_url=short_url))

    def robots(self, text: str) -> Answer:
        """robots.txt of a domain."""
        return page_answer(pages.robots_txt(text))


def page_answer(page: Page) -> Answer:
    """A rendered page as an answer; its content-length goes last, as everywhere here."""
    length = [header for header in page.headers if header[0] == b"content-length"]
    others = [header for header in page.headers if header[0] != b"content-length"]
    return make_answer(page.status, (*others, *length), page.body)
