"""A night from plain rows, without a workspace: for tests of signals and of what stands on them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from graph.night import Night
from graph.store.tables import row_schema

START = datetime(2026, 8, 3, tzinfo=UTC)
TABLES = ("accounts", "payments", "exchanges", "enforcement", "labels", "objects", "fragments", "prompts")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def a_night(days: int = 14, **rows: list[dict[str, Any]]) -> Night:
    """`rows`: table → rows with any of its columns; the rest is null."""
    frames = {}
    columns = {}
    for table in TABLES:
        given = pl.DataFrame(rows.get(table, []), schema=row_schema(table), orient="row")
        frames[table] = given.lazy()
        columns[table] = frozenset(name for name in given.columns if given[name].null_count() < given.height)
    return Night(first=START, until=START + timedelta(days=days), columns=columns, **frames)
