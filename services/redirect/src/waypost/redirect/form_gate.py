"""The answer to a form that was sent: judged, guarded against robots, and on the disk before it is thanked for."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

from waypost.facts.client_ip import network_of
from waypost.facts.visitor import visitor_id
from waypost.redirect.answer import Answer, with_header
from waypost.redirect.client import ClientReader, Request
from waypost.redirect.compose import decode_query
from waypost.redirect.content_page import page_asked
from waypost.redirect.day_salts import DaySalts
from waypost.redirect.decide import may_remember
from waypost.redirect.edge import Edge
from waypost.redirect.form_box import BoxFull, FormBox
from waypost.redirect.form_token import FormTokens
from waypost.redirect.gate import Gate, gate
from waypost.redirect.limits import (
    FORM_AGE_MIN_MS,
    FORM_ANSWERS_PER_CLIENT_MAX,
    FORM_ANSWERS_PER_LINK_MAX,
    FORM_CLIENT_WINDOW_S,
    FORM_LINK_WINDOW_S,
    FORM_WRITES_QUEUED_MAX,
)
from waypost.redirect.pages import FormNotice
from waypost.redirect.request import cookie
from waypost.redirect.resolve import Found, Resolver
from waypost.redirect.said import said, said_cookie, with_answers
from waypost.redirect.shared_table import SharedTable
from waypost.redirect.unlock import COOKIE_NAME, is_unlocked
from waypost.redirect.window import Window
from waypost.runtime.logs import Log
from waypost.wire.codec import DECODE_ERRORS, encode
from waypost.wire.content.check import UnknownKind, decode
from waypost.wire.content.form import TOKEN_FIELD, TRAP_FIELD, Answers, Form, read_answers
from waypost.wire.content.limits import FORM_FIELDS_MAX
from waypost.wire.form_answer import FormAnswerV1, FormValueV1
from waypost.wire.ids import uuid7

_log = Log(__name__)
_BESIDE_FIELDS = 3
"""The trap, the token and the consent."""
_PER_CLIENT = Window(FORM_CLIENT_WINDOW_S, FORM_ANSWERS_PER_CLIENT_MAX)
_PER_LINK = Window(FORM_LINK_WINDOW_S, FORM_ANSWERS_PER_LINK_MAX)
_ID_RANDOM_BYTES = 10


class OpenForm(Struct, frozen=True):
    """A form that may be answered, and the link that shows it."""

    found: Found
    form: Form
    name: str = ""
    """Which of the link's pages it is."""


