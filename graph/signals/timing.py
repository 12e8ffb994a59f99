"""Timing: accounts that act together, again and again, closer in time than their own rhythms explain."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl
import polars_hash as plh

Ints = npt.NDArray[np.int64]

_PAIRS_AT_ONCE = 8_000_000  # bounds memory: 8 M pairs are about 200 MB while they are counted


def coaction_network(events: pl.DataFrame, window_seconds: float, min_participation: int) -> pl.DataFrame:
    """Pairs of accounts that acted on the same objects within `window_seconds` of each other.

    `events`: account_id, object_id, content_id, occurred_at (UTC). Returns account_a < account_b and weight, the number of
    co-actions, in canonical order. An account counts only with at least `min_participation` events, and a pair stays only
    if one of its accounts still has that many contents among the co-actions.
    Rules: CooRTweet (Righetti and Balluff, 2025), `detect_groups` with `remove_loops`.
    """
    return _network(_numbered(events, min_participation), window_seconds, min_participation)


def _numbered(events: pl.DataFrame, min_participation: int, *more: pl.Expr) -> pl.DataFrame:
    """Distinct events on objects, of accounts with enough of them: account_id, account, object, content (numbers), time (µs)."""
    return (
        events.lazy()
        .select("account_id", "object_id", "content_id", "occurred_at", *more)
        .filter(pl.col("object_id").is_not_null())
        .unique()
        .filter(pl.len().over("account_id") >= min_participation)
        .with_columns(
            pl.col("account_id").rank("dense").cast(pl.Int64).alias("account"),
            pl.col("object_id").rank("dense").cast(pl.Int64).alias("object"),
            pl.col("content_id").rank("dense").cast(pl.Int64).alias("content"),
            pl.col("occurred_at").dt.timestamp("us").alias("time"),
        )
        .drop("object_id", "content_id", "occurred_at")
        .collect()
    )


def _network(events: pl.DataFrame, window_seconds: float, min_participation: int) -> pl.DataFrame:
    rows = events.sort("object", "time", "account", "content")
    account, content = rows["account"].to_numpy(), rows["content"].to_numpy()
    together = np.zeros(rows.height, dtype=bool)
    counted: list[pl.DataFrame] = []
    for left, right in close_pairs(rows["object"].to_numpy(), rows["time"].to_numpy(), round(window_seconds * 1e6)):
        kept = (account[left] != account[right]) & (content[left] != content[right])
        left, right = left[kept], right[kept]
        together[left] = together[right] = True
        counted.append(count_pairs(account[left], account[right]))
    pairs = sum_pairs(counted)
    active = (
        rows.filter(pl.Series(together))
        .group_by("account")
        .agg(n=pl.col("content").n_unique())
        .filter(pl.col("n") >= min_participation)["account"]
    )
    pairs = pairs.filter(pl.col("a").is_in(active.implode()) | pl.col("b").is_in(active.implode()))
    return named(pairs, rows.select("account", "account_id").unique())


def named(pairs: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Pairs of numbers (a, b, n, …) → account_a, account_b, weight, … in canonical order. names: account, account_id."""
    return (
        pairs.join(names.select(a="account", account_a="account_id"), on="a")
        .join(names.select(b="account", account_b="account_id"), on="b")
        .select("account_a", "account_b", pl.exclude("account_a", "account_b", "a", "b"))
        .rename({"n": "weight"})
        .sort("account_a", "account_b")
    )


