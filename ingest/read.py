"""One way to read any source: a stream of batches of raw rows."""

from collections.abc import Iterator

from ingest.batches import RawBatch
from ingest.csv_rows import csv_batches
from ingest.json_rows import json_batches
from ingest.parquet_rows import parquet_batches
from ingest.sources import Source

_READERS = {"csv": csv_batches, "jsonl": json_batches, "parquet": parquet_batches}


def read(source: Source) -> Iterator[RawBatch]:
    """The rows of `source` in bounded batches, numbered from 1. Raises DataRefused, StorageError."""
    return _READERS[source.format](source)
