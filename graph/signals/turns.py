"""Turns: one account begins just after another has stopped. What the signals share that look for accounts which take over.

An ending (of a spell of work, or at a refusal) is followed by beginnings of others, most of them by chance. How many chance makes follows
from how many endings the one and beginnings the other has in the same hours; a pair that meets more often takes turns.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from graph.night import Night
from graph.signals.links import beyond_expected, incidences, linked_groups, nothing
from graph.signals.seconds import account_numbers, origin
from graph.signals.timing import Ints, frequent_pairs, named

_LEAST_TURNS = 3
_MOST_NEAR = 4  # meetings for each ending and beginning: what keeps the work linear however busy the night
_PHASE_SECONDS = 300
FDR = 0.01


@dataclass(frozen=True)
class Turn:
    """What counts as following: at most `within` seconds; chance has both spread evenly over `awake` of every `cell` seconds."""

    within: int
    cell: int
    awake: int


def off_the_clock(second: str) -> pl.Expr:
    """Whether the hour's phase of column `second` is not one that its account keeps, as a timer does."""
    phase = pl.col(second) % 3600 // _PHASE_SECONDS
    return pl.len().over("account", phase) <= 2 + pl.len().over("account") / 4


def taking_turns(night: Night, kind: str, ends: pl.DataFrame, starts: pl.DataFrame, turn: Turn) -> pl.LazyFrame:
    """Groups of accounts that begin when others of them end, again and again in the same order. ends, starts: account (number), s."""
    seen = _seen(night, pl.concat([ends, starts]))
    pairs = _significant(_successions(ends, starts, turn), seen.height)
    if pairs.is_empty():
        return nothing()
    linked = named(pairs, seen)
    groups = linked_groups(linked, seen.select("account_id", "n"), FDR * linked.height)
    return incidences(kind, groups, linked, seen.drop("n", "account"))


def _seen(night: Night, events: pl.DataFrame) -> pl.DataFrame:
    at = pl.lit(origin(night)) + pl.duration(seconds="s")
    found = events.group_by("account").agg(n=pl.len(), first_at=at.min(), last_at=at.max())
    return found.join(account_numbers(night), on="account")


def _successions(ends: pl.DataFrame, starts: pl.DataFrame, turn: Turn) -> pl.DataFrame:
    """a, b, n, expected: how often b began within seconds after a had ended, by chance and indeed."""
    ends, starts = ends.sort("s", "account"), starts.sort("s", "account")
    end, start = ends["s"].to_numpy(), starts["s"].to_numpy()
    within = _window(end, start, turn.within)
    first = np.searchsorted(start, end, side="left")
    count = np.searchsorted(start, end + within, side="right") - first
    pairs = frequent_pairs(ends["account"].to_numpy(), first, count, starts["account"].to_numpy(), _LEAST_TURNS)
    cell = pl.col("s") // turn.cell
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
    """As many seconds as are asked, or as few as let all endings meet no more than _MOST_NEAR beginnings for each event there is."""
    met = int((np.searchsorted(start, end + within, side="right") - np.searchsorted(start, end, side="left")).sum())
    return max(1, min(within, int(within * _MOST_NEAR * (len(end) + len(start)) / max(1, met))))


def _significant(pairs: pl.DataFrame, accounts: int) -> pl.DataFrame:
    """a < b, n, chance: the pairs beyond chance in either direction, by the stronger one."""
    kept = beyond_expected(pairs, accounts * (accounts - 1), FDR)
    either = kept.with_columns(a=pl.min_horizontal("a", "b"), b=pl.max_horizontal("a", "b"))
    return either.group_by("a", "b").agg(pl.col("n").max(), pl.col("chance").min()).sort("a", "b")
