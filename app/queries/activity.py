"""When a cluster or an account was active: days by channel, waves, and an hour-by-hour matrix of accounts."""

import datetime as dt
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import polars as pl

from app.queries.night import Night
from app.queries.view import View
from app.queries.words import shown
from graph.vocabulary import CHANNELS, TIME, Channel

ALL = "all"  # the timeline's row that counts the members' exchanges
MIN_WAVE_DAYS = 2
MAX_WAVES = 9


@dataclass(frozen=True)
class Timeline:
    """Observations by day: `days` without gaps; `channels` and `exchanges` of the same length."""

    days: list[dt.date]
    channels: dict[Channel, list[int]]
    exchanges: list[int]


@dataclass(frozen=True)
class Lanes:
    """Exchanges by account and hour. `counts[i, j]` belongs to accounts[i] and hours[j]; `of` accounts there are in all."""

    accounts: list[str]
    hours: list[dt.datetime]
    counts: np.ndarray
    of: int


def timeline(night: Night, cluster_id: str, view: View) -> Timeline:
    """The cluster's linked observations by day for the channels of `view`; all days, so that the brush can widen again."""
    frame = night.frame("timeline").filter(pl.col("cluster_id") == cluster_id).group_by("day", "channel").agg(pl.col("n").sum())
    if frame.is_empty():
        return Timeline([], {}, [])
    days = pl.DataFrame({"day": _steps(frame["day"].to_list(), dt.timedelta(days=1))})
    wide = days.join(frame.pivot("channel", index="day", values="n"), on="day", how="left").fill_null(0).sort("day")
    present = [c for c in CHANNELS if c in view.channels and c.value in wide.columns]
    exchanges = wide[ALL].to_list() if ALL in wide.columns else [0] * wide.height
    return Timeline(wide["day"].to_list(), {c: wide[c.value].to_list() for c in present}, exchanges)


def waves(days: list[dt.date], counts: list[int]) -> list[tuple[dt.date, dt.date]]:
    """Runs of days that stand out: above the mean and above twice the median, one quiet day bridged. At most nine, in order.

    A reading aid for the eye, no evidence: nothing is scored by it.
    """
    if len(days) < 7 or not any(counts):
        return []
    ordered = sorted(counts)
    level = max(sum(counts) / len(counts), 2 * ordered[len(ordered) // 2])
    runs: list[tuple[int, int]] = []
    for place, count in enumerate(counts):
        if count > level:
            runs = [*runs[:-1], (runs[-1][0], place)] if runs and place - runs[-1][1] <= 2 else [*runs, (place, place)]
    long = [(a, b) for a, b in runs if b - a + 1 >= MIN_WAVE_DAYS]
    biggest = sorted(long, key=lambda run: -sum(counts[run[0] : run[1] + 1]))[:MAX_WAVES]
    return [(days[a], days[b]) for a, b in sorted(biggest)]


def lanes(night: Night, cluster_id: str, view: View, limit: int = 40) -> Lanes:
    """The `limit` busiest members within `view`, hour by hour, ordered by the hour they began: rotation shows as steps."""
    members = night.frame("members").filter(pl.col("cluster_id") == cluster_id)["account_id"]
    active = _within(night.activity(members), view)
    if active.is_empty():
        return Lanes([], [], np.zeros((0, 0), np.int64), members.len())
    totals = active.group_by("account_id").agg(pl.col("exchanges").sum(), pl.col("hour").min().alias("began"))
    top = totals.sort("exchanges", "account_id", descending=[True, False]).head(limit).sort("began", "account_id")
    hours = _steps(active["hour"].to_list(), dt.timedelta(hours=1))
    grid = top.select("account_id").with_row_index("lane").join(pl.DataFrame({"hour": hours}, schema={"hour": TIME}), how="cross")
    full = grid.join(active.group_by("account_id", "hour").agg(pl.col("exchanges").sum()), on=["account_id", "hour"], how="left")
    counts = full.sort("lane", "hour")["exchanges"].fill_null(0).to_numpy().reshape(top.height, len(hours))
    return Lanes([shown(a, 40) for a in top["account_id"]], hours, counts, members.len())


def _within(active: pl.DataFrame, view: View) -> pl.DataFrame:
    if view.first:
        active = active.filter(pl.col("hour").dt.date() >= view.first)
    if view.last:
        active = active.filter(pl.col("hour").dt.date() <= view.last)
    return active


def by_day(night: Night, account_id: str) -> Timeline:
    """One account's exchanges by day."""
    active = night.activity(pl.Series([account_id])).group_by(pl.col("hour").dt.date().alias("day")).agg(pl.col("exchanges").sum())
    if active.is_empty():
        return Timeline([], {}, [])
    days = pl.DataFrame({"day": _steps(active["day"].to_list(), dt.timedelta(days=1))})
    filled = days.join(active, on="day", how="left").sort("day")
    return Timeline(filled["day"].to_list(), {}, filled["exchanges"].fill_null(0).to_list())


def within(seen: Timeline, view: View) -> int:
    """Exchanges of a timeline on the days of `view`."""
    days = zip(seen.days, seen.exchanges, strict=True)
    return sum(n for d, n in days if (not view.first or d >= view.first) and (not view.last or d <= view.last))


Moment = TypeVar("Moment", dt.date, dt.datetime)


def _steps(seen: list[Moment], step: dt.timedelta) -> list[Moment]:
    """From the first of `seen` to the last, without gaps."""
    first, last = min(seen), max(seen)
    return [first + step * i for i in range((last - first) // step + 1)]
