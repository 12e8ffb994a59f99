"""Turns: one account begins just after another has stopped. What the signals share that look for accounts which take over.

An ending (of a spell of work, or at a refusal) is followed by beginnings of others, most of them by chance. How many chance makes follows
from how many endings the one and beginnings the other has in the same hours; a pair that meets more often takes turns.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from graph.night import Night
from graph.signals.links import beyond_expected, incidences, linked_groups, nothing
from graph.signals.timing import Ints, frequent_pairs

_LEAST_TURNS = 3
_MOST_NEAR = 32  # beginnings that an ending meets on average: what keeps the work linear however busy the night
_PHASE_SECONDS = 300
_LONG = 10**9  # seconds before an account's first exchange and after its last
FDR = 0.01


@dataclass(frozen=True)
class Turn:
    """What counts as following: at most `within` seconds; chance has both spread evenly over `awake` of every `cell` seconds."""

    within: int
    cell: int
    awake: int


def with_pauses(night: Night) -> pl.LazyFrame:
    """The exchanges in order: account_id, account (number), at (epoch seconds), status, before and after (silence in seconds)."""
    at = pl.col("at")
    return (
        night.exchanges.select("account_id", "status", at=pl.col("occurred_at").dt.timestamp("us") // 1_000_000)
        .with_columns(account=pl.col("account_id").rank("dense").cast(pl.Int64))
        .sort("account", "at", "status")
        .with_columns(
            before=(at - at.shift(1).over("account")).fill_null(_LONG), after=(at.shift(-1).over("account") - at).fill_null(_LONG)
        )
    )


def off_the_clock(at: str) -> pl.Expr:
    """Whether the hour's phase of column `at` (epoch seconds) is not one that its account keeps, as a timer does."""
    phase = pl.col(at) % 3600 // _PHASE_SECONDS
    return pl.len().over("account", phase) <= 2 + pl.len().over("account") / 4


def taking_turns(kind: str, ends: pl.DataFrame, starts: pl.DataFrame, turn: Turn, seen: pl.DataFrame) -> pl.LazyFrame:
    """Groups of accounts that begin when others of them end, again and again in the same order.

    ends, starts: account (number), at (epoch seconds). seen: account, account_id, n, first_at, last_at of every account in either.
    """
    pairs = _significant(_successions(ends, starts, turn), seen.height)
    if pairs.is_empty():
        return nothing()
    names = seen.select("account", "account_id")
    named = (
        pairs.join(names, left_on="a", right_on="account")
        .join(names, left_on="b", right_on="account", suffix="_b")
        .select(account_a="account_id", account_b="account_id_b", weight="n", chance="chance")
    )
    active = seen.select("account_id", "n")
    return incidences(kind, linked_groups(named, active, FDR * named.height), named, seen.drop("n", "account"))


def _successions(ends: pl.DataFrame, starts: pl.DataFrame, turn: Turn) -> pl.DataFrame:
    """a, b, n, expected: how often b began within seconds after a had ended, by chance and indeed."""
    ends, starts = ends.sort("at", "account"), starts.sort("at", "account")
    end, start = ends["at"].to_numpy(), starts["at"].to_numpy()
    within = _window(end, start, turn.within)
    first = np.searchsorted(start, end, side="left")
    count = np.searchsorted(start, end + within, side="right") - first
    pairs = frequent_pairs(ends["account"].to_numpy(), first, count, starts["account"].to_numpy(), _LEAST_TURNS)
    cell = pl.col("at") // turn.cell
    some_ends, some_starts = (
        frame.filter(pl.col("account").is_in(pairs[side].implode())).group_by("account", cell=cell).agg(k=pl.len())
        for frame, side in ((ends, "a"), (starts, "b"))
    )
    expected = (
        pairs.lazy()
        .join(some_ends.lazy(), left_on="a", right_on="account")
        .join(some_starts.lazy(), left_on=["b", "cell"], right_on=["account", "cell"])
        .group_by("a", "b")
        .agg(expected=(pl.col("k") * pl.col("k_right")).sum() * ((within + 1) / turn.awake))
        .collect(engine="streaming")
    )
    return pairs.join(expected, on=["a", "b"], how="left").with_columns(pl.col("expected").fill_null(0).clip(1e-6)).sort("a", "b")


def _window(end: Ints, start: Ints, within: int) -> int:
    """As many seconds as are asked, or as few as let an ending meet _MOST_NEAR beginnings on average."""
    met = int((np.searchsorted(start, end + within, side="right") - np.searchsorted(start, end, side="left")).sum())
    return max(1, min(within, int(within * _MOST_NEAR * len(end) / max(1, met))))


def _significant(pairs: pl.DataFrame, accounts: int) -> pl.DataFrame:
    """a < b, n, chance: the pairs beyond chance in either direction, by the stronger one."""
    kept = beyond_expected(pairs, accounts * (accounts - 1), FDR)
    either = kept.with_columns(a=pl.min_horizontal("a", "b"), b=pl.max_horizontal("a", "b"))
    return either.group_by("a", "b").agg(pl.col("n").max(), pl.col("chance").min()).sort("a", "b")
