"""Where to draw a cluster: its strongest entities as hubs, each account near the hubs it touches. Linear in the links."""

import igraph as ig
import numpy as np
import polars as pl

from graph.store.snapshot import FRAMES

MOST_HUBS = 150  # drawn as nodes; the page says "showing N of M"
_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def hub_layout(cluster_id: str, links: pl.DataFrame) -> pl.DataFrame:
    """`links`: account_id, entity_id, bits of one cluster. Returns the rows of frame `layout` for it, in canonical order."""
    hubs = (
        links.group_by("entity_id")
        .agg(pl.col("bits").sum())
        .sort(["bits", "entity_id"], descending=[True, False])
        .head(MOST_HUBS)["entity_id"]
    )
    drawn = links.filter(pl.col("entity_id").is_in(hubs.implode())).sort(
        ["account_id", "bits", "entity_id"], descending=[False, True, False]
    )
    places = _hub_places(hubs, drawn)
    accounts = (
        drawn.join(places, on="entity_id")
        .group_by("account_id", maintain_order=True)
        .agg(
            pl.col("entity_id").first(),
            x=(pl.col("x") * pl.col("bits")).sum() / pl.col("bits").sum(),
            y=(pl.col("y") * pl.col("bits")).sum() / pl.col("bits").sum(),
        )
        .sort("account_id")
    )
    if accounts.is_empty():
        return pl.DataFrame(schema=FRAMES["layout"])
    ring = pl.int_range(pl.len()).over("entity_id").cast(pl.Float64)
    spread = 3.0 + 1.3 * ring.sqrt()
    spun = accounts.with_columns(
        x=pl.col("x") + spread * (ring * _GOLDEN_ANGLE).cos(), y=pl.col("y") + spread * (ring * _GOLDEN_ANGLE).sin()
    )
    nodes = pl.concat(
        [
            spun.select(node="account_id", x="x", y="y"),
            places.select(node="entity:" + pl.col("entity_id").cast(pl.String), x="x", y="y"),
        ]
    )
    return nodes.select(pl.lit(cluster_id).alias("cluster_id"), "node", pl.col("x").round(3), pl.col("y").round(3))


def _hub_places(hubs: pl.Series, drawn: pl.DataFrame) -> pl.DataFrame:
    """Hubs that share accounts stand close: a force layout of the hubs alone, from a fixed start."""
    index = pl.DataFrame({"entity_id": hubs, "i": np.arange(len(hubs))})
    numbered = drawn.join(index, on="entity_id").select("account_id", "i")
    strongest = numbered.group_by("account_id", maintain_order=True).head(4)  # enough to place; keeps it linear
    pairs = (
        strongest.join(strongest, on="account_id")
        .filter(pl.col("i") < pl.col("i_right"))
        .group_by("i", "i_right")
        .agg(n=pl.len())
        .sort("i", "i_right")
    )
    start = [[np.sqrt(k + 1) * np.cos(k * _GOLDEN_ANGLE), np.sqrt(k + 1) * np.sin(k * _GOLDEN_ANGLE)] for k in range(len(hubs))]
    graph = ig.Graph(n=len(hubs), edges=pairs.select("i", "i_right").rows())
    weights = np.log2(1 + pairs["n"].to_numpy()).tolist()
    placed = (
        graph.layout_kamada_kawai(seed=start)
        if len(hubs) < 3
        else graph.layout_fruchterman_reingold(seed=start, weights=weights, niter=200)
    )
    points = np.asarray(placed.coords, dtype=float) if len(hubs) else np.zeros((0, 2))
    size = np.abs(points).max() if len(points) else 1.0
    reach = 12.0 * np.sqrt(len(hubs)) + 0.7 * np.sqrt(drawn["account_id"].n_unique())
    scaled = points / (size or 1.0) * reach
    return pl.DataFrame({"entity_id": hubs, "x": scaled[:, 0], "y": scaled[:, 1]})
