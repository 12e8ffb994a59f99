"""Does it look like extraction? Activity times coordination, in numbers beside everyone else's on the same night."""

import polars as pl

from graph.found import Found
from graph.vocabulary import Channel

_ORDINARY, _EXTREME = 0.5, 0.95  # percentiles between which a mark grows from 0 to 1
_COMMON_WORDING = 0.5  # share of what members send, above which the mark is full


def marks(found: Found) -> pl.DataFrame:
    """Per cluster: extraction and its marks volume, pace, breadth, evenness, wording (each 0 to 1), with the figures behind them."""

    def percentile(column: str) -> pl.Expr:
        return pl.col(column).rank() / pl.col(column).count()

    def mark(value: pl.Expr) -> pl.Expr:
        return ((value - _ORDINARY) / (_EXTREME - _ORDINARY)).clip(0, 1)

    active = found.facts.filter(pl.col("exchanges") > 0)
    ranked = active.with_columns(
        busy=percentile("exchanges"), fast=percentile("per_day"), broad=percentile("hours_per_day"), log_pace=pl.col("per_day").log()
    )
    usual = float(ranked.select(pl.col("log_pace").std()).item() or 1.0)
    return (
        found.groups.join(ranked.select("account", "busy", "fast", "broad", "log_pace", "sentences"), on="account")
        .join(_common_wording(found), on=["cluster", "account"], how="left")
        .group_by("cluster")
        .agg(
            busy=pl.col("busy").median(),
            fast=pl.col("fast").median(),
            broad=pl.col("broad").median(),
            spread=pl.col("log_pace").std().fill_null(usual) / usual,
            wording_share=(pl.col("common").sum() / pl.col("sentences").sum().clip(1)).fill_nan(0.0),
        )
        .with_columns(
            volume=mark(pl.col("busy")),
            pace=mark(pl.col("fast")),
            breadth=mark(pl.col("broad")),
            evenness=(1 - pl.col("spread")).clip(0, 1),
            wording=(pl.col("wording_share") / _COMMON_WORDING).clip(0, 1),
        )
        .with_columns(extraction=pl.mean_horizontal("volume", "pace", "breadth") * (1 - (1 - pl.col("evenness")) * (1 - pl.col("wording"))))
        .sort("cluster")
    )


def _common_wording(found: Found) -> pl.DataFrame:
    """cluster, account, common: how often the account sent sentences that are over-represented in the cluster."""
    bipartite = found.bipartite
    sentences = bipartite.kinds.filter(pl.col("channel") == Channel.PROMPT.value)["kind"]
    return (
        found.evidence.filter(pl.col("kind").is_in(sentences.implode()))
        .join(bipartite.links.select("account", "entity", "n"), on=["account", "entity"])
        .group_by("cluster", "account")
        .agg(common=pl.col("n").sum())
    )


def sentences(row: dict[str, float]) -> tuple[str, ...]:
    """The figures behind a row of `marks`, in words."""
    if row.get("busy") is None:
        return ("No member was active in the window.",)
    return (
        *([f"{row['synchronous']:.0%} of members share their very seconds with others."] if row["synchronous"] >= 0.1 else []),
        f"The median member sends more than {row['busy']:.0%} of all accounts, more a day than {row['fast']:.0%} of them,"
        f" and is active in more hours of its days than {row['broad']:.0%} of them.",
        f"Members' daily volumes vary {row['spread']:.2f} times as much as people's;"
        f" {row['wording_share']:.0%} of what they send is common wording.",
    )
