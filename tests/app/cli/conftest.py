"""The small world and its finished workspace under the names that tests of the command line use; one that changes a workspace copies it."""

import shutil
from pathlib import Path

import pytest

from app.cli.main import run_command


@pytest.fixture(scope="session")
def world(small_world: Path) -> Path:
    return small_world


@pytest.fixture(scope="session")
def case(small_case: Path) -> Path:
    """A workspace that was ingested and detected; only read it."""
    return small_case


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
