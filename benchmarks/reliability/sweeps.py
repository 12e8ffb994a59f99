"""The sweeps by name, with their usual count."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.reliability import crashes
from benchmarks.reliability.harness import Row, child, make_world

SWEEPS: dict[str, tuple[Callable[[Path, int], list[Row]], int]] = {
    "crashes": (crashes.sweep, 2_000),
}


def run(name: str, scratch: Path, count: int | None) -> list[Row]:
    """The rows of one sweep; the small world is made first."""
    if not (scratch / "world").exists() and child(lambda: make_world(scratch / "world"), scratch / "made.log"):
        raise SystemExit((scratch / "made.log").read_text())
    sweep, usual = SWEEPS[name]
    return sweep(scratch, count or usual)
