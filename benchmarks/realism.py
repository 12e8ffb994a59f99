"""What the accounts of each kind do in a simulated world, to be held against real logs. No detector takes part.

`benchmarks/realism.py WORLD` prints a Markdown table: requests an account (quantiles), active days, addresses, busiest hour, and the
share of requests whose words nobody else in the world has sent.
"""

import argparse
from pathlib import Path

import polars as pl

HEAD = "| kind | accounts | silent | requests | p10 | p50 | p90 | p99 | days p50 | addresses p50 | p90 | busiest hour p90 | own words |"


def main() -> None:
    """Parse arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", type=Path)
    world = parser.parse_args().world
    truth = pl.read_parquet(world / "truth.parquet").sort("account_id", "kind").unique("account_id", keep="first")
    print("\n".join([HEAD, f"|{'---|' * (HEAD.count('|') - 1)}", *rows(truth, pl.scan_parquet(world / "exchanges"))]))


def rows(truth: pl.DataFrame, exchanges: pl.LazyFrame) -> list[str]:
    """A row a kind, the busiest kind first."""
    text = pl.col("prompt").hash()
    sent = exchanges.select("account_id", "occurred_at", "ip", words=text)
    shared = sent.group_by("words").agg(people=pl.col("account_id").n_unique())
    hour = sent.group_by("account_id", pl.col("occurred_at").dt.truncate("1h")).len().group_by("account_id").agg(hour=pl.col("len").max())
    each = sent.join(shared, "words").group_by("account_id")
    each = each.agg(
        n=pl.len(), days=pl.col("occurred_at").dt.date().n_unique(), ips=pl.col("ip").n_unique(), own=(pl.col("people") == 1).sum()
    )
    table = truth.lazy().select("account_id", "kind").join(each, "account_id", "left").join(hour, "account_id", "left")
    table = (
        table.with_columns(pl.col("n").fill_null(0))
        .group_by("kind")
        .agg(
            pl.len(),
            pl.col("n").eq(0).mean().alias("silent"),
            pl.col("n").sum().alias("all"),
            *(pl.col("n").quantile(q).alias(f"p{q}") for q in (0.1, 0.5, 0.9, 0.99)),
            pl.col("days").quantile(0.5),
            pl.col("ips").quantile(0.5).alias("ips50"),
            pl.col("ips").quantile(0.9).alias("ips90"),
            pl.col("hour").quantile(0.9),
            own=pl.col("own").sum() / pl.col("n").sum(),
        )
    )
    found = table.sort("all", "kind", descending=[True, False]).collect().iter_rows()
    return [
        f"| {kind} | {n} | {silent:.0%} | {' | '.join(f'{v:.0f}' for v in rest)} | {own:.0%} |" for kind, n, silent, *rest, own in found
    ]


if __name__ == "__main__":
    main()
