"""A ledger in a database, for a team: SQLite or PostgreSQL through SQLAlchemy.

One transaction adds one import. The imports' number is the primary key, and an import takes the
number after the last one it has seen; of two imports at once the database lets one have it and
the other is told to look again. Triggers refuse to change or delete a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.errors import DataError, ParameterError, StoreUnusable
from zerobay_analysis.files.cells import PARSERS, cell_text
from zerobay_analysis.files.disk import readable
from zerobay_analysis.files.problems import problem, wording
from zerobay_analysis.files.tables import Field
from zerobay_analysis.ledger.fields import IMPORT_FIELDS, ROW_FIELDS
from zerobay_analysis.ledger.store.batch import Batch, import_id, made_of, moved

if TYPE_CHECKING:
    from sqlalchemy import URL, Column, Connection, Engine, MetaData, Table

__all__ = ["SqlStore"]

DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
WAIT_SECONDS = 30
"""How long one import waits for another to finish writing."""

CHUNK = 2_000
"""Rows sent to the database at once."""

WRITES = "zerobay_writes"
"""Execution option of a connection that is going to write."""

LOCK = {"sqlite": (), "postgresql": ("SELECT pg_advisory_xact_lock(hashtext('zerobay_imports'))",)}
"""What keeps two imports from making or changing the tables at once; SQLite has one writer anyway."""

APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION zerobay_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$",
        "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION zerobay_append_only()",
    ),
}


class SqlStore:
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
            from sqlalchemy import create_engine
            from sqlalchemy.exc import ArgumentError
            from sqlalchemy.pool import NullPool
        except ImportError as error:
            raise _not_installed(error) from error
        try:
            address = _address(url)
            sqlite = address.get_backend_name() == "sqlite"
            options = {"timeout": WAIT_SECONDS} if sqlite else {"connect_timeout": WAIT_SECONDS}
            self.engine = create_engine(address, poolclass=NullPool, connect_args=options)
            if sqlite:
                _begin_in_sqlite(self.engine)
        except (ArgumentError, ValueError) as error:
            raise ParameterError(f"看不懂的数据库地址 / cannot read the database address: {error}") from error
        except ImportError as error:
            raise _not_installed(error) from error
        self.metadata, self.imports, self.observations = _tables()

    @property
    def name(self) -> str:
        """The address; it has no password."""
        return self.engine.url.render_as_string(hide_password=True)

    def exists(self) -> bool:
        """Whether the ledger's tables are there."""
        from sqlalchemy import inspect

        if self.engine.url.get_backend_name() == "sqlite":
            path = self.engine.url.database
            if path is not None and not Path(path).exists():
                return False  # connecting would create it
        with self._connection() as connection:
            return bool(inspect(connection).has_table(self.imports.name))

    def read(self) -> tuple[Batch, ...]:
        """Every import in order; see :class:`zerobay_analysis.ledger.store.batch.Store`."""
        from sqlalchemy import select

        if not self.exists():
            return ()
        with self._connection() as connection:
            # Two statements see one state: rows of the imports seen first never change.
            headers = select(*_present(connection, self.imports)).order_by(self.imports.c.number)
            known = [dict(header) for header in connection.execute(headers).mappings()]
            last = int(known[-1]["number"]) if known else 0
            columns = [c for c in _present(connection, self.observations) if c.name not in ("number", "row")]
            chosen = select(self.observations.c.number, *columns).where(self.observations.c.number <= last)
            ordered = chosen.order_by(self.observations.c.number, self.observations.c.row)
            names = [column.name for column in columns]
            rows: dict[int, list[dict[str, str]]] = {}
            texts = [_text_of(column) for column in columns]
            streamed = connection.execution_options(yield_per=CHUNK).execute(ordered)
            for number, *values in streamed:
                filled = zip(names, texts, values, strict=True)
                cells = {name: text(value) for name, text, value in filled if value is not None}
                rows.setdefault(int(number), []).append(cells)
        batches = tuple(
            made_of(number, {name: cell_text(value) for name, value in header.items()}, rows.get(number, []))
            for header in known
            for number in [int(header["number"])]
        )
        self._whole(batches, known)
        return batches

    def _whole(self, batches: tuple[Batch, ...], headers: list[dict[str, Any]]) -> None:
        """Raise when an import is missing or has lost rows."""
        problems = []
        for number, (batch, header) in enumerate(zip(batches, headers, strict=True), start=1):
            if batch.number != number:
                text = wording("import_missing", number=import_id(number))
                problems.append(problem(self.name, None, None, "", *text))
                break
            if batch.digest != header["rows_sha256"]:
                text = wording("import_damaged", number=batch.import_id)
                problems.append(problem(self.name, None, None, "", *text))
        if problems:
            raise DataError(problems)

    def append(self, batch: Batch) -> None:
        """Add one import; see :class:`zerobay_analysis.ledger.store.batch.Store`."""
        from sqlalchemy import func, insert, select
        from sqlalchemy.exc import IntegrityError

        header = {**_typed(batch.header, IMPORT_FIELDS), "number": batch.number}
        del header["import_id"]
        self._create()
        try:
            with self._connection(write=True) as connection, connection.begin():
                last = connection.execute(select(func.max(self.imports.c.number))).scalar() or 0
                if last + 1 != batch.number:
                    raise moved(batch)
                connection.execute(insert(self.imports), header)
                rows = enumerate(batch.rows, 1)
                while chunk := list(islice(rows, CHUNK)):
                    typed = [
                        {"number": batch.number, "row": n, **_typed(row, ROW_FIELDS)} for n, row in chunk
                    ]
                    connection.execute(insert(self.observations), typed)
        except IntegrityError:
            raise moved(batch) from None

    def _create(self) -> None:
        """Make tables and triggers, or the columns that an earlier version had not, all or nothing."""
        from sqlalchemy import inspect, text

        if self.exists():
            with self._connection() as connection:
                if not any(_missing(connection, table) for table in self.metadata.sorted_tables):
                    return
        backend = self.engine.url.get_backend_name()
        with self._connection(write=True) as connection, connection.begin():
            for statement in LOCK[backend]:
                connection.execute(text(statement))
            if not inspect(connection).has_table(self.imports.name):
                self.metadata.create_all(connection)
                for statement in _append_only(backend, self.metadata):
                    connection.execute(text(statement))
            for table in self.metadata.sorted_tables:
                for column in _missing(connection, table):
                    connection.execute(text(_addition(connection, table, column)))

    @contextmanager
    def _connection(self, *, write: bool = False) -> Iterator[Connection]:
        from sqlalchemy.exc import DBAPIError, IntegrityError

        try:
            with self.engine.connect() as connection:
                yield connection.execution_options(**{WRITES: write})
        except IntegrityError:
            raise
        except DBAPIError as error:
            reason = str(error.orig).strip().partition("\n")[0]
            raise StoreUnusable(
                f"数据库不可用：{self.name}（{reason}）；核对地址、权限和服务 / "
                f"database unusable ({reason}): check the address, the rights and the server"
            ) from error


