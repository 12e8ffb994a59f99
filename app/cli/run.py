"""init, ingest, detect: the stations of one run."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from app.cli.options import WORKSPACE, ClewCommand, log_format
from app.cli.records import recorded
from app.cli.reporting import reporter
from graph.detect import detect
from graph.errors import TooMuchQuarantined, UsageError
from graph.progress import Progress
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace, create_workspace, exclusive, open_workspace
from ingest.accounting import Accounting, as_dict, as_lines
from ingest.erasure.erase import keep_erased
from ingest.load import ingest

_INPUT = {"multiple": True, "metavar": "P", "help": "File, folder or glob; may be given again."}


@click.command("init", cls=ClewCommand)
@WORKSPACE
def init_command(workspace: Path) -> None:
    """Make an empty workspace."""
    made = create_workspace(workspace)
    click.echo(f"workspace {made.root} is ready; settings in {made.settings_file}")


@click.command("ingest", cls=ClewCommand)
@WORKSPACE
@click.option("--accounts", **_INPUT)  # type: ignore[arg-type]
@click.option("--payments", **_INPUT)  # type: ignore[arg-type]
@click.option("--exchanges", **_INPUT)  # type: ignore[arg-type]
@click.option("--enforcement", **_INPUT)  # type: ignore[arg-type]
@click.option("--labels", **_INPUT)  # type: ignore[arg-type]
@click.option("--mapping", type=click.Path(path_type=Path), help="TOML that translates foreign columns, units and zones.")
def ingest_command(workspace: Path, mapping: Path | None, **inputs: tuple[str, ...]) -> None:
    """Take logs in: validate, quarantine, sign prompts, store by day."""
    if not any(inputs.values()):
        raise UsageError("nothing to ingest. Name at least one of --accounts, --payments, --exchanges, --enforcement, --labels.")
    space = open_workspace(workspace)
    with reporter(log_format()) as progress, exclusive(space):
        accounting = ingest_recorded(space, {table: list(paths) for table, paths in inputs.items() if paths}, mapping, progress)
    check_quarantine(space, accounting)


def ingest_recorded(space: Workspace, inputs: dict[str, list[str]], mapping: Path | None, progress: Progress) -> Accounting:
    """Ingest under a run record, print the accounting sum, and return it."""
    with recorded(space, "ingest", {"inputs": inputs, "mapping": str(mapping) if mapping else None}) as record:
        accounting = ingest(space, inputs, mapping, progress)
        record["accounting"] = as_dict(accounting)
        again = keep_erased(space).rows
        record["erased_again"] = again
    for line in as_lines(accounting):
        click.echo(line)
    if again:
        click.echo(f"of accounts erased on request, removed again: {', '.join(f'{n:,} of {table}' for table, n in again.items())}")
    return accounting


def check_quarantine(space: Workspace, accounting: Accounting) -> None:
    """Raises TooMuchQuarantined when more rows were set aside than the settings allow."""
    allowed = space.settings().max_quarantined_share
    if accounting.quarantined_share > allowed:
        share = f"{accounting.quarantined_share:.1%}"
        raise TooMuchQuarantined(
            f"{share} of the rows were quarantined, more than the {allowed:.1%} allowed in {space.settings_file}. "
            f"The rest is stored; see {space.quarantine} for file, row and rule."
        )


@click.command("detect", cls=ClewCommand)
@WORKSPACE
@click.option("--until", help="End of the window, excluded: ISO 8601 with an offset or Z. Default: after the last stored day.")
@click.option("--window-days", type=click.IntRange(1, 3660), help="Length of the window in days. Default: from clew.toml, 60.")
def detect_command(workspace: Path, until: str | None, window_days: int | None) -> None:
    """Link accounts, find clusters, publish a snapshot."""
    space = open_workspace(workspace)
    with reporter(log_format()) as progress, exclusive(space):
        detect_recorded(space, _instant(until), window_days, progress)


def detect_recorded(space: Workspace, until: datetime | None, window_days: int | None, progress: Progress) -> Snapshot:
    """Detect under a run record, print what was found, and return the snapshot."""
    settings = space.settings()
    days = window_days or settings.window_days
    asked = {"until": until.isoformat() if until else None, "window_days": days, "seed": settings.seed}
    with recorded(space, "detect", asked) as record:
        snap = detect(space, until=until, window_days=days, seed=settings.seed, progress=progress)
        record["snapshot"] = snap.snapshot_id
        record["counts"] = snap.manifest["counts"]
    counts = snap.manifest["counts"]
    click.echo(
        f"snapshot {snap.snapshot_id}: {counts['clusters']} clusters over {counts['accounts']} accounts, "
        f"{counts['flagged']} of them flagged with {counts['flagged_accounts']} accounts"
    )
    for channel, state in snap.manifest["channels"].items():
        if not state["available"]:
            click.echo(f"channel {channel}: {state['reason']}")
    return snap


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--until {text}: is not ISO 8601. Write it like 2026-09-01T00:00:00Z.") from None
    if value.tzinfo is None:
        raise UsageError(f"--until {text}: has no offset. Write it like {text}Z.")
    return value.astimezone(UTC) if value.utcoffset() != timedelta(0) else value.replace(tzinfo=UTC)


COMMANDS = (init_command, ingest_command, detect_command)
