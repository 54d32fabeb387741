"""The random salts of the days, under which edges hash visitors; destroyed when their day is over."""

from sqlalchemy import Column, Table, delete, select, update

from waypost.control.store.schema import Bytes, Number, metadata
from waypost.control.store.tx import Tx

SALT_BYTES = 32

salts = Table(
    "salts",
    metadata,
    Column("day", Number, primary_key=True, autoincrement=False),
    Column("salt", Bytes, nullable=False),
)


async def all_of_them(tx: Tx) -> dict[int, bytes]:
    """The salts that live, by UTC day since 1970-01-01."""
    return {row["day"]: bytes(row["salt"]) for row in await tx.rows(select(salts))}


async def ensure(tx: Tx, days: range) -> None:
    """Draw the missing salts of these days."""
    for day in days:
        values = {"day": day, "salt": tx.random_bytes(SALT_BYTES)}
        await tx.run(tx.insert(salts).values(values).on_conflict_do_nothing())


async def destroy_before(tx: Tx, day: int) -> int:
    """Overwrite and remove the salts of earlier days; return how many."""
    await tx.run(update(salts).where(salts.c.day < day).values(salt=bytes(SALT_BYTES)))
    return await tx.run(delete(salts).where(salts.c.day < day))
