"""Customers that a shop told of, and what links have earned: leads, sales, buyers."""

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

GENERATED = "codeqr:"
"""Begins the id of a sale that was told without an invoice."""


class Customer(Struct, frozen=True, kw_only=True):
    """Somebody whom a shop knows by `external_id`, and the click that brought them, when that is known."""

    id: str
    workspace_id: str
    external_id: str
    name: str = ""
    email: str = ""
    avatar: str = ""
    country: str = ""
    link_id: str | None = None
    click_id: str = ""
    extras: dict[str, Any] = msgspec.field(default_factory=dict)
    """Members that only one dialect knows; opaque here and returned as they came."""
    created_ms: int
    updated_ms: int


class WriteCustomer(Struct, frozen=True, kw_only=True):
    """Change only the members that are set; "" clears."""

    external_id: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    avatar: str | UnsetType = UNSET
    country: str | UnsetType = UNSET
    click_id: str | UnsetType = UNSET
    extras: dict[str, Any] | UnsetType = UNSET


class Earned(Struct, frozen=True):
    """What a link or a customer brought. Amounts stand per currency, in minor units, and are never added up
    over currencies; `buyers` are customers with at least one sale."""

    leads: int = 0
    sales: int = 0
    buyers: int = 0
    amounts: tuple[tuple[str, int], ...] = ()
    first_sale_ms: int = 0

    @property
    def amount(self) -> int:
        """The amount for those who show one number: of US dollars, the vendors' own default, else of the
        currency with the largest amount."""
        found = dict(self.amounts)
        return found["usd"] if "usd" in found else max(found.values(), default=0)


class CustomerView(Struct, frozen=True, kw_only=True):
    """A customer with what they brought."""

    customer: Customer
    earned: Earned = Earned()
