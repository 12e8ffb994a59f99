import shutil
from pathlib import Path

import pytest


@pytest.fixture
def own_night(small_case: Path, tmp_path: Path) -> Path:
    """A workspace of one's own after one real night on a small world."""
    return Path(shutil.copytree(small_case, tmp_path / "case"))
