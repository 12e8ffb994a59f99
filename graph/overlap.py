"""Agreement of overlapping groupings, and how campaigns and pools hang together; helpers of graph.evaluation."""

import igraph
import polars as pl

_MOST_SIGNATURE_PAIRS = 20_000_000


def operations(labels: pl.DataFrame) -> pl.DataFrame:
    """`labels` (account_id, campaign, pool, …) with `operation`: the component of campaigns and pools that rows connect.

    A missing pool is read as the operation itself. The operation is named after its smallest campaign.
    """
    rows = labels.with_columns(c=pl.lit("c") + pl.col("campaign"), p=pl.lit("p") + pl.col("pool"))
    nodes = pl.concat([rows["c"], rows["p"]]).drop_nulls().unique().sort()
    index = {name: i for i, name in enumerate(nodes)}
    edges = rows.select("c", "p").drop_nulls().unique().sort("c", "p")
    network = igraph.Graph(n=len(index), edges=[(index[c], index[p]) for c, p in edges.iter_rows()])
    component = pl.DataFrame(
        {"c": nodes, "component": network.connected_components().membership}, schema={"c": pl.String, "component": pl.Int64}
    )
    rows = rows.join(component, "c", "left").with_columns(operation=pl.col("campaign").min().over("component"))
    return rows.with_columns(pool=pl.col("pool").fill_null(pl.col("operation"))).drop("c", "p", "component")


def extended_b_cubed(flagged: pl.DataFrame, labels: pl.DataFrame) -> tuple[float, float] | None:
    """Precision and recall of extended B-cubed (Amigó et al. 2009) of clusters against campaigns.

    Of two readings of the truth (campaigns; campaigns and operations) the one with the better F1. None when too many overlaps.
    """
    campaigns = labels.select("account_id", label="campaign").unique()
    nested = labels.filter(pl.col("campaign").n_unique().over("operation") > 1)
    whole = nested.select("account_id", label=pl.lit("\t") + pl.col("operation")).unique()
    clusters = flagged.select("account_id", label="cluster_id").unique()
    readings = [_extended(clusters, campaigns), _extended(clusters, pl.concat([campaigns, whole]))]
    known = [r for r in readings if r is not None]
    return max(known, key=lambda r: r[0] * r[1] / (r[0] + r[1]) if sum(r) else 0.0) if known else None


def _extended(clusters: pl.DataFrame, classes: pl.DataFrame) -> tuple[float, float] | None:
    """Accounts with equal clusters and equal classes behave alike: count by such signatures, not by accounts."""
    signatures, members = _signatures(clusters, classes)
    pairs = [_shared(members.filter(pl.col("side") == side)) for side in ("cluster", "class")]
    if any(pair is None for pair in pairs):
        return None
    table = pairs[0].rename({"n": "c"}).join(pairs[1].rename({"n": "l"}), ["a", "b"], "full", coalesce=True).fill_null(0)  # type: ignore[union-attr]
    size = signatures.select("signature", "size")
    table = table.join(size, left_on="b", right_on="signature").with_columns(both=pl.min_horizontal("c", "l") * pl.col("size"))
    ratios = table.group_by("a").agg(
        precision=(pl.col("both") / pl.col("c")).filter(pl.col("c") > 0).sum() / pl.col("size").filter(pl.col("c") > 0).sum(),
        recall=(pl.col("both") / pl.col("l")).filter(pl.col("l") > 0).sum() / pl.col("size").filter(pl.col("l") > 0).sum(),
    )
    each = signatures.join(ratios, left_on="signature", right_on="a", how="left").sort("signature")
    return _weighted(each.filter("clustered"), "precision"), _weighted(each.filter("classed"), "recall")


def _signatures(clusters: pl.DataFrame, classes: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(signature, size, clustered, classed) and (signature, side, label): accounts grouped by the set of all their labels."""
    sides = pl.concat([clusters.with_columns(side=pl.lit("cluster")), classes.with_columns(side=pl.lit("class"))])
    coded = sides.with_columns(code=pl.struct("side", "label").rank("dense"))
    sets = coded.sort("account_id", "code").group_by("account_id", maintain_order=True).agg("code")
    sets = sets.with_columns(signature=pl.col("code").cast(pl.List(pl.String)).list.join(" ").rank("dense"))
    members = (
        sets.unique("signature").select("signature", "code").explode("code").join(coded.select("code", "side", "label").unique(), "code")
    )
    kinds = members.group_by("signature").agg(clustered=(pl.col("side") == "cluster").any(), classed=(pl.col("side") == "class").any())
    return sets.group_by("signature").agg(size=pl.len().cast(pl.Float64)).join(kinds, "signature"), members.select(
        "signature", "side", "label"
    )


def _shared(members: pl.DataFrame) -> pl.DataFrame | None:
    """For each pair of signatures (a, b), itself included, the number n of labels of this side in both."""
    sizes = members.group_by("label").agg(n=pl.len().cast(pl.Int64))
    if sizes.select((pl.col("n") ** 2).sum()).item() > _MOST_SIGNATURE_PAIRS:
        return None
    pairs = members.select("label", a="signature").join(members.select("label", b="signature"), "label")
    return pairs.group_by("a", "b").agg(n=pl.len().cast(pl.Float64))


def _weighted(frame: pl.DataFrame, column: str) -> float:
    total = float(frame.select(pl.col("size").sum()).item())
    return float(frame.select((pl.col(column).fill_null(0.0) * pl.col("size")).sum()).item()) / total if total else 0.0
