"""Domains: claiming a host, proving it by DNS, serving it, giving it up."""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

import idna
import msgspec
from msgspec import UNSET, Struct

from waypost.control import limits
from waypost.control.core import link_views
from waypost.control.core.announce import announce
from waypost.control.core.destination import canonical_url
from waypost.control.core.link_publish import publish_links, withdraw
from waypost.control.core.link_record import domain_record
from waypost.control.core.link_slugs import Place
from waypost.control.core.quotas import check_quota
from waypost.control.core.record_change import record_change
from waypost.control.core.replicate import publish
from waypost.control.core.slugs import random_slug
from waypost.control.model.access import Actor
from waypost.control.model.bio import CreateBioPage
from waypost.control.model.domains import CreateDomain, DnsRecord, Domain, UpdateDomain
from waypost.control.model.faults import Invalid, InvalidDomain, OutOfReach, TooLarge
from waypost.control.model.installation import DEFAULT_DOMAIN, Installation
from waypost.control.model.links import CreateLink, Link, LinkView
from waypost.control.store import domains, links, slugs
from waypost.control.store.tx import Tx
from waypost.wire.ids import DEFAULT_DOMAIN_ID
from waypost.wire.link import DomainV1
from waypost.wire.slug import domain_key

NewT = TypeVar("NewT", CreateLink, CreateBioPage)

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_FILE = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_TOKEN_BYTES = 16
_SUFFIX_CHARACTERS = 4
GRACE_MS = 72 * 3600 * 1000
"""How long a domain that no longer proves itself still serves."""


class DeletedDomain(Struct, frozen=True):
    """What became of a domain's links: all moved to the default host, some under another slug."""

    moved: int
    renamed: tuple[LinkView, ...]


