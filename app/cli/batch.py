"""nightly: the whole way in one go, for cron and systemd."""

from pathlib import Path

import click

from app.cli.options import WORKSPACE, ClewCommand, log_format
from app.cli.records import now
from app.cli.reporting import reporter
from app.cli.run import check_quarantine, detect_recorded, ingest_recorded
from graph.errors import UsageError
from graph.store import tables
from graph.store.workspace import Settings, Workspace, exclusive, open_workspace
from ingest.retention import drop_old_prompts


@click.command("nightly", cls=ClewCommand)
@WORKSPACE
def nightly_command(workspace: Path) -> None:
    """Ingest what is new, detect, publish; inputs and settings come from clew.toml.

    Exit codes: 0 ok, 2 settings, 3 data refused, 4 finished but too much quarantined, 74 storage, 75 another run is under way.
    """
    space = open_workspace(workspace)
    settings = space.settings()
    inputs = _inputs(space, settings)
    with reporter(log_format()) as progress, exclusive(space):
        accounting = ingest_recorded(space, inputs, space.root / settings.mapping if settings.mapping else None, progress)
        drop_old_prompts(space, tables.current(space), now().date())
        detect_recorded(space, None, None, progress)
    check_quarantine(space, accounting)


def _inputs(space: Workspace, settings: Settings) -> dict[str, list[str]]:
    inputs = {table: [str(space.root / path) for path in paths] for table, paths in settings.inputs.items() if paths}
    if not inputs:
        raise UsageError(f"{space.settings_file}: [inputs] names no files. Fill in at least `exchanges`.")
    return inputs


COMMANDS = (nightly_command,)
