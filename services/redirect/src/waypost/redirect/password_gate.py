"""The answer to a password that was sent: checked slowly on purpose, and not too often."""

import time

import msgspec

from waypost.facts.client_ip import network_of
from waypost.redirect.answer import Answer, with_header
from waypost.redirect.client import ClientReader, Request
from waypost.redirect.edge import Edge
from waypost.redirect.gate import Gate, gate
from waypost.redirect.limits import RETRY_AFTER_S
from waypost.redirect.password_check import CheckerBusy, PasswordChecker
from waypost.redirect.resolve import Found, Resolver
from waypost.redirect.unlock import COOKIE_NAME, UNLOCKED_S, Guesses, sign


class PasswordGate:
    """Takes passwords for locked links."""

    def __init__(
        self,
        edge: Edge,
        resolver: Resolver,
        clients: ClientReader,
        checker: PasswordChecker,
        guesses: Guesses,
        unlock_key: bytes,
        *,
        secure_cookies: bool,
    ) -> None:
        self._edge = edge
        self._resolver = resolver
        self._clients = clients
        self._checker = checker
        self._guesses = guesses
        self._key = unlock_key
        self._secure = secure_cookies

    async def answer(self, request: Request, password: bytes) -> Answer | None:
        """Answer a POST; None when there is no locked link at this path."""
        found = self._resolver.resolve(request.client.headers.host, request.path)
        now_s = int(time.time())
        if not isinstance(found, Found) or not found.link.options.password:
            return None
        if gate(found.link.record, found.workspace, now_s * 1000) is not Gate.LOCKED:
            return None
        link_id = found.link.record.link_id
        host, language = request.client.headers.host, request.client.language
        client = network_of(self._clients.address(request)).encode()
        if wait_s := self._guesses.wait_s(link_id, client, now_s):
            return self._edge.pages.password_wait(found, host, language, wait_s)
        try:
            right = await self._checker.is_right(found.link.options.password, password)
        except CheckerBusy:
            return self._edge.pages.password_wait(found, host, language, RETRY_AFTER_S)
        if not right:
            return self._edge.pages.password(found, host, language, wrong=True)
        return self._unlocked(request, found, now_s)

    def _unlocked(self, request: Request, found: Found, now_s: int) -> Answer:
        """Follow the link now, and remember for a while that the password was given.

        Not by a redirect: browsers apply the page's `form-action` to every hop behind a form.
        """
        value = sign(self._key, found.link.record.link_id, found.link.options.password_version, now_s)
        head = f"{COOKIE_NAME}={value}; Max-Age={UNLOCKED_S}; HttpOnly; SameSite=Lax; Path="
        cookie = head.encode() + found.slug_path + (b"; Secure" if self._secure else b"")
        visit = msgspec.structs.replace(request, method="GET")
        answer = self._edge.answer(visit, unlocked=True)
        if answer.headers[0][0] == b"location":
            host, language = request.client.headers.host, request.client.language
            onward = self._edge.pages.onward(found, host, language, answer.headers[0][1])
            for name, header in answer.headers:
                if name == b"set-cookie":
                    onward = with_header(onward, name, header)
            answer = onward
        return with_header(answer, b"set-cookie", cookie)
