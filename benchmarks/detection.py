"""How well detection does on labelled worlds of several tiers and seeds, beside open practice. `make bench-detection`.

Prints a Markdown table: account precision, recall and F1, pairwise and B-cubed F1, share of ordinary people flagged, the worst
look-alike, and the three baselines on the same world. With --ablate, account F1 of each world with one channel left out at a time.
Takes about a minute a world at scale 0.3.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import polars as pl

from graph import baselines, conduct, incidence, rules, scoring
from graph.detect import detect, find_groups, weigh
from graph.evaluation import Evaluation, evaluate
from graph.facts import account_facts
from graph.incidence import Bipartite
from graph.night import open_night
from graph.progress import Silent
from graph.signals.registry import available
from graph.store.workspace import Workspace, create_workspace
from graph.vocabulary import CHANNELS
from ingest.load import ingest
from ingest.simulate.world import simulate

HEAD = "| tier | seed | precision | recall | F1 | pairwise F1 | B-cubed F1 | ordinary flagged | worst look-alike | IP / card / prefix | s |"
SEED = 1


def main() -> None:
    """Parse arguments, run every world, print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.3)
    parser.add_argument("--tiers", nargs="+", default=["easy", "realistic", "hard", "none"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[11, 12, 13, 14, 15])
    parser.add_argument("--ablate", action="store_true")
    chosen = parser.parse_args()
    names = [channel.value for channel in CHANNELS]
    print((f"| tier | seed | all | {' | '.join(names)} |\n|" + "---|" * (3 + len(names))) if chosen.ablate else HEAD + "\n|" + "---|" * 11)
    for tier in chosen.tiers:
        for seed in chosen.seeds:
            print((ablation if chosen.ablate else row)(tier, seed, chosen.scale), flush=True)


def _world(folder: Path, tier: str, seed: int, scale: float) -> tuple[Workspace, Path]:
    world = folder / "world"
    simulate(world, accounts=50_000, scale=scale, seed=seed, tier=tier, days=30, prompts=None, progress=Silent())
    workspace = create_workspace(folder / "workspace")
    inputs = {name: [str(world / f"{name}.parquet")] for name in ("accounts", "payments", "enforcement")}
    ingest(workspace, {**inputs, "exchanges": [str(world / "exchanges")]}, None, Silent())
    return workspace, world


def row(tier: str, seed: int, scale: float) -> str:
    """One world, simulated, ingested and detected in a folder that goes again; `s` is what detection took."""
    with tempfile.TemporaryDirectory() as folder:
        workspace, world = _world(Path(folder), tier, seed, scale)
        began = time.perf_counter()
        snap = detect(workspace, until=None, window_days=60, seed=SEED, progress=Silent())
        took = time.perf_counter() - began
        truth = pl.read_parquet(world / "truth.parquet")
        flagged = len([c for c in snap.clusters() if c["flagged"]])
        if tier == "none":
            return f"| none | {seed} | {flagged} flagged clusters |" + " |" * 7 + f" {took:.0f} |"
        outcome = evaluate(snap.frame("members").collect(), truth)
        return f"| {tier} | {seed} | {_figures(outcome)} | {_baselines(world, truth)} | {took:.0f} |"


def ablation(tier: str, seed: int, scale: float) -> str:
    """Account F1 of one world with everything, and without each channel: its signals taken out before anything is linked."""
    with tempfile.TemporaryDirectory() as folder:
        workspace, world = _world(Path(folder), tier, seed, scale)
        night = open_night(workspace, None, 60)
        whole = incidence.build(night, available(night), Silent())
        facts = account_facts(night, whole.accounts)
        observed = conduct.observe(night, whole.accounts, rules.load(workspace.root), SEED)
        truth = pl.read_parquet(world / "truth.parquet")

        def f1(bipartite: Bipartite) -> str:
            groups = find_groups(bipartite, SEED, Silent())
            flags = {number: score.flagged for number, score in scoring.score(weigh(bipartite, groups, facts), observed).items()}
            flagged = pl.col("cluster").replace_strict(flags, return_dtype=pl.Boolean)
            named = groups.join(bipartite.accounts.select("account", "account_id"), on="account")
            members = named.select("account_id", flagged.alias("flagged"), cluster_id=pl.col("cluster").cast(pl.String))
            return f"{evaluate(members, truth).account.f1:.3f}"

        present = set(whole.kinds["channel"])
        cells = [f1(_without(whole, channel.value)) if channel.value in present else "–" for channel in CHANNELS]
        return f"| {tier} | {seed} | {f1(whole)} | {' | '.join(cells)} |"


def _without(bipartite: Bipartite, channel: str) -> Bipartite:
    kept = bipartite.kinds.filter(pl.col("channel") != channel)
    return replace(bipartite, kinds=kept, links=bipartite.links.join(kept.select("kind"), on="kind", how="semi", maintain_order="left"))


def _figures(outcome: Evaluation) -> str:
    kinds = {kind["kind"]: kind["share"] for kind in outcome.kinds if kind["kind"] != "campaign"}
    ordinary = kinds.pop("ordinary", 0.0)
    worst = max(kinds, key=lambda name: kinds[name])
    a = outcome.account
    said = f"{a.precision:.3f} | {a.recall:.3f} | {a.f1:.3f} | {outcome.pairwise.f1:.3f} | {outcome.b_cubed.f1:.3f}"
    return f"{said} | {ordinary:.3%} | {worst} {kinds[worst]:.1%}"


def _baselines(world: Path, truth: pl.DataFrame) -> str:
    exchanges, payments = pl.scan_parquet(world / "exchanges"), pl.scan_parquet(world / "payments.parquet")
    found = (baselines.shared_address(exchanges), baselines.shared_card(payments), baselines.prompt_prefix(exchanges))
    return " / ".join(f"{evaluate(members, truth).account.f1:.2f}" for members in found)


if __name__ == "__main__":
    main()
