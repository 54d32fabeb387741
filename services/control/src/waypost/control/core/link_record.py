"""A stored link as the edges need it. Pure: the same link always gives the same bytes."""

import msgspec

from waypost.control.core.link_content import content_record
from waypost.control.model.domains import Domain
from waypost.control.model.links import Link, State
from waypost.rules import Page, Rule, encode_rules
from waypost.wire.ids import to_bytes
from waypost.wire.link import DomainV1, LinkOptionsV1, LinkState, LinkV1, PreviewV1

_STATES: dict[State, LinkState] = {
    "active": LinkState.ACTIVE,
    "paused": LinkState.PAUSED,
    "blocked": LinkState.BLOCKED,
}
_DEFAULT_OPTIONS = LinkOptionsV1()


def link_record(link: Link, *, scans_known: int = 0, is_alias: bool = False) -> LinkV1:
    """The record of a link under one of its slugs. `scans_known` goes with links that depend on it."""
    options = LinkOptionsV1(
        rules=encode_rules([_as_decided(rule) for rule in link.rules]) if link.rules else b"",
        expired_url=link.expired_url.encode(),
        fallback_url=link.fallback_url.encode(),
        scan_limit=link.scan_limit,
        scans_known=scans_known if link.depends_on_scans else 0,
        password=link.password_hash,
        password_version=link.password_version,
        query_policy=link.query_policy,
        path_policy=link.path_policy,
        utm=link.utm,
        preview=_preview(link),
        cloak=link.cloak,
        indexable=link.indexable,
        interstitial_s=link.interstitial_s,
        click_id_param=_click_id_param(link),
        sticky_s=link.sticky_s,
        track_visitor=link.track_visitor,
        title=link.title if _needs_title(link) else "",
        content=content_record(link.template_type, link.content),
        pages={
            rule.id: page
            for rule in link.rules
            if isinstance(rule.then, Page)
            and (page := content_record(rule.then.template_type, rule.then.content)) is not None
        },
        aliases_of=to_bytes(link.id) if is_alias else b"",
        open_ways=_open_ways(link),
    )
    return LinkV1(
        link_id=to_bytes(link.id),
        workspace_id=to_bytes(link.workspace_id),
        state=_STATES[link.state],
        target=link.target_url.encode("ascii"),
        status=link.status,
        starts_ms=link.starts_ms,
        expires_ms=link.expires_ms,
        options=None if options == _DEFAULT_OPTIONS else options,
    )


def domain_record(domain: Domain, fallback_url: str) -> DomainV1:
    """The record of a domain. A domain that is not verified answers nothing; `fallback_url` is the
    installation's."""
    return DomainV1(
        domain_id=to_bytes(domain.id),
        workspace_id=to_bytes(domain.workspace_id),
        root_url=domain.root_url.encode("ascii"),
        not_found_url=domain.not_found_url.encode("ascii"),
        expired_url=(domain.expired_url or fallback_url).encode("ascii"),
        case_sensitive=domain.case_sensitive,
        robots_txt=domain.robots_txt,
        association_files=domain.association_files,
        serving=domain.status == "active" and not domain.archived,
    )


def _as_decided(rule: Rule) -> Rule:
    """A rule as edges decide by it: the content of its page, and what a password opens, travel beside it."""
    then = Page(template_type=rule.then.template_type) if isinstance(rule.then, Page) else rule.then
    return msgspec.structs.replace(rule, then=then, password=None)


def _open_ways(link: Link) -> tuple[str, ...]:
    """A password stands before the whole link, or before the rules that ask for it when some do."""
    if not link.password_hash:
        return ()
    is_own_open = any(rule.password for rule in link.rules)
    opened = [rule.id for rule in link.rules if (is_own_open if rule.password is None else not rule.password)]
    return ("", *opened) if is_own_open else tuple(opened)


def _preview(link: Link) -> PreviewV1 | None:
    preview = link.preview
    if not preview.enabled:
        return None
    return PreviewV1(
        preview.title or link.title, preview.description or link.description, preview.image, preview.video
    )


def _click_id_param(link: Link) -> str:
    return (link.click_id_param or "wid") if link.track_conversion else ""


def _needs_title(link: Link) -> bool:
    # A title is shown only on pages; plain redirects stay small.
    shows = link.content or any(isinstance(rule.then, Page) for rule in link.rules)
    return bool(link.password_hash or shows or link.interstitial_s or link.cloak)