class FormGate:
    """Takes answers to forms."""

    def __init__(
        self,
        edge: Edge,
        resolver: Resolver,
        clients: ClientReader,
        salts: DaySalts,
        box: FormBox,
        rates: SharedTable,
        unlock_key: bytes,
        *,
        honour_dnt: bool,
        secure_cookies: bool,
    ) -> None:
        self._edge = edge
        self._resolver = resolver
        self._clients = clients
        self._salts = salts
        self._tokens = FormTokens(salts)
        self._box = box
        self._rates = rates
        self._key = unlock_key
        self._honour_dnt = honour_dnt
        self._secure = secure_cookies
        self._thread = ThreadPoolExecutor(1, "forms")
        self._queued = 0

    def form_at(self, request: Request) -> OpenForm | None:
        """The form behind a path; None when there is none, or a password stands before it."""
        found = self._resolver.resolve(request.client.headers.host, request.path)
        if not isinstance(found, Found) or found.wants_preview:
            return None
        own = ("", found.link.options.content)
        name, content = page_asked(found, decode_query(request.query)) or own
        if content is None or content.kind != "form" or self._state(request, found, name) is Gate.LOCKED:
            return None
        try:
            form = decode(content.kind, content.data)
        except (UnknownKind, *DECODE_ERRORS):
            return None
        return OpenForm(found, form, name) if isinstance(form, Form) else None

    async def answer(self, request: Request, open_form: OpenForm, body: bytes) -> Answer:
        """Answer a POST to a form."""
        found, form = open_form.found, open_form.form
        if self._state(request, found, open_form.name) is not Gate.OPEN:
            return self._edge.answer(msgspec.structs.replace(request, method="GET"))
        now_ms = time.time_ns() // 1_000_000
        host, pages = request.client.headers.host, self._edge.pages
        sent = _fields_of(body)
        answers = read_answers(form, sent)
        if answers.is_robot:
            return pages.form_done(form, found, host, now_ms)
        token = sent.get(TOKEN_FIELD, [""])[0]
        issued_ms = self._tokens.issued_ms(token, found.link.record.link_id)
        is_hasty = issued_ms is None or now_ms - issued_ms < FORM_AGE_MIN_MS
        if answers.problems or issued_ms is None or is_hasty:
            # The page keeps the time at which it was first shown: who sends it again is not hasty any more.
            known = token if issued_ms is not None else ""
            notice: FormNotice = "again" if is_hasty else ""
            return pages.form(
                form, found, host, now_ms, answers, name=open_form.name, token=known, notice=notice
            )
        if wait_s := self._wait_s(request, found, now_ms // 1000):
            return pages.slow_down(request.client.language, wait_s)
        if not await self._is_kept(self._message(request, open_form, answers, token, issued_ms, now_ms)):
            return pages.form(
                form, found, host, now_ms, answers, name=open_form.name, token=token, notice="later"
            )
        done = pages.form_done(form, found, host, now_ms)
        remembered = self._said(request, open_form, answers)
        return with_header(done, b"set-cookie", remembered) if remembered else done

    def close(self) -> None:
        """End the thread once what was sent is on the disk."""
        self._thread.shutdown(wait=True)

    def _state(self, request: Request, found: Found, name: str) -> Gate:
        """Whether the page of this name may be used now."""
        options, record = found.link.options, found.link.record
        now_s = int(time.time())
        value = cookie(request.client.headers.cookie, COOKIE_NAME)
        unlocked = (
            not options.password
            or name in options.open_ways
            or is_unlocked(self._key, value, record.link_id, options.password_version, now_s)
        )
        return gate(record, found.workspace, now_s * 1000, unlocked=unlocked)

    def _wait_s(self, request: Request, found: Found, now_s: int) -> int:
        link_id, client = found.link.record.link_id, network_of(self._clients.address(request)).encode()
        with self._rates.locked():
            return max(
                _PER_LINK.spend(self._rates, b"form" + link_id, now_s),
                _PER_CLIENT.spend(self._rates, b"form client" + link_id + client, now_s),
            )

    def _message(
        self,
        request: Request,
        open_form: OpenForm,
        answers: Answers,
        token: str,
        issued_ms: int,
        now_ms: int,
    ) -> FormAnswerV1:
        found, form, headers = open_form.found, open_form.form, request.client.headers
        record, address = found.link.record, self._clients.address(request)
        visitor = visitor_id(self._salts.of(now_ms), found.domain.domain_id, address, headers.user_agent)
        values = tuple(
            FormValueV1(field.name, field.label, field.type, answers.values[field.name])
            for field in form.fields
        )
        consent = form.consent.text if form.consent is not None and answers.consent else ""
        # The same page sent twice by the same visitor with the same words is one answer.
        digest = blake2b(encode((token, visitor, values, consent)), digest_size=_ID_RANDOM_BYTES).digest()
        is_told_apart = found.link.options.track_visitor and not (headers.opted_out and self._honour_dnt)
        return FormAnswerV1(
            id=uuid7(issued_ms, digest).bytes,
            at_ms=now_ms,
            link_id=record.link_id,
            workspace_id=record.workspace_id,
            values=values,
            consent=consent,
            visitor=visitor if is_told_apart else b"",
            country=self._clients.place(request.peer, address, headers).country,
            language=request.client.language,
            domain=headers.host,
        )

    def _said(self, request: Request, open_form: OpenForm, answers: Answers) -> bytes:
        """The cookie with what rules ask for; b"" where none does, or this visitor's variant is not kept either."""
        link, client = open_form.found.link, request.client
        if not link.asked or not may_remember(link, client):
            return b""
        known = with_answers(said(client.headers.cookie, link.asked), open_form.form, answers, link.asked)
        return said_cookie(known, open_form.found.slug_path, link.options.sticky_s, secure=self._secure)

    async def _is_kept(self, message: FormAnswerV1) -> bool:
        """Whether the answer is on the disk."""
        if self._queued >= FORM_WRITES_QUEUED_MAX:
            return False
        self._queued += 1
        try:
            await asyncio.get_running_loop().run_in_executor(
                self._thread, self._box.put, message.id, encode(message)
            )
        except (BoxFull, OSError) as error:
            _log.error("form_answer_not_kept", cause=error)
            return False
        finally:
            self._queued -= 1
        return True


def _fields_of(body: bytes) -> dict[str, list[str]]:
    """What was sent, by name. More fields than any form has are a robot's, so nothing of them is read."""
    fields_max = FORM_FIELDS_MAX + _BESIDE_FIELDS
    text = body.decode("utf-8", "replace")
    try:
        return parse_qs(text, max_num_fields=fields_max, keep_blank_values=True)
    except ValueError:
        return {TRAP_FIELD: ["too many fields"]}
