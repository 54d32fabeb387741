"""Prepared statements: what SQLAlchemy would give, without asking it again."""

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import IntegrityError

from waypost.control.core import bootstrap
from waypost.control.core.keys import Peppers
from waypost.control.store import keys, slugs
from waypost.control.store.database import Database
from waypost.control.store.keys import api_keys
from waypost.control.store.members import members
from waypost.control.store.prepared import Prepared
from waypost.control.store.slugs import Claim
from waypost.control.store.workspaces import workspaces

_KEYS = (
    select(api_keys, workspaces.c.name.label("of"), members.c.role)
    .join(workspaces, workspaces.c.id == api_keys.c.workspace_id)
    .outerjoin(members, members.c.id == api_keys.c.member_id)
    .where(api_keys.c.format.in_(bindparam("formats", expanding=True)), api_keys.c.revoked_ms == 0)
    .where(api_keys.c.created_ms > bindparam("since_ms"))
)


def claim(slug: str, link_id: str) -> Claim:
    """A slug that a link would like to have."""
    return Claim(domain_id="d", slug_key=slug, slug=slug, workspace_id="w", link_id=link_id)


@pytest.mark.parametrize("formats", [[], ["given"], ["nothing", "given"]])
async def test_prepared_query_gives_what_the_plain_one_gives(database: Database, formats: list[str]) -> None:
    """JSON, flags, NULLs, labels, values of the statement's own, and lists of any length."""
    async with database.write() as tx:
        await bootstrap.ensure_admin_key(tx, Peppers((b"pepper",)), "the key of this installation")
    given = {"formats": formats, "since_ms": 0}
    prepared = Prepared(_KEYS)
    async with database.read() as tx:
        expected = [dict(row) for row in await tx.rows(_KEYS, given)]
        found = [dict(row) for _ in range(2) for row in await tx.rows(prepared, given)]
    assert found == expected * 2
    assert len(expected) == min(len(formats), 1)


async def test_lists_of_any_length_keep_few_forms(database: Database) -> None:
    """Pages are as long as somebody asks; what is kept for each must not grow with that."""
    prepared = Prepared(_KEYS)
    async with database.read() as tx:
        for length in range(1, 200):
            await tx.rows(prepared, {"formats": [str(number) for number in range(length)], "since_ms": 0})
    assert len(prepared.forms) == 9


async def test_refusal_is_sqlalchemys_and_undoes_nothing_else(database: Database) -> None:
    """Callers know one kind of refusal, whoever ran the statement."""
    insert = Prepared(slugs.slugs.insert())
    row = {name: getattr(claim("a", "1"), name) for name in Claim.__struct_fields__}
    async with database.write() as tx:
        assert await slugs.claim(tx, claim("a", "1"))
        assert not await slugs.claim(tx, claim("a", "2"))
        with pytest.raises(IntegrityError):
            async with tx.savepoint():
                await tx.run_many(insert, [row | {"slug_key": "b"}, row])
    async with database.read() as tx:
        assert await slugs.existing(tx, "d", ["a", "b"]) == {"a"}


async def test_many_sets_are_written_like_few(database: Database) -> None:
    """Beyond some dozens, another thread writes them."""
    async with database.write() as tx:
        assert await slugs.claim_many(tx, [claim(f"s{number}", str(number)) for number in range(300)]) == 300
    async with database.read() as tx:
        assert len(await slugs.of_links(tx, [str(number) for number in range(300)])) == 300


async def test_query_sees_what_its_transaction_saw_before(database: Database) -> None:
    """Prepared or not, the statements of a transaction that reads see one state of things."""
    async with database.read() as tx:
        before = await tx.number(text("select count(*) from slugs"))
        async with database.write() as other:
            await slugs.claim(other, claim("late", "1"))
        assert before == 0
        assert await slugs.of_links(tx, ["1"]) == []
        assert await tx.number(text("select count(*) from slugs")) == 0


async def test_glance_looks_prepared_statements_up_and_runs_no_others(database: Database) -> None:
    """What is not prepared would need a connection of SQLAlchemy's, which a glance has none of."""
    async with database.glance() as tx:
        assert await keys.holder(tx, ["none"]) is None
        with pytest.raises(RuntimeError, match="prepared"):
            await tx.number(text("select 1"))
