"""Domains as edges know them, made anew when the worker starts: the operator may have set another fallback."""

from waypost.control.core.domains import publish_default_domain, publish_domains
from waypost.control.store import domains
from waypost.control.store.database import Database

_AT_ONCE = 200


async def publish_every_domain(database: Database) -> None:
    """Publish the domain that all workspaces share, and each domain of a workspace."""
    async with database.write() as tx:
        publish_default_domain(tx)
    after = ""
    while True:
        async with database.write() as tx:
            found = await domains.after(tx, after, _AT_ONCE)
            await publish_domains(tx, found)
        if not found:
            return
        after = found[-1].id
