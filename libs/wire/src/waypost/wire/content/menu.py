"""A bill of fare."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct

from waypost.wire.content import limits
from waypost.wire.content.fields import (
    Currency,
    Image,
    Line,
    Name,
    Paragraph,
    Price,
    RequiredName,
    WebUrl,
    one_of,
)
from waypost.wire.content.look import Content

ALLERGENS = (
    "gluten", "crustaceans", "eggs", "fish", "peanuts", "soya", "milk", "nuts", "celery", "mustard", "sesame",
    "sulphites", "lupin", "molluscs",
)  # fmt: skip
"""The fourteen of Regulation (EU) No 1169/2011, annex II."""

DIETS = ("vegetarian", "vegan", "halal", "kosher", "gluten_free", "lactose_free", "spicy", "organic")


class MenuItem(Struct, frozen=True, omit_defaults=True):
    """One dish. A price that is a plain number is shown with the menu's currency."""

    name: RequiredName
    price: Price = ""
    description: Paragraph = ""
    allergens: Annotated[
        tuple[Annotated[str, one_of(ALLERGENS)], ...], Meta(max_length=limits.MENU_MARKS_MAX)
    ] = ()
    diets: Annotated[tuple[Annotated[str, one_of(DIETS)], ...], Meta(max_length=limits.MENU_MARKS_MAX)] = ()
    image: Image = ""
    sold_out: bool = False


class MenuSection(Struct, frozen=True, omit_defaults=True):
    """Dishes that belong together."""

    title: RequiredName
    items: Annotated[tuple[MenuItem, ...], Meta(max_length=limits.MENU_ITEMS_PER_SECTION_MAX)] = ()
    description: Paragraph = ""


class Menu(Content, frozen=True, omit_defaults=True, kw_only=True):
    """Sections of dishes, or a file that holds them."""

    title: Name = ""
    subtitle: Line = ""
    image: Image = ""
    currency: Currency = ""
    sections: Annotated[tuple[MenuSection, ...], Meta(max_length=limits.MENU_SECTIONS_MAX)] = ()
    file_url: WebUrl = ""
    note: Paragraph = ""

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """A menu with nothing on it is a mistake."""
        if not self.sections and not self.file_url:
            yield "sections", "a menu needs sections or file_url"
