"""How well detection does on labelled worlds of several tiers and seeds, beside open practice. `make bench-detection`.

Prints a Markdown table: account precision, recall and F1, pairwise and B-cubed F1, share of ordinary people flagged, the worst
look-alike, and the three baselines on the same world. Takes about a minute a world at scale 0.3.
"""

import argparse
import tempfile
import time
from pathlib import Path

import polars as pl

from graph import baselines
from graph.detect import detect
from graph.evaluation import Evaluation, evaluate
from graph.progress import Silent
from graph.store.workspace import create_workspace
from ingest.load import ingest
from ingest.simulate.world import simulate

HEAD = "| tier | seed | precision | recall | F1 | pairwise F1 | B-cubed F1 | ordinary flagged | worst look-alike | IP / card / prefix | s |"


def main() -> None:
    """Parse arguments, run every world, print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.3)
    parser.add_argument("--tiers", nargs="+", default=["easy", "realistic", "hard", "none"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[11, 12, 13, 14, 15])
    chosen = parser.parse_args()
    print(HEAD + "\n|" + "---|" * 11, flush=True)
    for tier in chosen.tiers:
        for seed in chosen.seeds:
            print(row(tier, seed, chosen.scale), flush=True)


def row(tier: str, seed: int, scale: float) -> str:
    """One world, simulated, ingested and detected in a folder that goes again."""
    with tempfile.TemporaryDirectory() as folder:
        world = Path(folder) / "world"
        simulate(world, accounts=50_000, scale=scale, seed=seed, tier=tier, days=30, prompts=None, progress=Silent())
        workspace = create_workspace(Path(folder) / "workspace")
        inputs = {name: [str(world / f"{name}.parquet")] for name in ("accounts", "payments", "enforcement")}
        began = time.perf_counter()
        ingest(workspace, {**inputs, "exchanges": [str(world / "exchanges")]}, None, Silent())
        snap = detect(workspace, until=None, window_days=60, seed=1, progress=Silent())
        took = time.perf_counter() - began
        truth = pl.read_parquet(world / "truth.parquet")
        flagged = len([c for c in snap.clusters() if c["flagged"]])
        if tier == "none":
            return f"| none | {seed} | {flagged} flagged clusters |" + " |" * 7 + f" {took:.0f} |"
        outcome = evaluate(snap.frame("members").collect(), truth)
        return f"| {tier} | {seed} | {_figures(outcome)} | {_baselines(world, truth)} | {took:.0f} |"


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
