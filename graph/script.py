"""Script: do the members of a cluster act on the same few rare things, one after another in the same order?

People who belong together share a thing or two (who pays them, a common fund) and use what they share when it suits them. Accounts that
one hand works through pass the same list in the same order: funder, this, that, collector. It speaks only where there are no prompts,
which say better what is done; a common procedure that everyone follows at their own pace cannot be told from it.
"""

import polars as pl

from graph.found import Found
from graph.vocabulary import Channel

SCHEMA: dict[str, pl.DataType] = {"cluster": pl.Int32(), "followers": pl.Float64(), "same_order": pl.Float64(), "script": pl.Float64()}
_COMMON = 0.5  # of a cluster's units: what so many act on is on the list
_MOST = 12  # things on a list; more say nothing new
_LEAST = 3  # things of the list that a member must have acted on: one more than circles of people have in common
_PAIRED = 3  # members that acted on both of two things, for their order to be looked at


def scripts(found: Found) -> pl.DataFrame:
    """Per cluster, where there are no prompts: see SCHEMA. followers: share of members that acted on _LEAST things of the list;
    same_order: how alike the order of their first acts is; script: their product.
    """
    if Channel.PROMPT.value in found.bipartite.kinds["channel"]:
        return pl.DataFrame(schema=SCHEMA)
    following = _touched(found).filter(pl.len().over("cluster", "account") >= _LEAST)
    size = found.groups.group_by("cluster").agg(size=pl.len())
    return (
        following.group_by("cluster")
        .agg(n=pl.col("account").n_unique())
        .join(size, on="cluster")
        .join(_same_order(following), on="cluster")
        .with_columns(followers=pl.col("n") / pl.col("size"))
        .with_columns(script=pl.col("followers") * pl.col("same_order"))
        .select(*SCHEMA)
        .sort("cluster")
    )


def _touched(found: Found) -> pl.DataFrame:
    """cluster, account, entity, first_at: when each member first acted on the things of its cluster's list."""
    objects = found.bipartite.kinds.filter(pl.col("channel") == Channel.OBJECT.value)["kind"]
    listed = (
        found.profile.filter(pl.col("kind").is_in(objects.implode()), pl.col("member_units") >= _COMMON * pl.col("size_units"))
        .sort(["cluster", "surprise", "entity"], descending=[False, True, False])
        .group_by("cluster", maintain_order=True)
        .head(_MOST)
        .select("cluster", "entity")
    )
    acts = found.bipartite.links.select("account", "entity", "first_at")
    return found.groups.join(listed, on="cluster").join(acts, on=["account", "entity"])


def _same_order(touched: pl.DataFrame) -> pl.DataFrame:
    """cluster, same_order: root of the mean, over pairs of things, of (2p - 1)² less what chance gives it; p is the share in one order.

    Of n members in random order (2p - 1)² has the mean 1/n, so (n(2p - 1)² - 1) / (n - 1) has the mean 0.
    """
    pairs = touched.join(touched, on=["cluster", "account"], suffix="_b").filter(
        pl.col("entity") < pl.col("entity_b"), pl.col("first_at") != pl.col("first_at_b")
    )
    agreed = pairs.group_by("cluster", "entity", "entity_b").agg(p=(pl.col("first_at") < pl.col("first_at_b")).mean(), n=pl.len())
    unbiased = ((pl.col("n") * (2 * pl.col("p") - 1) ** 2 - 1) / (pl.col("n") - 1)).clip(0, 1)
    ranked = agreed.filter(pl.col("n") >= _PAIRED).sort("cluster", "entity", "entity_b")  # sums of floats depend on their order
    return ranked.group_by("cluster", maintain_order=True).agg(same_order=unbiased.mean().sqrt())


def sentence(row: dict[str, float]) -> str:
    """The figures behind the script of a row."""
    return (
        f"Script {row['script']:.2f}: {row['followers']:.0%} of members act on three or more of the same rare things,"
        f" and the order in which they do agrees by {row['same_order']:.0%}."
    )
