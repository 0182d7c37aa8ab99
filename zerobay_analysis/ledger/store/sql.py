"""A ledger in a database, for a team: SQLite or PostgreSQL through SQLAlchemy.

One transaction adds one import. The imports' number is the primary key, and an import takes the
number after the last one it has seen; of two imports at once the database lets one have it and
the other is told to look again. Triggers refuse to change or delete a row.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice, product
from pathlib import Path
from sys import intern
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.pool import NullPool

from zerobay_analysis.errors import ParameterError, StoreUnusable, message
from zerobay_analysis.files.disk import readable
from zerobay_analysis.files.tables import PARSERS, Field, cell_text
from zerobay_analysis.ledger.observations import IMPORT_FIELDS, ROW_FIELDS
from zerobay_analysis.ledger.store import Batch, Store, Stored, moved

DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
WAIT_SECONDS = 30
"""How long one import waits for another to finish writing."""

IMPORTS = "zerobay_imports"
CHUNK = 2_000
"""Rows sent to the database at once."""

WRITES = "zerobay_writes"
"""Execution option of a connection that is going to write."""

STATEMENTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


class SqlStore(Store):
    """A database of imports.

    Parameters
    ----------
    url : str
        ``sqlite:///ledger.db``, ``postgresql://host/database`` … without a password: it would end
        up in the shell's history and in every manifest. PostgreSQL reads it from PGPASSWORD or
        from the file ~/.pgpass.

    Raises
    ------
    ParameterError
        For another kind of database, or an address with a password.
    StoreUnusable
        When SQLAlchemy or the database's driver is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            address = _address(url)
            sqlite = address.get_backend_name() == "sqlite"
            options = {"timeout": WAIT_SECONDS} if sqlite else {"connect_timeout": WAIT_SECONDS}
            self.engine = sa.create_engine(address, poolclass=NullPool, connect_args=options)
            if sqlite:
                _begin_in_sqlite(self.engine)
        except (ArgumentError, ValueError) as error:
            raise ParameterError(message("unknown_address", reason=error)) from error
        self.metadata = _tables()

    @property
    def name(self) -> str:
        """The address; it has no password."""
        return self.engine.url.render_as_string(hide_password=True)

    def exists(self) -> bool:
        """Whether the ledger's tables are there."""
        if self.engine.url.get_backend_name() == "sqlite":
            path = self.engine.url.database
            if path is not None and not Path(path).exists():
                return False  # connecting would create it
        with self._connection() as connection:
            return bool(sa.inspect(connection).has_table(IMPORTS))

    def stored(self) -> Iterator[Stored]:
        """Rows of every import; see :class:`zerobay_analysis.ledger.store.Store`."""
        if not self.exists():
            return
        with self._connection() as connection:
            # As the database has them: one made by an earlier version may lack the newest columns.
            there = sa.MetaData()
            there.reflect(connection, only=[*self.metadata.tables])
            imports, observations = there.sorted_tables
            # Two statements see one state: rows of the imports seen first never change.
            known = connection.execute(sa.select(imports).order_by(imports.c.number)).mappings().all()
            last = int(known[-1]["number"]) if known else 0
            columns = [c for c in observations.columns if c.name not in ("number", "row")]
            chosen = sa.select(observations.c.number, *columns).where(observations.c.number <= last)
            ordered = chosen.order_by(observations.c.number, observations.c.row)
            names = [column.name for column in columns]
            rows: dict[int, list[dict[str, str]]] = {}
            for number, *values in connection.execution_options(yield_per=CHUNK).execute(ordered):
                filled = ((n, v) for n, v in zip(names, values, strict=True) if v is not None)
                cells = {n: intern(v if isinstance(v, str) else cell_text(v)) for n, v in filled}
                rows.setdefault(int(number), []).append(cells)
        for header in known:
            number = int(header["number"])
            stated = {name: cell_text(value) for name, value in header.items()}
            yield number, self.name, (stated, rows.pop(number, []))

    def append(self, batch: Batch) -> None:
        """Add one import; see :class:`zerobay_analysis.ledger.store.Store`."""
        imports, observations = self.metadata.sorted_tables
        header = {**_typed(batch.header, IMPORT_FIELDS), "number": batch.number}
        del header["import_id"]
        try:
            with self._connection(write=True) as connection, connection.begin():
                self._prepare(connection)
                last = connection.execute(sa.select(sa.func.max(imports.c.number))).scalar() or 0
                if last + 1 != batch.number:
                    raise moved(batch)
                connection.execute(sa.insert(imports), header)
                rows = enumerate(batch.rows, 1)
                while chunk := list(islice(rows, CHUNK)):
                    typed = [
                        {"number": batch.number, "row": n, **_typed(row, ROW_FIELDS)} for n, row in chunk
                    ]
                    connection.execute(sa.insert(observations), typed)
        except IntegrityError:
            raise moved(batch) from None

    def _prepare(self, connection: sa.Connection) -> None:
        """Make tables and triggers, or the columns that an earlier version had not."""
        said = STATEMENTS[self.engine.url.get_backend_name()]
        for statement in said["lock"]:
            connection.execute(sa.text(statement))
        quote = connection.dialect.identifier_preparer.quote
        for table in self.metadata.sorted_tables:
            if not sa.inspect(connection).has_table(table.name):
                table.create(connection)
                for verb, statement in product(said["verbs"], said["append_only"]):
                    connection.execute(sa.text(statement.format(table=table.name, verb=verb)))
            there = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
            for column in table.columns:
                if column.name not in there:  # rows from before have NULL in it, which no digest counts
                    added = f"{quote(column.name)} {column.type.compile(connection.dialect)}"
                    connection.execute(sa.text(f"ALTER TABLE {quote(table.name)} ADD COLUMN {added}"))

    @contextmanager
    def _connection(self, *, write: bool = False) -> Iterator[sa.Connection]:
        try:
            with self.engine.connect() as connection:
                yield connection.execution_options(**{WRITES: write})
        except IntegrityError:
            raise
        except DBAPIError as error:
            reason = str(error.orig).strip().partition("\n")[0]
            raise StoreUnusable(message("database_unusable", name=self.name, reason=reason)) from error


