"""QR designs: how a code looks, in the article's vocabulary and in the generated client's."""

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.linkbreakers.spelling import Twins

Options = dict[str, Any] | UnsetType | None


class DesignIn(Struct, frozen=True, kw_only=True):
    """A design or a change of one; option objects come in either vocabulary."""

    output_file_format: str | UnsetType | None = UNSET
    width: int | UnsetType | None = UNSET
    height: int | UnsetType | None = UNSET
    central_image_data: str | UnsetType | None = UNSET
    central_image_media_id: str | UnsetType | None = UNSET
    central_image_size: float | UnsetType | None = UNSET
    central_image_margin: int | UnsetType | None = UNSET
    central_image_delete: bool | UnsetType | None = UNSET
    hide_background_dots: bool | UnsetType | None = UNSET
    error_correction_level: str | UnsetType | None = UNSET
    shape: str | UnsetType | None = UNSET
    dots_options: Options = UNSET
    corners_square_options: Options = UNSET
    corners_dot_options: Options = UNSET
    background_options: Options = UNSET


class DesignOut(Struct, frozen=True, kw_only=True):
    """A design as it is answered: each options member says the same in both vocabularies."""

    id: str
    output_file_format: str
    width: int
    height: int
    central_image_size: float
    central_image_margin: int
    central_image_media_id: str = ""
    central_image_signed_url: str = ""
    hide_background_dots: bool
    error_correction_level: str
    shape: str
    dots_options: Twins
    corners_square_options: Twins
    corners_dot_options: Twins
    background_options: Twins
    created_at: datetime
    updated_at: datetime


class DesignAnswer(Struct, frozen=True, kw_only=True):
    """One design."""

    qrcode_design: DesignOut


class DesignsAnswer(Struct, frozen=True, kw_only=True):
    """A page of designs."""

    qrcode_designs: list[DesignOut]
    next_page_token: str
    total_count: int
