"""Exchanges as numbers: account and second in one, sorted. What the tests of timing walk along, at eight bytes an exchange."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.night import Night, once

Ints = npt.NDArray[np.int64]

_SECONDS = 32  # bits of the second, and one below for the mark


@once
def account_numbers(night: Night) -> pl.DataFrame:
    """account_id, account: every account that acts, numbered from 0 in order of its id."""
    acting = night.exchanges.select("account_id").unique().collect(engine="streaming")
    return acting.sort("account_id").select("account_id", account=pl.int_range(pl.len(), dtype=pl.Int64))


def origin(night: Night) -> dt.datetime:
    """From when seconds are counted: the midnight (UTC) at or before the night's first moment."""
    return dt.datetime.combine(night.first.date(), dt.time(), dt.UTC)


def moments(night: Night, mark: pl.Expr | None = None) -> Ints:
    """Every exchange as account, second since `origin` and one bit for `mark` (null counts as false), sorted; see `unpacked`."""
    second = (pl.col("occurred_at") - pl.lit(origin(night))).dt.total_seconds()
    bit = (pl.lit(False) if mark is None else mark.fill_null(False)).cast(pl.Int64)
    rows = night.exchanges.select("account_id", low=second * 2 + bit).join(account_numbers(night).lazy(), on="account_id")
    packed = rows.select(pl.col("account") * 2 ** (_SECONDS + 1) + pl.col("low")).collect(engine="streaming").to_series()
    return packed.sort().to_numpy()


def unpacked(packed: Ints) -> pl.DataFrame:
    """account, s (seconds since `origin`) and mark of some of the `moments`."""
    second = (packed >> 1) & (2**_SECONDS - 1)
    return pl.DataFrame({"account": packed >> (_SECONDS + 1), "s": second, "mark": (packed & 1).astype(bool)})


def silent(packed: Ints, seconds: int) -> npt.NDArray[np.bool_]:
    """Whether each of the `moments` comes more than so many seconds after the account's one before, or is its first."""
    return np.diff(packed >> 1, prepend=-(2**_SECONDS)) > seconds
