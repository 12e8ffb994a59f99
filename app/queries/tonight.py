"""What tonight's run changed, in figures and rows, and how sound the data under it is."""

from typing import Any

import polars as pl

from app.queries.clusters import CHANGES, bits_by_channel
from app.queries.night import Night
from app.queries.words import cluster_link, day, percent, plural, shown
from graph.vocabulary import CHANNEL_WORDS, CHANNELS

ORDER = ("new", "revived", "merged", "grown", "split", "shrunk", "ended")
_ENDED = {"died": "ended", "merged": "merged"}

Figure = tuple[str, str, str]


def figures(night: Night) -> list[Figure]:
    """Key figures as (value, word, remark)."""
    flagged = [cluster for cluster in night.clusters if cluster["flagged"]]
    held = night.frame("members").filter(pl.col("flagged"))["account_id"].n_unique()
    rows = changes(night)
    new = sum(row["change"] in ("new", "revived") for row in rows)
    grown = sum(row["change"] in ("grown", "merged") for row in rows)
    exchanges = int(night.frame("accounts")["exchanges"].sum() or 0)
    share = held / night.population if night.population else 0.0
    return [
        (f"{len(flagged):,}", "flagged clusters", f"of {plural(len(night.clusters), 'cluster')} found"),
        (f"{held:,}", "accounts in them", f"{percent(share)} of {night.population:,} seen"),
        (f"{new:,}", "new or revived", "since the night before"),
        (f"{grown:,}", "grown or merged", "since the night before"),
        (f"{exchanges:,}", "exchanges", "in the window"),
        _chance(night.manifest),
    ]


def _chance(manifest: dict[str, Any]) -> Figure:
    measured = manifest.get("chance") or {}
    found, shuffles = measured.get("flagged_in_shuffles"), measured.get("shuffles")
    if found is None or not shuffles:
        return "–", "flagged by chance", "not measured by this run"
    return f"{found:,}", "flagged by chance", f"in {plural(shuffles, 'shuffled night')}"


def changes(night: Night) -> list[dict[str, Any]]:
    """One row per cluster that tonight changed: flagged first, then as ORDER has it, then by score. What stayed as it was is left out."""
    lines = {row["cluster_id"]: row for row in night.frame("lines").iter_rows(named=True)}
    found = [_found(cluster, lines.get(cluster["cluster_id"], {})) for cluster in night.clusters]
    gone = [_gone(row) for row in lines.values() if row["state"] != "alive" and row["change"] in _ENDED]
    rows = [row for row in [*found, *gone] if row["change"] in ORDER]
    return sorted(rows, key=lambda r: (not r["flagged"], ORDER.index(r["change"]), -(r["score"] or 0), r["cluster_id"]))


def _found(cluster: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    change = CHANGES.get(cluster.get("change") or "", "")
    return {
        "cluster_id": cluster["cluster_id"],
        "href": cluster_link(cluster["cluster_id"]),
        "change": change,
        "told": told(change, cluster.get("change_with") or []) or _since(line),
        "kind": shown(cluster["kind"], 20),
        "accounts": cluster["accounts"],
        "score": round(100 * cluster["score"]),
        "flagged": bool(cluster["flagged"]),
        "channels": bits_by_channel(cluster),
    }


def _gone(line: dict[str, Any]) -> dict[str, Any]:
    change = _ENDED[line["change"]]
    into = line["others"] or []
    return {
        "cluster_id": line["cluster_id"],
        "href": cluster_link(into[0]) if into else "",
        "change": change,
        "told": f"into {', '.join(into)}" if into else f"last found {day(line['last_night'])}",
        "kind": "",
        "accounts": line["accounts"],
        "score": None,
        "flagged": False,
        "channels": [],
    }


def _since(line: dict[str, Any]) -> str:
    return f"first found {day(line['first_night'])}" if line.get("first_night") else ""


def told(change: str, others: list[str]) -> str:
    """`with CL-1, CL-2`: what a change has to do with other lines; empty where it has nothing."""
    words = {"merged": "with", "split": "off went", "new": "out of", "revived": "out of"}
    named = ", ".join(shown(other, 20) for other in others[:3]) + (f" and {len(others) - 3:,} more" if len(others) > 3 else "")
    return f"{words[change]} {named}" if others and change in words else ""


def counted(rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """How many rows of `changes` there are of each kind, in ORDER; kinds without a row are left out."""
    numbers = {change: sum(row["change"] == change for row in rows) for change in ORDER}
    return [(change, n) for change, n in numbers.items() if n]


def tables(night: Night, ingest: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Per input table: rows in the window, and of the last ingest (`runs.last_ingest`) rows in, quarantined, duplicate, late."""
    inputs = night.manifest.get("inputs") or {}
    names = [*inputs, *(name for name in sorted(ingest) if name not in inputs)]
    return [
        _table(name, inputs.get(name) or {}, ingest.get(name) or {})
        for name in names
        if (inputs.get(name) or {}).get("rows") or ingest.get(name)
    ]


def _table(name: str, held: dict[str, Any], last: dict[str, Any]) -> dict[str, Any]:
    counts = {column: last.get(column) for column in ("rows_in", "quarantined", "duplicate", "late")}
    return {"table": shown(name, 30), "rows": held.get("rows"), **counts}


def channels(night: Night) -> list[dict[str, Any]]:
    """Per channel: available or not, and why not; how many flagged clusters it speaks for."""
    states = night.manifest.get("channels") or {}
    spoken = [{part["channel"] for part in bits_by_channel(cluster)} for cluster in night.clusters if cluster["flagged"]]
    rows = []
    for channel in CHANNELS:
        state = states.get(channel.value) or {}
        on = bool(state.get("available", True))
        n = sum(channel.value in said for said in spoken)
        why = shown(str(state.get("reason") or "").removeprefix("not available: "), 120)
        rows.append(
            {
                "channel": channel.value,
                "word": CHANNEL_WORDS[channel],
                "available": on,
                "remark": f"speaks in {plural(n, 'flagged cluster')}" if on else f"not available: {why or 'no such columns in the log'}",
            }
        )
    return rows
