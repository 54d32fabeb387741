"""Assets: files that a workspace uploads, and what visitors may see of them."""

import re
import unicodedata
from typing import Any, ClassVar, Literal, TypeAlias

import msgspec
from msgspec import Struct

from waypost.control.model.faults import Conflict, Invalid, NotFound
from waypost.wire.assets import MEDIA_TYPES, NAME_CHARACTERS_MAX

AssetState: TypeAlias = Literal["pending", "confirmed", "deleted"]
ENDINGS: dict[str, str] = {
    media_type.partition(";")[0]: ending for ending, media_type in MEDIA_TYPES.items()
} | {"image/jpg": "jpg"}
"""Media type to the ending that files of it get. The closed list of what may be uploaded."""

_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")


class AssetNotFound(NotFound):
    """No such asset in this workspace."""

    code: ClassVar[str] = "asset_not_found"
    kind: ClassVar[str] = "asset"


class UploadMissing(Invalid):
    """An upload is confirmed before anything was uploaded."""

    code: ClassVar[str] = "upload_missing"


class AssetMoved(Conflict):
    """A file was published or replaced while the same was about to happen."""

    code: ClassVar[str] = "asset_moved"

    def __init__(self) -> None:
        super().__init__("This file was published or replaced at the same time. Please try again.")


class Asset(Struct, frozen=True, kw_only=True):
    """One file. `size_bytes` is what was announced until it is confirmed, then what is kept."""

    id: str
    workspace_id: str
    file_id: str = ""
    """Under whose id its file is kept; "" is its own. Another one since it was replaced."""
    replaces: str = ""
    """The asset that gets this file when it is confirmed."""
    filename: str
    """As the caller calls it; shown, never used as a path."""
    content_type: str
    size_bytes: int = 0
    state: AssetState = "pending"
    width: int = 0
    height: int = 0
    sha256: str = ""
    """Of what was uploaded, in hex; empty until confirmed."""
    published_ms: int = 0
    upload_expires_ms: int = 0
    extras: dict[str, Any] = msgspec.field(default_factory=dict)
    """What a dialect keeps beside it."""
    created_ms: int
    updated_ms: int
    created_by: str = ""

    @property
    def file(self) -> str:
        """What its file is kept under, in hex. A file never changes under it."""
        return (self.file_id or self.id).replace("-", "")

    @property
    def is_picture(self) -> bool:
        """Whether it is written anew before it is kept."""
        return self.content_type.startswith("image/")

    @property
    def name(self) -> str:
        """The last part of its public address: ASCII, with the ending of its type."""
        last = self.filename.replace("\\", "/").rpartition("/")[2]
        stem = unicodedata.normalize("NFKD", last.rpartition(".")[0] or last)
        fit = _UNFIT.sub("-", stem).strip("-_")[: NAME_CHARACTERS_MAX - 8].strip("-_")
        return f"{fit or 'file'}.{ENDINGS[self.content_type]}"


class StartUpload(Struct, frozen=True, kw_only=True):
    """Announce a file. A size of 0 is not known yet."""

    filename: str
    content_type: str
    size_bytes: int = 0
    replaces: str = ""
    """The asset that this file shall take the place of."""
    of_any_kind: bool = False
    """Whether a picture may give way to a film, and so on; pages that show it must bear that."""
    extras: dict[str, Any] = msgspec.field(default_factory=dict)


class Kept(Struct, frozen=True, kw_only=True):
    """A file that was judged and put where it stays."""

    size_bytes: int
    sha256: str
    width: int = 0
    height: int = 0


class UploadTarget(Struct, frozen=True, kw_only=True):
    """Where to PUT a file, with which headers, until when."""

    url: str
    headers: dict[str, str]
    expires_ms: int
