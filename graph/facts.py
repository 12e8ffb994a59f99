"""What each account did, in numbers that scoring compares with everyone's."""

import polars as pl

from graph.night import Night
from graph.store.snapshot import FRAMES


def account_facts(night: Night, accounts: pl.DataFrame) -> pl.DataFrame:
    """One row per account of `accounts` (account, account_id, unit).

    Columns: those of frame `accounts`, and per_day (exchanges per active day), hours_per_day (distinct active hours per active
    day), night (share of its exchanges in the eight hours on the clock that are its quietest; 1/3 is round the clock),
    sentences (signed prompt parts sent), banned.
    """
    hourly = night.exchanges.group_by("account_id", hour=pl.col("occurred_at").dt.truncate("1h")).agg(
        n=pl.len().cast(pl.Int64), first=pl.col("occurred_at").min(), last=pl.col("occurred_at").max()
    )
    active = hourly.group_by("account_id").agg(
        first_seen=pl.col("first").min(),
        last_seen=pl.col("last").max(),
        exchanges=pl.col("n").sum(),
        days_active=pl.col("hour").dt.date().n_unique().cast(pl.Int64),
        hours=pl.len(),
    )
    acted = night.enforcement.group_by("account_id").agg(actions=pl.len())
    known = night.accounts.select("account_id", "org_id", "created_at", "status")
    return (
        accounts.lazy()
        .join(known, on="account_id", how="left")
        .join(active, on="account_id", how="left")
        .join(acted, on="account_id", how="left")
        .join(_nights(hourly), on="account_id", how="left")
        .join(night.fragments.group_by("account_id").agg(sentences=pl.col("n").sum()), on="account_id", how="left")
        .with_columns(pl.col("exchanges", "days_active").fill_null(0), banned=pl.col("actions").is_not_null())
        .with_columns(per_day=pl.col("exchanges") / pl.col("days_active"), hours_per_day=pl.col("hours") / pl.col("days_active"))
        .select("account", "unit", *FRAMES["accounts"], "per_day", "hours_per_day", "night", "sentences", "banned")
        .sort("account")
        .collect(engine="streaming")
    )


def _nights(hourly: pl.LazyFrame) -> pl.LazyFrame:
    """Share of an account's exchanges in its quietest eight consecutive hours of the clock."""
    clock = hourly.group_by("account_id", clock=pl.col("hour").dt.hour()).agg(pl.col("n").sum())
    starts = clock.select("account_id", "n", start=(pl.col("clock").cast(pl.Int32) - pl.int_ranges(0, 8)) % 24).explode("start")
    covered = starts.group_by("account_id", "start").agg(pl.col("n").sum())
    total = clock.group_by("account_id").agg(total=pl.col("n").sum())
    quietest = covered.group_by("account_id").agg(least=pl.col("n").min(), starts=pl.len())
    silent = pl.when(pl.col("starts") < 24).then(0).otherwise(pl.col("least"))
    return quietest.join(total, on="account_id").select("account_id", night=silent / pl.col("total"))
