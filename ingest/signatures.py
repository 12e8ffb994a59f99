"""What makes the same row arrive only once: 64-bit signatures of a row and of its content."""

from collections.abc import Sequence

import polars as pl

from graph.signatures import combined, exchange_key, signature
from graph.vocabulary import ROW_ID, TABLES

CONTENT = "_content"  # signature of all stored columns of an exchange
FULL = "_full"  # the same with its objects


def row_signature(frame: pl.DataFrame, columns: Sequence[str], name: str) -> pl.Series:
    """The signature of `columns` of each row, in the given order of columns."""
    ready = frame.select(_as_number(column, frame.schema[column]) for column in columns)
    return ready.select(combined([pl.col(column) for column in columns]).alias(name)).to_series()


def _as_number(column: str, kind: pl.DataType) -> pl.Expr:
    if kind.is_integer():
        return pl.col(column).cast(pl.Int64)
    if isinstance(kind, pl.Datetime):
        return pl.col(column).dt.epoch("us")
    if kind.is_float():
        return pl.col(column).cast(pl.Float64).reinterpret(dtype=pl.Int64)
    return signature(column)


def sign_rows(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """`frame` with ROW_ID; exchanges with `prompt_id` (null where there was no prompt), CONTENT and FULL too.

    An exchange with an exchange_id is known by account and exchange_id, any other row by all its stored columns.
    """
    if table != "exchanges":
        return frame.with_columns(row_signature(frame, list(TABLES[table]), ROW_ID))
    frame = frame.with_columns(signature("prompt").alias("prompt_id"))
    content = row_signature(frame, list(TABLES[table]), CONTENT)
    objects = sorted(name for name in frame.columns if name.startswith("object:"))
    frame = frame.with_columns(content)
    full = row_signature(frame, [CONTENT, *objects], FULL) if objects else content.alias(FULL)
    known = pl.when(pl.col("exchange_id").is_not_null()).then(exchange_key()).otherwise(CONTENT)
    return frame.with_columns(full, known.alias(ROW_ID))


def object_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per exchange row and non-null object: the columns of `objects`, ROW_ID, and FULL of the row it came with."""
    kinds = [name for name in frame.columns if name.startswith("object:")]
    base = ["account_id", "occurred_at", "exchange_id"]
    parts = [
        frame.filter(pl.col(name).is_not_null()).select(*base, FULL, kind=pl.lit(name.removeprefix("object:")), object_id=pl.col(name))
        for name in kinds
    ]
    rows = pl.concat(parts) if parts else pl.DataFrame(schema={**TABLES["objects"], FULL: pl.Int64()})
    return rows.with_columns(row_signature(rows, list(TABLES["objects"]), ROW_ID))
