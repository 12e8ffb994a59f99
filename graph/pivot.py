"""Release pivot: did the members' traffic move to a new model within a day of its release, when everyone else's did not?

Tested on accounts, not on exchanges, since one account's requests go together: an account moved when at least half of its
exchanges in the day measured (see graph.releases) are on the new model, a declared organisation being one account. Chance is the
binomial tail at the others' rate (Clopper and Pearson 1934), with the false discovery rate over all clusters and releases held
to 0.001 (Benjamini and Hochberg 1995). The mark is the share moved beyond everyone else's, of what could move beyond it.
"""

from typing import Any

import numpy as np
import polars as pl
from scipy.special import bdtrc

from graph import chance
from graph.found import Found

SCHEMA: dict[str, pl.DataType] = {
    "cluster": pl.Int32(),
    "pivot": pl.Float64(),
    "pivot_model": pl.String(),
    "pivot_at": pl.Datetime("us", "UTC"),
    "pivot_share": pl.Float64(),
    "others_share": pl.Float64(),
    "pivot_q": pl.Float64(),
}
_SIGNIFICANT_Q = 0.001


def pivots(found: Found, moves: pl.DataFrame) -> pl.DataFrame:
    """The strongest significant pivot of each cluster that has one: see SCHEMA."""
    inside = moves.join(found.groups.with_columns(pl.col("account").cast(pl.UInt32)), on="account")
    if inside.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    own, everyone = _rates(inside, ["cluster", "model", "released_at"]), _rates(moves, ["model"])
    both = own.join(everyone, on="model", suffix="_all").with_columns(
        others=pl.col("units_all") - pl.col("units"), others_moved=pl.col("movers_all") - pl.col("movers")
    )
    rate = (both["others_moved"].to_numpy() + 0.5) / (both["others"].to_numpy() + 1)
    tail = bdtrc(both["movers"].to_numpy() - 1, both["units"].to_numpy(), rate)
    told = both.with_columns(bits=pl.Series(-np.log2(np.maximum(tail, 1e-300))))
    others_share = ((pl.col("moved_all") - pl.col("moved")) / (pl.col("sent_all") - pl.col("sent")).clip(1)).clip(0, 1)
    return (
        told.with_columns(
            pivot_q=chance.false_discovery(pl.col("bits"), told.height),
            pivot_share=pl.col("moved") / pl.col("sent"),
            others_share=others_share,
        )
        .with_columns(pivot=((pl.col("pivot_share") - pl.col("others_share")) / (1 - pl.col("others_share"))).fill_nan(0.0).clip(0, 1))
        .filter(pl.col("pivot_q") <= _SIGNIFICANT_Q, pl.col("pivot") > 0)
        .sort(["cluster", "pivot", "model"], descending=[False, True, False])
        .unique("cluster", keep="first", maintain_order=True)
        .select(
            "cluster",
            "pivot",
            pivot_model="model",
            pivot_at="released_at",
            pivot_share="pivot_share",
            others_share="others_share",
            pivot_q="pivot_q",
        )
    )


def _rates(moves: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """By `key`: units, movers among them, and exchanges sent and moved."""
    units = moves.group_by(*key, "unit").agg(pl.col("sent", "moved").sum())
    return (
        units.group_by(key)
        .agg(
            units=pl.len().cast(pl.Int64),
            movers=(pl.col("moved") * 2 >= pl.col("sent")).sum().cast(pl.Int64),
            sent=pl.col("sent").sum(),
            moved=pl.col("moved").sum(),
        )
        .sort(key)
    )


def sentence(row: dict[str, Any]) -> str:
    """How a sentence on structure ends for a row with a pivot; empty for one without."""
    if not row.get("pivot"):
        return ""
    return (
        f"; a day after {row['pivot_model']} first appeared ({row['pivot_at']:%Y-%m-%d}), {row['pivot_share']:.0%} of their traffic"
        f" was on it, of everyone else's {row['others_share']:.0%} (q {row['pivot_q']:.0e})"
    )
