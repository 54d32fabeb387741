"""What an operator can set at the edge."""

from typing import Annotated, Literal

from waypost.runtime.settings import CommonSettings, setting


class RedirectSettings(CommonSettings, frozen=True, kw_only=True):
    """Settings of the redirect service."""

    redirect_host: Annotated[
        str,
        setting(
            "WAYPOST_REDIRECT_HOST", "Address the edge listens on; empty means every address, IPv4 and IPv6."
        ),
    ] = ""
    redirect_admin_host: Annotated[
        str, setting("WAYPOST_REDIRECT_ADMIN_HOST", "Address of the edge's health and metrics.", min_length=1)
    ] = "127.0.0.1"
    spool_durability: Annotated[
        Literal["os", "group", "strict"],
        setting(
            "WAYPOST_SPOOL_DURABILITY",
            "Where a scan is before its answer: os (kernel), group (disk within 50 ms) or strict (disk).",
        ),
    ] = "group"
    spool_bytes_max: Annotated[
        int,
        setting(
            "WAYPOST_SPOOL_BYTES_MAX",
            "Spool of one worker; beyond it scans are dropped and counted.",
            ge=1_000_000,
        ),
    ] = 4 * 1024**3
    fast_lane: Annotated[
        bool,
        setting(
            "WAYPOST_FAST_LANE", "Answer plain requests from inside the parser; off is slower and the same."
        ),
    ] = True
    country_header: Annotated[
        str,
        setting(
            "WAYPOST_COUNTRY_HEADER",
            "Header of a trusted proxy that names the country, such as CF-IPCountry.",
        ),
    ] = ""
    geo_db: Annotated[
        str, setting("WAYPOST_GEO_DB", "Any MMDB file; empty means countries from the built-in table.")
    ] = ""
    honour_dnt: Annotated[
        bool, setting("WAYPOST_HONOUR_DNT", "Count visitors who send DNT or Sec-GPC without a visitor id.")
    ] = True
    unknown_host: Annotated[
        Literal["default", "refuse"],
        setting(
            "WAYPOST_UNKNOWN_HOST",
            "A host that is neither that of WAYPOST_PUBLIC_URL nor a domain here: answer as the default domain,"
            " or refuse with 421.",
        ),
    ] = "default"