def beyond_jitter(
    events: pl.DataFrame, window_seconds: int, min_participation: int, jitter_seconds: int, chance_share: float
) -> tuple[pl.DataFrame, int]:
    """The pairs of `coaction_network` that closeness in seconds alone explains, and how many of as heavy ones chance makes.

    The null is a jitter surrogate: every event moved by up to `jitter_seconds`, which keeps who acts on what, how popular each
    object is and every slower wave, and destroys only closeness in seconds. Choose it well over the window: a share of about
    window / jitter of the true pairs stays close in the surrogate too, and counts as chance. Pairs count from the weight at which
    the surrogate has at most `chance_share` of them (Date, Bienenstock and Geman 1998, for spike trains).
    """
    identity = plh.concat_str([pl.col("account_id"), pl.col("object_id"), pl.col("content_id")], separator="\x1f").nchash.xxh3_64()
    shift = (identity % (2 * jitter_seconds + 1)).cast(pl.Int64) - jitter_seconds
    rows = _numbered(events, min_participation, shift.alias("shift"))
    real = _network(rows, window_seconds, min_participation)
    chance = _network(rows.with_columns(pl.col("time") + pl.col("shift") * 1_000_000), window_seconds, min_participation)
    weights, false = real["weight"].unique().sort(), chance["weight"].sort()
    beyond = pl.DataFrame(
        {
            "weight": weights,
            "kept": real.height - real["weight"].sort().search_sorted(weights, "left").cast(pl.Int64),
            "false": chance.height - false.search_sorted(weights, "left").cast(pl.Int64),
        }
    ).filter(pl.col("false") <= chance_share * pl.col("kept"))
    if beyond.is_empty():
        return real.clear(), 0
    return real.filter(pl.col("weight") >= beyond["weight"][0]), beyond["false"][0]


def close_pairs(group: Ints, time: Ints, window: int) -> Iterator[tuple[Ints, Ints]]:
    """Index pairs (i < j) of equal group and time at most `window` apart; rows must be sorted by group, then time.

    Each row's partners are one run behind it, found by bisection, so the work is linear in the pairs there are.
    """
    if not len(group):
        return
    span = int(time.max() - time.min()) + window + 1
    key = group * span + (time - time.min())
    first = np.arange(1, len(key) + 1)
    count = np.searchsorted(key, key + window, side="right") - first
    before = np.concatenate(([0], np.cumsum(count)))
    start = 0
    while start < len(key):
        stop = max(start + 1, int(np.searchsorted(before, before[start] + _PAIRS_AT_ONCE, side="right")) - 1)
        left, right = _runs(first[start:stop], count[start:stop])
        yield left + start, right
        start = stop


def _runs(first: Ints, count: Ints) -> tuple[Ints, Ints]:
    """Every row i beside each of first[i] … first[i] + count[i] - 1."""
    left = np.repeat(np.arange(len(first)), count)
    right = np.arange(len(left)) + np.repeat(first - (np.cumsum(count) - count), count)
    return left, right


def frequent_pairs(one: Ints, first: Ints, count: Ints, other: Ints, least: int) -> pl.DataFrame:
    """Pairs of numbers that meet `least` times or more: a, b, n. one[i] meets other[j] for the count[i] rows j from first[i] on.

    Counted for a part of the `one` at a time, each part whole, so that memory holds few of the pairs that meet by chance.
    """
    parts = 1 + int(count.sum()) // _PAIRS_AT_ONCE
    found = []
    for part in range(parts):
        mine = np.flatnonzero(one % parts == part)
        left, right = _runs(first[mine], count[mine])
        met = pl.DataFrame({"a": one[mine[left]], "b": other[right]}).filter(pl.col("a") != pl.col("b"))
        found.append(met.group_by("a", "b").agg(n=pl.len().cast(pl.Int64)).filter(pl.col("n") >= least))
    return pl.concat(found).sort("a", "b")


def count_pairs(one: Ints, other: Ints) -> pl.DataFrame:
    """How often each unordered pair of numbers stands side by side: columns a < b, n."""
    return pl.DataFrame({"a": np.minimum(one, other), "b": np.maximum(one, other)}).group_by("a", "b").agg(n=pl.len().cast(pl.Int64))


def sum_pairs(counted: list[pl.DataFrame]) -> pl.DataFrame:
    """Add up frames of `count_pairs`."""
    if not counted:
        return pl.DataFrame(schema={"a": pl.Int64, "b": pl.Int64, "n": pl.Int64})
    return pl.concat(counted).group_by("a", "b").agg(pl.col("n").sum())
