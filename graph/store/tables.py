"""The stored tables: immutable Parquet parts, listed by one manifest that one pointer names.

A run adds parts and then moves the pointer; until then no reader sees any of them. A crash leaves files that no
manifest names, which the next commit sweeps away.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from graph.errors import StorageError
from graph.signatures import exchange_key
from graph.store import files
from graph.store.workspace import Workspace
from graph.vocabulary import DAY_COLUMN, ROW_ID, TABLES

_POINTER = "CURRENT"
FORMAT = 2  # of stored parts: what row keys are made of, and what is left out because other columns say it


@dataclass(frozen=True)
class Part:
    """One immutable Parquet file of one table (and one UTC day, ISO format, where the table is cut by day)."""

    table: str
    day: str | None
    path: str  # relative to the workspace
    sha256: str
    rows: int
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """What is stored: parts, the input files already taken in, and facts about the data that later runs need."""

    version: int = 0
    parts: tuple[Part, ...] = ()
    sources: tuple[dict[str, Any], ...] = ()  # {sha256, name, table, mapping, rows}: what `already ingested` means
    facts: dict[str, Any] = field(default_factory=dict)  # e.g. columns seen per table, for "channel not available"

    def of(self, table: str) -> list[Part]:
        return [part for part in self.parts if part.table == table]


def row_schema(table: str) -> dict[str, pl.DataType]:
    """Column names and types of a stored table, its row key included where it has one."""
    schema = dict(TABLES[table])
    if table not in ("fragments", "prompts"):
        schema[ROW_ID] = pl.Int64()
    return schema


def current(workspace: Workspace) -> Manifest:
    """The newest manifest; an empty one where nothing was ingested. Raises StorageError when it is damaged."""
    pointer = workspace.tables / _POINTER
    if not pointer.exists():
        return Manifest()
    with files.storage_errors(pointer):
        name, _, digest = pointer.read_text("ascii", "replace").strip().partition(" ")
    path = workspace.tables / Path(name).name
    with files.storage_errors(path):
        sealed = files.sha256_of(path) == digest
    if digest and not sealed:
        raise StorageError(f"{path}: is not as it was written, or {pointer} is not. Restore both from a backup.")
    value = files.read_json(path)
    if isinstance(value, dict) and value.get("format", 1) != FORMAT:
        raise StorageError(
            f"{workspace.tables / name}: the tables were written by another version of Clew (format {value.get('format', 1)}; this one"
            f" reads {FORMAT}). Run `clew init` for a new workspace and ingest the logs there; the old version still reads the old one."
        )
    try:
        return Manifest(
            version=value["version"],
            parts=tuple(Part(**part) for part in value["parts"]),
            sources=tuple(value["sources"]),
            facts=value["facts"],
        )
    except (KeyError, TypeError) as error:
        raise StorageError(f"{workspace.tables / name}: is damaged ({error}). Run `clew doctor`, then restore it.") from error


# What other columns say already is left out of a part and put back when it is read: random numbers and times hardly compress.
_PACKED = {
    "exchanges": (pl.when(pl.col("exchange_id").is_null()).then(ROW_ID).alias(ROW_ID),),
    "fragments": ((pl.col("last_at") - pl.col("first_at")).alias("last_at"),),
}
_UNPACKED = {
    "exchanges": (pl.col(ROW_ID).fill_null(exchange_key()),),
    "fragments": ((pl.col("first_at") + pl.col("last_at")).alias("last_at"),),
}


def read_parts(workspace: Workspace, table: str, parts: Sequence[Part]) -> pl.LazyFrame:
    """The rows of some parts of one table, lazily, as they were written."""
    if not parts:
        return pl.LazyFrame(schema=row_schema(table))
    frame = pl.scan_parquet([workspace.root / part.path for part in parts], hive_partitioning=False)
    return frame.with_columns(_UNPACKED[table]) if table in _UNPACKED else frame


def write_part(workspace: Workspace, table: str, day: str | None, frame: pl.DataFrame) -> Part:
    """Store `frame` as a part that no reader sees before `commit`. Columns must be `row_schema(table)`. Raises StorageError."""
    root = workspace.prompts if table == "prompts" else workspace.tables / table
    folder = root if day is None else root / f"day={day}"
    path, digest = files.write_parquet_by_content(folder, frame.select(list(row_schema(table))).with_columns(_PACKED.get(table, ())))
    return Part(table, day, str(path.relative_to(workspace.root)), digest, frame.height, path.stat().st_size)


def commit(workspace: Workspace, manifest: Manifest) -> Manifest:
    """Publish `manifest` as the next version: the file first, the pointer last, then sweep what none names."""
    following = Manifest(manifest.version + 1, _canonical(manifest.parts), manifest.sources, manifest.facts)
    name = f"manifest-{following.version:08d}.json"
    content = files.json_bytes(asdict(following) | {"format": FORMAT})
    files.write_bytes(workspace.tables / name, content)
    files.write_bytes(workspace.tables / _POINTER, f"{name} {hashlib.sha256(content).hexdigest()}\n".encode("ascii"))
    _sweep(workspace, following)
    return following


def _canonical(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(sorted(set(parts), key=lambda part: (part.table, part.day or "", part.path)))


def _sweep(workspace: Workspace, manifest: Manifest) -> None:
    named = {workspace.root / part.path for part in manifest.parts}
    for root in (workspace.tables, workspace.prompts):
        for path in root.rglob("*.parquet"):
            if path not in named:
                path.unlink(missing_ok=True)
        for path in root.rglob(".*.tmp"):
            path.unlink(missing_ok=True)
    for path in sorted(workspace.tables.glob("manifest-*.json"))[:-2]:  # a reader may just have read the pointer
        path.unlink(missing_ok=True)


def scan(workspace: Workspace, manifest: Manifest, table: str, first: dt.date | None = None, last: dt.date | None = None) -> pl.LazyFrame:
    """A stored table, lazily; where it is cut by day, only the UTC days `first` to `last`, both included.

    `accounts` gives the newest record of each account: the greatest status_at, ties by row key, so that the order of
    arrival does not matter.
    """
    parts = manifest.of(table)
    if table in DAY_COLUMN:
        parts = [
            part
            for part in parts
            if (first is None or (part.day or "") >= first.isoformat()) and (last is None or (part.day or "") <= last.isoformat())
        ]
    frame = read_parts(workspace, table, parts)
    if table == "accounts":
        frame = frame.sort("status_at", ROW_ID, nulls_last=False).unique("account_id", keep="last", maintain_order=True)
    return frame


def days(manifest: Manifest, table: str) -> list[str]:
    """The UTC days (ISO) for which `table` holds parts, in order."""
    return sorted({part.day for part in manifest.of(table) if part.day is not None})
