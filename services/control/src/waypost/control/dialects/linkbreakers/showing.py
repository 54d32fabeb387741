"""Links as answers: with their image addresses and the relations that a caller asked for."""

from collections.abc import Sequence

from msgspec import Struct

from waypost.control.core.qr_designs import SAMPLE_TEXT
from waypost.control.dialects.linkbreakers import images
from waypost.control.dialects.linkbreakers.asked import base_url, query_of
from waypost.control.dialects.linkbreakers.logos import shown_design
from waypost.control.dialects.linkbreakers.mapping.designs import Look, lift
from waypost.control.dialects.linkbreakers.mapping.domains import to_domain
from waypost.control.dialects.linkbreakers.mapping.links import to_link
from waypost.control.dialects.linkbreakers.schemas.designs import DesignOut
from waypost.control.dialects.linkbreakers.schemas.links import LinkOut
from waypost.control.dialects.linkbreakers.schemas.themes import ThemeOut
from waypost.control.dialects.linkbreakers.theming import themes_by_id
from waypost.control.model.domains import Domain
from waypost.control.model.links import LinkView
from waypost.control.model.qr import QrDesign
from waypost.control.store import domains, qr
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call


class Shown(Struct, frozen=True):
    """Links with what was looked up for them in the same transaction."""

    views: tuple[LinkView, ...]
    domains: dict[str, Domain]
    designs: dict[str, QrDesign] | None = None
    """None when nobody asked for designs."""
    themes: dict[str, ThemeOut] | None = None
    """By link, when somebody asked for them."""

    def links(self, call: Call) -> list[LinkOut]:
        """The answers, in order."""
        signer = ImageSigner(call)
        result = []
        for view in self.views:
            domain = self.domains.get(view.link.domain_id)
            result.append(
                to_link(
                    view,
                    signer.address,
                    custom_domain=to_domain(domain) if domain else None,
                    design=self._design(call, view),
                    theme=self.themes[view.link.id] if self.themes is not None else None,
                )
            )
        return result

    def _design(self, call: Call, view: LinkView) -> DesignOut | None:
        if self.designs is None or not view.link.qr_enabled:
            return None
        design = self.designs.get(view.link.qr_design_id or "")
        if design is not None:
            return shown_design(call, design)
        return lift("", Look(), created_ms=view.link.created_ms, updated_ms=view.link.updated_ms)


class ImageSigner:
    """Writes image addresses under the base URL that the caller used."""

    def __init__(self, call: Call) -> None:
        self._secret = call.control.peppers.secrets[0]
        self._base_url = base_url(call)
        self._expires_s = images.image_expiry_s(call.now_ms)
        marker = call.control.database.installation.qr_marker
        self._marker = f"?{marker}" if marker else ""

    def address(self, view: LinkView) -> str:
        """The address of the image of a link's code."""
        image = images.Image(
            text=view.short_url + self._marker,
            workspace_id=view.link.workspace_id,
            design_id=view.link.qr_design_id or "",
            expires_s=self._expires_s,
        )
        return images.address(self._secret, self._base_url, view.link.id, image)

    def sample(self, workspace_id: str, design_id: str, name: str) -> str:
        """The address of a picture that shows a design."""
        image = images.Image(
            text=SAMPLE_TEXT, workspace_id=workspace_id, design_id=design_id, expires_s=self._expires_s
        )
        return images.address(self._secret, self._base_url, name, image)


async def look_up(tx: Tx, call: Call, views: Sequence[LinkView]) -> Shown:
    """Fetch the relations that `include` names, each kind with one query."""
    included = query_of(call).included()
    found: dict[str, Domain] = {}
    if "custom_domain" in included:
        found = await domains.by_ids(tx, sorted({view.link.domain_id for view in views}))
    designs = None
    if "qrcode_design" in included:
        ids = sorted({view.link.qr_design_id for view in views if view.link.qr_design_id})
        designs = await qr.designs_by_id(tx, call.actor.workspace_id, ids)
    themes = None
    if "page_theme" in included:
        themes = await themes_by_id(tx, call.actor.workspace_id, [view.link for view in views])
    return Shown(tuple(views), found, designs, themes)
