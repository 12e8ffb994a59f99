"""audit: does the log of who did what still say what was written?"""

import json
from pathlib import Path

import click

from app.cli.ledgers import ledger_of
from app.cli.options import WORKSPACE, ClewVerbs
from graph.errors import DataRefused, UsageError
from graph.text import visible


@click.group("audit", cls=ClewVerbs)
def audit_command() -> None:
    """Verify, anchor and list the audit log."""


@audit_command.command("verify")
@WORKSPACE
@click.option("--anchors", "copy", type=click.Path(path_type=Path), help="A copy of the anchors that is kept elsewhere; both must agree.")
def verify_command(workspace: Path, copy: Path | None) -> None:
    """Check every row against its digest, the row before, and the anchors; name the first that does not hold."""
    from app.audit import anchors
    from app.audit.verify import verify

    if copy is not None and not copy.is_file():
        raise UsageError(f"{copy}: there is no such file. Name the copy of audit-anchors.jsonl, or leave --anchors out.")
    ledger = ledger_of(workspace)
    held = [*anchors.read(ledger.anchor_file), *(anchors.read(copy) if copy else [])]
    with ledger.reading() as connection:
        verdict = verify(connection, held)
    if not verdict.ok:
        raise DataRefused(f"audit log: row {verdict.row} {verdict.fault}. Rows before it hold; restore the database from a backup.")
    click.echo(f"{verdict.rows:,} rows hold, {len(held):,} anchors agree; the last is {verdict.head.number} {verdict.head.digest}")


@audit_command.command("anchor")
@WORKSPACE
def anchor_command(workspace: Path) -> None:
    """Print the last row's number and digest as one line of JSON, to be kept where nobody here can change it."""
    from app.audit.verify import verify

    with ledger_of(workspace).reading() as connection:
        head = verify(connection, []).head
    click.echo(json.dumps({"number": head.number, "digest": head.digest}))


@audit_command.command("list")
@WORKSPACE
@click.option("--last", type=click.IntRange(1, 1_000_000), default=50, show_default=True, help="How many of the newest rows.")
def list_command(workspace: Path, last: int) -> None:
    """Print the newest rows, oldest first, one JSON object a line."""
    from app.audit.chain import newest

    with ledger_of(workspace).reading() as connection:
        rows = newest(connection, last)
    for row in reversed(rows):
        click.echo(visible(json.dumps(row, sort_keys=True)))


COMMANDS = (audit_command,)
