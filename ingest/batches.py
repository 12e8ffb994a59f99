"""What a reader hands on: rows as they came, numbered, and beside them the lines that could not be read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from graph.errors import DataRefused
from ingest.sources import Source

ROW = "_row"  # 1-based number of the data row inside its file


@dataclass(frozen=True)
class BadLine:
    """A line that gives no row: its number, the rule it breaks, and its text, which is masked before it is stored."""

    row: int
    rule: str
    text: str


@dataclass(frozen=True)
class RawBatch:
    """Some rows of one file: foreign columns plus ROW."""

    frame: pl.DataFrame
    bad: tuple[BadLine, ...] = field(default=())

    @property
    def rows(self) -> int:
        return self.frame.height + len(self.bad)


def text_frame(columns: Mapping[str, list[str | None]], numbers: list[int]) -> pl.DataFrame:
    """Columns of text and their row numbers as a frame."""
    data: dict[str, pl.Series] = {name: pl.Series(name, values, dtype=pl.String) for name, values in columns.items()}
    return pl.DataFrame({**data, ROW: pl.Series(numbers, dtype=pl.Int64)})


def numbered(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    """`frame` with ROW counting from `first`."""
    return frame.with_columns(pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias(ROW))


def check_names(source: Source, names: Iterable[str]) -> list[str]:
    """The header's names, refused when one stands twice or none is there."""
    listed = list(names)
    twice = sorted(name for name, n in Counter(listed).items() if n > 1)
    if twice:
        raise DataRefused(f"{source.name}: the column name {twice[0]!r} stands twice. Rename one of them.")
    if not any(name.strip() for name in listed):
        raise DataRefused(f"{source.name}: has no header line with column names. Add one.")
    if ROW in listed:
        raise DataRefused(f"{source.name}: a column is called {ROW!r}, which Clew uses itself. Rename it.")
    return listed
