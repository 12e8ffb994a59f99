"""Clusters as the queue lists them and as the head of a cluster page states them."""

import datetime as dt
from typing import Any

from app.queries.night import Night
from app.queries.words import chance, cluster_link, percent, plural, shown, span
from graph.store import snapshot
from graph.vocabulary import CHANNEL_WORDS, CHANNELS, Channel

CHANGES: dict[str, str] = {
    "born": "new",
    "grown": "grown",
    "grew": "grown",
    "shrunk": "shrunk",
    "shrank": "shrunk",
    "merged": "merged",
    "split": "split",
    "revived": "revived",
    "same": "unchanged",
    "unchanged": "unchanged",
}


SCORES = ("linkage", "extraction", "stability", "calibrated")  # parts and companions of a score, where the night has them


def queue(night: Night) -> list[dict[str, Any]]:
    """One row per cluster, best first, ready for the table: every value is a number, a plain word or a link."""
    return [_row(cluster) for cluster in night.clusters]


def _row(cluster: dict[str, Any]) -> dict[str, Any]:
    return {
        "cluster_id": cluster["cluster_id"],
        "href": cluster_link(cluster["cluster_id"]),
        "score": round(100 * cluster["score"]),
        "kind": shown(cluster["kind"], 20),
        "accounts": cluster["accounts"],
        "exchanges": cluster["exchanges"],
        "channels": bits_by_channel(cluster),
        "first_seen": cluster["first_seen"][:10],
        "last_seen": cluster["last_seen"][:10],
        "change": CHANGES.get(cluster.get("change") or "", shown(cluster.get("change"), 20)),
        "flagged": bool(cluster["flagged"]),
    }


def bits_by_channel(cluster: dict[str, Any]) -> list[dict[str, Any]]:
    """Channels that say something about a cluster, most bits first: channel, word, bits, share of all bits."""
    bits = {c: float(cluster["channels"].get(c.value) or 0) for c in CHANNELS}
    total = sum(b for b in bits.values() if b > 0)
    said = sorted((c for c in CHANNELS if bits[c] > 0), key=lambda c: (-bits[c], CHANNELS.index(c)))
    return [{"channel": c.value, "word": CHANNEL_WORDS[c], "bits": round(bits[c], 1), "share": bits[c] / total} for c in said]


def health(night: Night) -> list[str]:
    """What the night rests on, in short sentences: window, rows, channels that were not available."""
    manifest = night.manifest
    first, until = snapshot.window(manifest)
    rows = sum(int(table.get("rows") or 0) for table in (manifest.get("inputs") or {}).values() if isinstance(table, dict))
    lines = [f"Window {span(first, until - dt.timedelta(microseconds=1))}", f"{rows:,} rows in", f"{night.population:,} accounts seen"]
    if said := chance(manifest):
        lines.append(said)
    return lines + _missing(manifest)


def _missing(manifest: dict[str, Any]) -> list[str]:
    reasons = {
        CHANNEL_WORDS[Channel(channel)]: shown(str(state.get("reason") or "").removeprefix("not available: "), 80)
        for channel, state in (manifest.get("channels") or {}).items()
        if isinstance(state, dict) and not state.get("available", True) and channel in set(Channel)
    }
    if len(reasons) == 1:
        return [f"Not available: {word} ({why})" if why else f"Not available: {word}" for word, why in reasons.items()]
    return [f"Not available: {', '.join(reasons)}: the log has no such columns or values"] if reasons else ["All channels available"]


def header(night: Night, cluster_id: str) -> dict[str, Any]:
    """What stands at the head of a cluster page. Raises NotFound."""
    cluster = night.cluster(cluster_id)
    place = night.positions[cluster_id]
    return {
        "cluster_id": cluster_id,
        "score": round(100 * cluster["score"]),
        "kind": shown(cluster["kind"], 20),
        "parent": cluster.get("parent_id"),
        "flagged": bool(cluster["flagged"]),
        "counts": [(f"{cluster['accounts']:,}", "accounts"), (f"{cluster['exchanges']:,}", "exchanges")],
        "window": span(cluster["first_seen"], cluster["last_seen"]),
        "scores": [(name, percent(cluster[name])) for name in SCORES if isinstance(cluster.get(name), int | float)],
        "decided": shown(cluster.get("decided"), 20),
        "chance": chance(night.manifest),
        "place": f"{place + 1:,} of {len(night.clusters):,}",
        "previous": _beside(night, place - 1),
        "next": _beside(night, place + 1),
    }


def _beside(night: Night, place: int) -> str | None:
    return cluster_link(night.clusters[place]["cluster_id"]) if 0 <= place < len(night.clusters) else None


def reasons(cluster: dict[str, Any]) -> list[str]:
    """The sentences that say why a cluster is suspected, fit for a page."""
    return [shown(sentence, 300) for sentence in cluster.get("reasons") or []]


def summary(cluster: dict[str, Any]) -> str:
    """`campaign · 40 accounts · 8–16 Aug 2026`, for lists and search."""
    return f"{shown(cluster['kind'], 20)} · {plural(cluster['accounts'], 'account')} · {span(cluster['first_seen'], cluster['last_seen'])}"
