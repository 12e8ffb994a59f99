"""Two clusters side by side: what they have in common, and in what they differ."""

from typing import Any

import polars as pl

from app.queries.clusters import bits_by_channel, header
from app.queries.night import Night
from app.queries.words import account_link, cluster_link, entity_label, entity_link, percent, plural, rarity, shown
from graph.capabilities import SIGNIFICANT_Q
from graph.vocabulary import CHANNEL_WORDS, CHANNELS

_SIDES = ("one", "other")


def sides(night: Night, one: str, other: str) -> list[dict[str, Any]]:
    """Both heads as app.queries.clusters states them, with the address of each. Raises NotFound."""
    return [header(night, name) | {"href": cluster_link(name)} for name in (one, other)]


def overlap(night: Night, one: str, other: str) -> list[tuple[str, str]]:
    """What the two have in common, in figures, as (word, value)."""
    first, second = (_members(night, name) for name in (one, other))
    both, entities = len(first & second), _entities(night, one, other).height
    every = len(first | second) or 1
    return [
        ("Accounts in both", f"{both:,}"),
        (f"Only in {one}", f"{len(first - second):,}"),
        (f"Only in {other}", f"{len(second - first):,}"),
        ("Share of all accounts in both", percent(both / every)),
        ("Entities that link both", f"{entities:,}"),
    ]


def _members(night: Night, cluster_id: str) -> set[str]:
    return set(night.frame("members").filter(pl.col("cluster_id") == cluster_id)["account_id"])


def channels(night: Night, one: str, other: str) -> list[dict[str, Any]]:
    """Share of evidence by channel in both, channels that speak in either, in their usual order."""
    said = [{part["channel"]: part for part in bits_by_channel(night.cluster(name))} for name in (one, other)]
    return [
        {
            "channel": channel.value,
            "word": CHANNEL_WORDS[channel],
            **{side: parts[channel.value]["share"] if channel.value in parts else 0.0 for side, parts in zip(_SIDES, said, strict=True)},
        }
        for channel in CHANNELS
        if any(channel.value in parts for parts in said)
    ]


def _entities(night: Night, one: str, other: str) -> pl.DataFrame:
    first, second = (
        night.frame("cluster_entities").filter(pl.col("cluster_id") == name).select("entity_id", "members", "bits") for name in (one, other)
    )
    return first.join(second, on="entity_id", suffix="_other")


def entities(night: Night, one: str, other: str) -> list[dict[str, Any]]:
    """Entities that link members of both, by the weaker of the two weights, most bits first."""
    frame = (
        _entities(night, one, other)
        .join(night.frame("entities"), on="entity_id")
        .with_columns(weaker=pl.min_horizontal("bits", "bits_other"))
        .sort("weaker", "entity_id", descending=[True, False])
    )
    return [
        {
            "entity_id": str(row["entity_id"]),
            "href": entity_link(row["entity_id"]),
            "channel": row["channel"],
            "kind": shown(row["kind"], 24),
            "label": entity_label(row["kind"], row["label"]),
            "rarity": rarity(row["units"], night.population),
            "members": row["members"],
            "members_other": row["members_other"],
            "bits": row["bits"],
            "bits_other": row["bits_other"],
        }
        for row in frame.iter_rows(named=True)
    ]


def accounts(night: Night, one: str, other: str) -> list[dict[str, Any]]:
    """Accounts that stand in both, with their bits in each, most bits first."""
    first, second = (
        night.frame("members").filter(pl.col("cluster_id") == name).select("account_id", pl.col("bits")) for name in (one, other)
    )
    both = first.join(second, on="account_id", suffix="_other")
    ranked = both.sort(pl.col("bits") + pl.col("bits_other"), pl.col("account_id"), descending=[True, False])
    return [
        {
            "account_id": shown(row["account_id"], 80),
            "href": account_link(row["account_id"]),
            "bits": round(row["bits"], 1),
            "bits_other": round(row["bits_other"], 1),
        }
        for row in ranked.iter_rows(named=True)
    ]


def capabilities(night: Night, one: str, other: str) -> list[dict[str, Any]]:
    """What either asks for more often than chance explains: share of sampled prompts and lift in both."""
    frame = night.frame("capabilities").filter(pl.col("cluster_id").is_in([one, other]))
    said = frame.filter(pl.col("q_value") < SIGNIFICANT_Q)["capability"].unique().sort().to_list()
    held = {(row["cluster_id"], row["capability"]): row for row in frame.iter_rows(named=True)}
    rows = []
    for capability in said:
        row: dict[str, Any] = {"capability": shown(capability, 40)}
        for name, ending in ((one, ""), (other, "_other")):
            found = held.get((name, capability), {})
            row |= {f"share{ending}": found.get("share"), f"lift{ending}": found.get("lift")}
        rows.append(row)
    return sorted(rows, key=lambda r: (-max(r["lift"] or 0, r["lift_other"] or 0), r["capability"]))


def verdict(night: Night, one: str, other: str) -> str:
    """One sentence: how they stand to each other."""
    first, second = night.cluster(one), night.cluster(other)
    if other == first.get("parent_id"):
        return f"{one} is a campaign within {other}."
    if one == second.get("parent_id"):
        return f"{other} is a campaign within {one}."
    if first.get("parent_id") and first.get("parent_id") == second.get("parent_id"):
        return f"Both are campaigns within {first['parent_id']}."
    common = len(_members(night, one) & _members(night, other))
    shared = _entities(night, one, other).height
    if not common and not shared:
        return "They have no account and no linking entity in common."
    return f"They have {plural(common, 'account')} and {plural(shared, 'linking entity')} in common."
