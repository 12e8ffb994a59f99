"""Where rows wait between reading and storing: a private folder in the workspace, one file per batch, table and day.

Keeps memory flat: nothing of a batch stays in memory when the next one is read. The folder goes when the run ends.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from graph.errors import StorageError
from graph.store.files import storage_errors
from graph.store.workspace import Workspace

WHOLE = "whole"  # stands for the day of tables that are not cut by day


@dataclass(frozen=True)
class Stage:
    """The waiting rows of one run."""

    root: Path

    def put(self, table: str, day: str, name: str, frame: pl.DataFrame) -> None:
        """Let `frame` wait as `name`. Raises StorageError."""
        folder = self.root / table / day
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                frame.write_ipc(folder / f"{name}.arrow", compression="uncompressed")
            except pl.exceptions.ComputeError as error:
                raise StorageError(f"{folder}: cannot be written ({error}). Check space there, then run the command again.") from error

    def days(self, table: str) -> list[str]:
        """The days for which rows of `table` wait."""
        folder = self.root / table
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def files(self, table: str, day: str) -> list[Path]:
        """The files of one table and day, in the order they were read."""
        return sorted((self.root / table / day).glob("*.arrow"))

    def scan(self, table: str, day: str) -> pl.LazyFrame | None:
        """The waiting rows of one table and day, lazily; None when there are none."""
        files = self.files(table, day)
        return pl.scan_ipc(files) if files else None


@contextmanager
def staged(workspace: Workspace) -> Iterator[Stage]:
    """A fresh stage, private to its owner, removed at the end; what a crashed run left goes first."""
    root = workspace.root / ".staging"
    with storage_errors(root):
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(mode=0o700)
    try:
        yield Stage(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def by_day(frame: pl.DataFrame, column: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """`frame` cut by the UTC day of its time `column`: ISO day, rows."""
    if frame.is_empty():
        return
    first, last = frame[column].dt.date().min(), frame[column].dt.date().max()
    if first == last:
        yield str(first), frame
        return
    cut = frame.with_columns(_day=pl.col(column).dt.date()).partition_by("_day", as_dict=True, include_key=False)
    yield from ((str(day), rows) for (day,), rows in cut.items())
