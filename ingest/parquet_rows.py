"""Parquet → batches, a bounded number of rows at a time."""

from collections.abc import Iterator

import polars as pl

from graph.errors import DataRefused
from ingest.batches import ROW, RawBatch, check_names, numbered
from ingest.parquet_footer import FooterError, unfolded_bytes
from ingest.sources import Source

BATCH_ROWS = 500_000
MAX_EXPANSION = 2_000  # over file bytes: a dictionary can make a long text cost one byte a row
FREE_BYTES = 256 << 20


def parquet_batches(source: Source) -> Iterator[RawBatch]:
    """The rows of a Parquet file. Raises DataRefused when it is none, is damaged, or unfolds like a bomb."""
    try:
        _check_expansion(source, unfolded_bytes(source.path))
        yield from _batches(source)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, FooterError, OSError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DataRefused(f"{source.name}: cannot be read as Parquet ({reason}). Export it again.") from error


def _batches(source: Source) -> Iterator[RawBatch]:
    lazy = pl.scan_parquet(source.path, glob=False, hive_partitioning=False)
    schema = lazy.collect_schema()
    check_names(source, schema.names())
    yield RawBatch(pl.DataFrame(schema=schema).with_columns(pl.lit(None, pl.Int64).alias(ROW)))
    texts = [pl.col(name).str.len_bytes().cast(pl.Int64).sum() for name, kind in schema.items() if kind == pl.String]
    first, unfolded = 1, 0
    for frame in lazy.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True, engine="streaming"):
        unfolded += int(frame.select(pl.sum_horizontal(pl.lit(0, pl.Int64), *texts)).item())
        _check_expansion(source, unfolded)
        yield RawBatch(numbered(frame, first))
        first += frame.height


def _check_expansion(source: Source, unfolded: int) -> None:
    if unfolded > max(FREE_BYTES, source.bytes * MAX_EXPANSION):
        raise DataRefused(f"{source.name}: unfolds to more than {MAX_EXPANSION} times its size. Check where it comes from.")