def normalised_host(field: str, text: str) -> str:
    """A host name in lower-case ASCII (IDNA 2008). Raises InvalidDomain."""
    host = text.strip().lower().removesuffix(".")
    try:
        ascii_host = idna.encode(host, uts46=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise InvalidDomain(field, "is not a host name") from error
    labels = ascii_host.split(".")
    if len(ascii_host) > 253 or len(labels) < 2 or labels[-1].isdigit():
        raise InvalidDomain(field, "is not a full host name such as go.example.com")
    if not all(_LABEL.match(label) for label in labels):
        raise InvalidDomain(field, "is not a host name")
    return ascii_host


def records_of(domain: Domain, installation: Installation) -> tuple[DnsRecord, ...]:
    """The DNS records that route a host here and prove who owns it."""
    return (
        DnsRecord("CNAME", domain.host, installation.public_host, "routing"),
        DnsRecord("TXT", f"_waypost.{domain.host}", f"waypost-verification={domain.token}", "ownership"),
    )


def vendors_ownership(domain: Domain) -> str:
    """Where the TXT record may stand as well: the name that customers of QRs.bd are used to."""
    return f"_cf-custom-hostname.{domain.host}"


async def of_new_links(tx: Tx, actor: Actor) -> str:
    """The id of the domain on which links are made that name none: the key's only one, the primary one, the default."""
    if actor.domain_id is not None:
        return actor.domain_id
    return await domains.primary_id(tx, actor.workspace_id) or DEFAULT_DOMAIN


async def placed(tx: Tx, actor: Actor, command: NewT) -> NewT:
    """A command to make something; one that names no domain gets that of new links."""
    if command.domain_id:
        return command
    return msgspec.structs.replace(command, domain_id=await of_new_links(tx, actor))


async def create_domain(tx: Tx, actor: Actor, command: CreateDomain) -> Domain:
    """Claim a host; it serves once its DNS proves it. Raises InvalidDomain, DomainTaken, QuotaReached."""
    _require_whole_workspace(actor)
    host = normalised_host("host", command.host)
    if host == tx.installation.public_host or host in tx.installation.own_hosts:
        raise InvalidDomain("host", "belongs to this installation")
    await check_quota(tx, actor, "domains")
    if await domains.count(tx, actor.workspace_id) >= limits.DOMAINS_PER_WORKSPACE_MAX:
        raise TooLarge("domains", limits.DOMAINS_PER_WORKSPACE_MAX)
    values = {name: getattr(command, name) for name in command.__struct_fields__ if name != "host"}
    domain = Domain(
        **_checked(tx, values),
        id=tx.new_id(),
        workspace_id=actor.workspace_id,
        host=host,
        token=tx.random_bytes(_TOKEN_BYTES).hex(),
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
    )
    await domains.insert(tx, domain)
    return await _save(tx, actor, "domain.create", None, domain)


async def update_domain(tx: Tx, actor: Actor, domain_id: str, command: UpdateDomain) -> Domain:
    """Change the given members. Raises DomainNotFound, InvalidUrl, Invalid."""
    _require_whole_workspace(actor)
    before = await domains.get(tx, actor.workspace_id, domain_id)
    given = {
        name: value for name in command.__struct_fields__ if (value := getattr(command, name)) is not UNSET
    }
    after = msgspec.structs.replace(before, **_checked(tx, given))
    return await _save(tx, actor, "domain.update", before, after)


async def apply_check(tx: Tx, actor: Actor, domain_id: str, failure: str) -> Domain:
    """Keep what a look at the DNS found: "" proves the domain, anything else says what is missing.

    A domain that was proven goes on for GRACE_MS before it stops serving. Raises DomainNotFound.
    """
    before = await domains.get(tx, actor.workspace_id, domain_id)
    if not failure:
        after = msgspec.structs.replace(
            before,
            status="active",
            ssl_status="active",  # the proxy in front may ask for a certificate from now on
            failure="",
            failing_since_ms=0,
            checked_ms=tx.now_ms,
            verified_ms=before.verified_ms or tx.now_ms,
        )
    else:
        since_ms = before.failing_since_ms or tx.now_ms
        in_grace = before.status == "active" and tx.now_ms - since_ms < GRACE_MS
        status = "active" if in_grace else "failed" if before.verified_ms else "pending"
        after = msgspec.structs.replace(
            before, status=status, failure=failure, failing_since_ms=since_ms, checked_ms=tx.now_ms
        )
    if after.status == before.status:
        await domains.save(tx, after)
        return after
    after = await _save(tx, actor, "domain.check", before, after)
    if after.status in ("active", "failed"):
        data = {"id": after.id, "host": after.host, "failure": failure}
        announce(
            tx, "domain.verified" if after.status == "active" else "domain.failed", after.workspace_id, data
        )
    return after


async def look_again(tx: Tx, actor: Actor, checked_before_ms: int) -> None:
    """Have the worker look soon at those domains that do not serve and were looked at before that."""
    await domains.make_due(tx, actor.workspace_id, checked_before_ms)


async def delete_domain(tx: Tx, actor: Actor, domain_id: str) -> DeletedDomain:
    """Give a host up; its links fall back to the default host.

    A slug that is taken there gets a dash and four random characters. Raises DomainNotFound, TooLarge.
    """
    _require_whole_workspace(actor)
    domain = await domains.get(tx, actor.workspace_id, domain_id)
    found = await links.of_domain(tx, actor.workspace_id, domain_id, limits.LINKS_MOVED_PER_DOMAIN_MAX + 1)
    if len(found) > limits.LINKS_MOVED_PER_DOMAIN_MAX:
        raise TooLarge("links on a domain that is deleted", limits.LINKS_MOVED_PER_DOMAIN_MAX)
    moved, renamed = [], []
    for link in found:
        after = await _fall_back(tx, link)
        moved.append(after)
        if after.slug != link.slug:
            renamed.append(after)
    await slugs.release_domain(tx, domain_id)
    await publish_links(tx, moved)
    publish(tx, domain_key(domain.host), None)
    await domains.remove(tx, domain_id)
    await record_change(tx, actor, "domain.delete", domain_id, domain, None)
    return DeletedDomain(len(moved), tuple(await link_views.views(tx, renamed)))


async def archive_all(tx: Tx, actor: Actor, workspace_id: str) -> None:
    """Let no host of a workspace answer any more."""
    for domain in await domains.of_workspace(tx, workspace_id, limits.DOMAINS_PER_WORKSPACE_MAX):
        if not domain.archived:
            archived = msgspec.structs.replace(domain, archived=True)
            await _save(tx, actor, "domain.update", domain, archived)


async def publish_domains(tx: Tx, found: Sequence[Domain]) -> None:
    """Let edges know of domains as they stand."""
    for each in found:
        publish(tx, domain_key(each.host), domain_record(each, tx.installation.fallback_url))


def publish_default_domain(tx: Tx) -> None:
    """Let edges know where expired links of the domain that all workspaces share lead."""
    url = tx.installation.fallback_url.encode("ascii")
    record = DomainV1(DEFAULT_DOMAIN_ID, expired_url=url) if url else None
    publish(tx, domain_key(""), record)


async def may_have_certificate(tx: Tx, host: str) -> bool:
    """Whether a TLS certificate may be asked for: the host is ours, or a domain that proved itself."""
    if host == tx.installation.public_host:
        return True
    domain = await domains.by_host(tx, host)
    return domain is not None and domain.status == "active" and not domain.archived


async def _fall_back(tx: Tx, link: Link) -> Link:
    place = Place(DEFAULT_DOMAIN, link.workspace_id)
    held = await slugs.of_links(tx, [link.id])
    withdraw(tx, held)
    moved = link
    for old in held:
        await slugs.release(tx, old.domain_id, old.slug_key)
        claim = place.claim(link.id, old.slug, is_alias=old.is_alias)
        while not await slugs.claim(tx, claim):
            suffix = random_slug(tx, _SUFFIX_CHARACTERS)
            claim = place.claim(link.id, f"{old.slug}-{suffix}", is_alias=old.is_alias)
        if not old.is_alias:
            moved = msgspec.structs.replace(
                moved, slug=claim.slug, slug_key=claim.slug_key, domain_id=DEFAULT_DOMAIN
            )
    moved = msgspec.structs.replace(moved, version=link.version + 1, updated_ms=tx.now_ms)
    await links.save(tx, moved)
    return moved


async def _save(tx: Tx, actor: Actor, action: str, before: Domain | None, after: Domain) -> Domain:
    """Store a domain with its new version, and return it so."""
    after = msgspec.structs.replace(
        after, updated_ms=tx.now_ms, version=before.version + 1 if before else after.version
    )
    if after.is_primary and not (before and before.is_primary):
        await domains.demote_others(tx, after.workspace_id, after.id)
    await domains.save(tx, after)
    await record_change(tx, actor, action, after.id, before, after)
    publish(tx, domain_key(after.host), domain_record(after, tx.installation.fallback_url))
    return after


def _checked(tx: Tx, values: dict[str, Any]) -> dict[str, Any]:
    result = dict(values)
    for name in ("root_url", "not_found_url", "expired_url"):
        if url := result.get(name):
            result[name] = canonical_url(name, str(url), tx.installation)
    if len(str(result.get("robots_txt", ""))) > limits.TEXT_CHARACTERS_MAX:
        raise Invalid("robots_txt", f"longer than {limits.TEXT_CHARACTERS_MAX} characters")
    files = result.get("association_files") or {}
    for name, text in files.items():
        if not _FILE.match(name):
            raise Invalid("association_files", f"`{name}` is not a file name")
        try:
            msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            raise Invalid(f"association_files.{name}", "is not JSON") from error
    if len(msgspec.json.encode(files)) > limits.CONTENT_BYTES_MAX:
        raise TooLarge("bytes of association files", limits.CONTENT_BYTES_MAX)
    return result


def _require_whole_workspace(actor: Actor) -> None:
    if actor.domain_id is not None or actor.own_links_only:
        raise OutOfReach("links")
