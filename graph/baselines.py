"""The three rules of open practice, as members tables, so that they are scored like everything else."""

import igraph
import polars as pl


def shared_address(exchanges: pl.LazyFrame, least_accounts: int = 20) -> pl.DataFrame:
    """Every address (column ip) with at least `least_accounts` accounts is a cluster."""
    return _entities(exchanges.select("account_id", entity="ip"), least_accounts)


def prompt_prefix(exchanges: pl.LazyFrame, characters: int = 50, least_accounts: int = 20) -> pl.DataFrame:
    """Every beginning of a prompt (its first `characters`) sent by at least `least_accounts` accounts is a cluster."""
    return _entities(exchanges.select("account_id", entity=pl.col("prompt").str.slice(0, characters)), least_accounts)


def shared_card(payments: pl.LazyFrame, least_accounts: int = 2) -> pl.DataFrame:
    """Accounts connected through equal card_fingerprint, directly or through others, are a cluster."""
    paid = payments.select("account_id", "card_fingerprint").drop_nulls().unique().collect().sort("account_id", "card_fingerprint")
    accounts, cards = paid["account_id"].unique().sort(), paid["card_fingerprint"].unique().sort()
    row = paid["account_id"].rank("dense") - 1
    column = paid["card_fingerprint"].rank("dense") - 1 + len(accounts)
    network = igraph.Graph(n=len(accounts) + len(cards), edges=list(zip(row, column, strict=True)))
    component = network.connected_components().membership[: len(accounts)]
    named = pl.DataFrame({"account_id": accounts, "entity": component}, schema={"account_id": pl.String, "entity": pl.Int64})
    return _entities(named.lazy().with_columns(pl.col("entity").cast(pl.String)), least_accounts)


def _entities(touched: pl.LazyFrame, least_accounts: int) -> pl.DataFrame:
    """Members of every entity with enough accounts, all flagged; bits are the rarity of the entity, log2(accounts / its accounts)."""
    incidence = touched.drop_nulls().unique().collect()
    everyone = max(1, incidence["account_id"].n_unique())
    sharing = incidence.group_by("entity").agg(n=pl.len()).filter(pl.col("n") >= least_accounts)
    members = incidence.join(sharing, "entity").sort("entity", "account_id")
    cluster = pl.lit("B-") + pl.col("entity").rank("dense").cast(pl.String).str.zfill(6)
    return members.select("account_id", cluster_id=cluster, flagged=pl.lit(True), bits=(everyone / pl.col("n")).log(2))
