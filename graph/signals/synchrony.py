"""Synchrony: workgroups of accounts that act in the same second, far more often than their rhythms make likely.

Three steps, each linear in the data. (1) Screen: an account whose seconds are more crowded than the minute around them,
summed over all its events; once more among those that remain, until all do. (2) Count same-second coincidences between screened
accounts only. (3) Keep pairs whose count a Poisson model of both accounts' hourly rhythms does not explain, at a false discovery rate
over all pairs of screened accounts; their groups are the workgroups, and those whose daily volumes are too equal for chance share a
dispatcher. Jobs on the clock are set aside first: phases of the hour that are crowded everywhere, and phases that one account repeats.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import chdtr

from graph.chance import tail_bits
from graph.leiden import communities
from graph.night import Night
from graph.signals.base import Signal
from graph.signals.links import RESOLUTION, beyond_expected, incidences, linked_groups, nothing
from graph.signals.timing import frequent_pairs
from graph.vocabulary import Channel

_MIN_EVENTS = 30  # below this an account has too few seconds to say anything
_MOST_IN_A_SECOND = 40  # a second that more accounts share tells nothing of any two of them
_SCREEN_Z = 3.0  # standard deviations of crowding; a screen, the test is the pair's
_MIN_COINCIDENCES = 3
_FDR = 0.001
_NEIGHBOURHOOD_SECONDS = 30


def workgroups(night: Night) -> pl.LazyFrame:
    """Accounts act in the same second again and again, more often than their hourly rhythms explain: one dispatcher."""
    screened = _screened(_seconds(night))
    pairs = _significant(_coincidences(screened), screened)
    if pairs.is_empty():
        return nothing()
    at = pl.from_epoch("s", "s").dt.replace_time_zone("UTC")
    seen = screened.group_by("account", "account_id").agg(n=pl.len(), first_at=at.min(), last_at=at.max())
    names = seen.select("account", "account_id")
    named = (
        pairs.join(names, left_on="a", right_on="account")
        .join(names, left_on="b", right_on="account", suffix="_b")
        .select(account_a="account_id", account_b="account_id_b", weight="n", chance="chance")
    )
    groups = linked_groups(named, seen.select("account_id", "n"), _FDR * named.height)
    return incidences("workgroup", _dispatchers(groups, screened), named, seen.drop("n", "account"))


def _seconds(night: Night) -> pl.DataFrame:
    """Distinct (account, second) off the clock's beats, of accounts with enough of them: account, account_id, s (epoch)."""
    rows = (
        night.exchanges.select("account_id", s=pl.col("occurred_at").dt.timestamp("us") // 1_000_000)
        .unique()
        .filter(pl.len().over("account_id") >= _MIN_EVENTS)
        .with_columns(phase=(pl.col("s") % 3600).cast(pl.Int32))
        .collect(engine="streaming")
    )
    if rows.is_empty():
        return rows.with_columns(account=pl.lit(0, pl.Int64))
    own = pl.len().over("account_id", "phase") <= 2 + pl.len().over("account_id") / 300
    return rows.filter(own, ~pl.col("phase").is_in(_crowded_phases(rows).implode())).with_columns(
        account=pl.col("account_id").rank("dense").cast(pl.Int64)
    )


def _crowded_phases(rows: pl.DataFrame) -> pl.Series:
    """Seconds of the hour at which far more happens than at most others: jobs that start on the hour, the quarter …"""
    counts = rows.group_by("phase").agg(n=pl.len())
    usual = float(np.median(counts["n"].to_numpy())) if counts.height > 1800 else rows.height / 3600
    return counts.filter(pl.col("n") > usual + 6 * np.sqrt(usual) + 6)["phase"]


def _screened(seconds: pl.DataFrame) -> pl.DataFrame:
    """The rows of accounts whose seconds hold more others than the minute around each leads to expect, all others left out."""
    while not seconds.is_empty():
        kept = _crowded(seconds)
        if kept.height == seconds.height:
            break
        seconds = kept
    return seconds


def _crowded(seconds: pl.DataFrame) -> pl.DataFrame:
    s = seconds["s"].to_numpy()
    start = int(s.min()) - _NEIGHBOURHOOD_SECONDS - 1
    crowd = np.bincount(s - start, minlength=int(s.max()) - start + _NEIGHBOURHOOD_SECONDS + 2)
    before = np.concatenate(([0], np.cumsum(crowd)))
    at = s - start
    around = before[at + _NEIGHBOURHOOD_SECONDS + 1] - before[at - _NEIGHBOURHOOD_SECONDS] - crowd[at]
    counted = pl.DataFrame({"account": seconds["account"], "others": crowd[at] - 1, "around": around})
    sums = counted.group_by("account").agg(pl.col("others").sum(), expected=pl.col("around").sum() / (2 * _NEIGHBOURHOOD_SECONDS))
    excess = (pl.col("others") - pl.col("expected")) / (pl.col("expected") + 1).sqrt()
    return seconds.join(sums.filter(excess > _SCREEN_Z), on="account", how="semi")


def _coincidences(screened: pl.DataFrame) -> pl.DataFrame:
    """Pairs of screened accounts (a < b) with the number of seconds they share, n."""
    rows = screened.filter(pl.len().over("s").is_between(2, _MOST_IN_A_SECOND)).sort("s", "account")
    account, s = rows["account"].to_numpy(), rows["s"].to_numpy()
    first = np.arange(1, len(s) + 1)
    return frequent_pairs(account, first, np.searchsorted(s, s, side="right") - first, account, _MIN_COINCIDENCES)


@dataclass(frozen=True)
class Beat:
    """How often two accounts act in the same second, what their hourly rhythms lead to expect, and -log2 of that chance."""

    seconds: int
    expected: float
    bits: float


def coincidences(night: Night, one: str, two: str) -> Beat:
    """The same-second coincidences of two accounts."""
    rows = night.exchanges.filter(pl.col("account_id").is_in([one, two])).select(
        "account_id", s=pl.col("occurred_at").dt.timestamp("us") // 1_000_000
    )
    distinct = rows.unique().collect()
    a, b = (distinct.filter(pl.col("account_id") == account)["s"] for account in (one, two))
    hours = [pl.DataFrame({"hour": s // 3600}).group_by("hour").agg(k=pl.len()) for s in (a, b)]
    expected = float(hours[0].join(hours[1], on="hour").select((pl.col("k") * pl.col("k_right")).sum() / 3600).item())
    shared = len(a.filter(a.is_in(b.implode())))
    bits = tail_bits(pl.Series([shared]), pl.Series([expected]))[0] if shared and expected else 0.0
    return Beat(shared, expected, bits)


def _significant(pairs: pl.DataFrame, screened: pl.DataFrame) -> pl.DataFrame:
    """The pairs that both accounts' hourly rhythms do not explain, with `chance` (see links.beyond_expected)."""
    hourly = screened.lazy().group_by("account", hour=pl.col("s") // 3600).agg(k=pl.len())
    expected = (
        pairs.lazy()
        .join(hourly, left_on="a", right_on="account")
        .join(hourly, left_on=["b", "hour"], right_on=["account", "hour"])
        .group_by("a", "b")
        .agg(expected=(pl.col("k") * pl.col("k_right")).sum() / 3600)
        .collect(engine="streaming")
    )
    accounts = screened["account"].n_unique()
    return beyond_expected(pairs.join(expected, on=["a", "b"]).sort("a", "b"), accounts * (accounts - 1) // 2, _FDR)


def _dispatchers(groups: pl.DataFrame, screened: pl.DataFrame) -> pl.DataFrame:
    """Workgroups that one dispatcher keeps equally busy, as one: account_id → group.

    The daily numbers of bursts (seconds that members share) of two independent groups differ by chi-square even if their means
    are equal, with a degree of freedom a day; a dispatcher that takes turns makes them differ far less (the lower tail,
    Bonferroni over the pairs of groups).
    """
    numbers = groups["group"].unique().sort()
    if len(numbers) < 2:
        return groups
    bursts = screened.join(groups, on="account_id").group_by("group", "s").agg(n=pl.len()).filter(pl.col("n") >= 2)
    daily = bursts.group_by("group", day=pl.col("s") // 86_400).agg(n=pl.len()).pivot("day", index="group", values="n")
    volumes = (
        pl.DataFrame({"group": numbers})
        .join(daily, on="group", how="left")
        .sort("group")
        .drop("group")
        .fill_null(0)
        .to_numpy()
        .astype(float)
    )
    one, other = np.triu_indices(len(numbers), k=1)
    a, b = volumes[one], volumes[other]
    either = a + b > 0
    distance = np.where(either, (a - b) ** 2 / np.where(either, a + b, 1), 0).sum(axis=1)
    alike = chdtr(either.sum(axis=1), distance) < _FDR / len(one)
    found = communities(np.column_stack([one[alike], other[alike]]), np.ones(int(alike.sum())), len(numbers), resolution=RESOLUTION)
    return groups.with_columns(group=pl.Series(found[np.searchsorted(numbers.to_numpy(), groups["group"].to_numpy())]))


SIGNALS = (
    Signal(
        Channel.TIMING,
        "workgroup",
        "{members} of {accounts} accounts act within the same second again and again",
        ("exchanges", ("occurred_at",)),
        workgroups,
        doubt=_FDR,
        conclusive=True,
    ),
)
