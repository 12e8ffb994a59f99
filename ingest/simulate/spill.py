"""A world's exchanges on disk while it is made, so that memory holds one part or some days of them at a time."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from graph.store import files
from ingest.simulate.scene import DAY, EXCHANGE, Ints

ORDER = ("at", "session", "key", "status")
_BATCH = 50_000  # rows that are read back at least


@dataclass(frozen=True)
class Spill:
    """The exchanges of one part (columns of EXCHANGE) in order of time: rows `bounds[d]` to `bounds[d + 1]` are those of day d."""

    path: Path
    bounds: Ints

    def days(self, first: int, end: int) -> pl.DataFrame:
        """The rows of the days from `first`, `end` not included. Raises StorageError."""
        row, stop = int(self.bounds[first]), int(self.bounds[end])
        with files.storage_errors(self.path):
            return pl.scan_ipc(self.path).slice(row, stop - row).collect()


def spill(path: Path, rows: pl.DataFrame, days: int) -> Spill:
    """Write `rows` into the new file `path`. Raises StorageError."""
    rows = rows.select(list(EXCHANGE)).sort(ORDER, maintain_order=True)
    with files.storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        rows.write_ipc(path, record_batch_size=_BATCH)
    return Spill(path, np.searchsorted(rows["at"].to_numpy(), np.arange(days + 1) * DAY))
