"""Upgrades: accounts that change to a new client version at the same moment, whatever client each pretends to be."""

import polars as pl

from graph.night import Night
from graph.signals.base import Signal, touches
from graph.vocabulary import Channel

_CELL = "10m"
_REACH_HOURS = 6  # an account silent for longer around the change says nothing of its moment
_REACH = f"{_REACH_HOURS}h"


def lock_step(night: Night) -> pl.LazyFrame:
    """Accounts began to send a new client version within the same few minutes, between one request and the next."""
    return touches(moments(night), "upgrade", pl.concat_str("version", "moment", separator=" · "), "at")


def moments(night: Night) -> pl.LazyFrame:
    """account_id, version, moment (text), at: every ten minutes in which an account may have changed to a version new to it.

    The change lies somewhere between the last request with another version and the first with this one.
    """
    own, at = pl.col("client_version"), pl.col("occurred_at")
    rows = night.exchanges.filter(own.is_not_null()).select("account_id", "occurred_at", version=own)
    new = rows.group_by("account_id", "version").agg(at=at.min()).filter(pl.len().over("account_id") > 1)
    return (
        _last_before(rows, new)
        .select(
            "account_id",
            "version",
            at=pl.datetime_ranges(pl.col("before").dt.truncate(_CELL), pl.col("at").dt.truncate(_CELL), _CELL),
        )
        .explode("at")
        .with_columns(moment=pl.col("at").dt.to_string("%Y-%m-%d %H:%M UTC"))
    )


def _last_before(rows: pl.LazyFrame, new: pl.LazyFrame) -> pl.LazyFrame:
    """`new` (account_id, version, at) with `before`, the account's last request with another version, where no more than _REACH before.

    Requests meet the changes of their own piece of time and the next alone, so that nothing needs to be sorted.
    """
    piece = pl.col("at").dt.truncate(_REACH)
    near = pl.concat([new.with_columns(piece=piece), new.with_columns(piece=piece.dt.offset_by(f"-{_REACH}"))])
    asked = rows.rename({"version": "other"}).with_columns(piece=pl.col("occurred_at").dt.truncate(_REACH))
    earlier = (pl.col("occurred_at") < pl.col("at")) | ((pl.col("occurred_at") == pl.col("at")) & (pl.col("other") < pl.col("version")))
    last = asked.join(near, on=["account_id", "piece"]).filter(earlier).group_by("account_id", "version", "at")
    return last.agg(before=pl.col("occurred_at").max()).filter(pl.col("at") - pl.col("before") <= pl.duration(hours=_REACH_HOURS))


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
