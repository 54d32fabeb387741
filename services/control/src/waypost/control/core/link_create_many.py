"""Plain links in one go: a few statements for hundreds of rows, with the results of single calls.

Plain means: nothing stands beside the link (tags, aliases, a password) and nothing but its slug must
be unique. Whatever is not plain, or meets a slug that exists, is left to the single operation.
"""

from collections.abc import Sequence

from msgspec import Struct

from waypost.control.core import link_views
from waypost.control.core.announce import announce
from waypost.control.core.link_checks import checked
from waypost.control.core.link_publish import publish_link
from waypost.control.core.link_slugs import Place
from waypost.control.core.record_change import change_of
from waypost.control.core.slugs import check_claim, check_slug, random_slug
from waypost.control.model.access import Actor
from waypost.control.model.changes import Change
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.model.links import CreateLink, Link, LinkSettings, LinkView, Scans
from waypost.control.store import changes, links, slugs
from waypost.control.store.tx import Tx

_SETTINGS = frozenset(LinkSettings.__struct_fields__)


class Prepared(Struct, frozen=True):
    """A link that passed every check, with the claim of its slug; nothing is stored yet."""

    link: Link
    claim: slugs.Claim


def is_plain(tx: Tx, actor: Actor, command: CreateLink) -> bool:
    """Whether a command can be done here."""
    plan = tx.installation.plan(actor.plan)
    limited = plan.links or plan.qr_codes or actor.domain_id is not None
    beside = command.tags or command.tag_ids or command.aliases or command.password or command.content
    named = command.id or command.external_id or command.prefix or command.slug_characters
    return not (limited or beside or named) and command.domain_id == DEFAULT_DOMAIN and command.expiry_in_past


async def prepare(tx: Tx, actor: Actor, command: CreateLink) -> Prepared:
    """Check one plain command and choose its slug. Raises what creating it would raise, but SlugTaken."""
    settings = await checked(tx, actor.workspace_id, {name: getattr(command, name) for name in _SETTINGS})
    place = Place(DEFAULT_DOMAIN, actor.workspace_id)
    link_id = tx.new_id()
    slug = (
        check_slug("slug", command.slug) if command.slug else random_slug(tx, tx.installation.slug_characters)
    )
    check_claim("slug", slug, place.domain_id, command.template_type)
    claim = place.claim(link_id, slug)
    link = Link(
        **settings,
        id=link_id,
        workspace_id=actor.workspace_id,
        slug=claim.slug,
        slug_key=claim.slug_key,
        state="active" if command.active else "paused",
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
        created_by=actor.id,
    )
    return Prepared(link, claim)


async def store(tx: Tx, actor: Actor, found: Sequence[Prepared], *, webhooks: bool) -> dict[str, LinkView]:
    """Store those whose slug nobody has, and return their views by link id.

    The others are left out, whether the slug exists already or comes twice among them.
    """
    taken = await slugs.existing(tx, DEFAULT_DOMAIN, [each.claim.slug_key for each in found])
    fresh: list[Prepared] = []
    for each in found:
        if each.claim.slug_key not in taken:
            taken.add(each.claim.slug_key)
            fresh.append(each)
    claimed = await slugs.claim_many(tx, [each.claim for each in fresh])
    if claimed != len(fresh):
        # Another writer was faster on PostgreSQL; the single operation will say whose slug it is.
        held = {claim.link_id for claim in await slugs.of_links(tx, [each.link.id for each in fresh])}
        fresh = [each for each in fresh if each.link.id in held]
    await links.insert_many(tx, [each.link for each in fresh])
    views, told = {}, list[Change]()
    for each in fresh:
        publish_link(tx, each.link, [each.claim], Scans())
        view = link_views.bare_view(tx, each.link, "")
        views[each.link.id] = view
        told.append(change_of(tx, actor, "link.create", each.link.id, None, each.link))
        data = link_views.event_data(view)
        announce(tx, "link.created", each.link.workspace_id, data, link_id=each.link.id, webhooks=webhooks)
    await changes.insert_many(tx, told)
    return views
