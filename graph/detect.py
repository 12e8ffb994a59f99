"""One run: tables → incidences → seeds → memberships → scores → lines → a published snapshot."""

import datetime as dt
from importlib.metadata import version
from typing import Any

import polars as pl

from graph import (
    assembly,
    calibration,
    campaigns,
    capabilities,
    communities,
    conduct,
    decisions,
    incidence,
    lineage,
    refinement,
    rules,
    scoring,
    shuffle,
    stability,
)
from graph.conduct import Conduct
from graph.facts import account_facts
from graph.incidence import Bipartite
from graph.night import Night, open_night
from graph.progress import Progress
from graph.signals.registry import availability, available
from graph.store import decisions as decided
from graph.store import snapshot
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace
from graph.tracing import trace, weigh
from graph.vocabulary import SMALLEST


def detect(workspace: Workspace, *, until: dt.datetime | None, window_days: int, seed: int, progress: Progress) -> Snapshot:
    """Look at the window that ends at `until` and publish what is found. Raises DataRefused, StorageError.

    The same tables, window and seed give the same bytes, in whatever order the rows came.
    """
    night = open_night(workspace, until, window_days)
    earlier = _earlier(workspace, night)
    said = decided.read(workspace)
    book = decided.in_force(said)
    known = rules.load(workspace.root)
    manifest = _manifest(night, earlier, window_days, seed)
    manifest["decisions"] = {"stored": len(said), "in_force": len(book), "content": decided.digest(book)}
    bipartite = incidence.build(night, available(night), progress)
    groups = find_groups(bipartite, seed, progress)
    progress.stage("score")
    facts = account_facts(night, bipartite.accounts)
    observed = conduct.observe(night, bipartite.accounts, known, seed)
    manifest["capabilities"] = {"rules": rules.digest(known), "sampled_prompts": observed.asks.sample.height}
    traced = trace(night, weigh(bipartite, groups, facts), lineage.recall(earlier), book)
    manifest["chance"] = chance_findings(bipartite, facts, observed, seed, progress)
    scores = scoring.above_chance(scoring.score(traced.found, observed), manifest["chance"]["strongest_in_shuffles"])
    scores = campaigns.told(scores, traced.inside)
    scores = decisions.judged(scores, traced.found, traced.lines, book, traced.notes, traced.pools)
    judged = calibration.judged_members(night.labels.collect(), traced.found)
    scores, manifest["calibration"] = calibration.calibrated(scores, judged, frozenset(traced.pools))
    flagged = [cluster for cluster, score in scores.items() if score.flagged and cluster not in traced.pools]
    firm = stability.stability(bipartite, traced.found.of(flagged).groups, SMALLEST, seed, progress)
    progress.stage("publish")
    profile = capabilities.profile(traced.found, observed.asks)
    clusters, frames = assembly.assemble(night, traced, scores, profile, rules.words(known), firm)
    manifest["changes"] = dict(frames["lines"].drop_nulls("change").group_by("change").len().sort("change").iter_rows())
    manifest["counts"] = {
        "accounts": bipartite.accounts.height,
        "exchanges": int(facts["exchanges"].sum()),
        "entities": bipartite.entities.height,
        "links": bipartite.links.height,
        "clusters": len(clusters),
        "flagged": sum(cluster["flagged"] for cluster in clusters),
        "flagged_accounts": frames["members"].filter(pl.col("flagged"))["account_id"].n_unique(),
    }
    return snapshot.publish(workspace, snapshot.name_of(_end(night), manifest), manifest, clusters, frames)


def find_groups(bipartite: Bipartite, seed: int, progress: Progress) -> pl.DataFrame:
    """Clusters as cluster (number), account."""
    return refinement.refine(bipartite, communities.seeds(bipartite, SMALLEST, seed, progress), SMALLEST, progress)


def chance_findings(bipartite: Bipartite, facts: pl.DataFrame, observed: Conduct, seed: int, progress: Progress) -> dict[str, float]:
    """What is found where every link is chance: shuffles, clusters_in_shuffles, flagged_in_shuffles, strongest_in_shuffles (a score).

    Seeded from all channels together only: that is where chance coincidences of several channels would show.
    """
    rewired = shuffle.shuffled(bipartite, seed)
    seeds = communities.seeds(rewired, SMALLEST, seed, progress, each_channel=False)
    groups = refinement.refine(rewired, seeds, SMALLEST, progress)
    scores = scoring.score(weigh(rewired, groups, facts), observed).values()
    return {
        "shuffles": 1,
        "clusters_in_shuffles": groups["cluster"].n_unique(),
        "flagged_in_shuffles": sum(score.flagged for score in scores),
        "strongest_in_shuffles": round(max((score.total for score in scores), default=0.0), 4),
    }


def _manifest(night: Night, earlier: Snapshot | None, window_days: int, seed: int) -> dict[str, Any]:
    states = {channel.value: {"available": not reason, "reason": reason} for channel, reason in availability(night).items()}
    return {
        "schema": 1,
        "clew": version("clew"),
        "window": {"first": night.first.isoformat(), "until": night.until.isoformat()},
        "seed": seed,
        "parameters": {"window_days": window_days, "smallest": SMALLEST, "resolutions": list(communities.RESOLUTIONS)},
        "inputs": night.digests(),
        "lists": night.lists.digests,
        "channels": states,
        "earlier": earlier.snapshot_id if earlier else None,
    }


def _end(night: Night) -> str:
    return f"{night.until:%Y%m%dT%H%M%SZ}"


def _earlier(workspace: Workspace, night: Night) -> Snapshot | None:
    """The newest snapshot of a window that ended before this one: a night is compared with the night before, not with itself.

    Of several of one night, the one that knew most: the most rows, then the most decisions. No clock is asked, so that a night can be
    run again and find the same one before it.
    """
    before = [name for name in snapshot.history(workspace) if name < _end(night)]
    rivals = [snapshot.read(workspace, name) for name in before if name.split("-")[0] == before[-1].split("-")[0]]
    return max(rivals, key=_knew, default=None)


def _knew(earlier: Snapshot) -> tuple[int, int, str]:
    rows = sum(table["rows"] for table in earlier.manifest["inputs"].values())
    return rows, earlier.manifest.get("decisions", {}).get("stored", 0), earlier.snapshot_id
