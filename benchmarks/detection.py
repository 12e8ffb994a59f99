"""How well detection does on labelled worlds, beside open practice. `make bench-detection`.

Worlds of every tier and several seeds, and worlds whose campaigns share one thing alone (`ingest/simulate/switches.py`). Prints, as it
goes, a Markdown row for each world; at the end what was found of each kind of campaign and how many of each look-alike were flagged.
With --ablate, account F1 of each world with one channel left out at a time. With --out the same goes into a file.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

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
from ingest.simulate.switches import SWITCHES
from ingest.simulate.tiers import TIERS
from ingest.simulate.world import simulate

HEAD = (
    "| world | seed | precision | recall | F1 | pairwise F1 | B-cubed F1 | ordinary flagged | clusters without campaign | worst look-alike"
    " | IP / card / prefix | s |"
)
WORLDS = {
    **{("easy", seed): None for seed in (11, 12)},
    **{("realistic", seed): None for seed in (11, 12, 13, 14)},
    **{("hard", seed): None for seed in (11, 12, 13)},
    **{("brutal", seed): None for seed in (11, 12, 13)},
    **{("none", seed): None for seed in (11, 12)},
    **{
        (only, 21): None
        for only in (
            "nothing", "timing", "fill_first", "quota_three", "failover_bare", "lock_step", "bin_billing", "v6", "paraphrase",
            "translation", "injected", "succession_rebuilt", "low_and_slow", "two_pools",
        )
    },
}  # fmt: skip
SEED = 1


@dataclass
class Tally:
    """What was found in all worlds so far: rows of (world, campaign) and of (world, kind of account)."""

    campaigns: list[dict[str, Any]] = field(default_factory=list)
    kinds: list[dict[str, Any]] = field(default_factory=list)

    def add(self, world: str, outcome: Evaluation) -> None:
        self.campaigns += [{"world": world, **campaign} for campaign in outcome.campaigns]
        self.kinds += [{"world": world, **kind} for kind in outcome.kinds]


def main() -> None:
    """Parse arguments, run every world, print a row for each, then the tables over all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--days", type=int, default=45)
    parser.add_argument("--worlds", nargs="+", help=f"tiers ({', '.join(TIERS)}) or switches ({', '.join(SWITCHES)})")
    parser.add_argument("--seeds", nargs="+", type=int, help="with --worlds: each of them with these seeds")
    parser.add_argument("--ablate", action="store_true")
    parser.add_argument("--out", type=Path, help="a Markdown file to write as well")
    chosen = parser.parse_args()
    worlds = [(name, seed) for name in chosen.worlds or () for seed in chosen.seeds or (11,)] or list(WORLDS)
    say = _printer(chosen.out)
    names = [channel.value for channel in CHANNELS]
    head = f"| world | seed | all | {' | '.join(names)} |" if chosen.ablate else HEAD
    say(f"`benchmarks/detection.py --scale {chosen.scale} --days {chosen.days}`\n\n{head}\n|{'---|' * (head.count('|') - 1)}")
    tally = Tally()
    for name, seed in worlds:
        with tempfile.TemporaryDirectory() as folder:
            workspace, world = _world(Path(folder), name, seed, chosen.scale, chosen.days)
            say(ablation(name, seed, workspace, world) if chosen.ablate else row(name, seed, workspace, world, tally))
    if not chosen.ablate:
        say(f"\n{campaign_table(tally)}\n\n{missed_table(tally)}\n\n{lookalike_table(tally)}")


def _printer(out: Path | None) -> Any:
    if out:
        out.write_text("", "utf-8")

    def say(text: str) -> None:
        print(text, flush=True)
        if out:
            with out.open("a", encoding="utf-8") as file:
                file.write(text + "\n")

    return say


def _world(folder: Path, name: str, seed: int, scale: float, days: int) -> tuple[Workspace, Path]:
    world = folder / "world"
    which = {"tier": name, "only": None} if name in TIERS else {"tier": "realistic", "only": name}
    simulate(world, accounts=50_000, scale=scale, seed=seed, days=days, prompts=None, progress=Silent(), **which)  # type: ignore[arg-type]
    workspace = create_workspace(folder / "workspace")
    inputs = {name: [str(world / f"{name}.parquet")] for name in ("accounts", "payments", "enforcement")}
    read = ingest(workspace, {**inputs, "exchanges": [str(world / "exchanges")]}, None, Silent())
    refused = {table: tally for table, tally in read.tables.items() if tally.accepted != tally.rows_in}
    assert not refused, f"{name} {seed}: the simulator wrote rows that break a rule: {refused}"
    return workspace, world


