"""Quota cycles: accounts that are on and off in a rhythm that no clock on the wall has, as when they wait for a quota to be renewed.

For a period P that is no part of a day or a week, an account's hours of day d add up to one complex number F_d (their mean phase in the
cycle). Whoever lives by the day drifts through the cycle, so the sum over days wanders: |sum F_d|² / sum |F_d|² is exponential with
mean 1, whatever the hours of each day. Whoever keeps the cycle adds up. (Rayleigh's test with days as its steps.)
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import pdtrc

from graph.night import Night
from graph.signals.base import Signal
from graph.signals.links import nothing
from graph.vocabulary import Channel

# no part of a day, and none of a week: who works the same weekdays keeps those, whatever the hour
PERIODS = tuple(hours for hours in range(5, 41) if 24 % hours and hours % 24 and hours not in (14, 21, 28))
_LEAST_DAYS = 8
_SAME_HOURS = 0.75  # apart in the cycle, and still the same time
_FDR = 0.01


def cycles(night: Night) -> pl.LazyFrame:
    """Accounts are active and silent in turns of the same number of hours, a cycle that does not follow the day."""
    kept = _keeping(night)
    return _incidences(kept, "quota cycle", pl.col("cycle"))


def shifts(night: Night) -> pl.LazyFrame:
    """Accounts come on and go off at the same time of one cycle that does not follow the day, as if by one clock."""
    kept = _keeping(night).with_columns(shift=pl.lit(None, pl.Int64))
    together = [_together(rows) for _, rows in kept.group_by("cycle", maintain_order=True)]
    named = pl.concat([kept.clear(), *together])
    return _incidences(named, "quota shift", pl.concat_str(pl.lit("shift "), pl.col("shift"), pl.lit(" of "), "cycle"))


def _incidences(kept: pl.DataFrame, kind: str, value: pl.Expr) -> pl.LazyFrame:
    if kept.is_empty():
        return nothing()
    return kept.lazy().select("account_id", pl.lit(kind).alias("kind"), value.alias("value"), "n", "first_at", "last_at")


def _keeping(night: Night) -> pl.DataFrame:
    """Every account and cycle it keeps: account_id, cycle (text), period (hours), phase (hours into it), n, first_at, last_at."""
    hour = pl.col("occurred_at").dt.truncate("1h")
    hours = (
        night.exchanges.select("account_id", hour=hour, at=(hour - night.first).dt.total_hours().cast(pl.Int64))
        .unique()
        .with_columns(day=pl.col("at") // 24)
        .filter(pl.col("day").n_unique().over("account_id") >= _LEAST_DAYS)
        .sort("account_id", "at")
        .collect(engine="streaming")
    )
    seen = hours.group_by("account_id", maintain_order=True).agg(
        n=pl.len().cast(pl.Int64), first_at=pl.col("hour").min(), last_at=pl.col("hour").max()
    )
    sums = [_sums(hours, period) for period in PERIODS]
    rows, columns = np.nonzero(_kept(np.stack([one["z"].to_numpy() for one in sums], axis=1)))
    phase = np.stack([one["phase"].to_numpy() for one in sums], axis=1)[rows, columns]
    period = np.array(PERIODS)[columns]
    return seen[rows].with_columns(
        period=pl.Series(period, dtype=pl.Int64),
        phase=pl.Series(phase),
        cycle=pl.format("turns of {} hours", pl.Series(period, dtype=pl.Int64)),
    )


def _sums(hours: pl.DataFrame, period: int) -> pl.DataFrame:
    """Of each account, in order: z = |sum F_d|² / sum |F_d|², and phase, the hour of the cycle about which it is active."""
    angle = pl.col("at") * (2 * np.pi / period)
    days = hours.lazy().group_by("account_id", "day").agg(x=angle.cos().sum(), y=angle.sin().sum())
    x, y = pl.col("x"), pl.col("y")
    return (
        days.group_by("account_id")
        .agg(z=(x.sum() ** 2 + y.sum() ** 2) / (x**2 + y**2).sum().clip(1e-9), phase=pl.arctan2(y.sum(), x.sum()))
        .select("account_id", pl.col("z").round(6), phase=(pl.col("phase") * (period / (2 * np.pi))).round(6) % period)
        .sort("account_id")
        .collect(engine="streaming")
    )


def _kept(z: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Where exp(-z) stays below _FDR by Benjamini and Hochberg, over all accounts and periods."""
    flat = np.sort(z, axis=None)[::-1]
    passed = np.flatnonzero(np.exp(-flat) <= _FDR * np.arange(1, flat.size + 1) / max(1, flat.size))
    return np.asarray(z >= (flat[passed[-1]] if len(passed) else np.inf))


def _together(rows: pl.DataFrame) -> pl.DataFrame:
    """The accounts of one cycle whose phases crowd more than phases drawn evenly would, numbered by crowd (`shift`)."""
    period, phase = float(rows["period"][0]), rows["phase"].to_numpy()
    order = np.sort(np.concatenate([phase - period, phase, phase + period]))
    near = np.searchsorted(order, phase + _SAME_HOURS, "right") - np.searchsorted(order, phase - _SAME_HOURS, "left") - 1
    crowded = pdtrc(near - 1, len(phase) * 2 * _SAME_HOURS / period) * len(phase) <= _FDR
    kept = rows.filter(pl.Series(crowded & (near > 0))).sort("phase", "account_id")
    if kept.is_empty():
        return kept
    at = kept["phase"].to_numpy()
    number = np.cumsum(np.concatenate([[0], np.diff(at) > _SAME_HOURS]))
    around = at[0] + period - at[-1] <= _SAME_HOURS
    number = np.where(around & (number == number[-1]), 0, number)
    return kept.with_columns(shift=pl.Series(number + 1, dtype=pl.Int64))


SIGNALS = (
    Signal(
        Channel.TIMING,
        "quota cycle",
        "{members} of {accounts} accounts work and rest in one cycle that does not follow the day",
        ("exchanges", ("occurred_at",)),
        cycles,
        doubt=_FDR,
    ),
    Signal(
        Channel.TIMING,
        "quota shift",
        "{members} of {accounts} accounts come on and go off together, in a cycle that does not follow the day",
        ("exchanges", ("occurred_at",)),
        shifts,
        doubt=_FDR,
        conclusive=True,
    ),
)
