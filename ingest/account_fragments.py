"""Which account sent which fragment, how often and when: the table `fragments`, for new exchanges.

The hot end of ingestion: millions of pairs. Accounts become numbers, and a pair one 64-bit key, which groups and sorts several
times faster than text. Two pairs share a key by chance with probability 2^-64, as two sentences share a signature.
"""

import polars as pl

from graph.vocabulary import TABLES

_SPREAD = -7046029254386353131  # odd, from the golden ratio: multiplication by it permutes the 64-bit numbers


def pair_key(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    """One 64-bit key of two 64-bit columns; arithmetic wraps around."""
    return first + second * _SPREAD


def account_fragments(held: pl.LazyFrame | None, fresh: pl.DataFrame) -> pl.DataFrame:
    """The table `fragments` for the new exchanges `fresh`, by fragment and account.

    `held`: (`prompt_id`, `fragment_id`), a pair perhaps several times. Each exchange whose prompt holds a fragment counts once.
    """
    told = fresh.lazy().filter(pl.col("prompt_id").is_not_null()).select("account_id", "prompt_id", "occurred_at").collect()
    if held is None or told.is_empty():
        return pl.DataFrame(schema=TABLES["fragments"])
    accounts = told.select(pl.col("account_id").unique().sort()).with_row_index("account")
    numbered = told.join(accounts, on="account_id", how="left")
    sent = _merged(
        numbered.select(
            "prompt_id",
            account=pl.col("account").cast(pl.Int64),
            n=pl.lit(1, pl.Int64),
            first_at=pl.col("occurred_at"),
            last_at=pl.col("occurred_at"),
        ),
        "prompt_id",
    )
    found = sent.join(_of_prompts(held, sent["prompt_id"]), on="prompt_id", how="inner")
    merged = _merged(found, "fragment_id").sort("account").sort("fragment_id", maintain_order=True)  # faster than by both at once
    return merged.with_columns(accounts["account_id"].gather(merged["account"]).alias("account_id")).select(list(TABLES["fragments"]))


def _merged(frame: pl.DataFrame, thing: str) -> pl.DataFrame:
    """One row per account and `thing`: `n` summed, times widened, the smallest prompt_id. Most pairs stand alone and are let through."""
    frame = frame.with_columns(_pair=pair_key(pl.col(thing), pl.col("account")))
    several = frame["_pair"].is_duplicated()
    if not several.any():
        return frame.drop("_pair")
    merged = (
        frame.filter(several)
        .group_by("_pair")
        .agg(
            pl.col("account").first(),
            *([pl.col(thing).first()] if thing != "prompt_id" else []),
            pl.col("prompt_id", "first_at").min(),
            pl.col("n").sum(),
            pl.col("last_at").max(),
        )
    )
    return pl.concat([frame.filter(~several), merged.select(frame.columns)]).drop("_pair")


def _of_prompts(held: pl.LazyFrame, prompts: pl.Series) -> pl.DataFrame:
    """The fragments of `prompts`, each pair once."""
    wanted = pl.LazyFrame({"prompt_id": prompts.unique()})
    pairs = held.join(wanted, on="prompt_id", how="semi").collect()
    return pairs.filter(pairs.select(pair_key(pl.col("fragment_id"), pl.col("prompt_id"))).to_series().is_first_distinct())
