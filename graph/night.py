"""What one run looks at: the stored tables cut to a window, and each account's declared unit."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import polars as pl

from graph import lists
from graph.errors import DataRefused
from graph.lists import Lists
from graph.store import tables
from graph.store.workspace import Workspace
from graph.vocabulary import INPUT_TABLES, ROW_ID

T = TypeVar("T")


@dataclass(frozen=True, eq=False)  # a night is itself and no other, so that it can be a key
class Night:
    """The tables of one window, lazily, and the facts that say which channels can speak."""

    first: dt.datetime  # UTC, included
    until: dt.datetime  # UTC, excluded
    accounts: pl.LazyFrame
    payments: pl.LazyFrame
    exchanges: pl.LazyFrame
    enforcement: pl.LazyFrame
    labels: pl.LazyFrame
    objects: pl.LazyFrame
    fragments: pl.LazyFrame
    prompts: pl.LazyFrame  # raw texts, restricted
    columns: dict[str, frozenset[str]]  # table → columns that ever held a value; "lists" → the public lists that are there and apply
    lists: Lists = field(default_factory=Lists)
    everyone: "Night | None" = None  # the night that this one is a part of (of_accounts)

    @property
    def whole(self) -> "Night":
        """The night with everybody's rows: what a value has to be compared with to know what it is."""
        return self.everyone or self

    def has(self, table: str, *columns: str) -> bool:
        """Whether every one of `columns` of `table` ever held a value."""
        return set(columns) <= self.columns.get(table, frozenset())

    def digests(self) -> dict[str, dict[str, Any]]:
        """Per input table: rows, and a digest of their content that does not depend on their order (sums of row keys)."""
        low, high = pl.col(ROW_ID) & 0xFFFFFFFF, pl.col(ROW_ID) // 2**32
        found: dict[str, dict[str, Any]] = {}
        for table in (*INPUT_TABLES, "objects"):
            frame: pl.LazyFrame = getattr(self, table)
            sums = frame.select(pl.len(), low=low.sum(), high=high.sum()).collect(engine="streaming")
            rows, one, other = (int(sums[name].item()) for name in ("len", "low", "high"))
            found[table] = {"rows": rows, "content": f"{one % 2**64:016x}{other % 2**64:016x}"}
        return found

    def listed(self, ranges: pl.DataFrame) -> pl.LazyFrame:
        """The addresses of the night that lie in `ranges` (of graph.lists): ip, row (of `ranges`)."""
        seen = self.exchanges.select(pl.col("ip").drop_nulls().unique()).collect(engine="streaming")
        return seen.with_columns(row=lists.inside(seen["ip"], ranges)).drop_nulls().lazy()

    def of_accounts(self, accounts: list[str]) -> "Night":
        """The same night with the rows of `accounts` alone."""
        frames = ("accounts", "payments", "exchanges", "enforcement", "labels", "objects", "fragments")
        return replace(
            self, everyone=self.whole, **{name: getattr(self, name).filter(pl.col("account_id").is_in(accounts)) for name in frames}
        )


def once(compute: Callable[[Night], T]) -> Callable[[Night], T]:
    """`compute`, done once for each night and kept as long as the night is: for what two signals or facts stand on."""
    done: WeakKeyDictionary[Night, T] = WeakKeyDictionary()

    @wraps(compute)
    def kept(night: Night) -> T:
        if night not in done:
            done[night] = compute(night)
        return done[night]

    return kept


def open_night(workspace: Workspace, until: dt.datetime | None, window_days: int) -> Night:
    """The tables of the `window_days` days that end at `until` (default: after the last stored day).

    Raises DataRefused when no exchanges are stored, or a public list cannot be understood.
    """
    manifest = tables.current(workspace)
    stored = tables.days(manifest, "exchanges")
    if not stored:
        raise DataRefused(f"{workspace.root}: holds no exchanges. Bring them in with `clew ingest {workspace.root} --exchanges PATH`.")
    end = until or dt.datetime.combine(dt.date.fromisoformat(stored[-1]) + dt.timedelta(days=1), dt.time(), dt.UTC)
    first = max(end - dt.timedelta(days=window_days), dt.datetime.combine(dt.date.fromisoformat(stored[0]), dt.time(), dt.UTC))
    if first >= end:
        raise DataRefused(f"{workspace.root}: holds no exchanges before {end.isoformat()}. The first stored day is {stored[0]}.")

    def cut(table: str, column: str) -> pl.LazyFrame:
        frame = tables.scan(workspace, manifest, table, first.date(), end.date())
        return frame.filter(pl.col(column) >= first, pl.col(column) < end)

    def known(table: str, column: str) -> pl.LazyFrame:
        return tables.scan(workspace, manifest, table).filter(pl.col(column).is_null() | (pl.col(column) < end))

    facts = manifest.facts.get("columns", {})
    known_lists = lists.load(workspace.root)
    keyed = lists.OF_ADDRESSES if "ip" in workspace.settings().pseudonymise else frozenset()  # no list knows our pseudonyms
    return Night(
        first=first,
        until=end,
        accounts=known("accounts", "created_at"),
        payments=known("payments", "paid_at"),
        exchanges=cut("exchanges", "occurred_at"),
        enforcement=known("enforcement", "acted_at"),
        labels=known("labels", "decided_at"),
        objects=cut("objects", "occurred_at"),
        fragments=cut("fragments", "first_at"),
        prompts=tables.scan(workspace, manifest, "prompts", first.date(), end.date()),
        columns={table: frozenset(names) for table, names in facts.items()} | {"lists": known_lists.names - keyed},
        lists=known_lists,
    )