def _begin_in_sqlite(engine: Engine) -> None:
    """Give SQLite transactions that hold from the first statement on, also around CREATE TABLE.

    Python's driver begins one by itself only before INSERT; a writer waits for its turn at the
    start, where waiting is possible. After SQLAlchemy's manual, "Serializable isolation,
    savepoints and transactional DDL" of the SQLite dialect.
    """
    from sqlalchemy import event

    def no_implicit_begin(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    event.listen(engine, "connect", no_implicit_begin)
    event.listen(engine, "begin", begin)


def _not_installed(error: ImportError) -> StoreUnusable:
    return StoreUnusable(
        f'缺少数据库组件（{error.name}），请运行 pip install "zerobay-analysis[database]" / '
        f"packages for databases are not installed ({error.name}); see the command"
    )


def _address(url: str) -> URL:
    """The address with our driver; refuse one with a password or of another kind."""
    from sqlalchemy import make_url

    if readable(url) != url:
        raise ParameterError(
            f"数据库名称不是 UTF-8：{readable(url)}；请改名 / the database's name is not UTF-8: rename it"
        )
    address = make_url(url)
    if address.password or "password" in address.query:
        raise ParameterError(
            "数据库地址里不能写密码（会留在命令历史和运行记录中）；改用环境变量 PGPASSWORD 或 ~/.pgpass / "
            "no password in a database address; use PGPASSWORD or ~/.pgpass"
        )
    if address.drivername not in {*DRIVERS, *DRIVERS.values()}:
        raise ParameterError(
            f"不支持的数据库“{address.drivername}”；可用 sqlite:///文件 或 postgresql://主机/库 / "
            f"unknown kind of database '{address.drivername}': sqlite:///file or postgresql://host/name"
        )
    if address.get_backend_name() == "sqlite" and not address.database:
        raise ParameterError("SQLite 须写文件，如 sqlite:///ledger.db / SQLite needs a file")
    return address.set(drivername=DRIVERS.get(address.drivername, address.drivername))


def _tables() -> tuple[MetaData, Table, Table]:
    """The two tables: one row an import, one row a figure."""
    from sqlalchemy import Boolean, Column, Date, Double, ForeignKey, Integer, MetaData, Table, Text

    types = {"integer": Integer, "number": Double, "boolean": Boolean, "date": Date, "text": Text}

    def columns(fields: tuple[Field, ...]) -> list[Column[Any]]:
        return [Column(spec.name, types[spec.kind]) for spec in fields if spec.name != "import_id"]

    metadata = MetaData()
    number = Column("number", Integer, primary_key=True, autoincrement=False)
    imports = Table("zerobay_imports", metadata, number, *columns(IMPORT_FIELDS))
    observations = Table(
        "zerobay_observations",
        metadata,
        Column("number", Integer, ForeignKey(imports.c.number), primary_key=True),
        Column("row", Integer, primary_key=True),
        *columns(ROW_FIELDS),
    )
    return metadata, imports, observations


def _present(connection: Connection, table: Table) -> list[Column[Any]]:
    """Columns of ours that the database has; one made by an earlier version may lack the newest."""
    from sqlalchemy import inspect

    there = {column["name"] for column in inspect(connection).get_columns(table.name)}
    return [column for column in table.columns if column.name in there]


def _missing(connection: Connection, table: Table) -> list[Column[Any]]:
    present = _present(connection, table)
    return [column for column in table.columns if column not in present]


def _addition(connection: Connection, table: Table, column: Column[Any]) -> str:
    """Statement that adds a column; rows from before have NULL in it, which no digest counts."""
    quote = connection.dialect.identifier_preparer.quote
    kind = column.type.compile(connection.dialect)
    return f"ALTER TABLE {quote(table.name)} ADD COLUMN {quote(column.name)} {kind}"


def _text_of(column: Column[Any]) -> Callable[[Any], str]:
    """What makes text of a column's values; one copy of each, as a large ledger repeats most of them."""
    if column.type.python_type is float:  # a zero may have a sign
        return _stored_text
    return lru_cache(maxsize=None)(_stored_text)


def _stored_text(value: object) -> str:
    return value if isinstance(value, str) else cell_text(value)


def _append_only(backend: str, metadata: MetaData) -> list[str]:
    """Statements that make the database refuse to change or delete a row."""
    statements: dict[str, None] = {}
    for table in metadata.sorted_tables:
        for verb in ("UPDATE", "DELETE", *(("TRUNCATE",) if backend == "postgresql" else ())):
            for template in APPEND_ONLY[backend]:
                statements[template.format(table=table.name, verb=verb)] = None
    return list(statements)


def _typed(row: Mapping[str, str], fields: tuple[Field, ...]) -> dict[str, Any]:
    """Cells as the database keeps them; empty ones as NULL, also of text."""
    typed: dict[str, Any] = {}
    for spec in fields:
        text = row.get(spec.name, "")
        typed[spec.name] = None if not text else text if spec.kind == "text" else PARSERS[spec.kind](text)
    return typed
