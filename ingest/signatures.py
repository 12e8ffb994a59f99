"""64-bit signatures: of a row, of its content, of a prompt. What makes the same row arrive only once.

xxh3 over the columns joined by NUL, a null written as a second NUL. No stored text holds a NUL and none is empty (rules see to
both), so no two different rows give the same bytes.
"""

from collections.abc import Sequence

import polars as pl

from graph.signals.fragments import signature
from graph.vocabulary import ROW_ID, TABLES

CONTENT = "_content"  # signature of all stored columns of an exchange
FULL = "_full"  # the same with its objects
_MARK = "\0"


def _as_text(column: str, kind: pl.DataType) -> pl.Expr:
    value = pl.col(column)
    if isinstance(kind, pl.Datetime):
        value = value.dt.epoch("us")
    return (value if kind == pl.String else value.cast(pl.String)).fill_null(_MARK)


def row_signature(frame: pl.DataFrame, columns: Sequence[str], name: str) -> pl.Series:
    """The signature of `columns` of each row, in the given order of columns."""
    joined = frame.select(pl.concat_str([_as_text(column, frame.schema[column]) for column in columns], separator=_MARK).alias(name))
    return joined.select(signature(name)).to_series()


def sign_rows(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """`frame` with ROW_ID; exchanges with `prompt_id`, CONTENT and FULL too.

    An exchange with an exchange_id is known by account and exchange_id, any other row by all its stored columns.
    """
    if table != "exchanges":
        return frame.with_columns(row_signature(frame, list(TABLES[table]), ROW_ID))
    frame = sign_prompts(frame)
    content = row_signature(frame, list(TABLES[table]), CONTENT)
    objects = sorted(name for name in frame.columns if name.startswith("object:"))
    frame = frame.with_columns(content)
    full = row_signature(frame, [CONTENT, *objects], FULL) if objects else content.alias(FULL)
    known = row_signature(frame, ["account_id", "exchange_id"], ROW_ID)
    return frame.with_columns(full, known.zip_with(frame["exchange_id"].is_not_null(), content).alias(ROW_ID))


def sign_prompts(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with `prompt_id`, null where there was no prompt."""
    return frame.with_columns(signature("prompt").alias("prompt_id"))


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
