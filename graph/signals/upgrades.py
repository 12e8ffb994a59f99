"""Upgrades: accounts that change to a new client version at the same moment, whatever client each pretends to be."""

import polars as pl

from graph.night import Night
from graph.signals.base import Signal, touches
from graph.vocabulary import Channel

_CELL_MINUTES = 10
_MOST_CELLS = 36  # an account silent for longer around the change says nothing of its moment


def lock_step(night: Night) -> pl.LazyFrame:
    """Accounts began to send a new client version within the same few minutes, between one request and the next."""
    return touches(moments(night), "upgrade", pl.concat_str("version", "moment", separator=" · "), "at")


def moments(night: Night) -> pl.LazyFrame:
    """account_id, version, moment (text), at: every ten minutes in which an account may have changed to a version new to it.

    The change lies somewhere between the last request with another version and the first with this one.
    """
    own = pl.col("client_version")
    rows = (
        night.exchanges.filter(own.is_not_null())
        .select("account_id", "occurred_at", version=own)
        .filter(pl.col("version").n_unique().over("account_id") > 1)
        .sort("account_id", "occurred_at", "version")
        .with_columns(before=pl.col("occurred_at").shift(1).over("account_id"))
        .filter(pl.col("version").is_first_distinct().over("account_id"), pl.col("before").is_not_null())
        .filter(pl.col("occurred_at") - pl.col("before") <= pl.duration(minutes=_CELL_MINUTES * _MOST_CELLS))
    )
    cell = f"{_CELL_MINUTES}m"
    return (
        rows.select(
            "account_id",
            "version",
            at=pl.datetime_ranges(pl.col("before").dt.truncate(cell), pl.col("occurred_at").dt.truncate(cell), cell),
        )
        .explode("at")
        .with_columns(moment=pl.col("at").dt.to_string("%Y-%m-%d %H:%M UTC"))
    )


SIGNALS = (
    Signal(
        Channel.TIMING,
        "upgrade",
        "{members} of {accounts} accounts changed to one client version within the same minutes",
        ("exchanges", ("client_version",)),
        lock_step,
        software=True,  # a client that updates itself takes all who use it along
    ),
)
