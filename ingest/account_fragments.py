"""Which account sent which fragment, how often and when: the table `fragments`, for the new exchanges of a day.

The hot end of ingestion: several pairs an exchange. The exchanges come in the order in which they are stored, so that the rows of
an account stand together and the first row of a pair is the earliest; the pairs keep that order, in which times and prompts repeat.
"""

import polars as pl

from graph.vocabulary import TABLES


def account_fragments(held: pl.LazyFrame | None, fresh: pl.DataFrame) -> pl.DataFrame:
    """The table `fragments` for the exchanges `fresh`, which are sorted by account and time.

    `held`: (`prompt_id`, `fragment_id`), the rows of a prompt together; a prompt perhaps twice. Each exchange whose prompt holds a
    fragment counts once; `prompt_id` is the smallest.
    """
    told = fresh.filter(pl.col("prompt_id").is_not_null()) if held is not None else fresh.clear()
    if held is None or told.is_empty():
        return pl.DataFrame(schema=TABLES["fragments"])
    from ingest.pairs import distinct_pairs  # here, since what it stands on takes a while to import and serves prompts alone

    pairs = held.collect()
    told = told.join(_runs(pairs["prompt_id"]), on="prompt_id", how="inner", maintain_order="left")
    accounts = told["account_id"].rle_id()
    columns = (accounts, told["prompt_id"], told["start"], told["count"], pairs["fragment_id"])
    first, last, n, fragment, prompt = (pl.Series(each) for each in distinct_pairs(*(column.to_numpy() for column in columns)))
    return pl.DataFrame(
        {
            "account_id": told["account_id"].gather(first),
            "fragment_id": fragment,
            "prompt_id": prompt,
            "n": n.cast(pl.Int64),
            "first_at": told["occurred_at"].gather(first),
            "last_at": told["occurred_at"].gather(last),
        }
    )


def _runs(prompts: pl.Series) -> pl.DataFrame:
    """Where the rows of each prompt begin, and how many they are; of a prompt that comes twice one place is enough."""
    runs = prompts.rle().struct.unnest().select(prompt_id="value", count=pl.col("len").cast(pl.Int64))
    return runs.with_columns(start=pl.col("count").cum_sum() - pl.col("count")).unique("prompt_id", keep="first")
