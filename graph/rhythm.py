"""Rhythm: how much better an account's days, hours and pace match a group's than those of equally busy strangers do.

The likeness of an account to a group is a distance between square roots of activity shares (Hellinger) by day and by hour of
the clock, and between logarithms of daily pace. Its p-value is empirical: the share of a sample of other accounts, as busy as
this one, that match the group as well; so weekdays, office hours and newcomers' start dates cost nothing to those who merely
share them with everyone. Bits are the logarithm of an e-value made from p (Vovk and Wang 2021), never more than the sample allows.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.night import Night

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_HOURS_WEIGHT = 0.7
_PACE_WEIGHT = 0.35  # so that twice the pace is as far as a tenth of the days exchanged
_STRATA = 8  # of equal size, by exchanges
_SAMPLE = 16_384
_LEAST_EXCHANGES = 5
_CALIBRATOR = 0.25  # e = k p^(k-1)


@dataclass(frozen=True)
class Rhythms:
    """rows: account → row of `vectors` (-1 where too little was seen). stratum: of each row. sample: rows compared against."""

    rows: Ints
    vectors: Floats
    stratum: Ints
    sample: Ints


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
    at, n = rows[counts["account"].to_numpy()], counts["n"].to_numpy().astype(np.float32)
    days = _spread(at, counts["day"].to_numpy(), n, len(present), (night.until.date() - night.first.date()).days + 1)
    clock = _spread(at, counts["clock"].to_numpy(), n, len(present), 24)
    total = days.sum(axis=1)
    pace = np.log2(total / np.maximum((days > 0).sum(axis=1), 1)).astype(np.float32)
    parts = [_root_shares(days), _HOURS_WEIGHT * _root_shares(clock), _PACE_WEIGHT * pace[:, None]]
    stratum = np.argsort(np.argsort(total, kind="stable"), kind="stable") * _STRATA // max(1, len(present))
    sample = np.arange(0, len(present), max(1, len(present) // _SAMPLE))
    return Rhythms(rows, np.concatenate(parts, axis=1).astype(np.float32), stratum.astype(np.int64), sample)


def _spread(row: Ints, column: Ints, n: Floats, height: int, width: int) -> Floats:
    flat = np.bincount(row * width + column, weights=n, minlength=height * width)
    return flat.reshape(height, width).astype(np.float32)


def _root_shares(counts: Floats) -> Floats:
    shares: Floats = np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)).astype(np.float32)
    return shares


def likeness(known: Rhythms, groups: pl.DataFrame, pairs: pl.DataFrame) -> pl.Series:
    """Bits for each row of `pairs` (cluster, account), 0 or more; `groups` (cluster, account) says who is in which cluster."""
    inside = groups.select("cluster", row=pl.Series(known.rows[groups["account"].to_numpy()])).filter(pl.col("row") >= 0)
    asked = pairs.select("cluster", row=pl.Series(known.rows[pairs["account"].to_numpy()])).with_row_index("position")
    asked = asked.filter(pl.col("row") >= 0).join(inside.with_columns(member=True), on=["cluster", "row"], how="left")
    held = {int(str(c)): rows["row"].to_numpy() for (c,), rows in inside.group_by("cluster")}
    bits = np.zeros(pairs.height)
    for (cluster,), rows in asked.group_by("cluster"):
        members = held.get(int(str(cluster)))
        if members is not None and len(members) >= 2:
            is_member = rows["member"].fill_null(False).to_numpy()
            bits[rows["position"].to_numpy()] = _bits(known, members, rows["row"].to_numpy(), is_member)
    return pl.Series("bits", bits)


def _bits(known: Rhythms, members: Ints, asked: Ints, is_member: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    centre = known.vectors[members].mean(axis=0)
    own = known.vectors[asked]
    n = len(members)
    others = np.where(is_member[:, None], (centre * n - own) / (n - 1), centre)
    distance = ((own - others) ** 2).sum(axis=1)
    strangers = known.sample[~np.isin(known.sample, members)]
    theirs = ((known.vectors[strangers] - centre) ** 2).sum(axis=1)
    p = np.ones(len(asked))
    for stratum in np.unique(known.stratum[asked]):
        compared = np.sort(theirs[known.stratum[strangers] == stratum])
        chosen = known.stratum[asked] == stratum
        p[chosen] = (1 + np.searchsorted(compared, distance[chosen], side="right")) / (1 + len(compared))
    e_bits = np.log2(_CALIBRATOR) + (_CALIBRATOR - 1) * np.log2(p)
    bits: npt.NDArray[np.float64] = np.maximum(e_bits, 0.0)
    return bits
