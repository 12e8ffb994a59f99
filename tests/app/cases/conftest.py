from pathlib import Path

import pytest

from app.cli.main import run_command
from graph.progress import Silent
from ingest.simulate.world import simulate
from tests.app.cli.conftest import inputs


@pytest.fixture
def own_night(tmp_path: Path) -> Path:
    """A workspace after one real night on a small world."""
    world, made = tmp_path / "world", tmp_path / "case"
    simulate(world, accounts=50_000, scale=0.02, seed=7, tier="realistic", days=8, prompts=None, progress=Silent())
    for arguments in (["init", str(made)], ["ingest", str(made), *inputs(world)], ["detect", str(made)]):
        assert run_command(arguments) == 0
    return made
