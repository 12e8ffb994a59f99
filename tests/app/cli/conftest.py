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


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A file of 400 exchanges of 40 accounts, for tests that need a night in which nothing is found."""
    path = tmp_path / "few.csv"
    rows = [f"a{i % 40},2026-08-{3 + i // 144:02d}T{i // 6 % 24:02d}:{i % 6 * 10:02d}:00Z" for i in range(400)]
    path.write_text("\n".join(["account_id,occurred_at", *rows, ""]))
    return path
