"""Plans: what a workspace may have. 0 means without limit."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

NONE = -1
"""Not one, where 0 would be without limit."""


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One plan, as an operator writes it in WAYPOST_PLANS_FILE."""

    name: str
    links: int = 0
    qr_codes: int = 0
    """Codes that can be changed; static ones do not count."""
    domains: Annotated[int, Meta(ge=NONE)] = 0
    """Custom domains; -1 is none at all."""
    members: int = 0
    keys: Annotated[int, Meta(ge=NONE)] = 0
    """API keys that members make; the operator's first one of a workspace is there even where -1 allows none."""
    webhooks: int = 0
    storage_bytes: int = 0
    scans_month: int = 0
    api_calls_month: int = 0
    api_calls_minute: int = 6000
    api_burst: int = 600
    rules: bool = True
    interstitial_s: int = 0
    """Seconds a page of ours stands before each redirect."""


UNLIMITED = Plan(name="unlimited")
"""What a self-hosted workspace has unless the operator says otherwise."""

PUBLISHED: tuple[Plan, ...] = (
    UNLIMITED,
    Plan(
        name="free", links=50, qr_codes=10, domains=NONE, members=1, keys=2, webhooks=1, scans_month=1_000,
        api_calls_month=1_000, api_calls_minute=60, api_burst=10, rules=False, interstitial_s=5,
    ),
    Plan(
        name="starter", links=500, qr_codes=100, domains=1, members=3, keys=5, webhooks=5, scans_month=25_000,
        api_calls_month=25_000, api_calls_minute=300, api_burst=30,
    ),
    Plan(
        name="pro", links=10_000, qr_codes=1_000, domains=5, members=10, keys=20, webhooks=20,
        scans_month=250_000, api_calls_month=250_000, api_calls_minute=1_000, api_burst=100,
    ),
    Plan(
        name="business", links=100_000, qr_codes=10_000, domains=25, members=50, keys=100, webhooks=50,
        scans_month=2_500_000, api_calls_month=2_500_000, api_calls_minute=3_000, api_burst=500,
    ),
)  # fmt: skip
"""Plans that exist without a file: the unlimited one, and examples in the manner of the vendors."""


class Usage(Struct, frozen=True, kw_only=True):
    """How much of one resource a workspace uses; 0 is no limit, -1 allows none of it."""

    used: int
    limit: int


def read_plans(raw: bytes) -> tuple[Plan, ...]:
    """The plans of a file, a JSON array. Raises msgspec.ValidationError or DecodeError naming the place."""
    return msgspec.json.decode(raw, type=tuple[Plan, ...])
