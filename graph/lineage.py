"""The same cluster from night to night: matched by members and by evidence, so that a banned and replaced pool keeps its line."""

import hashlib
from dataclasses import dataclass

import polars as pl

_KEEPS = 0.3  # likeness above which tonight's cluster continues an earlier one
_CHANGED = 0.1  # growth or shrinkage worth a word


@dataclass(frozen=True)
class Line:
    """What a cluster is called tonight and what happened to it since the night before."""

    cluster_id: str
    change: str  # born, same, grew, shrank, merged, split


def assign(members: pl.DataFrame, evidence: pl.DataFrame, earlier_members: pl.DataFrame, earlier_evidence: pl.DataFrame) -> dict[int, Line]:
    """Names for tonight's clusters.

    `members`: cluster (number), account_id. `evidence`: cluster, entity_id. `earlier_*`: cluster_id instead of cluster. The most
    alike pairs match first; what is left over is born and named after its own members.
    """
    matched: dict[int, str] = {}
    taken: set[str] = set()
    likeness = _likeness(members, evidence, earlier_members, earlier_evidence)
    for cluster, cluster_id in likeness.select("cluster", "cluster_id").iter_rows():
        if cluster not in matched and cluster_id not in taken:
            matched[cluster] = cluster_id
            taken.add(cluster_id)
    before = dict(earlier_members.group_by("cluster_id").agg(pl.len()).iter_rows())
    heirs = likeness.group_by("cluster").agg(pl.col("cluster_id").n_unique())
    several = set(heirs.filter(pl.col("cluster_id") > 1)["cluster"])
    parts = likeness.group_by("cluster_id").agg(pl.col("cluster").n_unique())
    divided = set(parts.filter(pl.col("cluster") > 1)["cluster_id"])
    lines: dict[int, Line] = {}
    for (cluster,), rows in members.sort("cluster", "account_id").group_by("cluster", maintain_order=True):
        number = int(str(cluster))
        name = matched.get(number)
        if name is None:
            lines[number] = Line(_new_name(rows["account_id"].to_list(), taken), "born")
        else:
            change = "merged" if number in several else "split" if name in divided else _size_change(before.get(name, 0), rows.height)
            lines[number] = Line(name, change)
    return lines


def _likeness(members: pl.DataFrame, evidence: pl.DataFrame, earlier_members: pl.DataFrame, earlier_evidence: pl.DataFrame) -> pl.DataFrame:
    by_members = _jaccard(members, earlier_members, "account_id")
    by_evidence = _jaccard(evidence, earlier_evidence, "entity_id")
    return (
        pl.concat([by_members, by_evidence])
        .group_by("cluster", "cluster_id")
        .agg(pl.col("jaccard").max())
        .filter(pl.col("jaccard") >= _KEEPS)
        .sort(["jaccard", "cluster", "cluster_id"], descending=[True, False, False])
    )


def _jaccard(tonight: pl.DataFrame, earlier: pl.DataFrame, key: str) -> pl.DataFrame:
    sizes = tonight.group_by("cluster").agg(size=pl.len().cast(pl.Int64))
    earlier_sizes = earlier.group_by("cluster_id").agg(earlier_size=pl.len().cast(pl.Int64))
    return (
        tonight.select("cluster", key)
        .join(earlier.select("cluster_id", key), on=key)
        .group_by("cluster", "cluster_id")
        .agg(shared=pl.len().cast(pl.Int64))
        .join(sizes, on="cluster")
        .join(earlier_sizes, on="cluster_id")
        .select("cluster", "cluster_id", jaccard=pl.col("shared") / (pl.col("size") + pl.col("earlier_size") - pl.col("shared")))
    )


def _size_change(before: int, after: int) -> str:
    if after > before * (1 + _CHANGED):
        return "grew"
    return "shrank" if after < before * (1 - _CHANGED) else "same"


def _new_name(account_ids: list[str], taken: set[str]) -> str:
    digest = hashlib.sha256("\x1f".join(account_ids).encode()).hexdigest().upper()
    name = next(f"CL-{digest[i : i + 6]}" for i in range(len(digest)) if f"CL-{digest[i : i + 6]}" not in taken)
    taken.add(name)
    return name
