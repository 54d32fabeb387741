"""Statements that are run all the time: what SQLAlchemy finds out about one is found out once.

SQLite looks a row up in ten microseconds; SQLAlchemy takes thirty times as long around it, for things that are the
same whenever the statement is. A prepared statement keeps them, and is run on SQLite's driver itself. It looks rows
up or changes them by key, so it is not sent to another thread. On PostgreSQL, SQLAlchemy runs it like any other.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, cast

from msgspec import Struct
from sqlalchemy import BindParameter, ClauseElement, Dialect, Executable, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler

from waypost.control.store.sqlite_driver import Connection

_Process = Callable[[Any], Any]


class _Form(Struct, frozen=True):
    """A statement for parameters of certain names and, where it takes lists, of certain lengths."""

    sql: str
    pick: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    processes: tuple[tuple[int, _Process], ...]
    fixed: dict[str, Any]
    lists: dict[str, list[str]]
    """By what names the values of a list go."""

    def values(self, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """What SQLite is given."""
        if self.fixed or self.lists:
            parameters = self.fixed | dict(parameters)
        for name, names in self.lists.items():
            parameters = {**parameters, **dict(zip(names, parameters[name], strict=True))}
        picked = self.pick(parameters)
        if not self.processes:
            return picked
        values = list(picked)
        for place, process in self.processes:
            values[place] = process(values[place])
        return values


class Prepared:
    """A statement of SQLAlchemy's that is built once and takes all that differs as parameters."""

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        binds = visitors.iterate(cast("ClauseElement", statement))
        found = (bind for bind in binds if isinstance(bind, BindParameter) and bind.expanding)
        self._lists = tuple(sorted({bind.key for bind in found}))
        self.forms: dict[tuple[Any, ...], _Form] = {}
        """By the names of the parameters and the lengths of lists, of which there are few."""
        self._columns: tuple[str, ...] = ()
        self._readers: tuple[tuple[str, _Process], ...] = ()

    async def rows(
        self, driver: Connection, dialect: Dialect, parameters: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """All rows that the query finds. Raises DBAPIError."""
        parameters = {**parameters, **{name: _padded(parameters[name]) for name in self._lists}}
        form = self._form(dialect, parameters)
        values = form.values(parameters)
        try:
            found = await driver.query(form.sql, values)
        except sqlite3.Error as error:
            raise _failure(form, values, error) from error
        rows = [dict(zip(self._columns, row, strict=True)) for row in found]
        for name, read in self._readers:
            for each in rows:
                each[name] = read(each[name])
        return rows

    async def run(self, driver: Connection, dialect: Dialect, parameters: Sequence[Mapping[str, Any]]) -> int:
        """Write once per set of parameters of the same names; return how many rows were touched. Raises DBAPIError."""
        form = self._form(dialect, parameters[0])
        sets = [form.values(each) for each in parameters]
        try:
            return await driver.write(form.sql, sets)
        except sqlite3.Error as error:
            raise _failure(form, sets, error) from error

    def _form(self, dialect: Dialect, parameters: Mapping[str, Any]) -> _Form:
        kind = (*parameters, *[len(parameters[name]) for name in self._lists])
        if kind not in self.forms:
            self.forms[kind] = self._compiled(dialect, parameters)
        return self.forms[kind]

    def _compiled(self, dialect: Dialect, parameters: Mapping[str, Any]) -> _Form:
        compiled = cast("ClauseElement", self.statement).compile(
            dialect=dialect, column_keys=[name for name in parameters if name not in self._lists]
        )
        assert isinstance(compiled, SQLCompiler)
        expanded = compiled.construct_expanded_state(dict(parameters))
        lists = {name: list(expanded.parameter_expansion[name]) for name in self._lists}
        types = {name: bind.type for name, bind in compiled.binds.items()}
        types |= {each: types[name] for name, names in lists.items() for each in names}
        names = list(expanded.positiontup or ())
        processes = [types[name].dialect_impl(dialect).bind_processor(dialect) for name in names]
        if isinstance(self.statement, Select) and not self._columns:
            columns = {str(column.name): column.type for column in self.statement.selected_columns}
            readers = {
                name: kind.dialect_impl(dialect).result_processor(dialect, None)
                for name, kind in columns.items()
            }
            self._readers = tuple((name, read) for name, read in readers.items() if read is not None)
            self._columns = tuple(columns)
        return _Form(
            sql=expanded.statement,
            pick=_picking(names),
            processes=tuple((place, each) for place, each in enumerate(processes) if each is not None),
            fixed={
                name: value for name, value in compiled.params.items() if name in set(names) - set(parameters)
            },
            lists=lists,
        )


def _padded(values: Sequence[Any]) -> Sequence[Any]:
    """The same set, so long as a power of two: a form is kept for each length, and there may be any."""
    if not values:
        return values
    return [*values, *[values[-1]] * ((1 << (len(values) - 1).bit_length()) - len(values))]


def _picking(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda parameters: tuple([parameters[name] for name in names])


def _failure(form: _Form, values: Sequence[Any], error: sqlite3.Error) -> Exception:
    """SQLite's refusal in SQLAlchemy's words, as of any other statement."""
    return DBAPIError.instance(form.sql, values, error, sqlite3.Error, hide_parameters=True)
