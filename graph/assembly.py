"""From what was found to the frames of a snapshot and the list of clusters: joins and sorts, no decisions."""

from typing import Any

import polars as pl

from graph import capabilities, provenance, succession
from graph.found import Found
from graph.layout import hub_layout
from graph.night import Night
from graph.scoring import Score
from graph.stability import bridges
from graph.store.snapshot import FRAMES
from graph.tracing import Traced
from graph.vocabulary import CHANNELS
from graph.wording import examples, sentence_texts, templates

_NAMED = 5  # accounts of a kind that a cluster is listed with


def assemble(
    night: Night, traced: Traced, scores: dict[int, Score], asked: pl.DataFrame, words: dict[str, str], firm: pl.DataFrame
) -> tuple[list[dict[str, Any]], dict[str, pl.DataFrame]]:
    """The clusters as in the contract, best first, and every frame of a snapshot, all in canonical order.

    asked: capabilities.profile; words: what each capability is in words; firm: stability.stability.
    """
    found, lines = traced.found, traced.lines
    names = pl.DataFrame(
        [(number, line.cluster_id, scores[number].flagged) for number, line in lines.items()],
        schema={"cluster": pl.Int32, "cluster_id": pl.String, "flagged": pl.Boolean},
        orient="row",
    )
    links = _links(found, names)
    shown = examples(night, found)
    frames = {
        "members": _members(found, names),
        "accounts": found.facts.select(*FRAMES["accounts"]).sort("account_id"),
        "entities": _entities(found, sentence_texts(shown)),
        "links": links,
        "popularity": found.bipartite.entities.select("entity_id", "accounts", "units").sort("entity_id"),
        "kinds": found.bipartite.kinds.select("channel", "total", kind="name").sort("kind"),
        "cluster_entities": _cluster_entities(found, names),
        "timeline": _timeline(night, found, names, links),
        "activity": _activity(night, found),
        "templates": templates(shown, links, names, found.bipartite.entities),
        "capabilities": asked.join(names, on="cluster").select(*FRAMES["capabilities"]).sort("cluster_id", "capability"),
        "campaigns": _campaigns(found, traced.inside, names),
        "layout": pl.concat([pl.DataFrame(schema=FRAMES["layout"]), *_layouts(links)]),
    }
    told = _asked_for(asked, scores, words)
    for more in (succession.sentences(found.bipartite, found.groups), provenance.sentences(night, found)):
        told |= {cluster: [*told.get(cluster, []), *lines] for cluster, lines in more.items()}
    return _clusters(traced, scores, told, _ties(frames["members"]), dict(firm.iter_rows())), frames | traced.memory


def _members(found: Found, names: pl.DataFrame) -> pl.DataFrame:
    wide = found.groups.join(names, on="cluster").join(found.bipartite.accounts.select("account", "account_id"), on="account")
    said = found.channel_bits.group_by("cluster", "account", "channel").agg(pl.col("bits").sum().round(3))
    for channel in CHANNELS:
        bits = said.filter(pl.col("channel") == channel).select("cluster", "account", pl.col("bits").alias(f"bits_{channel}"))
        wide = wide.join(bits, on=["cluster", "account"], how="left")
    channels = [pl.col(f"bits_{channel}").fill_null(0.0) for channel in CHANNELS]
    return (
        wide.join(bridges(found), on=["cluster", "account"], how="left")
        .with_columns(*channels, pl.col("bridge").fill_null(0.0))
        .with_columns(bits=pl.sum_horizontal(f"bits_{c}" for c in CHANNELS).round(3))
        .sort("cluster_id", "account_id")
    )


def _links(found: Found, names: pl.DataFrame) -> pl.DataFrame:
    return (
        found.evidence.lazy()
        .join(found.bipartite.links.lazy().drop("kind"), on=["account", "entity"])
        .join(found.bipartite.entities.lazy().select("entity", "entity_id", "channel"), on="entity")
        .join(found.bipartite.accounts.lazy().select("account", "account_id"), on="account")
        .join(names.lazy(), on="cluster")
        .rename({"first_at": "first_seen", "last_at": "last_seen"})
        .select("cluster_id", "account_id", "entity_id", "channel", pl.col("bits").round(3), "n", "first_seen", "last_seen")
        .sort("cluster_id", "account_id", "entity_id")
        .collect()
    )


def _entities(found: Found, texts: pl.DataFrame) -> pl.DataFrame:
    held = found.bipartite.entities.join(found.profile.select("entity").unique(), on="entity")
    labelled = held.join(texts, on="entity", how="left")
    return labelled.select(
        "entity_id",
        "channel",
        pl.col("name").alias("kind"),
        pl.coalesce("text", "value").alias("label"),
        "accounts",
        "units",
        pl.col("first_at").alias("first_seen"),
        pl.col("last_at").alias("last_seen"),
    ).sort("entity_id")


