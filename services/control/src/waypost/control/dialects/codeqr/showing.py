"""How CodeQR shows what the model holds. Pure."""

from zlib import crc32

from waypost.control.dialects.codeqr import ids
from waypost.control.dialects.codeqr.mapping_links import MASK, utm_shown
from waypost.control.dialects.codeqr.mapping_rules import lift
from waypost.control.dialects.codeqr.mapping_smart_rules import lift_smart
from waypost.control.dialects.codeqr.mapping_values import EXTRAS, always_time, ms_to_time
from waypost.control.dialects.codeqr.schemas_links import LinkOut, TagOut
from waypost.control.model.installation import Installation
from waypost.control.model.link_urls import with_utm
from waypost.control.model.links import LinkView, TagName

COLORS = ("red", "yellow", "green", "blue", "purple", "brown", "gray", "pink")
"""All that the vendor's clients accept."""


def to_link(view: LinkView, installation: Installation) -> LinkOut:
    """A link with every member."""
    link, targeting = view.link, lift(view.link.rules)
    utm = utm_shown(link.target_url, link.utm)
    kept = link.extras.get(EXTRAS) or {}
    tags = [to_tag(tag) for tag in view.tags]
    project = ids.shown(ids.PROJECT, link.workspace_id)
    marker = f"?{installation.qr_marker}" if installation.qr_marker else ""
    return LinkOut(
        id=ids.shown(ids.LINK, link.id),
        domain=view.domain,
        key=link.slug,
        url=with_utm(link.target_url, link.utm),
        short_link=view.short_url,
        # Not percent-encoded: that is how the vendor writes it, and how its clients take it apart.
        qr_code=f"{installation.api_url}/codeqr/qr?url={view.short_url}{marker}",
        external_id=link.external_id,
        tenant_id=link.tenant_id,
        folder_id=ids.shown(ids.FOLDER, link.folder_id) if link.folder_id else None,
        track_conversion=link.track_conversion,
        archived=link.archived,
        proxy=link.preview.enabled,
        rewrite=link.cloak,
        do_index=link.indexable,
        public_stats=link.public_stats,
        expires_at=ms_to_time(link.expires_ms),
        expired_url=link.expired_url or None,
        disabled_at=None if link.state == "active" else always_time(link.updated_ms),
        password=MASK if link.password_hash else None,
        title=link.title or link.preview.title or None,
        description=link.description or link.preview.description or None,
        image=link.preview.image or None,
        video=link.preview.video or None,
        ios=targeting.ios or None,
        android=targeting.android or None,
        geo=targeting.geo or None,
        utm_source=utm.get("source"),
        utm_medium=utm.get("medium"),
        utm_campaign=utm.get("campaign"),
        utm_term=utm.get("term"),
        utm_content=utm.get("content"),
        tags=tags,
        tag_id=tags[0].id if tags else None,
        comments=link.comments or None,
        webhook_ids=[ids.shown(ids.WEBHOOK, each) for each in link.webhook_ids],
        user_id=ids.shown(ids.USER, link.created_by),
        project_id=project,
        workspace_id=project,
        clicks=view.scans.human,
        leads=view.earned.leads,
        sales=view.earned.sales,
        sale_amount=view.earned.amount,
        conversions=view.earned.buyers,
        last_clicked=ms_to_time(view.scans.last_ms),
        created_at=always_time(link.created_ms),
        updated_at=always_time(link.updated_ms),
        test_variants=list(targeting.variants) or None,
        rules=lift_smart(link.rules) or None,
        test_started_at=kept.get("test_started_at"),
        test_completed_at=kept.get("test_completed_at"),
        flexible=bool(kept.get("flexible")),
        filled=bool(kept.get("filled")),
        pre_redirection=bool(kept.get("pre_redirection")),
        is_form_mandatory=bool(kept.get("is_form_mandatory")),
        page_id=kept.get("page_id"),
        page_url=kept.get("page_url"),
    )


def to_tag(tag: TagName) -> TagOut:
    """A tag in one of the eight colours; one of another colour keeps the same one for ever."""
    color = tag.color if tag.color in COLORS else COLORS[crc32(tag.id.encode()) % len(COLORS)]
    return TagOut(ids.shown(ids.TAG, tag.id), tag.name, color)
