"""One small world and one finished workspace for all tests of the command line; a test that changes a workspace takes a copy."""

import shutil
from pathlib import Path

import pytest

from app.cli.main import run_command
from graph.progress import Silent
from ingest.simulate.world import simulate

TABLES = ("accounts", "payments", "exchanges", "enforcement")


def inputs(world: Path, *tables: str) -> list[str]:
    """The options of `clew ingest` for a world's tables."""
    paths = {table: world / table if table == "exchanges" else world / f"{table}.parquet" for table in tables or TABLES}
    return [word for table, path in paths.items() for word in (f"--{table}", str(path))]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 1,100 accounts over eight days."""
    out = tmp_path_factory.mktemp("cli") / "world"
    simulate(out, accounts=50_000, scale=0.02, seed=7, tier="realistic", days=8, prompts=None, progress=Silent())
    return out


@pytest.fixture(scope="session")
def case(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that was ingested and detected; only read it."""
    made = tmp_path_factory.mktemp("cli") / "case"
    for arguments in (["init", str(made)], ["ingest", str(made), *inputs(world)], ["detect", str(made)]):
        assert run_command(arguments) == 0
    return made


@pytest.fixture
def own_case(case: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(case, tmp_path / "own"))


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A new workspace."""
    made = tmp_path / "empty"
    assert run_command(["init", str(made)]) == 0
    return made
