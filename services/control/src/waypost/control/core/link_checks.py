"""Judging the members of a link before they are stored, the same for one link and for ten thousand."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from waypost.control import limits
from waypost.control.core.bio_link import with_link_ids
from waypost.control.core.destination import WEB_SCHEMES, canonical_url, host_of
from waypost.control.core.link_content import checked_content, checked_page, with_own_paths
from waypost.control.model.faults import FolderNotFound, Invalid, InvalidRule, InvalidUrl, TooLarge
from waypost.control.model.links import UTM_NAMES, Preview
from waypost.control.store import domains, folders
from waypost.control.store.tx import Tx
from waypost.rules import Finding, Page, Rule, Split, Target, Url, check

TARGET_SCHEMES = WEB_SCHEMES | {"mailto", "tel", "sms"}
"""Links may also start a mail, a call or a text message; those schemes run nothing."""

_TEXTS = {
    "title": limits.TITLE_CHARACTERS_MAX,
    "description": limits.TEXT_CHARACTERS_MAX,
    "comments": limits.TEXT_CHARACTERS_MAX,
    "lead_goal": limits.TEXT_CHARACTERS_MAX,
    "lead_target": limits.TEXT_CHARACTERS_MAX,
    "external_id": limits.EXTERNAL_ID_CHARACTERS_MAX,
    "tenant_id": limits.EXTERNAL_ID_CHARACTERS_MAX,
    "template_type": limits.NAME_CHARACTERS_MAX,
    "click_id_param": limits.NAME_CHARACTERS_MAX,
}
_COUNTS = {"scan_limit": 1 << 53, "interstitial_s": 60, "sticky_s": 366 * 24 * 3600}
_PARAMETER = re.compile(r"[A-Za-z0-9_.-]*\Z")
_LOOPS = "leads back to this service"
_UNSENDABLE = re.compile(r"[\x00\ud800-\udfff]")


async def checked(tx: Tx, workspace_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members as they will be stored: URLs canonical, text stripped.

    Takes whichever members are given, `template_type` and `content` together. Raises Invalid and its kinds
    naming the member, FolderNotFound, TooLarge.
    """
    result = dict(values)
    for name in ("title", "external_id", "tenant_id", "template_type"):
        if result.get(name):
            result[name] = result[name].strip()
    _check_texts(result)
    _check_maps(result)
    _check_times(result)
    hosts: dict[str, str] = {}
    for name, url in list(_urls(result)):
        schemes = TARGET_SCHEMES if name == "target_url" else WEB_SCHEMES
        result[name] = canonical_url(name, url, tx.installation, schemes=schemes)
        if host := host_of(result[name]):
            hosts.setdefault(host, name)
    if "preview" in result:
        result["preview"] = _checked_preview(tx, result["preview"])
    if result.get("rules"):
        result["rules"] = checked_rules(tx, result["rules"], hosts)
    result = with_own_paths(result, tx.installation)
    for path, url in checked_content(result, tx.installation):
        if host := host_of(url):
            hosts.setdefault(host, path)
    result = with_link_ids(tx, result)
    for looping in await _own_among(tx, hosts):
        raise InvalidUrl(hosts[looping], _LOOPS)
    folder_id = result.get("folder_id")
    if folder_id and not await folders.exists(tx, workspace_id, folder_id):
        raise FolderNotFound(folder_id)
    return result


async def _own_among(tx: Tx, hosts: Mapping[str, str]) -> set[str]:
    # Ten thousand links of one import mostly lead to a few hosts; each is asked for once.
    unknown = [host for host in hosts if host not in tx.own_hosts]
    if unknown:
        found = await domains.hosts_among(tx, unknown)
        tx.own_hosts.update({host: host in found for host in unknown})
    return {host for host in hosts if tx.own_hosts[host]}


