"""Quota cycles: accounts that are on and off in a rhythm that no clock on the wall has, as when they wait for a quota to be renewed.

For a period P that is no part of a day or a week, an account's hours of day d add up to one complex number F_d (their mean phase in the
cycle). Whoever lives by the day drifts through the cycle, so the sum over days wanders: |sum F_d|² / sum |F_d|² is exponential with
mean 1, whatever the hours of each day. Whoever keeps the cycle adds up. (Rayleigh's test with days as its steps.)

The sum's direction is the account's phase. Accounts on one shift agree in it more closely than phases drawn evenly would; how closely is
not known before, and where shifts share a short cycle evenly among them only a close look tells them apart: several widths are tried.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.chance import LN2, false_discovery, tail_bits
from graph.night import Night, once
from graph.signals.base import Signal
from graph.signals.links import nothing
from graph.signals.seconds import account_numbers, moments, origin, unpacked
from graph.vocabulary import Channel

# no part of a day, and none of a week: who works the same weekdays keeps those, whatever the hour
PERIODS = tuple(hours for hours in range(5, 41) if 24 % hours and hours % 24 and hours not in (14, 21, 28))
_LEAST_DAYS = 8
_SAME_HOURS = (0.75, 0.375, 0.1875, 0.09375)  # apart in the cycle, and still the same time: the widths tried
_FDR = 0.01
_SUMS = {"row": pl.UInt32, "period": pl.Int64, "bits": pl.Float64, "phase": pl.Float64, "cycle": pl.String}

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def cycles(night: Night) -> pl.LazyFrame:
    """Accounts are active and silent in turns of the same number of hours, a cycle that does not follow the day."""
    return _incidences(_keeping(night), "quota cycle", pl.col("cycle"))


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


@once
def _keeping(night: Night) -> pl.DataFrame:
    """Every account and cycle it keeps: account_id, cycle (text), period, phase (hours), n, first_at, last_at."""
    hours = _hours(night)
    moment = pl.lit(origin(night)) + pl.duration(hours="hour")
    seen = hours.group_by("account", maintain_order=True).agg(
        n=pl.len().cast(pl.Int64), first_at=moment.min(), last_at=moment.max(), days=(pl.col("hour") // 24).n_unique()
    )
    days = np.flatnonzero(hours.select((pl.col("account") * 2**16 + pl.col("hour") // 24).diff().fill_null(1) != 0).to_series())
    accounts = np.cumsum(np.concatenate([[0], seen["days"].to_numpy()[:-1]])).astype(np.int64)
    tested = [_sums(hours["at"].to_numpy(), days, accounts[: seen.height], period) for period in PERIODS]
    kept = pl.concat(tested).filter(false_discovery(pl.col("bits"), max(1, seen.height * len(PERIODS))) <= _FDR)
    named = seen.with_row_index("row").join(kept, on="row").join(account_numbers(night), on="account")
    return named.drop("row", "account", "days").sort("account_id", "period")


def _hours(night: Night) -> pl.DataFrame:
    """account (number), hour (since the first midnight), at (mean time of its exchanges, in hours), in order; of _LEAST_DAYS or more."""
    rows = unpacked(moments(night)).select("account", "s")
    first = np.flatnonzero(rows.select((pl.col("account") * 2**32 + pl.col("s") // 3600).diff().fill_null(1) != 0).to_series())
    hours = rows[first].select("account", hour=pl.col("s") // 3600)
    if hours.is_empty():
        return hours.with_columns(at=pl.lit(0.0))
    mean = np.add.reduceat(rows["s"].to_numpy(), first) / np.diff(first, append=rows.height) / 3600
    return hours.with_columns(at=pl.Series(mean)).filter((pl.col("hour") // 24).n_unique().over("account") >= _LEAST_DAYS)


def _sums(at: Floats, days: Ints, accounts: Ints, period: int) -> pl.DataFrame:
    """row (of an account, in order), period, bits of its keeping that cycle, phase (the hour of it about which it is active), cycle (text).

    days, accounts: where each day begins in `at`, and each account among the days. Without rows too weak to pass any test.
    """
    if not len(at):
        return pl.DataFrame(schema=_SUMS)
    turn = period / (2 * np.pi)
    daily = np.add.reduceat(np.exp(1j * (at % period) / turn), days)
    whole, each = np.add.reduceat(daily, accounts), np.add.reduceat(np.abs(daily) ** 2, accounts)
    z = np.round(np.abs(whole) ** 2 / np.maximum(each, 1e-9), 6)
    row = np.flatnonzero(z >= -np.log(_FDR))
    phase = np.round(np.angle(whole[row]) * turn, 6) % period
    found = pl.DataFrame({"row": row, "bits": z[row] / LN2, "phase": phase})
    return found.select(
        pl.col("row").cast(pl.UInt32), pl.lit(period, pl.Int64).alias("period"), "bits", "phase", cycle=pl.lit(f"turns of {period} hours")
    )


def _together(rows: pl.DataFrame) -> pl.DataFrame:
    """The accounts of one cycle whose phases crowd more than phases drawn evenly would, numbered by crowd (`shift`).

    A scan over widths (Bonferroni): the one at which most accounts crowd, the widest of equals, tells what the same time is.
    """
    rows = rows.sort("phase", "account_id")
    period, phase = float(rows["period"][0]), rows["phase"].to_numpy()
    crowds = [_crowded(phase, period, same) for same in _SAME_HOURS]
    best = int(np.argmax([crowded.sum() for crowded in crowds]))
    kept, same = rows.filter(pl.Series(crowds[best])), _SAME_HOURS[best]
    if kept.is_empty():
        return kept
    at = kept["phase"].to_numpy()
    number = np.cumsum(np.concatenate([[0], np.diff(at) > same]))
    around = at[0] + period - at[-1] <= same
    number = np.where(around & (number == number[-1]), 0, number)
    return kept.with_columns(shift=pl.Series(number + 1, dtype=pl.Int64))


def _crowded(phase: Floats, period: float, same: float) -> npt.NDArray[np.bool_]:
    """Whether each of the sorted phases stands within `same` hours of one about which more stand than chance puts there."""
    near = _near(phase, phase, period, same) - 1
    bits = tail_bits(pl.Series(near), pl.repeat(len(phase) * 2 * same / period, len(phase), eager=True))
    centres = phase[(near > 0) & (bits.to_numpy() >= np.log2(len(phase) * len(_SAME_HOURS) / _FDR))]
    return _near(phase, centres, period, same) > 0


def _near(phase: Floats, others: Floats, period: float, same: float) -> Ints:
    around = np.concatenate([others - period, others, others + period])
    found: Ints = np.searchsorted(around, phase + same, "right") - np.searchsorted(around, phase - same, "left")
    return found


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
