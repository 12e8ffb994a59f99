from pathlib import Path

import pytest

from app.queries.night import Night, Nights
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
