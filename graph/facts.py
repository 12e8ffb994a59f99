"""What each account did, in numbers that scoring compares with everyone's."""

import polars as pl

from graph.night import Night
from graph.rhythm import clock_bound
from graph.store.snapshot import FRAMES


def account_facts(night: Night, accounts: pl.DataFrame) -> pl.DataFrame:
    """One row per account of `accounts` (account, account_id, unit).

    Columns: those of frame `accounts`, and per_day (exchanges per active day), hours_per_day (distinct active hours per active
    day), clock_bound (rhythm.clock_bound), sentences (signed prompt parts sent).
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
    known = night.accounts.select("account_id", "org_id", "created_at", "status")
    return (
        accounts.lazy()
        .join(known, on="account_id", how="left")
        .join(active, on="account_id", how="left")
        .join(clock_bound(night).lazy(), on="account_id", how="left")
        .join(night.fragments.group_by("account_id").agg(sentences=pl.col("n").sum()), on="account_id", how="left")
        .with_columns(pl.col("exchanges", "days_active").fill_null(0))
        .with_columns(per_day=pl.col("exchanges") / pl.col("days_active"), hours_per_day=pl.col("hours") / pl.col("days_active"))
        .select("account", "unit", *FRAMES["accounts"], "per_day", "hours_per_day", "clock_bound", "sentences")
        .sort("account")
        .collect(engine="streaming")
    )
