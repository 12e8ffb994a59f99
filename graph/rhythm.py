"""Rhythm: how much better an account's days, hours and pace match a group's than those of equally busy strangers do.

The likeness of an account to a group is a distance between square roots of activity shares (Hellinger) by day and by hour of
the clock, and between logarithms of daily pace. Its p-value is empirical: the share of a sample of other accounts, as busy as
this one, that match the group as well; so weekdays, office hours and newcomers' start dates cost nothing to those who merely
share them with everyone. Bits are the logarithm of an e-value made from p (Vovk and Wang 2021), never more than the sample allows.
Pace has a say of its own (a dispatcher makes its accounts equally busy, and people are not); the two overlap, so the stronger counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.night import Night, once

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_HOURS_WEIGHT = 0.7
_PACE_WEIGHT = 0.35  # so that twice the pace is as far as a tenth of the days exchanged
CLOCK_BOUND = 0.5  # of an account's exchanges at one place of the clock: a timer sets its pace, and says nothing of who set the timer
_SECONDS_OF_THE_MINUTE = 5  # jobs start on the minute, and reach us within seconds
_PACE_MOST_BITS = 4.0
_PACE_LEAST_MEMBERS = 8  # fewer say too little of how equal they are
_IQR = 1.349  # of a normal distribution, in standard deviations: strangers in the group hardly move it
_PACE_FINEST = 0.05  # nobody's pace is known better, in log2
_STRATA = 8  # of equal size, by exchanges
_SAMPLE = 8_192
_LEAST_EXCHANGES = 5
_DECIMALS = 9  # of a distance: what comes after them depends on the machine, and would decide between equals
_AT_ONCE = 64  # groups whose distances from the sample are held in memory together
_CALIBRATOR = 0.25  # e = k p^(k-1)


@dataclass(frozen=True)
class Rhythms:
    """rows: account → row of `vectors` (-1 where too little was seen). pace: log2 of exchanges an active day, NaN of a
    timer. stratum: of each row.

    sample: the rows compared against, as many from every stratum (shape: strata, accounts); place: row → its flat place there, or -1.
    """

    rows: Ints
    vectors: Floats
    pace: Floats
    stratum: Ints
    sample: Ints
    place: Ints


@once
def clock_bound(night: Night) -> pl.DataFrame:
    """account_id, clock_bound: the share of its exchanges in its commonest minute of the hour, or five seconds of the minute, if that
    is more. A timer's is high, a person's is not.
    """
    at = pl.col("occurred_at")
    phases = (at.dt.minute(), at.dt.second() // _SECONDS_OF_THE_MINUTE)
    shares = []
    for phase in phases:
        counts = night.exchanges.group_by("account_id", phase=phase).agg(n=pl.len())
        shares.append(counts.group_by("account_id").agg(clock_bound=pl.col("n").max() / pl.col("n").sum()))
    return pl.concat(shares).group_by("account_id").agg(pl.col("clock_bound").max()).sort("account_id").collect(engine="streaming")


def rhythms(night: Night, accounts: pl.DataFrame) -> Rhythms:
    """The rhythm of every account of `accounts` (account, account_id) with enough exchanges."""
    hourly = night.exchanges.group_by("account_id", hour=pl.col("occurred_at").dt.truncate("1h")).agg(n=pl.len())
    counts = (
        hourly.join(accounts.lazy().select("account_id", "account"), on="account_id")
        .filter(pl.col("n").sum().over("account") >= _LEAST_EXCHANGES)
        .select(
            pl.col("account").cast(pl.Int64),
            "n",
            day=(pl.col("hour").dt.date() - pl.lit(night.first.date())).dt.total_days().cast(pl.Int64),
            clock=pl.col("hour").dt.hour().cast(pl.Int64),
        )
        .sort("account", "day", "clock")
        .collect(engine="streaming")
    )
    present = counts["account"].unique().sort().to_numpy()
    rows = np.full(accounts.height, -1, dtype=np.int64)
    rows[present] = np.arange(len(present))
    at, n = rows[counts["account"].to_numpy()], counts["n"].to_numpy().astype(np.float64)
    days = _spread(at, counts["day"].to_numpy(), n, len(present), (night.until.date() - night.first.date()).days + 1)
    clock = _spread(at, counts["clock"].to_numpy(), n, len(present), 24)
    total = days.sum(axis=1)
    pace = np.log2(total / np.maximum((days > 0).sum(axis=1), 1)).astype(np.float64)
    parts = [_root_shares(days), _HOURS_WEIGHT * _root_shares(clock), _PACE_WEIGHT * pace[:, None]]
    timed = accounts.join(clock_bound(night), on="account_id").filter(pl.col("clock_bound") >= CLOCK_BOUND)
    by_clock = rows[timed["account"].to_numpy()]
    own_pace = pace.copy()
    own_pace[by_clock[by_clock >= 0]] = np.nan
    strata = max(1, min(_STRATA, len(present)))
    by_total = np.argsort(total, kind="stable")
    stratum = np.empty(len(present), dtype=np.int64)
    stratum[by_total] = np.arange(len(present)) * strata // max(1, len(present))
    sample = _sample(by_total, strata)
    place = np.full(len(present), -1, dtype=np.int64)
    place[sample.ravel()] = np.arange(sample.size)
    return Rhythms(rows, np.concatenate(parts, axis=1), own_pace, stratum, sample, place)


def _sample(by_total: Ints, strata: int) -> Ints:
    """Evenly drawn rows, as many from each of `strata` equal parts of `by_total`."""
    many = min(_SAMPLE, len(by_total)) // strata
    edges = np.arange(strata + 1) * len(by_total) // strata
    drawn = [by_total[start + np.arange(many) * (end - start) // max(1, many)] for start, end in pairwise(edges)]
    return np.stack(drawn) if drawn else np.empty((0, 0), dtype=np.int64)


def _spread(row: Ints, column: Ints, n: Floats, height: int, width: int) -> Floats:
    flat = np.bincount(row * width + column, weights=n, minlength=height * width)
    return flat.reshape(height, width).astype(np.float64)


def _root_shares(counts: Floats) -> Floats:
    shares: Floats = np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)).astype(np.float64)
    return shares


def likeness(known: Rhythms, groups: pl.DataFrame, pairs: pl.DataFrame) -> pl.Series:
    """Bits for each row of `pairs` (cluster, account), 0 or more; `groups` (cluster, account) says who is in which cluster."""
    inside = groups.select("cluster", row=pl.Series(known.rows[groups["account"].to_numpy()])).filter(pl.col("row") >= 0)
    asked = pairs.select("cluster", row=pl.Series(known.rows[pairs["account"].to_numpy()])).with_row_index("position")
    asked = asked.filter(pl.col("row") >= 0).join(inside.with_columns(member=True), on=["cluster", "row"], how="left")
    inside = inside.join(asked, on="cluster", how="semi").filter(pl.len().over("cluster") >= 2).sort("cluster", "row")
    held = {int(str(c)): rows["row"].to_numpy() for (c,), rows in inside.group_by("cluster", maintain_order=True)}
    wanted = asked.join(inside, on="cluster", how="semi").sort("cluster", "position").group_by("cluster", maintain_order=True)
    bits, usual = np.zeros(pairs.height), float(np.nanstd(known.pace)) if np.isfinite(known.pace).any() else 1.0
    for (members, centre, distances), (_, rows) in zip(_centres(known, list(held.values())), wanted, strict=True):
        row = rows["row"].to_numpy()
        own = _distances(known, centre, len(members), row, rows["member"].fill_null(False).to_numpy())
        alike = _bits(own, known.stratum[row], _compared(known, members, distances))
        bits[rows["position"].to_numpy()] = np.maximum(alike, _equal_pace(known.pace, members, row, usual))
    return pl.Series("bits", bits)


def _centres(known: Rhythms, groups: list[Ints]) -> Iterator[tuple[Ints, Floats, Floats]]:
    """Each group's rows, its mean vector, and the squared distances of the sample from that; many groups in one product of matrices."""
    strangers = known.vectors[known.sample.ravel()]
    norms = (strangers**2).sum(axis=1)
    for start in range(0, len(groups), _AT_ONCE):
        some = groups[start : start + _AT_ONCE]
        centres = np.stack([known.vectors[members].mean(axis=0) for members in some])
        distances = norms - 2 * (centres @ strangers.T) + (centres**2).sum(axis=1)[:, None]
        yield from zip(some, centres, distances.round(_DECIMALS), strict=True)


