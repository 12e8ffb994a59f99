"""How firm a cluster is: found again with other seeds and at other resolutions, and what holds it together where it is thinnest.

Seeding and refinement run again on the accounts of the clusters asked about, the chance model unchanged. A cluster's stability is the mean
Jaccard index with its best match over the runs (Hennig 2007, with re-seeding in the place of the bootstrap). A bridge is an account whose
evidence ties it to several parts of its cluster (participation coefficient; Guimerà and Amaral 2005).
"""

from dataclasses import replace

import polars as pl

from graph import communities, refinement
from graph.found import Found
from graph.incidence import Bipartite
from graph.leiden import bipartite_communities
from graph.progress import Progress

RUNS = ((1, 0.6), (2, 1.6))  # added to the seed, and by what the resolutions are multiplied

_BRIDGE: dict[str, pl.DataType] = {"cluster": pl.Int32(), "account": pl.Int32(), "bridge": pl.Float64()}


def stability(bipartite: Bipartite, groups: pl.DataFrame, smallest: int, seed: int, progress: Progress) -> pl.DataFrame:
    """cluster, stability (0 to 1) of each of `groups` (cluster, account)."""
    if groups.is_empty():
        return pl.DataFrame(schema={"cluster": groups.schema["cluster"], "stability": pl.Float64})
    clustered = replace(bipartite, links=bipartite.links.join(groups.select("account").unique(), on="account", how="semi"))
    runs = []
    for shift, factor in RUNS:
        resolutions = tuple(factor * resolution for resolution in communities.RESOLUTIONS)
        seeds = communities.seeds(clustered, smallest, seed + shift, progress, resolutions=resolutions)
        runs.append(_best_matches(groups, refinement.refine(clustered, seeds, smallest, progress)))
    return pl.concat(runs).group_by("cluster").agg(stability=(pl.col("jaccard").sum() / len(RUNS)).round(4)).sort("cluster")


def _best_matches(groups: pl.DataFrame, again: pl.DataFrame) -> pl.DataFrame:
    """cluster, jaccard: of each group with the most alike of the groups found again, 0 where there is none."""
    size, other = (held.group_by("cluster").agg(size=pl.len().cast(pl.Int64)) for held in (groups, again))
    shared = groups.join(again, on="account", suffix="_again").group_by("cluster", "cluster_again").agg(shared=pl.len().cast(pl.Int64))
    matched = shared.join(size, on="cluster").join(other, left_on="cluster_again", right_on="cluster", suffix="_again")
    jaccard = pl.col("shared") / (pl.col("size") + pl.col("size_again") - pl.col("shared"))
    best = matched.with_columns(jaccard=jaccard).group_by("cluster").agg(pl.col("jaccard").max())
    return size.select("cluster").join(best, on="cluster", how="left").with_columns(pl.col("jaccard").fill_null(0.0))


def bridges(found: Found) -> pl.DataFrame:
    """cluster, account, bridge: how evenly the account's evidence is spread over the parts of its cluster, 0 (one part) to 1.

    The parts are Leiden's on the cluster's own accounts and entities.
    """
    told = [_spread(rows) for _, rows in found.evidence.sort("cluster", "account", "entity").group_by("cluster", maintain_order=True)]
    return pl.concat([pl.DataFrame(schema=_BRIDGE), *told])


def _spread(evidence: pl.DataFrame) -> pl.DataFrame:
    """`bridges` of one cluster; `evidence` is sorted by account and entity."""
    _, parts = bipartite_communities(evidence["account"], evidence["entity"], evidence["bits"].to_numpy())
    share = evidence.join(parts, on="entity", maintain_order="left").group_by("cluster", "account", "part").agg(pl.col("bits").sum())
    even = 1 - ((pl.col("bits") / pl.col("bits").sum()) ** 2).sum()
    told = share.group_by("cluster", "account").agg(bridge=even.round(4)).sort("account")
    return told.select(pl.col(name).cast(kind) for name, kind in _BRIDGE.items())
