"""export and verify: evidence for others."""

from pathlib import Path

import click

from app.cli.options import WORKSPACE, ClewCommand, log_format
from app.cli.records import recorded
from app.cli.reporting import reporter
from graph.bundle.export import export_bundle
from graph.bundle.redaction import Redaction
from graph.bundle.tlp import Tlp
from graph.bundle.verify import verify_bundle
from graph.errors import DataRefused, UsageError
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
@click.option("--recipient", metavar="NAME", help="Make pseudonyms with a key of this recipient's own. Default: one key for all.")
@click.option("--tlp", type=click.Choice([label.value for label in Tlp]), help="With whom it may be shared. Default: by redaction.")
@click.option("--sign", type=click.Path(path_type=Path), help="Ed25519 private key (PEM). Default: the workspace's own.")
def export_command(
    workspace: Path, cluster: str, out: Path, redaction: str, recipient: str | None, tlp: str | None, sign: Path | None
) -> None:
    """Write the evidence bundle of one cluster."""
    space = open_workspace(workspace)
    parameters = {"cluster": cluster, "redaction": redaction, "recipient": recipient, "tlp": tlp}
    if recipient and redaction != Redaction.PSEUDONYMOUS.value:
        raise UsageError("--recipient: is for --redaction pseudonymous; the other levels hold no pseudonyms.")
    with reporter(log_format()) as progress, recorded(space, "export", parameters) as record:
        snap = snapshot.latest(space)
        level, label = Redaction(redaction), Tlp(tlp) if tlp else None
        made = export_bundle(space, snap, cluster, out, redaction=level, recipient=recipient, tlp=label, sign_key=sign, progress=progress)
        record["snapshot"] = snap.snapshot_id
    click.echo(f"evidence bundle of {cluster} written to {made}")


@click.command("verify", cls=ClewCommand)
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--trust", type=click.Path(path_type=Path), help="Ed25519 public key (PEM) that must have signed it.")
@click.option("--newest", metavar="SNAPSHOT", help="The newest snapshot known; an export of an older one is refused.")
def verify_command(bundle: Path, trust: Path | None, newest: str | None) -> None:
    """Check a bundle: every hash, its closure, its signature. Names the first fault."""
    verdict = verify_bundle(bundle, trust, newest)
    if not verdict.ok:
        raise DataRefused(f"{bundle}: {verdict.fault}")
    for line in (verdict.summary, *(f"{name}: {fact}" for name, fact in sorted(verdict.facts.items()))):
        click.echo(visible(line))


COMMANDS = (export_command, verify_command)
