"""Link-in-bio pages: a link that shows a list of links, with a draft while visitors see another version."""

from typing import ClassVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost.control.model.faults import NotFound
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.model.links import Json, LinkView

KIND = "bio"
"""The `template_type` of a link that is a page."""

SLUG_MARK = "@"
"""What the slugs of pages begin with on the domain that all workspaces share."""


class BioPageNotFound(NotFound):
    """No such page in this workspace."""

    code: ClassVar[str] = "bio_page_not_found"
    kind: ClassVar[str] = "bio page"


class BioState(Struct, frozen=True, kw_only=True):
    """What is stored beside the link. `edits` counts the changes of the draft, for ever."""

    draft: Json | None = None
    edits: int = 0
    published_ms: int = 0


class BioPage(Struct, frozen=True, kw_only=True):
    """A page as its author sees it. `content` is what was written last, published or not."""

    view: LinkView
    content: Json
    state: BioState

    @property
    def id(self) -> str:
        """The id of the link that it is."""
        return self.view.link.id

    @property
    def is_published(self) -> bool:
        """Whether visitors see a version of it."""
        return self.view.link.state == "active"

    @property
    def slug(self) -> str:
        """Its name, without the mark."""
        return self.view.link.slug.removeprefix(SLUG_MARK)

    @property
    def version(self) -> int:
        """Grows with every change of the link and of the draft."""
        return self.view.link.version + self.state.edits


class CreateBioPage(Struct, frozen=True, kw_only=True):
    """Make a page. Without a slug, one is made from its title. `content` is a document of the kind `bio`."""

    content: Json
    slug: str = ""
    domain_id: str = DEFAULT_DOMAIN
    """Empty for that of new links."""
    indexable: bool = False
    published: bool = False


class UpdateBioPage(Struct, frozen=True, kw_only=True):
    """Change a page. Of `content`, the members that are given change and None removes one.

    What is written waits for `publish`; the address and whether search engines may list it change at once.
    """

    content: Json = msgspec.field(default_factory=dict)
    slug: str | UnsetType = UNSET
    domain_id: str | UnsetType = UNSET
    indexable: bool | UnsetType = UNSET


class ButtonStats(Struct, frozen=True, kw_only=True):
    """Clicks on one button; `title` and `url` are empty for one that is no longer on the page."""

    id: str
    title: str = ""
    url: str = ""
    clicks: int = 0
    visitors: int = 0


class BioStats(Struct, frozen=True, kw_only=True):
    """What people did on a page; robots are left out."""

    views: int
    visitors: int
    clicks: int
    buttons: tuple[ButtonStats, ...]