def _urls(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    # A link that shows a page leads nowhere else, so it needs no destination.
    if "target_url" in values and (values["target_url"] or values.get("content") is None):
        yield "target_url", values["target_url"]
    for name in ("fallback_url", "expired_url"):
        if values.get(name):
            yield name, values[name]


def checked_rules(tx: Tx, rules: tuple[Rule, ...], hosts: dict[str, str]) -> tuple[Rule, ...]:
    """Rules as they will be stored, with canonical destinations, whose hosts are added to `hosts`.

    Raises InvalidRule, InvalidUrl.
    """
    for finding in check(rules, schemes=TARGET_SCHEMES, now_ms=tx.now_ms):
        if finding.severity == "error":
            raise InvalidRule(finding.path, finding.message)

    return tuple(
        msgspec.structs.replace(rule, then=_checked_target(tx, f"rules[{index}].then", rule.then, hosts))
        for index, rule in enumerate(rules)
    )


async def rule_findings(tx: Tx, rules: tuple[Rule, ...], target_url: str | None) -> list[Finding]:
    """What is wrong with rules and what can never match, and where they lead that no link may lead."""
    found = list(check(rules, default_url=target_url, schemes=TARGET_SCHEMES, now_ms=tx.now_ms))
    hosts: dict[str, str] = {}
    for index, rule in enumerate(rules):
        path = f"rules[{index}].then"
        if any(each.severity == "error" and each.path.startswith(path) for each in found):
            continue  # it is told already
        try:
            _checked_target(tx, path, rule.then, hosts)
        except Invalid as refused:
            found.append(Finding("error", refused.code, refused.field, refused.why))
    own = await _own_among(tx, hosts)
    return found + [Finding("error", InvalidUrl.code, hosts[host], _LOOPS) for host in own]


def _checked_target(tx: Tx, path: str, target: Target, hosts: dict[str, str]) -> Target:
    """A rule's target as it will be stored. Raises Invalid and its kinds."""

    def kept(path: str, url: str) -> str:
        canonical = canonical_url(path, url, tx.installation, schemes=TARGET_SCHEMES)
        if host := host_of(canonical):
            hosts.setdefault(host, path)
        return canonical

    if isinstance(target, Url):
        return Url(kept(f"{path}.url", target.url))
    if isinstance(target, Page):
        page, found = checked_page(path, target, tx.installation)
        for field, url in found:
            if host := host_of(url):
                hosts.setdefault(host, field)
        return page
    return Split(
        tuple(
            msgspec.structs.replace(variant, url=kept(f"{path}.variants[{place}].url", variant.url))
            for place, variant in enumerate(target.variants)
        )
    )


def _checked_preview(tx: Tx, preview: Preview) -> Preview:
    for name, text in (("title", preview.title), ("description", preview.description)):
        _check_text(f"preview.{name}", text, limits.TEXT_CHARACTERS_MAX)
    urls = {
        name: canonical_url(f"preview.{name}", url, tx.installation) if url else ""
        for name, url in (("image", preview.image), ("video", preview.video))
    }
    return msgspec.structs.replace(preview, **urls)


def _check_texts(values: Mapping[str, Any]) -> None:
    for name, longest in _TEXTS.items():
        if values.get(name):
            _check_text(name, values[name], longest)
    if not _PARAMETER.match(values.get("click_id_param") or ""):
        raise Invalid("click_id_param", "may hold letters, digits, `_`, `.` and `-`")
    for name in ("external_id", "tenant_id"):
        if values.get(name) == "":
            raise Invalid(name, "is empty; leave it out or send null")
    for name, most in _COUNTS.items():
        if not 0 <= values.get(name, 0) <= most:
            raise Invalid(name, f"must lie between 0 and {most}")


def _check_text(field: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise Invalid(field, f"longer than {longest} characters")
    if _UNSENDABLE.search(text):
        raise Invalid(field, "holds a character that is no text")


def _check_maps(values: Mapping[str, Any]) -> None:
    metadata = values.get("metadata") or {}
    if len(metadata) > limits.METADATA_PAIRS_MAX:
        raise Invalid("metadata", f"more than {limits.METADATA_PAIRS_MAX} pairs")
    for key, value in metadata.items():
        if not key or len(key) > limits.METADATA_NAME_CHARACTERS_MAX or _UNSENDABLE.search(key):
            raise Invalid("metadata", f"keys have 1 to {limits.METADATA_NAME_CHARACTERS_MAX} characters")
        _check_text(f"metadata.{key}", value, limits.METADATA_VALUE_CHARACTERS_MAX)
    for key, value in (values.get("utm") or {}).items():
        if key not in UTM_NAMES:
            raise Invalid(f"utm.{key}", f"is none of {', '.join(UTM_NAMES)}")
        _check_text(f"utm.{key}", value, limits.NAME_CHARACTERS_MAX)
    if len(values.get("webhook_ids") or ()) > limits.WEBHOOKS_PER_LINK_MAX:
        raise Invalid("webhook_ids", f"more than {limits.WEBHOOKS_PER_LINK_MAX}")
    for name, most in (("content", limits.CONTENT_BYTES_MAX), ("extras", limits.EXTRAS_BYTES_MAX)):
        if values.get(name) and len(msgspec.json.encode(values[name])) > most:
            raise TooLarge(f"bytes of {name}", most)


def _check_times(values: Mapping[str, Any]) -> None:
    for name in ("starts_ms", "expires_ms"):
        if not 0 <= values.get(name, 0) < 1 << 47:
            raise Invalid(name.replace("_ms", "_at"), "lies outside of the calendar")
