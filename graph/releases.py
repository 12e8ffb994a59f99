"""Who moved to a new model at once: a mark of campaigns, which follow a release within a day while people take weeks.

A release is a model name first seen on or after the fourth day of the window, used by one account in a hundred that are active a
day later (the most used five). An account's share is measured in the 24 hours that begin 24 hours after the first sighting, and
only for accounts that were active before it: who opens an account for a new model has not moved.
"""

import datetime as dt

import polars as pl

from graph.night import Night

_UNSEEN = dt.timedelta(days=3)  # before, every model of the window would look new
_DAY = dt.timedelta(days=1)
_LEAST_USED = 0.01
_MOST_RELEASES = 5

MOVES: dict[str, pl.DataType] = {
    "model": pl.String(),
    "released_at": pl.Datetime("us", "UTC"),
    "account": pl.UInt32(),
    "unit": pl.Int32(),
    "sent": pl.Int64(),
    "moved": pl.Int64(),
}


def look(night: Night, accounts: pl.DataFrame) -> pl.DataFrame:
    """For each release and each of `accounts` (account, account_id, unit) active before it and a day after: see MOVES.

    sent: its exchanges in the day measured; moved: those on the new model.
    """
    first = (
        night.exchanges.filter(pl.col("model").is_not_null())
        .group_by("model")
        .agg(released_at=pl.col("occurred_at").min())
        .filter(pl.col("released_at").is_between(night.first + _UNSEEN, night.until - 2 * _DAY))
        .sort("released_at", "model")
        .collect(engine="streaming")
    )
    if first.is_empty():
        return pl.DataFrame(schema=MOVES)
    spans = pl.any_horizontal(
        pl.col("occurred_at").is_between(at + _DAY, at + 2 * _DAY, closed="left") for at in first["released_at"].unique()
    )
    known = accounts.lazy().select("account_id", "account", "unit")
    near = (
        night.exchanges.filter(spans).select("account_id", "occurred_at", "model").join(known, on="account_id").collect(engine="streaming")
    )
    began = (
        night.exchanges.group_by("account_id")
        .agg(began=pl.col("occurred_at").min())
        .join(known, on="account_id")
        .collect(engine="streaming")
    )
    measured = [_measured(near, began, model, at) for model, at in first.iter_rows()]
    used = sorted((frame for frame in measured if _share_of_users(frame) >= _LEAST_USED), key=_share_of_users, reverse=True)
    return pl.concat([pl.DataFrame(schema=MOVES), *used[:_MOST_RELEASES]]).sort("released_at", "model", "account")


def _measured(near: pl.DataFrame, began: pl.DataFrame, model: str, at: dt.datetime) -> pl.DataFrame:
    day = near.filter(pl.col("occurred_at").is_between(at + _DAY, at + 2 * _DAY, closed="left"))
    counted = day.group_by("account", "unit").agg(sent=pl.len().cast(pl.Int64), moved=(pl.col("model") == model).sum().cast(pl.Int64))
    before = began.filter(pl.col("began") < at).select("account")
    told = counted.join(before, on="account", how="semi").with_columns(model=pl.lit(model), released_at=pl.lit(at, MOVES["released_at"]))
    return told.select(pl.col(name).cast(kind) for name, kind in MOVES.items())


def _share_of_users(measured: pl.DataFrame) -> float:
    return float((measured["moved"] > 0).mean() or 0.0)  # type: ignore[arg-type]
