"""What changed tonight among flagged clusters, from a snapshot and the one before it: counts, reasons, doubts; no account, no prompt."""

import datetime as dt
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from app.alerts.settings import KINDS
from app.queries.words import chance, shown
from graph.errors import ClewError
from graph.store import files, snapshot
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace
from graph.vocabulary import BY_A_PERSON, CHANNEL_WORDS, CHANNELS

MOST_CHANGES = 25  # told in full; how many more there are is said
_MOST_REASONS, _REASON_LENGTH = 5, 280
_ORDER = ("born", "revived", "merged", "grew", "split", "flagged", "pivot")
_PIVOT = re.compile(r"a day after (.{1,200}) first appeared \((\d{4}-\d\d-\d\d)\)")  # the sentence of graph.pivot
_WORD = re.compile(r"[^\s,;()'\"“”‘’]+")


@dataclass(frozen=True)
class Change:
    """One flagged cluster and what became of it (of KINDS). `before`: how many accounts it had the night before, None for a new one."""

    cluster_id: str
    what: tuple[str, ...]
    others: tuple[str, ...]
    kind: str
    parent_id: str | None
    accounts: int
    before: int | None
    exchanges: int
    first_seen: str
    last_seen: str
    score: float
    linkage: float | None
    extraction: float | None
    stability: float | None
    calibrated: float | None
    decided: str | None
    channels: tuple[tuple[str, float], ...]  # word, bits; the strongest first
    reasons: tuple[str, ...]
    pivot: tuple[str, str] | None = None  # model, day on which it was first seen


