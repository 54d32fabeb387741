"""The column types that both databases share, and the metadata all tables belong to.

Columns are text, bigint, boolean, bytes, or JSON kept as text and never queried into. Times are
Unix milliseconds named `*_ms`. Ids are made by the application.
"""

from typing import Any

import msgspec
from sqlalchemy import BigInteger, Boolean, Dialect, LargeBinary, MetaData, Text
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Byte order on PostgreSQL too, so that cursors and prefixes mean the same on both databases.
Plain = Text().with_variant(Text(collation="C"), "postgresql")
Number = BigInteger()
Flag = Boolean()
Bytes = LargeBinary()


class Json(TypeDecorator[Any]):
    """JSON as text: plain values in, plain values out."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write; None stays NULL."""
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read."""
        return None if value is None else msgspec.json.decode(value)
