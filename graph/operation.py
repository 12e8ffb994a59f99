"""One operation: groups that a test has found coordinated in one and the same way, that share little else, and that keep the same hours.

A dispatcher may deal work to many small groups that have nothing in common but being dealt to. Each is found; that they are one hand's
is an inference of another kind. Whoever coordinates accounts in this way is rare on any service, so a second group of the kind is
likelier the same hand's than another's; and its hours, days and pace have to say so, too. Groups with cards, addresses or words of their
own are left to those.
"""

import polars as pl

from graph import membership
from graph.membership import Groups
from graph.rhythm import likeness
from graph.vocabulary import Channel

_MOST = 0.5  # of a group's accounts: what is said of it holds for them


def of_one_operation(groups: Groups) -> pl.DataFrame:
    """Pairs of groups to be taken for one operation: guest, host. The host is the larger one (the lower number among equals).

    Most accounts of both are tied by the same kind of conclusive test, most evidence of both is timing, and the rhythm of most guests
    matches the host's better than equally busy strangers' does (rhythm.likeness, above 0 where at most one in six would do as well).
    """
    coordinated = _coordinated(groups)
    pairs = coordinated.join(coordinated, on="kind", suffix="_host").filter(
        (pl.col("size_host") > pl.col("size")) | ((pl.col("size_host") == pl.col("size")) & (pl.col("cluster_host") < pl.col("cluster")))
    )
    asked = (
        pairs.select(guest="cluster", cluster="cluster_host")
        .join(groups.held.rename({"cluster": "guest"}), on="guest")
        .sort("cluster", "guest", "account")
    )
    if asked.is_empty():
        return pl.DataFrame(schema={"guest": pl.Int32, "host": pl.Int32})
    held = groups.held.join(coordinated, on="cluster", how="semi")
    said = asked.with_columns(likeness(groups.bipartite.rhythms, held, asked.select("cluster", "account")))
    alike = said.group_by("guest", host="cluster").agg(alike=(pl.col("bits") > 0).mean())
    return alike.filter(pl.col("alike") > _MOST).select("guest", "host").sort("guest", "host")


def _coordinated(groups: Groups) -> pl.DataFrame:
    """cluster, kind, size: the groups whose evidence is mostly timing, and the conclusive kind that ties most of their accounts."""
    size = groups.held.group_by("cluster").agg(size=pl.len())
    conclusive = groups.bipartite.kinds.filter("conclusive", pl.col("channel") == Channel.TIMING.value).select("kind")
    tied = (
        groups.evidence.join(conclusive, on="kind").group_by("cluster", "kind").agg(n=pl.col("account").n_unique()).join(size, on="cluster")
    )
    most = tied.filter(pl.col("n") > _MOST * pl.col("size")).sort("cluster", "n", "kind", descending=[False, True, False])
    timing = pl.col("channel") == Channel.TIMING.value
    said = (
        membership.channel_bits(groups)
        .group_by("cluster", "account")
        .agg(timing=pl.col("bits").filter(timing).sum() / pl.col("bits").sum())
        .group_by("cluster")
        .agg(pl.col("timing").median())
    )
    bare = said.filter(pl.col("timing") > _MOST).select("cluster")
    return most.unique("cluster", keep="first", maintain_order=True).join(bare, on="cluster", how="semi").select("cluster", "kind", "size")
