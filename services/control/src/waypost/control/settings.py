"""The settings of control."""

from typing import Annotated

from waypost.control import limits
from waypost.runtime.settings import CommonSettings, setting


class ControlSettings(CommonSettings, frozen=True, kw_only=True):
    """What the API and the worker of control need to know."""

    database_url: Annotated[
        str,
        setting(
            "WAYPOST_DATABASE_URL",
            "Control's database: empty for SQLite in the data directory, or postgresql+asyncpg://….",
            secret=True,
        ),
    ] = ""
    admin_key: Annotated[
        str,
        setting(
            "WAYPOST_ADMIN_KEY",
            "First API key, with every scope; generated and kept in the data directory when empty.",
            secret=True,
        ),
    ] = ""
    key_pepper: Annotated[
        str,
        setting(
            "WAYPOST_KEY_PEPPER",
            "Secrets under which API keys are stored, comma-separated, the current one first; "
            "generated and kept in the data directory when empty.",
            secret=True,
        ),
    ] = ""
    dns_resolver: Annotated[
        str,
        setting(
            "WAYPOST_DNS_RESOLVER",
            "DNS servers that prove domains, comma-separated addresses; empty for the system's.",
        ),
    ] = ""
    plans_file: Annotated[
        str, setting("WAYPOST_PLANS_FILE", "JSON file of plans; empty for the built-in ones.")
    ] = ""
    default_plan: Annotated[str, setting("WAYPOST_DEFAULT_PLAN", "Plan of new workspaces.")] = "unlimited"
    fallback_url: Annotated[
        str,
        setting(
            "WAYPOST_FALLBACK_URL",
            "Where visitors of expired links, and of workspaces over their scans of the month, are led when "
            "neither link nor domain says; empty for a page.",
        ),
    ] = ""
    block_list: Annotated[
        str,
        setting(
            "WAYPOST_BLOCK_LIST",
            "File of hosts no link may lead to, one a line; read again when it changes.",
        ),
    ] = ""
    api_url: Annotated[
        str,
        setting(
            "WAYPOST_API_URL",
            "How addresses of the API are written, such as signed images; empty means localhost and the port.",
        ),
    ] = ""
    assets_s3_endpoint: Annotated[
        str,
        setting(
            "WAYPOST_ASSETS_S3_ENDPOINT",
            "S3 API that keeps assets, such as https://s3.eu-central-1.amazonaws.com; empty keeps them in "
            "WAYPOST_ASSETS_DIR.",
        ),
    ] = ""
    assets_s3_bucket: Annotated[
        str,
        setting(
            "WAYPOST_ASSETS_S3_BUCKET",
            "Bucket of assets; what lies below `public/` is to be readable by all.",
        ),
    ] = ""
    assets_s3_region: Annotated[
        str,
        setting(
            "WAYPOST_ASSETS_S3_REGION", "Region that requests to the bucket are signed for.", min_length=1
        ),
    ] = "us-east-1"
    assets_s3_access_key: Annotated[
        str, setting("WAYPOST_ASSETS_S3_ACCESS_KEY", "Access key of the bucket.", secret=True)
    ] = ""
    assets_s3_secret_key: Annotated[
        str, setting("WAYPOST_ASSETS_S3_SECRET_KEY", "Secret key of the bucket.", secret=True)
    ] = ""
    control_host: Annotated[str, setting("WAYPOST_CONTROL_HOST", "Address the control API listens on.")] = (
        "127.0.0.1"
    )
    slug_characters: Annotated[
        int, setting("WAYPOST_SLUG_CHARACTERS", "Length of random slugs.", ge=4, le=64)
    ] = limits.SLUG_CHARACTERS_RANDOM
    dialect_hosts: Annotated[
        str,
        setting(
            "WAYPOST_DIALECT_HOSTS",
            "Host names that answer as a dialect without its prefix, for clients that can only change the "
            "host: `api.old.example=xqr,other.example=codeqr`.",
        ),
    ] = ""
    health_check_hours: Annotated[
        int,
        setting(
            "WAYPOST_HEALTH_CHECK_HOURS",
            "How often each link's destination is looked at; 0 never.",
            ge=0,
            le=720,
        ),
    ] = 24
    history_days: Annotated[
        int,
        setting(
            "WAYPOST_HISTORY_DAYS",
            "How long changes are kept for the audit log, history and rollback; 0 for ever.",
            ge=0,
            le=36_500,
        ),
    ] = 730
    outgoing_ports: Annotated[
        str,
        setting(
            "WAYPOST_OUTGOING_PORTS",
            "Ports of public addresses that outgoing calls (webhooks, metadata, logos, health) may use.",
        ),
    ] = "80,443"
    outgoing_refused_ports: Annotated[
        str,
        setting(
            "WAYPOST_OUTGOING_REFUSED_PORTS",
            "Ports that no outgoing call may use, also where private addresses are allowed; "
            "the control, admin and broker ports are always among them.",
        ),
    ] = ""
    outgoing_refused_networks: Annotated[
        str,
        setting(
            "WAYPOST_OUTGOING_REFUSED_NETWORKS",
            "Networks (CIDRs, comma-separated) that no outgoing call may reach.",
        ),
    ] = ""