def _begin_in_sqlite(engine: sa.Engine) -> None:
    """Give SQLite transactions that hold from the first statement on, also around CREATE TABLE.

    Python's driver begins one by itself only before INSERT; a writer waits for its turn at the
    start, where waiting is possible. After SQLAlchemy's manual, "Serializable isolation,
    savepoints and transactional DDL" of the SQLite dialect.
    """

    def no_implicit_begin(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    def begin(connection: sa.Connection) -> None:
        write = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    sa.event.listen(engine, "connect", no_implicit_begin)
    sa.event.listen(engine, "begin", begin)


def _address(url: str) -> sa.URL:
    """The address with our driver; refuse one with a password or of another kind."""
    if readable(url) != url:
        raise ParameterError(message("address_not_utf8", address=readable(url)))
    address = sa.make_url(url)
    if address.password or "password" in address.query:
        raise ParameterError(message("password_in_address"))
    if address.drivername not in {*DRIVERS, *DRIVERS.values()}:
        raise ParameterError(message("unknown_database", name=address.drivername))
    if address.get_backend_name() == "sqlite" and not address.database:
        raise ParameterError(message("sqlite_without_file"))
    return address.set(drivername=DRIVERS.get(address.drivername, address.drivername))


def _tables() -> sa.MetaData:
    """The two tables: one row an import, one row a figure."""
    types = {"integer": sa.Integer, "number": sa.Double, "boolean": sa.Boolean, "date": sa.Date}

    def columns(fields: tuple[Field, ...]) -> list[sa.Column[Any]]:
        return [sa.Column(f.name, types.get(f.kind, sa.Text)) for f in fields if f.name != "import_id"]

    metadata = sa.MetaData()
    number = sa.Column("number", sa.Integer, primary_key=True, autoincrement=False)
    imports = sa.Table(IMPORTS, metadata, number, *columns(IMPORT_FIELDS))
    owner = sa.Column("number", sa.Integer, sa.ForeignKey(imports.c.number), primary_key=True)
    row = sa.Column("row", sa.Integer, primary_key=True)
    sa.Table("zerobay_observations", metadata, owner, row, *columns(ROW_FIELDS))
    return metadata


def _typed(row: Mapping[str, str], fields: tuple[Field, ...]) -> dict[str, Any]:
    """Cells as the database keeps them; empty ones as NULL, also of text."""
    texts = ((spec, row.get(spec.name)) for spec in fields)
    return {spec.name: PARSERS[spec.kind](text) if text else None for spec, text in texts}
