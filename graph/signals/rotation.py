"""Rotation: when one account stops the next one starts, again and again in the same order, as a dispatcher fills one after the other.

A spell is a run of requests without a long pause. Pairs "A's spell ended, B's began soon after" are counted, and kept when a Poisson
model of how many spells both have that day does not explain them; few accounts have spells that long, so this is linear in practice.
Jobs on the clock are set aside first, as in graph.signals.synchrony: two of them follow each other whenever their minutes do.
"""

import numpy as np
import polars as pl
from scipy.special import pdtrc

from graph.night import Night
from graph.signals.base import Signal
from graph.signals.links import incidences, linked_groups, nothing
from graph.signals.timing import close_pairs, count_pairs, sum_pairs
from graph.vocabulary import Channel

_PAUSE_SECONDS = 900  # ends a spell
_LEAST_REQUESTS = 8  # of a spell; people's are mostly shorter
_WITHIN_SECONDS = 300
_LEAST_TURNS = 3
_PHASE_SECONDS = 300
_FDR = 0.01
_DAY = 86_400


def rotations(night: Night) -> pl.LazyFrame:
    """When one account's spell of work ends another's begins within minutes, the same pairs in the same order again and again."""
    spells = _spells(night)
    pairs = _significant(_successions(spells), spells)
    if pairs.is_empty():
        return nothing()
    names = spells.select("account", "account_id").unique("account")
    named = (
        pairs.join(names, left_on="a", right_on="account")
        .join(names, left_on="b", right_on="account", suffix="_b")
        .select(account_a="account_id", account_b="account_id_b", weight="n")
    )
    seen = spells.group_by("account_id").agg(
        n=pl.len(), first_at=pl.from_epoch(pl.col("start").min(), "s"), last_at=pl.from_epoch(pl.col("end").max(), "s")
    )
    seen = seen.with_columns(pl.col("first_at", "last_at").dt.replace_time_zone("UTC"))
    return incidences("rotation", linked_groups(named, seen, _FDR * named.height), named, seen.drop("n"))


def _spells(night: Night) -> pl.DataFrame:
    """account_id, account (number), start, end (epoch seconds) of every spell of at least _LEAST_REQUESTS, in order of start.

    Without those that begin at a minute of the hour at which the account's usually do.
    """
    at = pl.col("occurred_at").dt.timestamp("us") // 1_000_000
    rows = night.exchanges.select("account_id", at=at).sort("account_id", "at")
    fresh = (pl.col("at") - pl.col("at").shift(1).over("account_id")).fill_null(_PAUSE_SECONDS + 1) > _PAUSE_SECONDS
    phase = pl.col("start") % 3600 // _PHASE_SECONDS
    return (
        rows.with_columns(spell=fresh.cum_sum())
        .group_by("account_id", "spell")
        .agg(start=pl.col("at").min(), end=pl.col("at").max(), n=pl.len())
        .filter(pl.col("n") >= _LEAST_REQUESTS)
        .filter(pl.len().over("account_id", phase) <= 2 + pl.len().over("account_id") / 4)
        .filter(pl.len().over("account_id") >= _LEAST_TURNS)
        .with_columns(account=pl.col("account_id").rank("dense").cast(pl.Int64))
        .sort("start", "account")
        .collect(engine="streaming")
    )


def _successions(spells: pl.DataFrame) -> pl.DataFrame:
    """Pairs with the number of times one's spell began within _WITHIN_SECONDS after the other's end, one direction: a, b, n.

    `a < b` as numbers; `n` is that of the commoner direction.
    """
    ends = pl.concat(
        [
            spells.select("account", at="end", starts=pl.lit(0, pl.Int64)),
            spells.select("account", at="start", starts=pl.lit(1, pl.Int64)),
        ]
    ).sort("at", "starts", "account")
    account, starts, at = (ends[name].to_numpy() for name in ("account", "starts", "at"))
    counted = []
    for left, right in close_pairs(np.zeros(len(at), dtype=np.int64), at, _WITHIN_SECONDS):
        kept = (starts[left] == 0) & (starts[right] == 1) & (account[left] != account[right])
        one, two = account[left[kept]], account[right[kept]]
        pairs = count_pairs(one[one < two], two[one < two]).with_columns(way=pl.lit(0, pl.Int8))
        back = count_pairs(one[one > two], two[one > two]).with_columns(way=pl.lit(1, pl.Int8))
        counted.append(pl.concat([pairs, back]))
    if not counted:
        return sum_pairs([])
    each = pl.concat(counted).group_by("a", "b", "way").agg(pl.col("n").sum())
    return each.filter(pl.col("n") >= _LEAST_TURNS).group_by("a", "b").agg(pl.col("n").max()).sort("a", "b")


def _significant(pairs: pl.DataFrame, spells: pl.DataFrame) -> pl.DataFrame:
    """The pairs that the two accounts' numbers of spells, day by day, do not explain (Bonferroni over all pairs and directions)."""
    if pairs.is_empty():
        return pairs
    daily = spells.group_by("account", day=pl.col("start") // _DAY).agg(k=pl.len())
    expected = (
        pairs.join(daily, left_on="a", right_on="account")
        .join(daily, left_on=["b", "day"], right_on=["account", "day"])
        .group_by("a", "b")
        .agg(expected=(pl.col("k") * pl.col("k_right")).sum() * (_WITHIN_SECONDS / (_DAY / 3)))
    )
    tested = pairs.join(expected, on=["a", "b"], how="left").with_columns(pl.col("expected").fill_null(1e-6)).sort("a", "b")
    p = pdtrc(tested["n"].to_numpy() - 1, tested["expected"].to_numpy())
    accounts = spells["account"].n_unique()
    return tested.filter(pl.Series(p * accounts * (accounts - 1) <= _FDR * np.arange(1, len(p) + 1)[np.argsort(np.argsort(p))]))


SIGNALS = (
    Signal(
        Channel.TIMING,
        "rotation",
        "{members} of {accounts} accounts take over from each other in turns",
        ("exchanges", ("occurred_at",)),
        rotations,
        doubt=_FDR,
        conclusive=True,
    ),
)
