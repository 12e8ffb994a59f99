"""The sweeps by name, with their usual count."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.reliability import bombs, crashes, flips, kills, nights, shuffles, together
from benchmarks.reliability.harness import Row, child, make_world

SWEEPS: dict[str, tuple[Callable[[Path, int], list[Row]], int]] = {
    "crash-ingest": (partial(crashes.sweep, "ingest, first"), 500),
    "crash-ingest-again": (partial(crashes.sweep, "ingest, second"), 350),
    "crash-detect": (partial(crashes.sweep, "detect"), 400),
    "crash-export": (partial(crashes.sweep, "export"), 450),
    "crash-decide": (partial(crashes.sweep, "decide"), 300),
    "kills": (kills.sweep, 500),
    "full-disk": (kills.full_disk, 60),
    "at-once": (together.runs_at_once, 50),
    "readers": (together.readers, 10_000),
    "doctor": (flips.sweep, 3),
    "backup": (flips.backup, 30),
    "shuffles": (shuffles.sweep, 200),
    "clock": (shuffles.clock, 50),
    "twice": (shuffles.twice, 20),
    "nights": (nights.sweep, 30),
    "bombs": (bombs.sweep, 1),
}


def run(name: str, scratch: Path, count: int | None) -> list[Row]:
    """The rows of one sweep; the small world is made first."""
    if not (scratch / "world").exists() and child(lambda: make_world(scratch / "world"), scratch / "made.log"):
        raise SystemExit((scratch / "made.log").read_text())
    sweep, usual = SWEEPS[name]
    return sweep(scratch, count or usual)