@dataclass(frozen=True)
class Digest:
    """One night for people. `ended`: clusters flagged the night before that tonight are not flagged, or not there."""

    alert_id: str
    snapshot_id: str
    first: dt.datetime
    until: dt.datetime
    changes: tuple[Change, ...]
    left_out: int
    ended: tuple[str, ...]
    flagged: int
    flagged_accounts: int
    clusters: int
    chance: str
    missing: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many of `changes` there are of each kind, in a fixed order; a cluster may count twice."""
        numbers = {kind: sum(kind in change.what for change in self.changes) for kind in _ORDER}
        return {kind: n for kind, n in numbers.items() if n}


def digest(
    workspace: Workspace, night: Snapshot, accounting: Mapping[str, Mapping[str, Any]] | None = None, on: Collection[str] = KINDS
) -> Digest:
    """The digest of `night`. `accounting`: of the ingest before it, as in its run record; `on`: which kinds of change to tell."""
    before = _earlier(workspace, night)
    earlier = {cluster["cluster_id"]: cluster for cluster in before.clusters()} if before else {}
    known = before is not None or not night.manifest.get("earlier")
    clusters = night.clusters()
    flagged = {cluster["cluster_id"]: cluster for cluster in clusters if cluster["flagged"]}
    told = {name: what for name, cluster in flagged.items() if (what := tuple(k for k in _what(cluster, earlier, known) if k in on))}
    accounts = _accounts(night, told)
    changes = sorted((_change(flagged[name], earlier, what, accounts) for name, what in told.items()), key=_rank)
    first, until = snapshot.window(night.manifest)
    counts = night.manifest.get("counts") or {}
    return Digest(
        alert_id=_alert_id(until, changes),
        snapshot_id=night.snapshot_id,
        first=first,
        until=until,
        changes=tuple(changes[:MOST_CHANGES]),
        left_out=max(0, len(changes) - MOST_CHANGES),
        ended=tuple(sorted(name for name, cluster in earlier.items() if cluster["flagged"] and name not in flagged)),
        flagged=len(flagged),
        flagged_accounts=int(counts.get("flagged_accounts") or 0),
        clusters=len(clusters),
        chance=chance(night.manifest),
        missing=(*_silent(night.manifest), *_set_aside(accounting or {})),
    )


def _earlier(workspace: Workspace, night: Snapshot) -> Snapshot | None:
    """The night before, or what took its place when an account was erased; None where there was none, or it was deleted since."""
    name = night.manifest.get("earlier")
    for other in [name, *reversed(snapshot.history(workspace))] if name else ():
        try:
            found = snapshot.read(workspace, other)
        except ClewError:
            continue
        if other == name or name in found.manifest.get("replaces", ()):
            return found
    return None


def _what(cluster: dict[str, Any], earlier: Mapping[str, dict[str, Any]], known: bool) -> list[str]:
    """The kinds of change that a flagged cluster went through tonight; of a night before that is not `known`, what tonight alone tells."""
    before = earlier.get(cluster["cluster_id"])
    change = cluster.get("change")
    found = [change] if change in _ORDER else []
    if before is not None and not before["flagged"] and not found:
        found.append("flagged")
    if known and (pivot := _pivot(cluster)) and pivot != (before and _pivot(before)):
        found.append("pivot")
    return found


def _pivot(cluster: dict[str, Any]) -> tuple[str, str] | None:
    found = next((match for reason in cluster["reasons"] if (match := _PIVOT.search(reason))), None)
    return (_fit(found[1], 60), found[2]) if found else None


def _change(cluster: dict[str, Any], earlier: Mapping[str, dict[str, Any]], what: tuple[str, ...], accounts: frozenset[str]) -> Change:
    before = earlier.get(cluster["cluster_id"])
    bits = sorted(((channel, cluster["channels"].get(channel, 0.0)) for channel in CHANNELS), key=lambda pair: -pair[1])
    return Change(
        cluster_id=_fit(cluster["cluster_id"], 40),
        what=what,
        others=tuple(_fit(other, 40) for other in cluster.get("change_with") or ()),
        kind=_fit(cluster["kind"], 20),
        parent_id=cluster.get("parent_id"),
        accounts=cluster["accounts"],
        before=before["accounts"] if before else None,
        exchanges=cluster["exchanges"],
        first_seen=cluster["first_seen"] or "",
        last_seen=cluster["last_seen"] or "",
        score=cluster["score"],
        linkage=cluster.get("linkage"),
        extraction=cluster.get("extraction"),
        stability=cluster.get("stability"),
        calibrated=cluster.get("calibrated"),
        decided=cluster.get("decided"),
        channels=tuple((CHANNEL_WORDS[channel], value) for channel, value in bits if value > 0),
        reasons=_reasons(cluster["reasons"], accounts),
        pivot=_pivot(cluster) if "pivot" in what else None,
    )


def _fit(text: str, n: int) -> str:
    """Log text fit to be read in a mail: nothing hidden, at most `n` characters, and no address that a mail program makes a link of."""
    return shown(text, n).replace("://", "[://]")


def _reasons(reasons: Sequence[str], accounts: frozenset[str]) -> tuple[str, ...]:
    """The first few that name no account and quote no person; text from logs made fit to be seen, addresses no longer links."""
    fit = [text for text in reasons if not text.startswith(BY_A_PERSON) and accounts.isdisjoint(_words(text))]
    return tuple(_fit(text, _REASON_LENGTH) for text in fit[:_MOST_REASONS])


def _words(text: str) -> Iterable[str]:
    return (form for word in _WORD.findall(text) for form in (word, word.rstrip(".:")))


def _accounts(night: Snapshot, clusters: Collection[str]) -> frozenset[str]:
    """Members of `clusters`."""
    members = night.frame("members").filter(pl.col("cluster_id").is_in(sorted(clusters))).select(pl.col("account_id").unique())
    return frozenset(members.collect()["account_id"])


def _rank(change: Change) -> tuple[int, float, int, str]:
    return min(map(_ORDER.index, change.what)), -change.score, -change.accounts, change.cluster_id


def _alert_id(until: dt.datetime, changes: Sequence[Change]) -> str:
    """Names what is told, not when: the same night told twice has one id."""
    told = [[change.cluster_id, list(change.what), change.accounts] for change in changes]
    return "alert-" + hashlib.sha256(files.json_bytes([until.isoformat(), told])).hexdigest()[:24]


def _silent(manifest: Mapping[str, Any]) -> list[str]:
    """What detection could not look at."""
    states = manifest.get("channels") or {}
    found = [
        f"{CHANNEL_WORDS[channel]}: {_fit(str(state.get('reason') or 'not available'), 160)}"
        for channel in CHANNELS
        if not (state := states.get(channel.value) or {}).get("available", True)
    ]
    if (manifest.get("capabilities") or {}).get("sampled_prompts") == 0:
        found.append("Prompt texts: none are kept for these days, so what members ask for is not known.")
    return found


def _set_aside(accounting: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What tonight's ingest set aside or received late."""
    words = {"quarantined": "rows set aside, see quarantine/", "late": "rows came late; earlier nights did not see them"}
    return [
        f"{_fit(table, 30)}: {int(counts[key]):,} {word}."
        for table, counts in sorted(accounting.items())
        for key, word in words.items()
        if counts.get(key)
    ]
