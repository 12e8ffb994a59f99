"""Quota cycles: accounts that are on and off in a rhythm that no clock on the wall has, as when they wait for a quota to be renewed.

For a period P that does not divide a day, an account's hours of day d add up to one complex number F_d (their mean phase in the
cycle). Whoever lives by the day drifts through the cycle, so the sum over days wanders: |sum F_d|² / sum |F_d|² is exponential with
mean 1, whatever the hours of each day. Whoever keeps the cycle adds up. (Rayleigh's test with days as its steps.)
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.night import Night
from graph.signals.base import Signal
from graph.signals.links import nothing
from graph.vocabulary import Channel

PERIODS = tuple(hours for hours in range(5, 41) if 24 % hours and hours % 24)
_LEAST_DAYS = 8
_FDR = 0.01


def cycles(night: Night) -> pl.LazyFrame:
    """Accounts are active and silent in turns of the same number of hours, a cycle that does not follow the day."""
    hour = pl.col("occurred_at").dt.truncate("1h")
    hours = (
        night.exchanges.select("account_id", hour=hour, at=(hour - night.first).dt.total_hours().cast(pl.Int64))
        .unique()
        .with_columns(day=pl.col("at") // 24)
        .filter(pl.col("day").n_unique().over("account_id") >= _LEAST_DAYS)
        .sort("account_id", "at")
        .collect(engine="streaming")
    )
    if hours.is_empty():
        return nothing()
    seen = hours.group_by("account_id", maintain_order=True).agg(n=pl.len().cast(pl.Int64), first_at=pl.col("hour").min(), last_at=pl.col("hour").max())
    bits = np.stack([_coherence(hours, period) for period in PERIODS], axis=1)
    rows, columns = np.nonzero(_kept(bits))
    names = pl.Series([f"turns of {period} hours" for period in PERIODS]).gather(columns)
    return seen[rows].with_columns(kind=pl.lit("quota cycle"), value=names).lazy().select("account_id", "kind", "value", "n", "first_at", "last_at")


def _coherence(hours: pl.DataFrame, period: int) -> npt.NDArray[np.float64]:
    """|sum F_d|² / sum |F_d|² of each account, in order of account_id."""
    angle = pl.col("at") * (2 * np.pi / period)
    days = hours.lazy().group_by("account_id", "day").agg(x=angle.cos().sum(), y=angle.sin().sum())
    sums = days.group_by("account_id").agg(
        z=(pl.col("x").sum() ** 2 + pl.col("y").sum() ** 2) / (pl.col("x") ** 2 + pl.col("y") ** 2).sum().clip(1e-9)
    )
    found: npt.NDArray[np.float64] = sums.sort("account_id").collect(engine="streaming")["z"].to_numpy()
    return found


def _kept(z: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Where exp(-z) stays below _FDR by Benjamini and Hochberg, over all accounts and periods."""
    flat = np.sort(z, axis=None)[::-1]
    passed = np.flatnonzero(np.exp(-flat) <= _FDR * np.arange(1, flat.size + 1) / flat.size)
    return z >= (flat[passed[-1]] if len(passed) else np.inf)


SIGNALS = (
    Signal(
        Channel.TIMING,
        "quota cycle",
        "{members} of {accounts} accounts work and rest in one cycle that does not follow the day",
        ("exchanges", ("occurred_at",)),
        cycles,
        doubt=_FDR,
    ),
)
