"""Keeping harmful links down: block lists, reports by anybody, takedown that edges obey at once."""

import re
from collections.abc import Iterable

import msgspec

from waypost.control import limits
from waypost.control.core.announce import announce
from waypost.control.core.destination import host_of, is_blocked
from waypost.control.core.link_content import page_urls
from waypost.control.core.link_publish import publish_links
from waypost.control.core.link_views import event_data, view
from waypost.control.core.record_change import record_change
from waypost.control.core.workspaces import require_operator
from waypost.control.model.access import Actor, system_actor
from waypost.control.model.faults import Invalid, LinkNotFound, OutOfReach, ReportNotFound, TooLarge
from waypost.control.model.link_urls import urls_of
from waypost.control.model.links import Link
from waypost.control.model.page import Page, PageRequest
from waypost.control.model.safety import Report
from waypost.control.store import domains, links, safety, slugs
from waypost.control.store.tx import Tx
from waypost.rules import Split, Url
from waypost.wire.ids import DEFAULT_DOMAIN_ID, to_text
from waypost.wire.slug import fold

_UNSENDABLE = re.compile(r"[\x00\ud800-\udfff]")


def read_block_list(text: str) -> frozenset[str]:
    """The hosts of a list: one a line, or a hosts file; `#` begins a comment."""
    hosts = set()
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words:
            hosts.add(words[-1].lower().rstrip(".").removeprefix("*."))
    return frozenset(hosts)


def hosts_of(link: Link) -> set[str]:
    """Every host that a link, the page it shows or its preview may lead to."""
    urls = [link.preview.image, link.preview.video, *(url for _, url in urls_of(link))]
    for rule in link.rules:
        if not isinstance(rule.then, Url | Split):
            urls += page_urls(rule.then.template_type, rule.then.content)
    urls += page_urls(link.template_type, link.content)
    return {host_of(url) for url in urls if url} - {""}


async def report_link(tx: Tx, short_url: str, reason: str, contact: str) -> Report:
    """Take a report by anybody about one of our links. Raises Invalid, LinkNotFound."""
    if not reason.strip() or len(reason) > limits.REPORT_CHARACTERS_MAX:
        raise Invalid("reason", f"has 1 to {limits.REPORT_CHARACTERS_MAX} characters")
    if len(contact) > limits.REPORT_CONTACT_CHARACTERS_MAX:
        raise Invalid("contact", f"has at most {limits.REPORT_CONTACT_CHARACTERS_MAX} characters")
    if _UNSENDABLE.search(reason + contact):
        raise Invalid("reason", "holds a character that is no text")
    claim = await _claim_of(tx, short_url)
    if await safety.count_open(tx, claim.link_id or "") >= limits.OPEN_REPORTS_PER_LINK_MAX:
        raise TooLarge("open reports about one link", limits.OPEN_REPORTS_PER_LINK_MAX)
    report = Report(
        id=tx.new_id(),
        workspace_id=claim.workspace_id,
        link_id=claim.link_id or "",
        short_url=short_url[: limits.URL_CHARACTERS_MAX],
        reason=reason.strip(),
        contact=contact.strip(),
        created_ms=tx.now_ms,
    )
    await safety.report_rows.insert(tx, report)
    return report


async def list_reports(tx: Tx, actor: Actor, wanted: PageRequest, *, everywhere: bool) -> Page[Report]:
    """Reports about links of the actor's workspace, newest first; `everywhere` is the operator's.

    Raises OutOfReach.
    """
    if everywhere:
        await require_operator(tx, actor)
        return await safety.page_of_all(tx, wanted)
    return await safety.report_rows.page(tx, actor.workspace_id, wanted)


async def close_report(tx: Tx, actor: Actor, report_id: str, *, take_down: bool) -> Report:
    """Decide about a report of one's own workspace; the operator about any. Raises ReportNotFound."""
    owner = await safety.workspace_of(tx, report_id)
    if owner != actor.workspace_id:
        try:
            await require_operator(tx, actor)
        except OutOfReach as fault:
            raise ReportNotFound(report_id) from fault
    before = await safety.report_rows.get(tx, owner, report_id)
    if take_down:
        await block_links(tx, actor, [before.link_id], f"report {report_id}")
    after = msgspec.structs.replace(
        before, state="taken_down" if take_down else "dismissed", closed_ms=tx.now_ms
    )
    await safety.report_rows.save(tx, after)
    # The change belongs to the workspace of the report, whoever made it.
    await record_change(
        tx, msgspec.structs.replace(actor, workspace_id=owner), "report.close", report_id, before, after
    )
    return after


async def take_down(tx: Tx, actor: Actor, link_id: str, reason: str) -> None:
    """Block any link of any workspace. The operator's. Raises OutOfReach, LinkNotFound."""
    await require_operator(tx, actor)
    if not await block_links(tx, actor, [link_id], reason):
        raise LinkNotFound(link_id)


async def unblock(tx: Tx, actor: Actor, link_id: str) -> None:
    """Let a blocked link work again. The operator's. Raises OutOfReach, LinkNotFound."""
    await require_operator(tx, actor)
    found = await links.any_workspace(tx, [link_id])
    if not found:
        raise LinkNotFound(link_id)
    await _set_state(tx, actor, found[0], "active", "")


async def block_links(tx: Tx, actor: Actor, link_ids: list[str], reason: str) -> int:
    """Block links and tell the edges; return how many were not blocked before."""
    found = [link for link in await links.any_workspace(tx, link_ids) if link.state != "blocked"]
    for link in found:
        await _set_state(tx, actor, link, "blocked", reason[: limits.TEXT_CHARACTERS_MAX])
    return len(found)


async def block_listed(tx: Tx, found: Iterable[Link]) -> int:
    """Block those of the links that lead to a host on the block list; return how many."""
    blocked = tx.installation.blocked_hosts
    hit = [link for link in found if any(is_blocked(host, blocked) for host in hosts_of(link))]
    count = 0
    for link in hit:
        count += await block_links(tx, system_actor(link.workspace_id, "block list"), [link.id], "block list")
    return count


async def _set_state(tx: Tx, actor: Actor, before: Link, state: str, reason: str) -> None:
    changed = {
        "state": state,
        "blocked_reason": reason,
        "version": before.version + 1,
        "updated_ms": tx.now_ms,
    }
    after = msgspec.structs.replace(before, **changed)
    await links.save(tx, after)
    # The change belongs to the workspace of the link, whoever made it.
    owner = msgspec.structs.replace(actor, workspace_id=before.workspace_id)
    await record_change(tx, owner, f"link.{state}", before.id, before, after)
    await publish_links(tx, [after])
    data = event_data(await view(tx, after))
    announce(tx, "link.updated", before.workspace_id, data, link_id=before.id)


async def _claim_of(tx: Tx, short_url: str) -> slugs.Claim:
    host, _, path = short_url.strip().partition("://")[2].partition("/")
    name = host.rpartition("@")[2].partition(":")[0].lower()
    slug = path.partition("?")[0].partition("#")[0]
    domain = await domains.by_host(tx, name)
    if domain is None and name != tx.installation.public_host:
        raise Invalid("short_url", "is not a link of this service")
    domain_id = domain.id if domain else to_text(DEFAULT_DOMAIN_ID)
    key = slug.strip("/") if domain and domain.case_sensitive else fold(slug)
    claim = await slugs.get(tx, domain_id, key)
    if claim is None or claim.link_id is None:
        raise LinkNotFound(short_url)
    return claim
