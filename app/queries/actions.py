"""The list for a decision about a whole pool: every account that stands in it, and whom acting on it would hit by mistake.

A membership's bits say how much more likely the evidence is for a member than for a stranger. With the cluster's share of all accounts as
the prior, Bayes' rule gives the probability that an account belongs; one minus it is the expected collateral of acting on that account, and
its sum over a list the expected number of accounts hit by mistake. It holds as far as the bits do: it says who is linked, not who abuses,
and ordinary customers whom a pool serves count as members.
"""

import polars as pl

from app.queries.night import Night

_MOST = 1_000.0  # bits beyond which a probability is 0 or 1 to the last digit


def action_list(night: Night, cluster_id: str, left_out: frozenset[str] = frozenset()) -> pl.DataFrame:
    """A row for each account of the cluster and of the campaigns inside it, strongest evidence first.

    account_id, status, org_id, bits, probability (that it belongs), expected_collateral (1 - probability), collateral_so_far (the sum down
    to this row), exchanges, org_members and org_others (accounts of its declared organisation inside the cluster, and outside: hit where
    the whole organisation is acted on). `left_out`: accounts that were excluded since the night. Raises NotFound.
    """
    size = night.cluster(cluster_id)["accounts"]
    inside = [cluster_id, *(one["cluster_id"] for one in night.clusters if one.get("parent_id") == cluster_id)]
    held = night.frame("members").filter(pl.col("cluster_id").is_in(inside) & ~pl.col("account_id").is_in(sorted(left_out)))
    members = held.group_by("account_id").agg(pl.col("bits").max())
    known = night.frame("accounts").select("account_id", "status", "org_id", "exchanges")
    listed = members.join(known, on="account_id", how="left").join(_organisations(known, members), on="org_id", how="left")
    prior = pl.lit((size + 1) / (max(night.population - size, 0) + 1)).log(2)
    against = (-(pl.col("bits") + prior)).clip(-_MOST, _MOST)
    return (
        listed.with_columns(probability=1 / (1 + pl.lit(2.0).pow(against)))
        .with_columns(expected_collateral=1 - pl.col("probability"))
        .sort("bits", "account_id", descending=[True, False])
        .with_columns(pl.col("expected_collateral").cum_sum().alias("collateral_so_far"))
        .select(
            "account_id", "status", "org_id", "bits", "probability", "expected_collateral", "collateral_so_far", "exchanges",
            pl.col("org_members", "org_others").fill_null(0),
        )
    )  # fmt: skip


def _organisations(known: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """org_id → org_members, org_others."""
    stands = known.join(members.select("account_id", inside=pl.lit(True)), on="account_id", how="left").drop_nulls("org_id")
    inside = pl.col("inside").fill_null(False)
    return stands.group_by("org_id").agg(inside.sum().alias("org_members"), (~inside).sum().alias("org_others"))
