"""The tables: the same on both databases, and there as a whole or not at all."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, inspect, text

from app.database.engine import Database
from app.database.tables import metadata
from app.database.upgrade import is_made, upgrade
from graph.errors import DataRefused, StorageError

ROOT = Path(__file__).parents[3]
_KILLED = """
import os, sys
from sqlalchemy import event
from app.database.engine import Database
from app.database.upgrade import upgrade
database, left = Database(sys.argv[1]), int(sys.argv[2])
def count(*_):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), 9)
event.listen(database.engine, "before_cursor_execute", count)
upgrade(database)
"""


def tables(database: Database) -> set[str]:
    with database.read() as connection:
        return set(inspect(connection).get_table_names())


def statements(url: str) -> int:
    """How many statements a whole migration takes."""
    database, seen = Database(url), []
    event.listen(database.engine, "before_cursor_execute", lambda *_: seen.append(1))
    upgrade(database)
    database.rest()
    return len(seen)


def test_the_migrations_give_the_tables_that_the_code_uses(database_url: str) -> None:
    database = Database(database_url)
    assert not is_made(database)
    upgrade(database)
    upgrade(database)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert tables(database) == set(metadata.tables) | {"alembic_version"}
    database.rest()


def test_a_migration_that_fails_at_any_statement_leaves_nothing(new_database: Callable[[], str]) -> None:
    """Every statement in turn fails; then the same database is migrated."""
    total = statements(new_database())
    assert total > 20
    database = Database(new_database())
    for failing in range(total):
        left = failing

        def count(*_: object) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise RuntimeError("no more")

        event.listen(database.engine, "before_cursor_execute", count)
        with pytest.raises(RuntimeError):
            upgrade(database)
        event.remove(database.engine, "before_cursor_execute", count)
        assert tables(database) == set()
    upgrade(database)
    assert is_made(database)
    database.rest()


def test_a_killed_migration_leaves_nothing(new_database: Callable[[], str]) -> None:
    total = statements(new_database())
    url = new_database()
    for at in (total // 3, 2 * total // 3, total - 1):
        command = [sys.executable, "-c", _KILLED, url, str(at)]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
        assert done.returncode == -9, done.stderr.decode()
        database = Database(url)
        assert tables(database) == set()
        database.rest()
    database = Database(url)
    upgrade(database)
    assert is_made(database)
    database.rest()


def test_tables_of_a_newer_version_are_refused(database_url: str) -> None:
    database = Database(database_url)
    upgrade(database)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DataRefused, match="newer version"):
        upgrade(database)
    database.rest()


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://a@b/c", "sqlite://", "oracle://x"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(DataRefused):
        Database(url)


def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    database = Database("postgresql://clew:hunter2-secret@127.0.0.1:1/clew")
    with pytest.raises(StorageError) as told, database.read():
        pass
    assert "127.0.0.1" in str(told.value)
    assert "hunter2" not in str(told.value)


def test_the_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'app.sqlite3'}")
    upgrade(database)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes and set(modes.values()) == {0o600}
    database.rest()
