"""Synchrony: workgroups of accounts that act in the same second, far more often than their rhythms make likely.

Three steps, each linear in the data. (1) Screen: an account whose seconds are more crowded than the minute around them,
summed over all its events. (2) Count same-second coincidences between screened accounts only. (3) Keep pairs whose count a
Poisson model of both accounts' hourly rhythms does not explain, at a false discovery rate over all pairs of screened
accounts; their communities are the workgroups, and those whose daily volumes are too equal for chance share a dispatcher.
Jobs on the clock are set aside first: phases of the hour that are crowded everywhere, and phases that one account repeats.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import chdtr, gammaln, pdtrc

from graph.leiden import communities
from graph.night import Night
from graph.signals.base import INCIDENCE, Signal
from graph.signals.timing import close_pairs, count_pairs, sum_pairs
from graph.vocabulary import Channel

_MIN_EVENTS = 30  # below this an account has too few seconds to say anything
_MOST_IN_A_SECOND = 40  # a second that more accounts share tells nothing of any two of them
_SCREEN_Z = 3.0  # standard deviations of crowding; a screen, the test is the pair's
_MIN_COINCIDENCES = 3
_FDR = 0.001
_NEIGHBOURHOOD_SECONDS = 30
_RESOLUTION = 0.2


def workgroups(night: Night) -> pl.LazyFrame:
    """Accounts act in the same second again and again, more often than their hourly rhythms explain: one dispatcher."""
    seconds = _seconds(night)
    screened = _screen(seconds)
    pairs = _significant(_coincidences(screened), screened)
    if pairs.is_empty():
        return pl.LazyFrame(schema=INCIDENCE)
    return _incidences(_dispatchers(_communities(pairs), screened), screened, pairs)


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


def _screen(seconds: pl.DataFrame) -> pl.DataFrame:
    """The rows of accounts whose seconds hold more other accounts than the minute around each second leads to expect."""
    if seconds.is_empty():
        return seconds
    s = seconds["s"].to_numpy()
    start = int(s.min()) - _NEIGHBOURHOOD_SECONDS - 1
    crowd = np.bincount(s - start, minlength=int(s.max()) - start + _NEIGHBOURHOOD_SECONDS + 2)
    before = np.concatenate(([0], np.cumsum(crowd)))
    at = s - start
    around = before[at + _NEIGHBOURHOOD_SECONDS + 1] - before[at - _NEIGHBOURHOOD_SECONDS] - crowd[at]
    measured = seconds.with_columns(
        others=pl.Series(crowd[at] - 1), expected=pl.Series(around / (2 * _NEIGHBOURHOOD_SECONDS)), crowd=pl.Series(crowd[at])
    )
    excess = (pl.col("others").sum() - pl.col("expected").sum()) / (pl.col("expected").sum() + 1).sqrt()
    return measured.filter(excess.over("account") > _SCREEN_Z)


def _coincidences(screened: pl.DataFrame) -> pl.DataFrame:
    """Pairs of screened accounts (a < b) with the number of seconds they share, n."""
    rows = screened.sort("s", "account").filter(pl.len().over("s").is_between(2, _MOST_IN_A_SECOND))
    account, s = rows["account"].to_numpy(), rows["s"].to_numpy()
    counted = [count_pairs(account[left], account[right]) for left, right in close_pairs(s, np.zeros(len(s), dtype=np.int64), 0)]
    return sum_pairs(counted).filter(pl.col("n") >= _MIN_COINCIDENCES)


def tail_bits(n: npt.NDArray[np.int64], mean: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """-log2 P(Poisson(mean) ≥ n), by the tail's first term where the tail itself underflows."""
    tail = pdtrc(n - 1, mean)
    first_term = (n * np.log(mean) - mean - gammaln(n + 1)) / np.log(2)
    bits: npt.NDArray[np.float64] = np.where(tail > 1e-290, -np.log2(np.maximum(tail, 1e-290)), -first_term)
    return bits


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
    return Beat(shared, expected, float(tail_bits(np.array([shared]), np.array([expected]))[0]) if shared and expected else 0.0)


