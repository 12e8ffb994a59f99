"""All that is known of one cluster, gathered once: what every exporter reads, before and after redaction."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from graph.bundle import observations
from graph.bundle.redaction import Redaction
from graph.bundle.tlp import Tlp
from graph.errors import UsageError
from graph.store import decisions as decided
from graph.store import tables
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace
from graph.vocabulary import CHANNELS


@dataclass(frozen=True)
class Dossier:
    """One cluster of one snapshot. Under redaction the frames keep their shape; under PUBLIC those with rows per account are empty.

    accounts: account_id, bits, bits_<channel>, links, flagged, org_id, created_at, status, first_seen, last_seen, exchanges,
        days_active, bridge; strongest first.
    entities: entity_id, channel, kind, label, members, accounts, units, expected, bits, p_value, q_value, first_seen,
        last_seen; strongest first.
    links: account_id, entity_id, channel, bits, n, first_seen, last_seen.
    channels: channel, entities, members, links, bits (sum over members).
    campaigns: account_id, sent, expected, bits: what sets a campaign's accounts apart within its pool; empty for other clusters.
    parts: the campaigns within this pool (cluster_id, accounts). capabilities, lines: as in the snapshot, of this cluster.
    decisions: what people decided about it: number, kind, by, time, reason, accounts (how many), in_force, previous (the line before's
        seal).
    bands: accounts counted by bands of bits, and against: the counter-evidence that was counted before the rows were taken out
        (public bundles only; null elsewhere).
    """

    cluster: dict[str, Any]
    manifest: dict[str, Any]
    sources: list[dict[str, Any]]
    accounts: pl.DataFrame
    entities: pl.DataFrame
    links: pl.DataFrame
    channels: pl.DataFrame
    timeline: pl.DataFrame
    templates: pl.DataFrame
    layout: pl.DataFrame
    observations: pl.DataFrame
    observed: int  # raw rows behind the links, of which `observations` shows some or all
    campaigns: pl.DataFrame
    capabilities: pl.DataFrame
    lines: pl.DataFrame
    parts: tuple[dict[str, Any], ...] = ()
    decisions: tuple[dict[str, Any], ...] = ()
    redaction: Redaction = Redaction.FULL
    tlp: Tlp = Tlp.RED
    recipient: str | None = None  # for whom pseudonyms were made
    record: dict[str, Any] = field(default_factory=dict)
    bands: pl.DataFrame | None = None
    against: tuple[str, ...] | None = None

    @property
    def cluster_id(self) -> str:
        return str(self.cluster["cluster_id"])

    @property
    def snapshot_id(self) -> str:
        return str(self.manifest["snapshot_id"])


Artifact = tuple[str, Iterable[bytes]]  # path below data/, content in chunks
Exporter = Callable[[Dossier], Iterator[Artifact]]


def gather(workspace: Workspace, snap: Snapshot, cluster_id: str) -> Dossier:
    """Read everything about `cluster_id`. Raises UsageError when the snapshot has no such cluster, StorageError."""
    cluster = _cluster(snap, cluster_id)
    links = _of(snap, "links", cluster_id).sort("account_id", "entity_id")
    entities = _entities(snap, cluster_id, links)
    accounts = _accounts(snap, cluster_id, links)
    stored = tables.current(workspace)
    rows, observed = observations.behind(workspace, stored, snap.manifest, links, entities)
    return Dossier(
        cluster=cluster,
        manifest=snap.manifest,
        sources=sorted(stored.sources, key=lambda source: (str(source.get("table")), str(source.get("sha256")))),
        accounts=accounts,
        entities=entities,
        links=links,
        channels=_channels(accounts, links),
        timeline=_of(snap, "timeline", cluster_id).sort("day", "channel"),
        templates=_of(snap, "templates", cluster_id).sort(
            "accounts", "exchanges", "template_id", "template", descending=[True, True, False, False]
        ),
        layout=_of(snap, "layout", cluster_id).sort("node"),
        observations=rows,
        observed=observed,
        campaigns=_of(snap, "campaigns", cluster_id).sort("account_id"),
        capabilities=_of(snap, "capabilities", cluster_id).sort("q_value", "capability"),
        lines=_line(snap, cluster_id),
        parts=tuple(
            {"cluster_id": str(other["cluster_id"]), "accounts": int(other["accounts"])}
            for other in snap.clusters()
            if other.get("parent_id") == cluster_id
        ),
        decisions=_decisions(workspace, snap, cluster_id, frozenset(accounts["account_id"])),
    )


def _line(snap: Snapshot, cluster_id: str) -> pl.DataFrame:
    """How this cluster's line came along: lists become text, so that every table can hold them."""
    joined = [pl.col(name).list.join(" ").alias(name) for name in ("others", "names")]
    rows = snap.frame("lines").filter(pl.col("cluster_id") == cluster_id)
    return rows.with_columns(*joined).select("state", "change", "others", "names", "first_night", "last_night", "accounts").collect()


