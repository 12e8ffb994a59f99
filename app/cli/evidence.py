"""export and verify: evidence for others."""

from pathlib import Path

import click

from app.cli.options import WORKSPACE, ClewCommand, log_format
from app.cli.records import recorded
from app.cli.reporting import reporter
from graph.bundle.export import export_bundle
from graph.bundle.redaction import Redaction
from graph.bundle.verify import verify_bundle
from graph.errors import DataRefused
from graph.store import snapshot
from graph.store.workspace import open_workspace
from graph.text import visible


@click.command("export", cls=ClewCommand)
@WORKSPACE
@click.argument("cluster")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The bundle to write, FILE.zip.")
@click.option(
    "--redaction", type=click.Choice([level.value for level in Redaction]), default=Redaction.PSEUDONYMOUS.value, show_default=True
)
@click.option("--sign", type=click.Path(path_type=Path), help="Ed25519 private key (PEM). Default: the workspace's own.")
def export_command(workspace: Path, cluster: str, out: Path, redaction: str, sign: Path | None) -> None:
    """Write the evidence bundle of one cluster."""
    space = open_workspace(workspace)
    parameters = {"cluster": cluster, "redaction": redaction}
    with reporter(log_format()) as progress, recorded(space, "export", parameters) as record:
        snap = snapshot.latest(space)
        made = export_bundle(space, snap, cluster, out, redaction=Redaction(redaction), sign_key=sign, progress=progress)
        record["snapshot"] = snap.snapshot_id
    click.echo(f"evidence bundle of {cluster} written to {made}")


@click.command("verify", cls=ClewCommand)
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--trust", type=click.Path(path_type=Path), help="Ed25519 public key (PEM) that must have signed it.")
def verify_command(bundle: Path, trust: Path | None) -> None:
    """Check a bundle: every hash, its closure, its signature. Names the first fault."""
    verdict = verify_bundle(bundle, trust)
    if not verdict.ok:
        raise DataRefused(f"{bundle}: {verdict.fault}")
    for line in (verdict.summary, *(f"{name}: {fact}" for name, fact in sorted(verdict.facts.items()))):
        click.echo(visible(line))


COMMANDS = (export_command, verify_command)
