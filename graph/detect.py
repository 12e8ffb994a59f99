"""One run: tables → incidences → seeds → memberships → scores → lines → a published snapshot."""

import datetime as dt
import hashlib
from importlib.metadata import version
from typing import Any

import polars as pl

from graph import assembly, capabilities, communities, conduct, incidence, lineage, membership, refinement, rules, scoring, shuffle
from graph.conduct import Conduct
from graph.facts import account_facts
from graph.found import Found
from graph.incidence import Bipartite
from graph.night import Night, open_night
from graph.progress import Progress
from graph.signals.registry import availability, available
from graph.store import files, snapshot
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace

SMALLEST = 6  # units in the smallest campaign on record


def detect(workspace: Workspace, *, until: dt.datetime | None, window_days: int, seed: int, progress: Progress) -> Snapshot:
    """Look at the window that ends at `until` and publish what is found. Raises DataRefused, StorageError.

    The same tables, window and seed give the same bytes, in whatever order the rows came.
    """
    night = open_night(workspace, until, window_days)
    earlier = _earlier(workspace, night)
    known = rules.load(workspace.root)
    manifest = _manifest(night, earlier, window_days, seed)
    bipartite = incidence.build(night, available(night), progress)
    groups = find_groups(bipartite, seed, progress)
    progress.stage("score")
    facts = account_facts(night, bipartite.accounts)
    observed = conduct.observe(night, bipartite.accounts, known, seed)
    manifest["capabilities"] = {"rules": rules.digest(known), "sampled_prompts": observed.asks.sample.height}
    found = weigh(bipartite, groups, facts)
    scores = scoring.score(found, observed)
    manifest["chance"] = chance_findings(bipartite, facts, observed, seed, progress)
    lines = _lines(found, earlier)
    progress.stage("publish")
    clusters, frames = assembly.assemble(night, found, scores, lines, capabilities.profile(found, observed.asks), rules.words(known))
    manifest["counts"] = {
        "accounts": bipartite.accounts.height,
        "exchanges": int(facts["exchanges"].sum()),
        "entities": bipartite.entities.height,
        "links": bipartite.links.height,
        "clusters": len(clusters),
        "flagged": sum(cluster["flagged"] for cluster in clusters),
        "flagged_accounts": frames["members"].filter(pl.col("flagged"))["account_id"].n_unique(),
    }
    return snapshot.publish(workspace, _snapshot_id(night, manifest), manifest, clusters, frames)


def find_groups(bipartite: Bipartite, seed: int, progress: Progress) -> pl.DataFrame:
    """Clusters as cluster (number), account."""
    return refinement.refine(bipartite, communities.seeds(bipartite, SMALLEST, seed, progress), SMALLEST, progress)


def chance_findings(bipartite: Bipartite, facts: pl.DataFrame, observed: Conduct, seed: int, progress: Progress) -> dict[str, int]:
    """What the method finds where every link is chance: shuffles, clusters_in_shuffles, flagged_in_shuffles.

    Seeded from all channels together only: that is where chance coincidences of several channels would show.
    """
    rewired = shuffle.shuffled(bipartite, seed)
    seeds = communities.seeds(rewired, SMALLEST, seed, progress, each_channel=False)
    groups = refinement.refine(rewired, seeds, SMALLEST, progress)
    flagged = sum(score.flagged for score in scoring.score(weigh(rewired, groups, facts), observed).values())
    return {"shuffles": 1, "clusters_in_shuffles": groups["cluster"].n_unique(), "flagged_in_shuffles": flagged}


def weigh(bipartite: Bipartite, groups: pl.DataFrame, facts: pl.DataFrame) -> Found:
    """The evidence behind `groups`."""
    evidence = membership.evidence(bipartite, groups).filter(pl.col("member"))
    return Found(
        bipartite, groups, facts, evidence, membership.channel_bits(bipartite, groups, evidence), membership.profile(bipartite, groups)
    )


def _manifest(night: Night, earlier: Snapshot | None, window_days: int, seed: int) -> dict[str, Any]:
    states = {channel.value: {"available": not reason, "reason": reason} for channel, reason in availability(night).items()}
    return {
        "schema": 1,
        "clew": version("clew"),
        "window": {"first": night.first.isoformat(), "until": night.until.isoformat()},
        "seed": seed,
        "parameters": {"window_days": window_days, "smallest": SMALLEST, "resolutions": list(communities.RESOLUTIONS)},
        "inputs": night.digests(),
        "channels": states,
        "earlier": earlier.snapshot_id if earlier else None,
    }


def _snapshot_id(night: Night, manifest: dict[str, Any]) -> str:
    return f"{night.until:%Y%m%dT%H%M%SZ}-{hashlib.sha256(files.json_bytes(manifest)).hexdigest()[:8]}"


def _earlier(workspace: Workspace, night: Night) -> Snapshot | None:
    """The newest snapshot of a window that ended before this one: a night is compared with the night before, not with itself."""
    before = [name for name in snapshot.history(workspace) if name < f"{night.until:%Y%m%dT%H%M%SZ}"]
    return snapshot.read(workspace, before[-1]) if before else None


def _lines(found: Found, earlier: Snapshot | None) -> dict[int, lineage.Line]:
    members = found.groups.join(found.bipartite.accounts.select("account", "account_id"), on="account").select("cluster", "account_id")
    evidence = found.profile.join(found.bipartite.entities.select("entity", "entity_id"), on="entity").select("cluster", "entity_id")
    if earlier is None:
        nobody, nothing = (pl.DataFrame(schema=snapshot.FRAMES[name]) for name in ("members", "cluster_entities"))
        return lineage.assign(members, evidence, nobody, nothing)
    return lineage.assign(members, evidence, earlier.frame("members").collect(), earlier.frame("cluster_entities").collect())
