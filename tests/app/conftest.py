import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from app.audit.chain import Ledger
from app.cases.ledger import open_ledger
from app.queries.night import Night, Nights
from app.settings import AppSettings
from graph.store.workspace import Workspace
from tests.app import postgresql
from tests.factory import a_snapshot, a_workspace


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """A small made-up night: three clusters of 40 accounts, hostile text among the labels."""
    workspace = a_workspace(Path(tmp_path_factory.mktemp("app")))
    a_snapshot(workspace)
    return Nights(workspace)


@pytest.fixture
def night(nights: Nights) -> Night:
    return nights.newest()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL cluster, {} for a database's name."""
    if not postgresql.INSTALLED:
        pytest.skip("Debian's PostgreSQL is not installed; `make test` installs it")
    with postgresql.cluster() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes URLs of empty databases; every test that takes it runs on both."""
    names = (f"test{n}" for n in itertools.count())
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path / next(names)}.sqlite3"
    url = request.getfixturevalue("postgres")
    return lambda: _emptied(url, next(names))


def _emptied(url: str, name: str) -> str:
    """The database `name`, made where no test before used it: to empty one takes a tenth of making one."""
    with psycopg.connect(url.format("postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {name}")
    with psycopg.connect(url.format(name), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url.format(name)


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """The URL of one empty database."""
    return new_database()


@pytest.fixture
def workspace(nights: Nights, tmp_path: Path) -> Workspace:
    """A workspace of one's own with a night of three clusters, CL-000000 to CL-000002."""
    return Workspace(Path(shutil.copytree(nights.workspace.root, tmp_path / "workspace")))


@pytest.fixture
def ledger(workspace: Workspace, database_url: str) -> Iterator[Ledger]:
    """Empty records of the workspace."""
    made = open_ledger(workspace, AppSettings(database_url))
    yield made
    made.database.rest()
