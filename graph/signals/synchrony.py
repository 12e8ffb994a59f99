"""Synchrony: workgroups of accounts that act in the same second, far more often than their rhythms make likely.

Three steps, each linear in the data. (1) Screen: an account whose seconds are more crowded than the minute around them,
summed over all its events; once more among those that remain, until all do. (2) Count same-second coincidences between screened
accounts only. (3) Keep pairs whose count a Poisson model of both accounts' hourly rhythms does not explain, at a false discovery rate
over all pairs of screened accounts; their groups are the workgroups, and those whose daily volumes are too equal for chance share a
dispatcher. Jobs on the clock are set aside first: phases of the hour that are crowded everywhere, and phases that one account repeats.
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import chdtr

from graph.leiden import communities
from graph.night import Night
from graph.signals.base import Signal
from graph.signals.links import RESOLUTION, beyond_expected, incidences, linked_groups, nothing
from graph.signals.seconds import account_numbers, moments, origin, unpacked
from graph.signals.timing import Ints, frequent_pairs, named
from graph.vocabulary import Channel

_MIN_EVENTS = 30  # below this an account has too few seconds to say anything
_MOST_IN_A_SECOND = 40  # a second that more accounts share tells nothing of any two of them
_SCREEN_Z = 3.0  # standard deviations of crowding; a screen, the test is the pair's
_QUARTILE = 0.6745  # of a normal distribution, in standard deviations from its middle
_MIN_COINCIDENCES = 3
_FDR = 0.001
_NEIGHBOURHOOD_SECONDS = 30


def workgroups(night: Night) -> pl.LazyFrame:
    """Accounts act in the same second again and again, more often than their hourly rhythms explain: one dispatcher."""
    screened = _screened(_seconds(night))
    if screened.is_empty():
        return nothing()
    pairs = _significant(_coincidences(screened), screened)
    if pairs.is_empty():
        return nothing()
    at = pl.lit(origin(night)) + pl.duration(seconds="s")
    seen = (
        screened.group_by(pl.col("account").cast(pl.Int64))
        .agg(n=pl.len(), first_at=at.min(), last_at=at.max())
        .join(account_numbers(night), on="account")
    )
    linked = named(pairs.select("a", "b", "n", "chance"), seen)
    groups = linked_groups(linked, seen.select("account_id", "n"), _FDR * linked.height)
    members = screened.with_columns(pl.col("account").cast(pl.Int64)).join(seen.select("account", "account_id"), on="account")
    return incidences("workgroup", _dispatchers(groups, members), linked, seen.drop("n", "account"))


def _seconds(night: Night) -> pl.DataFrame:
    """Distinct (account, second) off the clock's beats, of accounts with enough of them: account (number), s (since the first midnight)."""
    packed = moments(night)
    rows = unpacked(packed[np.diff(packed, prepend=-1) > 0]).select(pl.col("account").cast(pl.Int32), pl.col("s").cast(pl.Int32))
    if rows.is_empty():
        return rows
    many = np.bincount(rows["account"].to_numpy())
    rows = rows.filter(pl.Series(many >= _MIN_EVENTS).gather(rows["account"]))
    return rows.filter(_off_the_beat(rows, many), ~(pl.col("s") % 3600).is_in(_crowded_phases(rows).implode()))


