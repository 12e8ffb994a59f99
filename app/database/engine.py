"""One database on SQLite or PostgreSQL: many readers, one writer at a time, every block a transaction."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError

from graph.errors import DataRefused, StorageError

_BUSY_SECONDS = 10
_WRITER_LOCK = 0x636C6577  # of PostgreSQL's advisory locks: "clew"
_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", f"busy_timeout = {_BUSY_SECONDS * 1000}")


class Database:
    """Connections to one database. Safe between threads; call `rest` before a process forks."""

    def __init__(self, url: str) -> None:
        """Raises DataRefused for a URL that names neither SQLite nor PostgreSQL."""
        parsed = _checked(url)
        self.name = parsed.render_as_string(hide_password=True)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        options: dict[str, Any] = {} if self.is_sqlite else {"pool_pre_ping": True, "connect_args": {"connect_timeout": _BUSY_SECONDS}}
        self.engine = create_engine(parsed, pool_size=8, max_overflow=8, **options)
        if self.is_sqlite:
            _owner_only(Path(parsed.database or ""))
            event.listen(self.engine, "connect", _prepared)
            event.listen(self.engine, "begin", _begun)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of all tables. Raises StorageError."""
        with self._told(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The one writing transaction: whole when the block ends, undone when it raises. Raises StorageError."""
        with self._told(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})
            yield connection

    def rest(self) -> None:
        """Close every connection; the next block opens its own."""
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StorageError(f"{self.name}: the database refused ({error.orig}). Check that it runs and has space.") from error


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DataRefused("The database setting is no URL. Write it like postgresql://clew@host/clew.") from None
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return parsed
    raise DataRefused(f"{parsed.get_backend_name()}: Clew keeps its records in SQLite or PostgreSQL. Write postgresql://clew@host/clew.")


def _owner_only(path: Path) -> None:
    """Make the file readable by its owner alone before SQLite does; its journals inherit the mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}. Check space and permissions there, then run the command again.") from error


def _prepared(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # or the driver commits before DDL; `_begun` begins each transaction instead
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begun(connection: Connection) -> None:
    """A writer takes its lock at once: two that read first and write later would refuse each other."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
