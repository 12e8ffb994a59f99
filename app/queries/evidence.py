"""What links the members of one cluster: entities, shares per channel, members, templates. All of it within a View."""

from typing import Any

import polars as pl

from app.queries import view as views
from app.queries.clusters import bits_by_channel
from app.queries.night import Night
from app.queries.view import View
from app.queries.words import account_link, entity_label, entity_link, minute, pair_link, plural, rarity, shown
from graph.vocabulary import CHANNELS, Channel


def links(night: Night, cluster_id: str, view: View) -> pl.DataFrame:
    """The cluster's links that count in `view`, one row per account and entity."""
    return night.frame("links").filter(pl.col("cluster_id") == cluster_id, views.counts(view), views.overlaps(view))


def entities(night: Night, cluster_id: str, view: View) -> list[dict[str, Any]]:
    """The cluster's shared entities within `view`, strongest evidence first. `accounts` counts members in the view."""
    in_view = links(night, cluster_id, view).group_by("entity_id").agg(pl.col("account_id").n_unique().alias("in_view"))
    frame = (
        night.frame("cluster_entities")
        .filter(pl.col("cluster_id") == cluster_id)
        .join(night.frame("entities"), on="entity_id", how="inner", suffix="_all")
        .join(in_view, on="entity_id", how="inner")
        .sort("bits", "entity_id", descending=[True, False])
    )
    return [_entity_row(row, night.population) for row in frame.iter_rows(named=True)]


def _entity_row(row: dict[str, Any], population: int) -> dict[str, Any]:
    return {
        "entity_id": str(row["entity_id"]),  # text: 64-bit ids do not fit a JavaScript number
        "href": entity_link(row["entity_id"]),
        "channel": row["channel"],
        "kind": shown(row["kind"], 24),
        "label": entity_label(row["kind"], row["label"]),
        "accounts": row["in_view"],
        "everywhere": row["units"],
        "rarity": rarity(row["units"], population),
        "expected": row["expected"],
        "bits": row["bits"],
        "q_value": row["q_value"],
    }


def why(night: Night, cluster_id: str) -> list[dict[str, Any]]:
    """Share of evidence per channel with one sentence each, most bits first. Raises NotFound."""
    said = bits_by_channel(night.cluster(cluster_id))
    found = links(night, cluster_id, View()).join(night.frame("entities").select("entity_id", "kind"), on="entity_id")
    kinds = found.group_by("channel", "kind").agg(pl.col("entity_id").n_unique().alias("n")).sort("n", "kind", descending=[True, False])
    sharers = dict(found.group_by("channel").agg(pl.col("account_id").n_unique()).iter_rows())
    for part in said:
        named = [plural(n, shown(kind, 24)) for c, kind, n in kinds.iter_rows() if c == part["channel"]]
        accounts = plural(sharers.get(part["channel"], 0), "account")
        kinds_named = " · ".join(named[:2]) + " and more" * (len(named) > 2)
        part["sentence"] = f"{kinds_named} shared by {accounts}" if named else _without_entity(night, cluster_id, part)
    return said


def _without_entity(night: Night, cluster_id: str, part: dict[str, Any]) -> str:
    """What a channel says where no entity of it is listed: a rhythm belongs to pairs and groups, and has no name of its own."""
    bits = pl.col(f"bits_{part['channel']}")
    spoken = night.frame("members").filter(pl.col("cluster_id") == cluster_id, bits >= 0.5).height
    if part["channel"] == Channel.TIMING:
        return f"{plural(spoken, 'account')} keep the same days, hours and pace" if spoken else "slight likeness of days, hours and pace"
    return f"{part['bits']:,} bits over {plural(spoken, 'account')}; no single entity to list"


def members(night: Night, cluster_id: str, view: View) -> list[dict[str, Any]]:
    """Members with a link that counts in `view`: bits of the view's channels, exchanges in its days. Most bits first."""
    columns = [f"bits_{channel}" for channel in CHANNELS]
    counted = [pl.col(f"bits_{channel}") for channel in view.channels] or [pl.lit(0.0)]
    frame = night.frame("members").filter(pl.col("cluster_id") == cluster_id)
    if view != View():
        frame = frame.join(links(night, cluster_id, view), on="account_id", how="semi")
        frame = frame.with_columns(pl.sum_horizontal(counted).alias("bits"))
    frame = frame.join(night.frame("accounts"), on="account_id", how="left").sort("bits", "account_id", descending=[True, False])
    exchanges = _exchanges(night, frame, view)
    return [
        {
            "account_id": shown(row["account_id"], 80),
            "href": account_link(row["account_id"]),
            "bits": round(row["bits"], 1),
            **{name: round(row[name] or 0, 1) for name in columns},
            "exchanges": exchanges.get(row["account_id"], 0),
            "first_seen": minute(row["first_seen"]),
            "last_seen": minute(row["last_seen"]),
            "bridge": row["bridge"],
            "why": "why",
            "why_href": pair_link(row["account_id"], cluster_id),
        }
        for row in frame.iter_rows(named=True)
    ]


def _exchanges(night: Night, frame: pl.DataFrame, view: View) -> dict[str, int]:
    if view.first is None and view.last is None:
        return dict(frame.select("account_id", pl.col("exchanges").fill_null(0)).iter_rows())
    active = night.activity(frame["account_id"]).with_columns(first_seen="hour", last_seen="hour").filter(views.overlaps(view))
    return dict(active.group_by("account_id").agg(pl.col("exchanges").sum()).iter_rows())


def templates(night: Night, cluster_id: str, limit: int = 8) -> list[dict[str, Any]]:
    """Wording shared by members, most accounts first; the text is cut into plain pieces and {slots}."""
    frame = night.frame("templates").filter(pl.col("cluster_id") == cluster_id)
    frame = frame.sort("accounts", "exchanges", "template_id", descending=[True, True, False]).head(limit)
    return [
        {
            "template_id": shown(row["template_id"], 24),
            "counts": f"{plural(row['accounts'], 'account')} · {plural(row['exchanges'], 'exchange')}",
            "pieces": pieces(shown(row["template"], 400)),
        }
        for row in frame.iter_rows(named=True)
    ]


def pieces(template: str) -> list[tuple[str, bool]]:
    """`Write {n} stars` → [("Write ", False), ("{n}", True), (" stars", False)]. A brace that never closes is plain text."""
    cut: list[tuple[str, bool]] = []
    rest = template
    while (start := rest.find("{")) >= 0 and (end := rest.find("}", start)) >= 0:
        cut += [(rest[:start], False), (rest[start : end + 1], True)]
        rest = rest[end + 1 :]
    return [(text, slot) for text, slot in [*cut, (rest, False)] if text]
