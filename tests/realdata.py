"""Where real data for trying things may lie; tests that use it skip without it."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("CLEW_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


def real(name: str) -> Path:
    """The path of a real data file, or a skip."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"real data {name} is not here")
    return path
