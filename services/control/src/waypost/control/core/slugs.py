"""Slugs: which ones are allowed, how random ones are drawn, and claiming them."""

import re
import unicodedata

import msgspec

from waypost.control import limits
from waypost.control.model.bio import KIND as BIO_KIND
from waypost.control.model.bio import SLUG_MARK
from waypost.control.model.faults import InvalidSlug, SlugTaken
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.store import slugs
from waypost.control.store.tx import Tx
from waypost.wire import slug as wire_slug
from waypost.wire.limits import SLUG_BYTES_MAX, SLUG_CHARACTERS_MAX

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""No 0/o, 1/i/l: what is read out or copied by hand stays itself."""

RESERVED: frozenset[str] = frozenset(
    {"robots.txt", "favicon.ico", "sitemap.xml", "apple-app-site-association", ".well-known", "-"}
)
"""Paths that browsers and robots ask every host for, and the edge's own below `-`: published assets."""

PREVIEW_MARK = "+"
"""Behind a slug it asks the edge for the preview. A link of that name would lead away who wants to look first."""

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f?#\\%<>\"`{}|^\[\]]")


def check_slug(field: str, slug: str) -> str:
    """Return the slug as it is kept. Raises InvalidSlug."""
    kept = wire_slug.exact(slug.strip())
    if not kept:
        raise InvalidSlug(field, "is empty")
    if len(kept) > SLUG_CHARACTERS_MAX or len(kept.encode("utf-8", "surrogatepass")) > SLUG_BYTES_MAX:
        raise InvalidSlug(field, f"longer than {SLUG_CHARACTERS_MAX} characters")
    if _FORBIDDEN.search(kept) or any(_is_unseen(character) for character in kept):
        raise InvalidSlug(
            field, 'spaces, control characters and ? # % \\ < > " ` { } | ^ [ ] are not allowed'
        )
    segments = kept.split("/")
    if "" in segments or "." in segments or ".." in segments:
        raise InvalidSlug(field, "empty, `.` and `..` path segments are not allowed")
    if segments[0].casefold() in RESERVED:
        raise InvalidSlug(field, "is reserved")
    return kept


def check_claim(field: str, slug: str, domain_id: str, template_type: str) -> None:
    """What a slug that is new to a link must not be: on the shared domain, names of people are for pages of people,
    and `name+` shows where `name` leads. Raises InvalidSlug.

    Links that had such a slug before this was so keep it.
    """
    if slug.endswith(PREVIEW_MARK):
        raise InvalidSlug(field, f"must not end with `{PREVIEW_MARK}`, which shows where a link leads")
    if slug.startswith(SLUG_MARK) and domain_id == DEFAULT_DOMAIN and template_type != BIO_KIND:
        raise InvalidSlug(field, f"`{SLUG_MARK}` begins the address of a link-in-bio page")


def key_of(slug: str, *, case_sensitive: bool) -> str:
    """The form in which a slug is unique on its domain."""
    return wire_slug.exact(slug) if case_sensitive else wire_slug.fold(slug)


def random_slug(tx: Tx, characters: int) -> str:
    """Draw a slug; every character equally likely."""
    picked = ""
    while len(picked) < characters:
        # 248 is the largest multiple of 31 below 256: larger bytes would favour some letters.
        picked += "".join(ALPHABET[byte % 31] for byte in tx.random_bytes(characters * 2) if byte < 248)
    return picked[:characters]


async def claim_random(
    tx: Tx, wanted: slugs.Claim, *, prefix: str, characters: int | None, case_sensitive: bool
) -> slugs.Claim:
    """Claim a free random slug for what `wanted` names. Raises SlugTaken when none was found."""
    length = characters or tx.installation.slug_characters
    lead = f"{prefix.strip('/')}/" if prefix else ""
    for _ in range(limits.SLUG_ATTEMPTS_MAX):
        slug = lead + random_slug(tx, length)
        key = key_of(slug, case_sensitive=case_sensitive)
        found = msgspec.structs.replace(wanted, slug=slug, slug_key=key)
        if await slugs.claim(tx, found):
            return found
    raise SlugTaken(lead + "…")


def _is_unseen(character: str) -> bool:
    # Cf holds zero-width and bidirectional controls, which make one slug look like another.
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")
