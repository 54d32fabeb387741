"""Domains. A host belongs to one workspace of the whole installation."""

from collections.abc import Sequence

from sqlalchemy import Column, ForeignKey, Index, Table, bindparam, delete, func, select, update

from waypost.control.model.domains import Domain
from waypost.control.model.faults import DomainNotFound, DomainTaken
from waypost.control.store.prepared import Prepared
from waypost.control.store.schema import Flag, Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

domains = Table(
    "domains",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("host", Plain, nullable=False, unique=True),
    Column("status", Plain, nullable=False),
    Column("ssl_status", Plain, nullable=False),
    Column("token", Plain, nullable=False),
    Column("root_url", Plain, nullable=False),
    Column("not_found_url", Plain, nullable=False),
    Column("expired_url", Plain, nullable=False),
    Column("case_sensitive", Flag, nullable=False),
    Column("robots_txt", Plain, nullable=False),
    Column("association_files", Json, nullable=False),
    Column("extras", Json, nullable=False),
    Column("is_primary", Flag, nullable=False),
    Column("archived", Flag, nullable=False),
    Column("failure", Plain, nullable=False),
    Column("checked_ms", Number, nullable=False),
    Column("verified_ms", Number, nullable=False),
    Column("failing_since_ms", Number, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("updated_ms", Number, nullable=False),
    Column("version", Number, nullable=False),
    Index(None, "workspace_id", "created_ms", "id"),
    Index(None, "checked_ms"),
)

_ONE = Prepared(
    select(domains).where(
        domains.c.id == bindparam("id"), domains.c.workspace_id == bindparam("workspace_id")
    )
)
_PRIMARY = Prepared(
    select(domains.c.id)
    .where(domains.c.workspace_id == bindparam("workspace_id"), domains.c.is_primary, ~domains.c.archived)
    .limit(1)
)
_MANY = Prepared(select(domains).where(domains.c.id.in_(bindparam("ids", expanding=True))))
_HOSTS = Prepared(select(domains.c.host).where(domains.c.host.in_(bindparam("hosts", expanding=True))))


def _row(domain: Domain) -> dict[str, object]:
    return {name: getattr(domain, name) for name in domain.__struct_fields__}


async def insert(tx: Tx, domain: Domain) -> None:
    """Claim a host. Raises DomainTaken."""
    if not await tx.run(tx.insert(domains).values(_row(domain)).on_conflict_do_nothing()):
        raise DomainTaken(domain.host)


async def save(tx: Tx, domain: Domain) -> None:
    """Store all members anew."""
    await tx.run(update(domains).where(domains.c.id == domain.id).values(_row(domain)))


async def remove(tx: Tx, domain_id: str) -> None:
    """Give the host up."""
    await tx.run(delete(domains).where(domains.c.id == domain_id))


async def get(tx: Tx, workspace_id: str, domain_id: str) -> Domain:
    """A domain of a workspace. Raises DomainNotFound."""
    row = await tx.row(_ONE, {"id": domain_id, "workspace_id": workspace_id})
    if row is None:
        raise DomainNotFound(domain_id)
    return read(row, Domain)


async def by_host(tx: Tx, host: str) -> Domain | None:
    """The domain of a host, whoever owns it."""
    row = await tx.row(select(domains).where(domains.c.host == host))
    return None if row is None else read(row, Domain)


async def by_ids(tx: Tx, domain_ids: Sequence[str]) -> dict[str, Domain]:
    """Domains by id, whoever owns them."""
    if not domain_ids:
        return {}
    found = await tx.rows(_MANY, {"ids": domain_ids})
    return {row["id"]: read(row, Domain) for row in found}


async def primary_id(tx: Tx, workspace_id: str) -> str | None:
    """The id of a workspace's primary domain; None when it has none that is in service."""
    row = await tx.row(_PRIMARY, {"workspace_id": workspace_id})
    return None if row is None else str(row["id"])


async def of_workspace(tx: Tx, workspace_id: str, limit: int) -> list[Domain]:
    """The domains of a workspace, oldest first."""
    statement = select(domains).where(domains.c.workspace_id == workspace_id)
    found = await tx.rows(statement.order_by(domains.c.created_ms, domains.c.id).limit(limit))
    return [read(row, Domain) for row in found]


async def after(tx: Tx, after_id: str, limit: int) -> list[Domain]:
    """Domains of all workspaces behind an id, for jobs that go over everything."""
    statement = select(domains).where(domains.c.id > after_id).order_by(domains.c.id)
    return [read(row, Domain) for row in await tx.rows(statement.limit(limit))]


async def due(tx: Tx, checked_before_ms: int, limit: int) -> list[Domain]:
    """Domains whose last check is older than that, the longest unchecked first."""
    statement = select(domains).where(domains.c.checked_ms < checked_before_ms, ~domains.c.archived)
    return [read(row, Domain) for row in await tx.rows(statement.order_by(domains.c.checked_ms).limit(limit))]


async def make_due(tx: Tx, workspace_id: str, checked_before_ms: int) -> None:
    """Let those that do not serve and were checked before that come first when checks are due."""
    mine = (domains.c.workspace_id == workspace_id) & (domains.c.status != "active")
    statement = update(domains).where(mine, domains.c.checked_ms < checked_before_ms)
    await tx.run(statement.values(checked_ms=0))


async def hosts_among(tx: Tx, hosts: Sequence[str]) -> set[str]:
    """Which of these hosts are claimed by anybody here."""
    if not hosts:
        return set()
    return {row["host"] for row in await tx.rows(_HOSTS, {"hosts": hosts})}


async def count(tx: Tx, workspace_id: str) -> int:
    """How many domains a workspace has."""
    return await tx.number(select(func.count()).where(domains.c.workspace_id == workspace_id))


async def demote_others(tx: Tx, workspace_id: str, domain_id: str) -> None:
    """Let no other domain of the workspace be its primary one."""
    statement = update(domains).where(domains.c.workspace_id == workspace_id, domains.c.id != domain_id)
    await tx.run(statement.values(is_primary=False))
