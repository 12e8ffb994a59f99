"""erase: one account out of the workspace, on request."""

from pathlib import Path

import click

from app.cli.options import WORKSPACE, ClewCommand, log_format
from app.cli.records import now, recorded
from app.cli.reporting import reporter
from graph.store.workspace import exclusive, open_workspace
from ingest.erasure.erase import erase


@click.command("erase", cls=ClewCommand)
@WORKSPACE
@click.argument("account")
@click.option("--by", default="", help="Who erases, for the record.")
@click.option("--reason", default="", help="On whose request, for the record; a ticket, no name of the account's holder.")
def erase_command(workspace: Path, account: str, by: str, reason: str) -> None:
    """Remove one account from tables, prompts, snapshots and decisions, and prove it. Cannot be undone."""
    space = open_workspace(workspace)
    with reporter(log_format()) as progress, exclusive(space), recorded(space, "erase", {}) as record:
        done = erase(space, account, by, reason, now, progress)
        record["erasure"] = done["number"]
    told = ", ".join(f"{n:,} of {table}" for table, n in done["removed"].items()) or "none"
    click.echo(f"rows removed: {told}; {done['files_rewritten']} files rewritten")
    click.echo(f"snapshots replaced: {len(done['snapshots'])}; decisions that name a pseudonym now: {done['decisions']}")
    scanned = done["scanned"]
    click.echo(f"looked through {scanned['files']:,} files, {scanned['bytes']:,} bytes: no stored value is the account")
    for name, n in done["mentioned"].items():
        click.echo(f"still mentioned: {name} ({n:,} times), see docs/erasure.md for what stays and why")
    click.echo(f"recorded as line {done['number']} of {space.erasures}, under {done['account']}")


COMMANDS = (erase_command,)
