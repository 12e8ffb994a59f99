"""From candidate groups to clusters: grow and prune by evidence, let groups compete for accounts, join what is one.

First every group takes whoever belongs to it; groups that come to the same are kept once. Then each account stays only where
its evidence is strongest, which dissolves the mixtures that hubs had glued together. Two groups whose members would mostly
belong to each other are one.
"""

import polars as pl

from graph import membership
from graph.incidence import Bipartite
from graph.leiden import communities
from graph.progress import Progress

_OPEN_ROUNDS = 2
_EXCLUSIVE_ROUNDS = 4
_SAME = 0.5  # Jaccard: above it two groups tell the same story
_FRINGE = 0.5  # of the median member's bits: who has less touched the group's things, but is not of it
_CUTTING = 4.0  # Leiden resolution that rather cuts too much than too little
_KIN = 0.4  # of the median member's bits: enough for a guest from a group that may be the same
_MUTUAL = 0.5  # share of each group's members that belong to the other by the evidence


def refine(bipartite: Bipartite, groups: pl.DataFrame, smallest: int, progress: Progress) -> pl.DataFrame:
    """`groups` (cluster, account) → clusters of at least `smallest` units in the same columns, canonical order; no account twice."""
    progress.stage("refine", _OPEN_ROUNDS + _EXCLUSIVE_ROUNDS)
    for _ in range(_OPEN_ROUNDS):
        groups = _distinct(_large(bipartite, _core(membership.belonging(bipartite, groups).filter(_said("corroboration"))), smallest))
        progress.advance()
    for left in reversed(range(_EXCLUSIVE_ROUNDS)):
        groups = _joined(bipartite, _large(bipartite, _strongest(_vouched(bipartite, groups)), smallest))
        if left:
            groups = _joined(bipartite, _divided(bipartite, groups, smallest))
        progress.advance()
    return groups


def _said(column: str) -> pl.Expr:
    return pl.col(column) >= membership.CORROBORATION_BITS


def _vouched(bipartite: Bipartite, groups: pl.DataFrame) -> pl.DataFrame:
    """`membership.belonging`, corroborated; where most of a group is, half as much is enough for the rest."""
    most = (pl.col("independent").median() >= membership.CORROBORATION_BITS).over("cluster")
    half = pl.col("independent") >= membership.CORROBORATION_BITS / 2
    return membership.belonging(bipartite, groups).filter(_said("independent") | (most & half))


def _large(bipartite: Bipartite, groups: pl.DataFrame, smallest: int) -> pl.DataFrame:
    large = membership.sizes(bipartite, groups).filter(pl.col("size_units") >= smallest)
    return groups.join(large.select("cluster"), on="cluster", how="semi", maintain_order="left")


def _distinct(groups: pl.DataFrame) -> pl.DataFrame:
    """Keep, strongest first, each group that is no near-equal of one already kept. In: cluster, account, surplus.

    Strength is the mean surplus times the root of the size: a larger group wins unless what it adds is weak.
    """
    strength = (
        groups.group_by("cluster")
        .agg(strength=(pl.col("surplus").mean() * pl.len().sqrt()).round(3))
        .sort(["strength", "cluster"], descending=[True, False])
    )
    rivals: dict[int, list[int]] = {}
    for a, b in _overlaps(groups).filter(pl.col("jaccard") >= _SAME).select("a", "b").iter_rows():
        rivals.setdefault(a, []).append(b)
        rivals.setdefault(b, []).append(a)
    kept: set[int] = set()
    for cluster in strength["cluster"]:
        if not kept.intersection(rivals.get(cluster, ())):
            kept.add(cluster)
    return groups.filter(pl.col("cluster").is_in(sorted(kept))).select("cluster", "account")


