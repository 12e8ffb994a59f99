"""simulate and evaluate: labelled worlds, and how well the newest snapshot does on one."""

from pathlib import Path
from typing import Any

import click
import polars as pl

from app.cli.options import WORKSPACE, ClewCommand, log_format
from app.cli.reporting import reporter
from graph.errors import DataRefused
from graph.evaluation import evaluate
from graph.store import files, snapshot
from graph.store.workspace import open_workspace
from ingest.simulate.lookalikes import LOOKALIKES
from ingest.simulate.switches import SWITCHES
from ingest.simulate.tiers import TIERS
from ingest.simulate.world import simulate


@click.command("simulate", cls=ClewCommand)
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--accounts", default=50_000, show_default=True, type=click.IntRange(10), help="Ordinary accounts before scaling.")
@click.option("--scale", default=1.0, show_default=True, type=click.FloatRange(0.001, 100), help="Multiplies accounts and campaigns alike.")
@click.option("--seed", default=1, show_default=True, type=int)
@click.option("--tier", default="realistic", show_default=True, type=click.Choice(list(TIERS)))
@click.option("--only", type=click.Choice(list(SWITCHES)), help="Instead of the tier's campaigns, some that share this one thing.")
@click.option("--without", multiple=True, type=click.Choice(list(LOOKALIKES)), help="A look-alike to leave out. Repeatable.")
@click.option("--days", default=45, show_default=True, type=click.IntRange(2, 366))
@click.option("--prompts", type=click.Path(path_type=Path), help="Real prompts to mix in: JSON Lines with kind, lang, template, text.")
def simulate_command(out: Path, **parameters: Any) -> None:
    """Write a labelled world: logs in the input format, and truth.parquet."""
    with reporter(log_format()) as progress:
        world = simulate(out, **parameters, progress=progress)
    click.echo(f"{world.out}: {world.accounts} accounts, {world.campaign_accounts} of them in campaigns; {world.exchanges} exchanges")


@click.command("evaluate", cls=ClewCommand)
@WORKSPACE
@click.option("--truth", type=click.Path(path_type=Path), required=True)
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text")
def evaluate_command(workspace: Path, truth: Path, shape: str) -> None:
    """Score the newest snapshot against a world's truth."""
    snap = snapshot.latest(open_workspace(workspace))
    try:
        known = pl.read_parquet(truth)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataRefused(f"{truth}: cannot be read as Parquet ({error}). Name the truth.parquet of a simulated world.") from error
    outcome = evaluate(snap.frame("members").collect(), known)
    click.echo(files.json_bytes(outcome.as_dict()).decode() if shape == "json" else "\n".join(outcome.lines()) + "\n", nl=False)


COMMANDS = (simulate_command, evaluate_command)