def _off_the_beat(rows: pl.DataFrame, many: Ints) -> pl.Series:
    """Whether a row's phase of the hour is not one that its account repeats. many: rows of each account."""
    beat = rows["account"].cast(pl.Int64) * 3600 + rows["s"] % 3600
    ordered = beat.sort().to_numpy()
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    beats, often = ordered[starts], np.diff(starts, append=len(ordered))
    repeated = beats[often > 2 + many[beats // 3600] / 300]
    return ~beat.is_in(pl.Series(repeated).implode())


def _crowded_phases(rows: pl.DataFrame) -> pl.Series:
    """Seconds of the hour at which far more happens than at most others: jobs that start on the hour, the quarter …"""
    counts = np.bincount(rows["s"].to_numpy() % 3600, minlength=1)
    present = counts[counts > 0]
    usual = float(np.median(present)) if len(present) > 1800 else rows.height / 3600
    return pl.Series(np.flatnonzero(counts > usual + 6 * np.sqrt(usual) + 6), dtype=pl.Int32)


def _screened(seconds: pl.DataFrame) -> pl.DataFrame:
    """The rows of accounts whose seconds hold more others than the minute around each leads to expect, all others left out.

    First beyond what the night's accounts usually have: where a second holds many, the small common waves of all traffic alone are more
    than a Poisson's. Then among those that remain, until all do.
    """
    if seconds.is_empty():
        return seconds
    excess = _excess(seconds)
    low, middle = np.nanquantile(excess, [0.25, 0.5])  # below the middle nobody is dispatched
    least = max(_SCREEN_Z, middle + _SCREEN_Z * (middle - low) / _QUARTILE)
    while True:
        kept = seconds.filter(pl.Series(excess > least).gather(seconds["account"]))
        if kept.is_empty() or kept.height == seconds.height:
            return kept
        seconds, least = kept, _SCREEN_Z
        excess = _excess(seconds)


def _excess(seconds: pl.DataFrame) -> npt.NDArray[np.float64]:
    """By how many standard deviations of a Poisson the seconds of each account (by number) are crowded; NaN of those without."""
    s, account = seconds["s"].to_numpy(), seconds["account"].to_numpy()
    crowd = np.bincount(s)
    before = np.concatenate(([0] * (_NEIGHBOURHOOD_SECONDS + 1), np.cumsum(crowd)))
    before = np.concatenate((before, [before[-1]] * _NEIGHBOURHOOD_SECONDS))
    around = before[2 * _NEIGHBOURHOOD_SECONDS + 1 :] - before[: -2 * _NEIGHBOURHOOD_SECONDS - 1] - crowd
    others = np.bincount(account, weights=(crowd - 1)[s])
    expected = np.bincount(account, weights=around[s]) / (2 * _NEIGHBOURHOOD_SECONDS)
    excess: npt.NDArray[np.float64] = np.where(np.bincount(account) > 0, (others - expected) / np.sqrt(expected + 1), np.nan)
    return excess


def _coincidences(screened: pl.DataFrame) -> pl.DataFrame:
    """Pairs of screened accounts (a < b) with the number of seconds they share, n."""
    rows = screened.filter(pl.len().over("s").is_between(2, _MOST_IN_A_SECOND)).sort("s", "account")
    account, s = rows["account"].to_numpy().astype(np.int64), rows["s"].to_numpy()
    first = np.arange(1, len(s) + 1)
    return frequent_pairs(account, first, np.searchsorted(s, s, side="right") - first, account, _MIN_COINCIDENCES)


def _significant(pairs: pl.DataFrame, screened: pl.DataFrame) -> pl.DataFrame:
    """The pairs that both accounts' hourly rhythms do not explain, with `chance` (see links.beyond_expected).

    Pairs that an even spread over the whole night would explain go first: who acts together has hours in common, and so more by chance.
    """
    accounts = screened["account"].n_unique()
    tests, span = accounts * (accounts - 1) // 2, int(np.ptp(screened["s"].to_numpy())) + 1
    rows = screened.lazy().select(pl.col("account").cast(pl.Int64), hour=pl.col("s") // 3600)
    hourly = rows.group_by("account", "hour").agg(k=pl.len())
    many = rows.group_by("account").agg(k=pl.len().cast(pl.Float64)).collect()
    even = (
        pairs.join(many, left_on="a", right_on="account")
        .join(many, left_on="b", right_on="account")
        .with_columns(expected=pl.col("k") * pl.col("k_right") / span)
    )
    told = beyond_expected(even, tests, _FDR).select("a", "b", "n")
    expected = (
        told.lazy()
        .join(hourly, left_on="a", right_on="account")
        .join(hourly, left_on=["b", "hour"], right_on=["account", "hour"])
        .group_by("a", "b")
        .agg(expected=(pl.col("k") * pl.col("k_right")).sum() / 3600)
        .collect(engine="streaming")
    )
    return beyond_expected(told.join(expected, on=["a", "b"]).sort("a", "b"), tests, _FDR)


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
