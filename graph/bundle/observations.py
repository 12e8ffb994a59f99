"""Raw stored rows behind a cluster's links: who touched what, and when, row by row."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import polars as pl

from graph.signals.base import identity
from graph.store import snapshot, tables
from graph.store.workspace import Workspace
from graph.vocabulary import DAY_COLUMN, ROW_ID, TIME

ROWS_PER_LINK = 5
MOST_ROWS = 100_000

COLUMNS: dict[str, pl.DataType] = {
    "at": TIME,
    "account_id": pl.String(),
    "entity_id": pl.Int64(),
    "channel": pl.String(),
    "kind": pl.String(),
    "value": pl.String(),
    "table": pl.String(),
    "n": pl.Int64(),  # what the row counts: 1, or the repetitions that a fragment's row sums up
    "exchange_id": pl.String(),
    "model": pl.String(),
    "status": pl.String(),
    ROW_ID: pl.Int64(),
}


@dataclass(frozen=True)
class Source:
    """Where the rows of one kind of entity lie: their table, the entity's value in it, and the time of a row."""

    table: str
    value: pl.Expr
    at: str


# Kinds that a test finds as a pattern over many rows: no single row shows them.
PATTERNS = frozenset(
    {
        *("workgroup", "rotation", "quota cycle", "quota shift", "relayed session", "relayed prompt"),
        *("common session ids", "co-action group", "upgrade"),
    }
)

# Kinds whose rows can be shown one by one. Sign-up kinds stand in accounts.csv; a billing identity is made from two columns by a rule.
SOURCES: dict[str, Source] = {
    "card": Source("payments", pl.col("card_fingerprint"), "paid_at"),
    "address": Source("exchanges", pl.col("ip"), "occurred_at"),
    "network": Source("exchanges", pl.col("ip_net"), "occurred_at"),
    "client": Source(
        "exchanges", pl.concat_str([pl.col("user_agent"), pl.col("client_version")], separator=" · ", ignore_nulls=False), "occurred_at"
    ),
    "session": Source("exchanges", pl.col("session_id"), "occurred_at"),
    "object": Source("objects", pl.concat_str([pl.col("kind"), pl.col("object_id")], separator=" "), "occurred_at"),
    "sentence": Source("fragments", pl.col("fragment_id").cast(pl.String), "first_at"),
}


def behind(
    workspace: Workspace, stored: tables.Manifest, manifest: dict[str, Any], links: pl.DataFrame, entities: pl.DataFrame
) -> tuple[pl.DataFrame, int]:
    """The first ROWS_PER_LINK stored rows behind each link, at most MOST_ROWS of them, and how many there are in all.

    Rows are those that the snapshot looked at, in order of time, account and entity. Raises StorageError.
    """
    first, until = snapshot.window(manifest)
    wanted = links.select("account_id", "entity_id", "channel").join(entities.select("entity_id", "kind", "label"), on="entity_id")
    parts: list[pl.DataFrame] = []
    total = 0
    for kind in sorted(set(wanted["kind"].drop_nulls()) & set(SOURCES)):
        rows, count = _rows(workspace, stored, kind, wanted.filter(pl.col("kind") == kind), first, until)
        parts.append(rows)
        total += count
    empty = pl.DataFrame(schema=COLUMNS)
    return pl.concat([empty, *parts]).sort(*_ORDER).head(MOST_ROWS), total


_ORDER = ("at", "account_id", "entity_id", "table", ROW_ID)


def _rows(
    workspace: Workspace, stored: tables.Manifest, kind: str, wanted: pl.DataFrame, first: dt.datetime, until: dt.datetime
) -> tuple[pl.DataFrame, int]:
    source = SOURCES[kind]
    frame, at = tables.scan(workspace, stored, source.table), pl.col(source.at)
    within = at.is_null() | (at < until)  # a payment counts from whenever it was made, as in detection
    if source.table in DAY_COLUMN:
        frame = tables.scan(workspace, stored, source.table, first.date(), until.date())
        within = (at >= first) & (at < until)
    matched = (
        frame.filter(within)
        .with_columns(value=source.value, at=pl.col(source.at))
        .select("at", "account_id", "value", *_context(frame))
        .with_columns(entity_id=identity(kind))
        .join(wanted.lazy().drop("kind"), on=["account_id", "entity_id"])
        .with_columns(value=pl.col("label"), kind=pl.lit(kind), table=pl.lit(source.table))
        .select(list(COLUMNS))
        .sort(*_ORDER)
        .with_columns(place=pl.int_range(1, pl.len() + 1).over("account_id", "entity_id"))
        .collect(engine="streaming")
    )
    return matched.filter(pl.col("place") <= ROWS_PER_LINK).drop("place").head(MOST_ROWS), matched.height


def _context(frame: pl.LazyFrame) -> list[pl.Expr]:
    """The columns that tell a reader which row it is; null where the table has no such column."""
    there = set(frame.collect_schema().names())
    defaults: dict[str, Any] = {"n": 1}
    return [
        (pl.col(name) if name in there else pl.lit(defaults.get(name))).cast(COLUMNS[name]).alias(name)
        for name in ("n", "exchange_id", "model", "status", ROW_ID)
    ]