def row(name: str, seed: int, workspace: Workspace, world: Path, tally: Tally) -> str:
    """One world, detected and scored; `s` is what detection took."""
    began = time.perf_counter()
    snap = detect(workspace, until=None, window_days=60, seed=SEED, progress=Silent())
    took = time.perf_counter() - began
    truth = pl.read_parquet(world / "truth.parquet")
    outcome = evaluate(snap.frame("members").collect(), truth)
    tally.add(f"{name} {seed}", outcome)
    return f"| {name} | {seed} | {_figures(outcome)} | {_baselines(world, truth)} | {took:.0f} |"


def ablation(name: str, seed: int, workspace: Workspace, world: Path) -> str:
    """Account F1 of one world with everything, and without each channel: its signals taken out before anything is linked."""
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
    return f"| {name} | {seed} | {f1(whole)} | {' | '.join(cells)} |"


def _without(bipartite: Bipartite, channel: str) -> Bipartite:
    kept = bipartite.kinds.filter(pl.col("channel") != channel)
    return replace(bipartite, kinds=kept, links=bipartite.links.join(kept.select("kind"), on="kind", how="semi", maintain_order="left"))


def _figures(outcome: Evaluation) -> str:
    kinds = {kind["kind"]: kind["share"] for kind in outcome.kinds if kind["kind"] != "campaign"}
    ordinary = kinds.pop("ordinary", 0.0)
    worst = max(kinds, key=lambda name: kinds[name])
    a = outcome.account
    said = f"{a.precision:.3f} | {a.recall:.3f} | {a.f1:.3f} | {outcome.pairwise.f1:.3f} | {outcome.b_cubed.f1:.3f}"
    if not outcome.campaigns:
        said = "– | – | – | – | –"
    named = f"{worst} {kinds[worst]:.1%}" if kinds[worst] else "none"
    return f"{said} | {ordinary:.3%} | {outcome.flagged_clusters_without_campaign} of {outcome.flagged_clusters} | {named}"


def _baselines(world: Path, truth: pl.DataFrame) -> str:
    exchanges, payments = pl.scan_parquet(world / "exchanges"), pl.scan_parquet(world / "payments.parquet")
    found = (baselines.shared_address(exchanges), baselines.shared_card(payments), baselines.prompt_prefix(exchanges))
    return " / ".join(f"{evaluate(members, truth).account.f1:.2f}" for members in found)


def campaign_table(tally: Tally) -> str:
    """Kinds of campaign over all worlds: how many, their accounts, the share flagged at all and in the cluster that holds most of each."""
    if not tally.campaigns:
        return "No campaigns."
    table = pl.DataFrame(tally.campaigns, infer_schema_length=None).with_columns(pl.col("archetype").str.split("+")).explode("archetype")
    table = table.group_by("archetype").agg(
        n=pl.len(),
        accounts=pl.col("accounts").sum(),
        flagged=pl.col("flagged").sum() / pl.col("accounts").sum(),
        recall=pl.col("recall").mean(),
        precision=pl.col("precision").filter(pl.col("recall") > 0).mean(),
        missed=(pl.col("flagged") < 0.5 * pl.col("accounts")).sum(),
    )
    head = "| kind of campaign | campaigns | accounts | flagged | mean recall of the best cluster | its precision | missed |"
    lines = [
        f"| {k} | {n} | {accounts} | {flagged:.3f} | {recall:.3f} | {'–' if precision is None else f'{precision:.3f}'} | {missed} |"
        for k, n, accounts, flagged, recall, precision, missed in table.sort("recall", "archetype").iter_rows()
    ]
    return "\n".join([head, "|" + "---|" * 7, *lines])


def missed_table(tally: Tally) -> str:
    """Every campaign of which less than half of the accounts are flagged, in whatever cluster."""
    missed = [c for c in tally.campaigns if c["flagged"] < 0.5 * c["accounts"]]
    lines = [
        f"| {c['world']} | {c['campaign']} | {c['archetype']} | {c['accounts']} | {c['flagged']} | {c['recall']:.2f} |" for c in missed
    ]
    return "\n".join(["| missed in | campaign | kind | accounts | flagged | recall |", "|" + "---|" * 6, *lines])


def lookalike_table(tally: Tally) -> str:
    """Look-alikes over all worlds: accounts, flagged ones, and the worlds where any was flagged."""
    table = (
        pl.DataFrame(tally.kinds)
        .filter(pl.col("kind") != "campaign")
        .group_by("kind")
        .agg(
            pl.col("accounts").sum(),
            pl.col("flagged").sum(),
            worlds=(pl.col("flagged") > 0).sum(),
            of=pl.len(),
            worst=pl.col("share").max(),
        )
    )
    lines = [
        f"| {kind} | {accounts} | {flagged} | {flagged / accounts:.3%} | {worlds} of {of} | {worst:.1%} |"
        for kind, accounts, flagged, worlds, of, worst in table.sort("flagged", "kind", descending=[True, False]).iter_rows()
    ]
    head = "| nobody's campaign | accounts | flagged | share | worlds with any | worst world |"
    return "\n".join([head, "|" + "---|" * 6, *lines])


if __name__ == "__main__":
    sys.exit(main())
