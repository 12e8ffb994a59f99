"""Rows set aside, each with its file, number, rule, column and a masked value: enough to find and mend them, no more."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import polars as pl

from graph.store.files import seal, write_bytes
from graph.store.workspace import Workspace
from ingest.batches import ROW, BadLine
from ingest.rules import Rule
from ingest.sources import Source
from ingest.staging import Stage

SCHEMA: dict[str, pl.DataType] = {
    "file": pl.String(),  # as the user gave it
    "row": pl.Int64(),  # 1-based among the data rows
    "table": pl.String(),
    "rule": pl.String(),
    "column": pl.String(),
    "value": pl.String(),  # the first two characters and the length
}
_STAGED = {name: SCHEMA[name] for name in ("row", "rule", "column", "value")}
_SHOWN = 2


def masked(value: pl.Expr) -> pl.Expr:
    """First two characters and the length: `ab… (17 characters)`. A NUL is shown as ␀."""
    start = value.str.slice(0, _SHOWN).str.replace_all("\0", "␀", literal=True)
    return pl.when(value.is_null()).then(pl.lit("(empty)")).otherwise(pl.format("{}… ({} characters)", start, value.str.len_chars()))


def rows_of(frame: pl.DataFrame, given: pl.Series, rule: str, column: str) -> pl.DataFrame:
    """Quarantine rows for every row of `frame`, whose value at fault is `given`."""
    value = frame.select(pl.col(ROW)).with_columns(given.cast(pl.String).alias("value"))
    return value.select(row=pl.col(ROW), rule=pl.lit(rule), column=pl.lit(column), value=masked(pl.col("value")))


def rows_of_lines(bad: Sequence[BadLine]) -> pl.DataFrame:
    """Quarantine rows for lines that gave no row."""
    data = [(line.row, line.rule, "", line.text.encode("utf-8", "replace").decode()) for line in bad]
    return pl.DataFrame(data, schema=_STAGED, orient="row").with_columns(masked(pl.col("value")).alias("value"))


def set_aside(frame: pl.DataFrame, broken: Iterable[tuple[Rule, str, pl.Series]], given_of: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split `frame`: the rows that break no rule, and quarantine rows for the others under the first rule each breaks."""
    taken = pl.Series([False]).new_from_index(0, frame.height)
    parts = [pl.DataFrame(schema=_STAGED)]
    for rule, column, mask in broken:
        first = mask & ~taken
        if first.any():
            at_fault = frame.filter(first)
            given = at_fault[given_of + column] if given_of + column in at_fault.columns else at_fault[column]
            parts.append(rows_of(at_fault, given, rule.name, column))
        taken = taken | mask
    return (frame.filter(~taken) if len(parts) > 1 else frame), pl.concat(parts)


def publish(workspace: Workspace, stage: Stage, sources: Sequence[Source], mappings: Sequence[str]) -> list[Path]:
    """Write each source's quarantine file, atomically; returns the new files.

    Its name holds what source and mapping it is of, and the beginning of its own SHA-256, so that `clew doctor` sees a changed byte. What
    an earlier run that published nothing left of the same source goes.
    """
    written = []
    for index, source in enumerate(sources):
        rows = stage.scan("quarantine", str(index))
        if rows is None:
            continue
        frame = rows.with_columns(file=pl.lit(source.name), table=pl.lit(source.table)).select(list(SCHEMA)).sort("row").collect()
        target, new = _sealed(workspace.quarantine, f"{source.table}-{source.sha256[:16]}-{mappings[index][:8]}", frame)
        written += [target] if new else []
    return written


def _sealed(folder: Path, stem: str, frame: pl.DataFrame) -> tuple[Path, bool]:
    """The file of `frame`, and whether it was not there before."""
    content = BytesIO()
    frame.write_parquet(content, compression="zstd", statistics=True)
    target = folder / f"{stem}-{seal(content.getvalue())}.parquet"
    existed = target.exists()
    write_bytes(target, content.getvalue())
    for other in folder.glob(f"{stem}*.parquet"):
        if other != target:
            other.unlink(missing_ok=True)
    return target, not existed