def _overlaps(groups: pl.DataFrame) -> pl.DataFrame:
    """Pairs of groups with common accounts: a < b, jaccard."""
    size = groups.group_by("cluster").agg(size=pl.len().cast(pl.Int64))
    total = pl.col("size") + pl.col("size_right") - pl.col("shared")
    return (
        groups.lazy()
        .join(groups.lazy(), on="account")
        .filter(pl.col("cluster") < pl.col("cluster_right"))
        .group_by(a="cluster", b="cluster_right")
        .agg(shared=pl.len().cast(pl.Int64))
        .join(size.lazy(), left_on="a", right_on="cluster")
        .join(size.lazy(), left_on="b", right_on="cluster")
        .select("a", "b", jaccard=pl.col("shared") / total)
        .collect(engine="streaming")
    )


def _strongest(belonging: pl.DataFrame) -> pl.DataFrame:
    """Each account where its evidence is strongest, unless it is that group's fringe."""
    ranked = belonging.sort(["account", "surplus", "cluster"], descending=[False, True, False])
    assigned = _core(ranked.unique("account", keep="first", maintain_order=True))
    return assigned.select("cluster", "account").sort("cluster", "account")


def _core(belonging: pl.DataFrame) -> pl.DataFrame:
    return belonging.filter(pl.col("bits") >= _FRINGE * pl.col("bits").median().over("cluster"))


def _divided(bipartite: Bipartite, groups: pl.DataFrame, smallest: int) -> pl.DataFrame:
    """Every group cut where its own evidence is thinnest (Leiden on its accounts and entities); `_joined` mends needless cuts."""
    held = membership.evidence(bipartite, groups).filter(pl.col("member")).sort("cluster", "account", "entity")
    if held.is_empty():
        return groups
    accounts = groups.sort("cluster", "account")
    marks = held.select("cluster", "entity").unique().sort("cluster", "entity").with_row_index("mark", offset=accounts.height)
    ends = (
        held.join(accounts.with_row_index("node"), on=["cluster", "account"], maintain_order="left")
        .join(marks, on=["cluster", "entity"], maintain_order="left")
        .select(pl.col("node").cast(pl.Int64), pl.col("mark").cast(pl.Int64))
    )
    found = communities(ends.to_numpy(), held["bits"].to_numpy(), accounts.height + marks.height, resolution=_CUTTING)[: accounts.height]
    cut = accounts.with_columns(piece=pl.Series(found))
    large = pl.len().over("cluster", "piece") >= smallest
    piece = pl.when(large).then(pl.col("piece")).otherwise(pl.col("piece").filter(large).first().over("cluster"))
    named = cut.with_columns(piece=piece).with_columns(cluster=pl.struct("cluster", "piece").rank("dense").cast(pl.Int32))
    return named.select("cluster", "account").sort("cluster", "account")


def _joined(bipartite: Bipartite, groups: pl.DataFrame) -> pl.DataFrame:
    """Groups most of whose members belong to each other, and not as fringe, as one, under the lowest number of them."""
    size = groups.group_by("cluster").agg(size=pl.len())
    weighed = membership.weigh(bipartite, groups)
    usual = weighed.join(groups, on=["cluster", "account"], how="semi").group_by("cluster").agg(usual=pl.col("bits").median())
    welcome = weighed.join(usual, on="cluster").filter(pl.col("bits") >= _KIN * pl.col("usual"))
    guests = welcome.select("account", host="cluster").join(groups, on="account")
    share = guests.filter(pl.col("cluster") != pl.col("host")).group_by("cluster", "host").agg(n=pl.len()).join(size, on="cluster")
    at_home = share.filter(pl.col("n") / pl.col("size") >= _MUTUAL).select("cluster", "host")
    mutual = at_home.join(at_home, left_on=["cluster", "host"], right_on=["host", "cluster"]).filter(pl.col("host") < pl.col("cluster"))
    name: dict[int, int] = {}
    for cluster, host in mutual.sort("cluster", "host").iter_rows():
        name[cluster] = min(name.get(cluster, cluster), name.get(host, host))
    return groups.with_columns(pl.col("cluster").replace(name)).sort("cluster", "account") if name else groups