def _campaigns(found: Found, inside: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    accounts = found.bipartite.accounts.select(pl.col("account").cast(pl.Int32), "account_id")
    told = inside.join(names, on="cluster").join(accounts, on="account")
    return told.select(*FRAMES["campaigns"]).sort("cluster_id", "account_id")


def _cluster_entities(found: Found, names: pl.DataFrame) -> pl.DataFrame:
    said = found.evidence.group_by("cluster", "entity").agg(bits=pl.col("bits").median())
    return (
        found.profile.join(names, on="cluster")
        .join(found.bipartite.entities.select("entity", "entity_id"), on="entity")
        .join(said, on=["cluster", "entity"])
        .select(
            "cluster_id",
            "entity_id",
            pl.col("members").cast(pl.Int64),
            "expected",
            pl.col("bits").round(3),
            p_value=(-pl.col("surprise") * 0.6931471805599453).exp(),
            q_value=pl.col("q"),
            own=pl.col("own"),
        )
        .sort("cluster_id", "entity_id")
    )


def _timeline(night: Night, found: Found, names: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Exchanges of members per day ("all"), and per channel the links first or last seen that day, spread over the days between."""
    members = found.groups.join(found.bipartite.accounts, on="account").join(names, on="cluster").select("cluster_id", "account_id")
    daily = night.exchanges.group_by("account_id", day=pl.col("occurred_at").dt.date()).agg(n=pl.len().cast(pl.Int64))
    everything = (
        members.lazy()
        .join(daily, on="account_id")
        .group_by("cluster_id", "day")
        .agg(pl.col("n").sum())
        .with_columns(channel=pl.lit("all"))
        .collect()
    )
    seen = (
        links.lazy()
        .select("cluster_id", "channel", day=pl.date_ranges(pl.col("first_seen").dt.date(), pl.col("last_seen").dt.date()), n="n")
        .with_columns(n=pl.col("n") / pl.col("day").list.len())
        .group_by("cluster_id", "channel", "day")
        .agg(pl.col("n").sum())
        .explode("day")
        .group_by("cluster_id", "channel", "day")
        .agg(pl.col("n").sum().round(6).round(0).cast(pl.Int64))  # first what the order of a sum can change, then halves
        .filter(pl.col("day").is_between(night.first.date(), night.until.date()))
        .collect()
    )
    columns = ["cluster_id", "day", "channel", "n"]
    return pl.concat([everything.select(columns), seen.select(columns)]).sort("cluster_id", "day", "channel")


def _activity(night: Night, found: Found) -> pl.DataFrame:
    members = found.groups.select("account").unique().join(found.bipartite.accounts, on="account").select("account_id")
    return (
        night.exchanges.join(members.lazy(), on="account_id", how="semi")
        .group_by("account_id", hour=pl.col("occurred_at").dt.truncate("1h"))
        .agg(exchanges=pl.len().cast(pl.Int64))
        .sort("account_id", "hour")
        .collect(engine="streaming")
    )


def _layouts(links: pl.DataFrame) -> list[pl.DataFrame]:
    return [hub_layout(str(name), rows) for (name,), rows in links.group_by("cluster_id", maintain_order=True)]


def _asked_for(asked: pl.DataFrame, scores: dict[int, Score], words: dict[str, str]) -> dict[int, list[str]]:
    """What the members of each flagged cluster ask for more than others, in sentences."""
    rows = {int(str(number)): told for (number,), told in asked.group_by("cluster")}
    return {number: capabilities.sentences(told, words) for number, told in rows.items() if scores[number].flagged}


def _ties(members: pl.DataFrame) -> dict[str, dict[str, list[str]]]:
    """cluster_id → its weakest ties (members with the least evidence) and its bridges, a few of each."""
    weakest = members.sort("cluster_id", "bits", "account_id").group_by("cluster_id").agg(pl.col("account_id").head(_NAMED))
    across = members.filter(pl.col("bridge") > 0).sort(["cluster_id", "bridge", "account_id"], descending=[False, True, False])
    named = across.group_by("cluster_id").agg(pl.col("account_id").head(_NAMED))
    bridges = dict(named.iter_rows())
    return {name: {"weakest_ties": ids, "bridges": bridges.get(name, [])} for name, ids in weakest.iter_rows()}


def _clusters(
    traced: Traced, scores: dict[int, Score], told: dict[int, list[str]], ties: dict[str, dict[str, list[str]]], firm: dict[int, float]
) -> list[dict[str, Any]]:
    found, lines = traced.found, traced.lines
    facts = (
        found.groups.join(found.facts, on="account")
        .group_by("cluster")
        .agg(
            accounts=pl.len(),
            exchanges=pl.col("exchanges").sum(),
            first_seen=pl.col("first_seen").min(),
            last_seen=pl.col("last_seen").max(),
        )
    )
    bits = {
        int(cluster): dict(rows.sort("channel").select("channel", "bits").iter_rows())
        for (cluster,), rows in found.channel_bits.group_by("cluster", "channel").agg(pl.col("bits").sum().round(1)).group_by("cluster")
    }
    listed = []
    for row in facts.iter_rows(named=True):
        number, score, line = row["cluster"], scores[row["cluster"]], lines[row["cluster"]]
        listed.append(
            {
                "cluster_id": line.cluster_id,
                "kind": score.kind,
                "parent_id": line.parent_id,
                "accounts": row["accounts"],
                "exchanges": row["exchanges"],
                "first_seen": row["first_seen"].isoformat() if row["first_seen"] else None,
                "last_seen": row["last_seen"].isoformat() if row["last_seen"] else None,
                "score": round(score.total, 4),
                "linkage": round(score.linkage, 4),
                "extraction": round(score.extraction, 4),
                "flagged": score.flagged,
                "change": line.change,
                "change_with": list(line.others),
                "decided": score.decided,
                "calibrated": score.calibrated,
                "channels": bits.get(number, {}),
                "stability": firm.get(number),
                **ties[line.cluster_id],
                "reasons": [*score.reasons, *told.get(number, [])],
            }
        )
    return sorted(listed, key=lambda c: (not c["flagged"], -c["score"], -c["accounts"], c["cluster_id"]))
