"""Seeds: first guesses at groups, by Leiden on the bipartite graph, over every channel alone and all together.

One resolution finds thousand-account pools, another campaigns of a dozen; one channel's hubs hide another's groups. So many
partitions are made, none is trusted, and membership.refine decides.
"""

from collections.abc import Iterator

import polars as pl

from graph.incidence import Bipartite
from graph.leiden import bipartite_communities
from graph.progress import Progress

RESOLUTIONS = (1.0, 16.0)
_MOST_SHARED = 0.1  # of all units: an entity that a tenth of everyone touches only glues


def seeds(
    bipartite: Bipartite,
    smallest: int,
    seed: int,
    progress: Progress,
    *,
    each_channel: bool = True,
    resolutions: tuple[float, ...] = RESOLUTIONS,
) -> pl.DataFrame:
    """Candidate groups: cluster (number), account. Groups of fewer than `smallest` units and repeated groups are left out.

    With `each_channel`, every channel is also looked at alone.
    """
    units = bipartite.units
    edges = (
        bipartite.links.lazy()
        .join(bipartite.kinds.lazy().filter("seeds").select("kind"), on="kind")
        .join(bipartite.entities.lazy().select("entity", "channel", "units"), on="entity")
        .filter(pl.col("units") <= max(_MOST_SHARED * units, 50))
        .select("account", "entity", "channel", weight=(units / pl.col("units")).log(2))
        .sort("entity", "account")
        .collect()
    )
    if edges.is_empty():
        return pl.DataFrame(schema={"cluster": pl.Int32, "account": pl.UInt32})
    graphs = list(_graphs(edges)) if each_channel else [edges]
    progress.stage("seed", len(graphs) * len(resolutions))
    found: list[pl.DataFrame] = []
    for graph in graphs:
        for resolution in resolutions:
            found.append(_partition(graph, resolution, seed, len(found)))
            progress.advance()
    found.append(_tested(bipartite, len(found)))
    groups = pl.concat(found).join(bipartite.accounts.select("account", "unit"), on="account")
    return _distinct(groups.filter(pl.col("unit").n_unique().over("partition", "group") >= smallest))


def _tested(bipartite: Bipartite, number: int) -> pl.DataFrame:
    """Entities that are groups already, as a test has found them."""
    tested = bipartite.kinds.filter(pl.col("doubt") < 1).select("kind")
    held = bipartite.links.join(tested, on="kind")
    return held.select("account", pl.col("entity").cast(pl.Int64).alias("group"), pl.lit(number, pl.Int32).alias("partition"))


def _graphs(edges: pl.DataFrame) -> Iterator[pl.DataFrame]:
    channels = edges["channel"].unique().sort()
    for channel in channels:
        yield edges.filter(pl.col("channel") == channel)
    if len(channels) > 1:
        yield edges


def _partition(edges: pl.DataFrame, resolution: float, seed: int, number: int) -> pl.DataFrame:
    accounts, _ = bipartite_communities(
        edges["account"], edges["entity"], edges["weight"].to_numpy(), resolution=resolution, seed=seed, iterations=1
    )
    return accounts.rename({"part": "group"}).with_columns(partition=pl.lit(number, pl.Int32))


def _distinct(groups: pl.DataFrame) -> pl.DataFrame:
    """One of each set of equal groups, numbered in canonical order."""
    prints = groups.group_by("partition", "group").agg(
        first=pl.col("account").min(), size=pl.len(), mark=pl.col("account").cast(pl.UInt64).hash(7).sum()
    )
    kept = prints.sort("first", "size", "mark", "partition", "group").unique(["first", "size", "mark"], keep="first", maintain_order=True)
    return (
        groups.join(kept.with_row_index("cluster"), on=["partition", "group"])
        .select(pl.col("cluster").cast(pl.Int32), "account")
        .sort("cluster", "account")
    )
