"""What a visitor said in the forms of a link: kept by their browser, for the rules of that link alone.

The edge keeps no profiles (ADR 12), so only what was said on a link's own pages is known there, and of that only what a
rule asks for. The cookie is not signed: it tells nothing but what its sender may say anyway, and rules keep no secret.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection

import msgspec

from waypost.redirect.limits import SAID_BYTES_MAX
from waypost.redirect.request import cookie, fits_cookie
from waypost.rules.limits import VALUE_LENGTH_MAX
from waypost.wire.codec import DECODE_ERRORS
from waypost.wire.content.form import Answers, Form

SAID_COOKIE = "wp_said"


def said(header: str, asked: Collection[str]) -> dict[str, str]:
    """What a request's cookies tell of the attributes that are asked for; nothing where they are not ours."""
    text = cookie(header, SAID_COOKIE)
    if not text or len(text) > 2 * SAID_BYTES_MAX:
        return {}
    try:
        known = msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=dict[str, str])
    except (ValueError, *DECODE_ERRORS):
        return {}
    return {name: value for name, value in known.items() if name in asked}


def with_answers(
    known: dict[str, str], form: Form, answers: Answers, asked: Collection[str]
) -> dict[str, str]:
    """What is known of a visitor after a form: a box is `true` or `false`, what is left empty is not known."""
    after = dict(known)
    for field in form.fields:
        if field.name not in asked:
            continue
        value = answers.values[field.name]
        if field.type == "checkbox":
            value = "true" if value else "false"
        if value and len(value) <= VALUE_LENGTH_MAX:
            after[field.name] = value
        else:
            after.pop(field.name, None)
    return after


def said_cookie(known: dict[str, str], slug_path: bytes, age_s: int, *, secure: bool) -> bytes:
    """The cookie that keeps it; b"" for more than fits, and for a path that no cookie can have."""
    body = msgspec.json.encode(known)
    if len(body) > SAID_BYTES_MAX or not fits_cookie(slug_path):
        return b""
    value = urlsafe_b64encode(body).rstrip(b"=")
    head = b"%b=%b; Max-Age=%d; HttpOnly; SameSite=Lax; Path=" % (SAID_COOKIE.encode(), value, age_s)
    return head + slug_path + (b"; Secure" if secure else b"")
