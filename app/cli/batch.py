"""nightly and backfill: the whole way in one go, for cron and systemd, and past nights again."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from app.alerts import words
from app.alerts.digest import digest
from app.alerts.outbox import Delivery
from app.alerts.settings import Destinations, destinations
from app.cli import metrics
from app.cli.metrics import Told
from app.cli.options import WORKSPACE, ClewCommand, log_format
from app.cli.records import now, recorded
from app.cli.rehearsal import rehearsed
from app.cli.reporting import reporter
from app.cli.run import check_quarantine, detect_recorded, ingest_recorded
from app.cli.stopwatch import Stopwatch
from app.cli.telling import check_delivered, tell
from app.settings import read_address
from graph.errors import ClewError, StorageError, UsageError
from graph.progress import Progress
from graph.store import snapshot, tables
from graph.store.snapshot import Snapshot
from graph.store.workspace import Settings, Workspace, exclusive, open_workspace
from ingest.accounting import Accounting, as_dict
from ingest.retention import drop_old_rows, drop_old_snapshots

_DAY = dt.timedelta(days=1)


@click.command("nightly", cls=ClewCommand)
@WORKSPACE
@click.option("--dry-run", is_flag=True, help="Do it all in a scratch copy: say what would be taken in, found and sent, change nothing.")
def nightly_command(workspace: Path, dry_run: bool) -> None:
    """Ingest what is new, detect, publish, tell; inputs and settings come from clew.toml.

    Exit codes: 0 ok, 2 settings, 3 data refused, 4 finished but too much quarantined, 69 finished but an alert was not delivered,
    74 storage, 75 another run is under way.
    """
    space = open_workspace(workspace)
    if dry_run:
        _rehearse(space)
        return
    told = Told()
    with reporter(log_format()) as progress, _measured(space, told, progress):
        inputs, places = _inputs(space, space.settings()), destinations(space)
        with exclusive(space), recorded(space, "nightly", {}) as record:
            told.watch = watch = Stopwatch(progress)
            accounting, night = _run(space, space, inputs, watch)
            with watch.phase("alerts"):
                delivery = tell(space, night, places, watch)
            told.alerts_sent = delivery.sent
            record |= {"snapshot": night.snapshot_id, "seconds": _rounded(watch), "alerts": _counted(delivery)}
        check_quarantine(space, accounting)
        check_delivered(space, delivery)


def _run(space: Workspace, origin: Workspace, inputs: dict[str, list[str]], watch: Stopwatch) -> tuple[Accounting, Snapshot]:
    """Ingest, retention, detection in `space`; a mapping is looked up where `origin` is."""
    mapping = space.settings().mapping
    with watch.phase("ingest"):
        accounting = ingest_recorded(space, inputs, origin.root / mapping if mapping else None, watch)
    with watch.phase("retention"):
        drop_old_rows(space, tables.current(space), now().date())
    with watch.phase("detect"):
        night = detect_recorded(space, None, None, watch)
    with watch.phase("retention"):
        for name in drop_old_snapshots(space):
            watch.note("snapshot deleted, it was older than keep_snapshots_days", snapshot=name)
    return accounting, night


def _inputs(space: Workspace, settings: Settings) -> dict[str, list[str]]:
    inputs = {table: [str(space.root / path) for path in paths] for table, paths in settings.inputs.items() if paths}
    if not inputs:
        raise UsageError(f"{space.settings_file}: [inputs] names no files. Fill in at least `exchanges`.")
    return inputs


@contextmanager
def _measured(space: Workspace, told: Told, progress: Progress) -> Iterator[None]:
    """Write the metrics file when the block ends, also when it fails; that it cannot be written fails no night."""
    path, code = metrics.textfile(space), 1
    try:
        yield
        code = 0
    except ClewError as error:
        code = error.exit_code
        raise
    except KeyboardInterrupt:
        code = 130
        raise
    except OSError:
        code = StorageError.exit_code
        raise
    finally:
        if path:
            try:
                metrics.write(space, path, told, code, now())
            except StorageError as error:
                progress.note(f"metrics not written: {error}")


def _rounded(watch: Stopwatch) -> dict[str, float]:
    return {name: round(seconds, 3) for name, seconds in watch.phases.items()}


def _counted(delivery: Delivery) -> dict[str, int]:
    return {"sent": delivery.sent, "pending": delivery.pending, "failed": delivery.failed}


def _rehearse(space: Workspace) -> None:
    inputs, places = _inputs(space, space.settings()), destinations(space)
    known = {record["sha256"] for record in tables.current(space).sources}
    with reporter(log_format()) as progress, rehearsed(space) as copy:
        accounting, night = _run(copy, space, inputs, Stopwatch(progress))
        for record in tables.current(copy).sources:
            if record["sha256"] not in known:
                click.echo(f"new file: {record['name']} ({record['table']}, {record['rows']:,} rows)")
        told = digest(copy, night, as_dict(accounting), places.on)
        click.echo(words.as_text(told, read_address(space)))
    click.echo(_would_tell(places, bool(told.changes)))
    click.echo("dry run: nothing was stored, published or sent")
    check_quarantine(space, accounting)


def _would_tell(places: Destinations, changed: bool) -> str:
    if not changed:
        return "no alert: no flagged cluster changed"
    to = [f"webhook at {places.webhook.host}"] if places.webhook else []
    to += [f"e-mail to {', '.join(places.mail.to)}"] if places.mail else []
    return f"alert, would go to: {' and '.join(to) or 'nobody, [alerts] names neither webhook nor email_to'}"


@click.command("backfill", cls=ClewCommand)
@WORKSPACE
@click.option("--from", "first", required=True, metavar="DAY", help="The first night: the window ends with this UTC day, YYYY-MM-DD.")
@click.option("--to", "last", metavar="DAY", help="The last night. Default: the newest stored day.")
def backfill_command(workspace: Path, first: str, last: str | None) -> None:
    """Detect over past nights again, one a day and in order, so that lines run through them; nobody is told."""
    space = open_workspace(workspace)
    with reporter(log_format()) as progress, exclusive(space):
        for day in _days(space, first, last):
            detect_recorded(space, dt.datetime.combine(day + _DAY, dt.time(), dt.UTC), None, progress)


def _days(space: Workspace, first: str, last: str | None) -> list[dt.date]:
    stored = tables.days(tables.current(space), "exchanges")
    if not stored:
        raise UsageError(f"{space.root}: holds no exchanges. Bring them in with `clew ingest {space.root} --exchanges PATH`.")
    begin, end = _day(first, "--from"), _day(last, "--to") if last else dt.date.fromisoformat(stored[-1])
    if begin > end or begin.isoformat() < stored[0] or end.isoformat() > stored[-1]:
        raise UsageError(f"--from {begin} --to {end}: days are stored from {stored[0]} to {stored[-1]}. Choose within.")
    later = f"{end + _DAY + _DAY:%Y%m%dT}"
    if beyond := [name for name in snapshot.history(space) if name >= later]:
        raise UsageError(
            f"--to {end}: the later night {beyond[-1]} is published already, and knows its clusters by earlier ones. Leave out --to."
        )
    return [begin + n * _DAY for n in range((end - begin).days + 1)]


def _day(text: str, option: str) -> dt.date:
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise UsageError(f"{option} {text}: is no day. Write it like 2026-09-01.") from None


COMMANDS = (nightly_command, backfill_command)
