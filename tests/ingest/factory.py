"""One-line makers of input files and runs for the ingestion tests."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from graph.progress import Silent
from graph.store import tables
from graph.store.workspace import Workspace
from graph.vocabulary import ROW_ID
from ingest.accounting import Accounting
from ingest.load import ingest

DAY = "2026-08-03"
HEADER = "account_id,occurred_at,exchange_id,ip,prompt"


def an_exchange(n: int = 0, day: int = 3, **other: Any) -> dict[str, Any]:
    row = {
        "account_id": f"a{n % 5}",
        "occurred_at": f"2026-08-{day:02d}T{n // 60 % 24:02d}:{n % 60:02d}:00Z",
        "exchange_id": f"e{n}",
        "ip": f"198.51.100.{n % 200}",
        "prompt": f"Please write chapter {n} of the long story about the sea.",
    }
    return {**row, **other}


def a_file(folder: Path, content: str | bytes, name: str = "rows.csv") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def a_csv(folder: Path, rows: Sequence[dict[str, Any]], name: str = "rows.csv") -> str:
    path = folder / name
    pl.DataFrame(rows, infer_schema_length=None).write_csv(path)
    return str(path)


def run(workspace: Workspace, mapping: Path | None = None, **inputs: str | list[str]) -> Accounting:
    given = {table: [paths] if isinstance(paths, str) else paths for table, paths in inputs.items()}
    return ingest(workspace, given, mapping, Silent())


def stored(workspace: Workspace, table: str) -> pl.DataFrame:
    """A stored table as one canonical frame: sorted, fragments summed over parts."""
    frame = tables.scan(workspace, tables.current(workspace), table).collect()
    if table == "fragments":
        keys = frame.group_by("account_id", pl.col("first_at").dt.date().alias("day"), "fragment_id")
        frame = keys.agg(pl.col("n").sum(), pl.col("prompt_id", "first_at").min(), pl.col("last_at").max())
        return frame.sort("account_id", "day", "fragment_id").select(sorted(frame.columns))
    return frame.sort(ROW_ID if ROW_ID in frame.columns else frame.columns[0])


def quarantined(workspace: Workspace) -> list[tuple[int, str, str, str]]:
    """(row, rule, column, value) of everything set aside, by row."""
    files = sorted(workspace.quarantine.glob("*.parquet")) if workspace.quarantine.exists() else []
    rows = [row for file in files for row in pl.read_parquet(file).select("row", "rule", "column", "value").iter_rows()]
    return sorted(rows)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def visible_files(workspace: Workspace) -> set[str]:
    """Every file a reader could come across, less the settings and the key."""
    return {
        str(path.relative_to(workspace.root))
        for path in workspace.root.rglob("*")
        if path.is_file() and path.name not in ("clew.toml", "secret.key")
    }