def _compared(known: Rhythms, members: Ints, distances: Floats) -> Floats:
    """Sorted distances of the sample by stratum; a group is not compared with its own members, who stand at infinity."""
    places = known.place[members]
    distances[places[places >= 0]] = np.inf
    ordered: Floats = np.sort(distances.reshape(known.sample.shape), axis=1)
    return ordered


def _distances(known: Rhythms, centre: Floats, size: int, asked: Ints, is_member: npt.NDArray[np.bool_]) -> Floats:
    """Squared distance of each asked row to the group without it."""
    own = known.vectors[asked]
    others = np.where(is_member[:, None], (centre * size - own) / (size - 1), centre)
    found: Floats = ((own - others) ** 2).sum(axis=1).round(_DECIMALS)
    return found


def _equal_pace(pace: Floats, members: Ints, asked: Ints, usual: float) -> Floats:
    """Bits by which a pace this near to the group's is likelier in it than among people, wherever theirs is likeliest.

    A normal density about the members' median against the highest that people's has anywhere: being busy says nothing, being as busy does.
    The spread is that of a new member (a prediction interval), wider where few were seen.
    """
    own = pace[members][np.isfinite(pace[members])]
    n = len(own)
    if n < _PACE_LEAST_MEMBERS:
        return np.zeros(len(asked))
    low, middle, high = np.quantile(own, [0.25, 0.5, 0.75])
    spread = max(_PACE_FINEST, float(high - low) / _IQR * np.sqrt((1 + 1 / n) * (n - 1) / (n - 3)))
    bits = np.log2(usual / spread) - ((pace[asked] - middle) / spread) ** 2 / (2 * np.log(2))
    return np.asarray(np.clip(np.nan_to_num(bits, nan=0.0), 0.0, _PACE_MOST_BITS))


def _bits(distance: Floats, stratum: Ints, compared: Floats) -> Floats:
    p = np.ones(len(distance))
    for number in np.unique(stratum):
        chosen = stratum == number
        closer = np.searchsorted(compared[number], distance[chosen], side="right")
        p[chosen] = (1 + closer) / (1 + np.isfinite(compared[number]).sum())
    bits: Floats = np.maximum(np.log2(_CALIBRATOR) + (_CALIBRATOR - 1) * np.log2(p), 0.0)
    return bits