def _significant(pairs: pl.DataFrame, screened: pl.DataFrame) -> pl.DataFrame:
    """The pairs that chance does not explain, with `bits` = -log2 p."""
    if pairs.is_empty():
        return pairs.with_columns(bits=pl.lit(0.0))
    hourly = screened.group_by("account", hour=pl.col("s") // 3600).agg(k=pl.len())
    expected = (
        pairs.lazy()
        .join(hourly.lazy(), left_on="a", right_on="account")
        .join(hourly.lazy(), left_on=["b", "hour"], right_on=["account", "hour"])
        .group_by("a", "b")
        .agg(expected=(pl.col("k") * pl.col("k_right")).sum() / 3600)
        .collect()
    )
    tested = pairs.join(expected, on=["a", "b"]).sort("a", "b")
    bits = tail_bits(tested["n"].to_numpy(), tested["expected"].to_numpy())
    accounts = screened["account"].n_unique()
    floor = np.log2(max(1.0, accounts * (accounts - 1) / 2) / _FDR) - np.log2(np.arange(1, len(bits) + 1))
    order = np.argsort(-bits, kind="stable")
    passed = np.flatnonzero(bits[order] >= floor)
    kept = np.zeros(len(bits), dtype=bool)
    if len(passed):
        kept[order[: passed[-1] + 1]] = True
    return tested.with_columns(bits=pl.Series(bits)).filter(pl.Series(kept))


def _communities(pairs: pl.DataFrame) -> pl.DataFrame:
    """account → group: Leiden communities of the significant pairs, at a low resolution: a workgroup is redrawn now and then."""
    nodes = pl.concat([pairs["a"], pairs["b"]]).unique().sort()
    edges = np.column_stack([np.searchsorted(nodes.to_numpy(), pairs[end].to_numpy()) for end in ("a", "b")])
    found = communities(edges, pairs["bits"].to_numpy(), len(nodes), resolution=_RESOLUTION)
    return pl.DataFrame({"account": nodes, "group": found})


def _dispatchers(groups: pl.DataFrame, screened: pl.DataFrame) -> pl.DataFrame:
    """Workgroups that one dispatcher keeps equally busy, as one: account → group.

    The daily numbers of bursts (seconds that members share) of two independent groups differ by chi-square even if their means
    are equal, with a degree of freedom a day; a dispatcher that takes turns makes them differ far less (the lower tail,
    Bonferroni over the pairs of groups).
    """
    numbers = groups["group"].unique().sort()
    if len(numbers) < 2:
        return groups
    bursts = screened.join(groups, on="account").group_by("group", "s").agg(n=pl.len()).filter(pl.col("n") >= 2)
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
    found = communities(np.column_stack([one[alike], other[alike]]), np.ones(int(alike.sum())), len(numbers), resolution=_RESOLUTION)
    return groups.with_columns(group=pl.Series(found[np.searchsorted(numbers.to_numpy(), groups["group"].to_numpy())]))


def _incidences(groups: pl.DataFrame, screened: pl.DataFrame, pairs: pl.DataFrame) -> pl.LazyFrame:
    shared = pl.concat([pairs.select(account="a", n="n"), pairs.select(account="b", n="n")]).group_by("account").agg(n=pl.col("n").max())
    seen = screened.group_by("account", "account_id").agg(first=pl.col("s").min(), last=pl.col("s").max())
    named = groups.join(seen, on="account").join(shared, on="account")
    return named.lazy().select(
        "account_id",
        pl.lit("workgroup").alias("kind"),
        (pl.lit("workgroup of ") + pl.col("account_id").min().over("group")).alias("value"),
        "n",
        pl.from_epoch("first", "s").cast(pl.Datetime("us", "UTC")).alias("first_at"),
        pl.from_epoch("last", "s").cast(pl.Datetime("us", "UTC")).alias("last_at"),
    )


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
