"""One small world, and one finished workspace of it, for every test that needs no more than to read them.

To simulate, ingest and detect takes many times as long as most tests; what a test changes, it changes in a copy.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from app.cli.main import run_command
from graph.progress import Silent
from ingest.simulate.world import simulate
from tests.worlds import inputs

settings.register_profile("clew", deadline=None)  # a busy machine is no fault of an example
settings.load_profile("clew")


@pytest.fixture(scope="session", autouse=True)
def no_flushing() -> Iterator[None]:
    """No test cuts the power: to wait for the disk at every file costs most of the time of the tests that write many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", os.fstat)  # still an error for what is no open file
        yield


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 1,100 accounts over eight days, in which workgroups, relayed sessions and relayed prompts are found; only read it."""
    out = tmp_path_factory.mktemp("small") / "world"
    simulate(out, accounts=50_000, scale=0.02, seed=7, tier="realistic", days=8, prompts=None, progress=Silent())
    return out


@pytest.fixture(scope="session")
def small_case(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace in which the small world was ingested and detected; only read it: that nobody wrote to it is looked at afterwards."""
    made = tmp_path_factory.mktemp("small") / "case"
    for arguments in (["init", str(made)], ["ingest", str(made), *inputs(small_world)], ["detect", str(made)]):
        assert run_command(arguments) == 0
    before = _files(made)
    yield made
    assert _files(made) == before, "a test changed what all tests share: let it copy the workspace"


def _files(folder: Path) -> dict[Path, tuple[int, int]]:
    """Size and time of everything stored; records of runs that were refused may come."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.parent.name != "runs" and path.suffix != ".lock")
    return {path.relative_to(folder): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}