def _decisions(workspace: Workspace, snap: Snapshot, cluster_id: str, members: frozenset[str]) -> tuple[dict[str, Any], ...]:
    """Those that the snapshot heeded and that are about this cluster's line or its accounts, oldest first."""
    heeded = decided.read(workspace)[: int((snap.manifest.get("decisions") or {}).get("stored", 0))]
    named = snap.frame("lines").filter(pl.col("cluster_id") == cluster_id).select(pl.col("names").explode()).collect().to_series()
    ids = {cluster_id, *named.drop_nulls()}
    holding = {decision.number for decision in decided.in_force(heeded)}
    about = [d for d in heeded if d.cluster_id in ids or members & {*d.accounts, *d.others}]
    numbers = {d.number for d in about}
    return tuple(
        {
            **{key: getattr(d, key) for key in ("number", "time", "by", "reason", "cluster_id", "snapshot", "withdraws", "previous")},
            "kind": d.kind.value,
            "accounts": len(d.accounts),
            "in_force": d.number in holding,
        }
        for d in heeded
        if d.number in numbers or d.withdraws in numbers
    )


def _cluster(snap: Snapshot, cluster_id: str) -> dict[str, Any]:
    for cluster in snap.clusters():
        if cluster["cluster_id"] == cluster_id:
            return cluster
    raise UsageError(f"{cluster_id}: no such cluster in snapshot {snap.snapshot_id}. `clew clusters` lists those that exist.")


def _of(snap: Snapshot, frame: str, cluster_id: str) -> pl.DataFrame:
    return snap.frame(frame).filter(pl.col("cluster_id") == cluster_id).drop("cluster_id").collect()


def _accounts(snap: Snapshot, cluster_id: str, links: pl.DataFrame) -> pl.DataFrame:
    counted = links.group_by("account_id").agg(links=pl.len().cast(pl.Int64))
    members = snap.frame("members").filter(pl.col("cluster_id") == cluster_id).drop("cluster_id")
    return (
        members.join(counted.lazy(), on="account_id", how="left")
        .join(snap.frame("accounts"), on="account_id", how="left")
        .with_columns(pl.col("links").fill_null(0))
        .sort("bits", "account_id", descending=[True, False])
        .collect()
    )


def _entities(snap: Snapshot, cluster_id: str, links: pl.DataFrame) -> pl.DataFrame:
    named = links.lazy().select("entity_id").unique()
    excess = snap.frame("cluster_entities").filter(pl.col("cluster_id") == cluster_id).drop("cluster_id")
    counted = links.lazy().group_by("entity_id").agg(linked=pl.col("account_id").n_unique().cast(pl.Int64))
    return (
        pl.concat([named, excess.select("entity_id")])
        .unique()
        .join(snap.frame("entities"), on="entity_id", how="left")
        .join(excess, on="entity_id", how="left")
        .join(counted, on="entity_id", how="left")
        .with_columns(pl.coalesce("members", "linked", pl.lit(0)).alias("members"))
        .select(*_ENTITY_COLUMNS)
        .sort("bits", "members", "entity_id", descending=[True, True, False], nulls_last=True)
        .collect()
    )


_ENTITY_COLUMNS = (
    *("entity_id", "channel", "kind", "label", "members", "accounts", "units"),
    *("expected", "bits", "p_value", "q_value", "first_seen", "last_seen"),
)


def _channels(accounts: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Every channel that has a link or bits in this cluster, in the order of the vocabulary."""
    sums = {channel.value: float(accounts[f"bits_{channel}"].fill_null(0).sum()) for channel in CHANNELS}
    order = pl.DataFrame(
        {"channel": list(sums), "bits": list(sums.values()), "place": range(len(sums))},
        schema={"channel": pl.String, "bits": pl.Float64, "place": pl.Int64},
    )
    counted = links.group_by("channel").agg(
        entities=pl.col("entity_id").n_unique().cast(pl.Int64),
        members=pl.col("account_id").n_unique().cast(pl.Int64),
        links=pl.len().cast(pl.Int64),
    )
    return (
        order.join(counted, on="channel", how="left")
        .with_columns(pl.col("entities", "members", "links").fill_null(0), pl.col("bits").round(3))
        .filter((pl.col("links") > 0) | (pl.col("bits") != 0))
        .sort("place")
        .select("channel", "entities", "members", "links", "bits")
    )
