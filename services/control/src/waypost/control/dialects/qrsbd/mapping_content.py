"""`template_type` and `content`: what the page of a code shows of them, and what is kept beside it. Pure.

The vendor leaves the members of `content` open. Those that the page of a template has are shown; the others,
and the content of a code that only redirects, are kept among the link's extras and come back as they were sent.
"""

from collections.abc import Mapping
from typing import Any

from waypost.control.dialects.qrsbd.schemas import Template
from waypost.control.dialects.qrsbd.values import strict_url
from waypost.control.model.faults import Invalid
from waypost.control.model.links import Json
from waypost.wire.content import KINDS, known

EXTRAS = "qrsbd"
_PAGES: frozenset[Template] = frozenset({"vcard", "wifi", "menu", "social", "event"})
"""Templates whose page stands for itself, so that a code may have no destination."""


def lower_template(template: Template) -> str:
    """The native name: the core calls a plain redirect no template at all."""
    return "" if template == "url" else template


def lower_content(template: str, content: Json | None) -> Any:
    """What the page of a native template shows of a content; None where there is no page."""
    return None if content is None or template not in KINDS else known(template, content)


def lift_content(template: str, content: Json | None, extras: Mapping[str, Any]) -> Json | None:
    """The content as it was written, while the page is still the one that it was written for."""
    written: Json | None = (extras.get(EXTRAS) or {}).get("content")
    return content if written is None or lower_content(template, written) != content else written


def noted(extras: Json, **members: Json | None) -> Json:
    """Extras in which these members of ours are kept, or forgotten where they are None."""
    kept = {**(extras.get(EXTRAS) or {}), **members}
    own = {name: value for name, value in kept.items() if value is not None}
    others = {name: value for name, value in extras.items() if name != EXTRAS}
    return {**others, EXTRAS: own} if own else others


def target_of(url: str | None, template: str, content: Json | None) -> str:
    """Where a code leads in canonical form, "" for one that only shows its page. Raises InvalidUrl, Invalid."""
    if not url and template in _PAGES and content is not None:
        return ""
    if url is None:
        raise Invalid("target_url", "is required")
    return strict_url("target_url", url)
