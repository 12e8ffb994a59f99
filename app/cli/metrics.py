"""The last run in Prometheus' text format, for node_exporter's textfile collector; replaced whole, so that no half file is read."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.alerts import outbox
from app.cli.stopwatch import Stopwatch
from app.queries.runs import last_ingest
from graph.errors import ClewError, DataRefused, StorageError
from graph.store import files, snapshot
from graph.store.workspace import Workspace

_OUTCOMES = ("rows_in", "accepted", "duplicate", "quarantined", "late")
_HELP = {
    "clew_last_run_timestamp_seconds": "When the last nightly run ended, whatever came of it.",
    "clew_last_success_timestamp_seconds": "When a nightly run last published a snapshot.",
    "clew_last_exit_code": "Exit code of the last nightly run; 0, 4 and 69 published a snapshot.",
    "clew_phase_duration_seconds": "Seconds of the last run by phase.",
    "clew_stage_duration_seconds": "Seconds of the last run by stage within the phases.",
    "clew_rows": "Rows of the last ingest by table and by what became of them.",
    "clew_clusters": "Clusters in the newest snapshot.",
    "clew_clusters_flagged": "Clusters flagged in the newest snapshot.",
    "clew_accounts_flagged": "Accounts in flagged clusters of the newest snapshot.",
    "clew_channel_available": "Whether the newest snapshot could look at a channel.",
    "clew_snapshot_window_end_timestamp_seconds": "End of the window of the newest snapshot.",
    "clew_snapshot_age_seconds": "From that end to the moment this file was written.",
    "clew_alerts_sent": "Alerts that the last run delivered.",
    "clew_alerts_pending": "Alerts that wait to be delivered.",
    "clew_alerts_failed": "Alerts among them that could not be delivered so far.",
}

Sample = tuple[str, Mapping[str, str], float]


@dataclass
class Told:
    """What a run has to say so far; a run that fails leaves the rest empty."""

    watch: Stopwatch | None = None
    alerts_sent: int = 0


def textfile(workspace: Workspace) -> Path | None:
    """Where the metrics go; None where no file is set. Raises DataRefused for a name that node_exporter does not read."""
    given = workspace.settings().textfile
    if given and not given.endswith(".prom"):
        raise DataRefused(f"{workspace.settings_file}: [metrics] textfile {given!r} does not end in .prom, as node_exporter wants it.")
    return workspace.root / Path(given) if given else None


def write(workspace: Workspace, path: Path, told: Told, exit_code: int, at: dt.datetime) -> None:
    """Replace the file at `path`, readable by all, since another user reads it. Raises StorageError."""
    files.write_bytes(path, "".join(lines(samples(workspace, told, exit_code, at))).encode())
    with files.storage_errors(path):
        path.chmod(0o644)


def samples(workspace: Workspace, told: Told, exit_code: int, at: dt.datetime) -> list[Sample]:
    """All that is known at the end of a run."""
    found: list[Sample] = [
        ("clew_last_run_timestamp_seconds", {}, at.timestamp()),
        ("clew_last_exit_code", {}, exit_code),
        ("clew_alerts_sent", {}, told.alerts_sent),
    ]
    if (success := last_success(workspace)) is not None:
        found.append(("clew_last_success_timestamp_seconds", {}, success.timestamp()))
    if told.watch:
        found += [("clew_phase_duration_seconds", {"phase": name}, seconds) for name, seconds in told.watch.phases.items()]
        found += [("clew_stage_duration_seconds", {"stage": name}, seconds) for name, seconds in told.watch.stages.items()]
    for table, counts in last_ingest(workspace).items():
        found += [("clew_rows", {"table": table, "outcome": outcome}, counts.get(outcome, 0)) for outcome in _OUTCOMES]
    return [*found, *_of_snapshot(workspace, at), *_of_outbox(workspace)]


def _of_snapshot(workspace: Workspace, at: dt.datetime) -> list[Sample]:
    try:
        manifest = snapshot.latest(workspace).manifest
        until = snapshot.window(manifest)[1]
    except ClewError:  # nothing was detected yet, or it is damaged: the exit code tells of that
        return []
    counts = manifest.get("counts") or {}
    names = {"clew_clusters": "clusters", "clew_clusters_flagged": "flagged", "clew_accounts_flagged": "flagged_accounts"}
    states = manifest.get("channels") or {}
    return [
        *((metric, {}, counts[name]) for metric, name in names.items() if name in counts),
        *(("clew_channel_available", {"channel": channel}, int(state["available"])) for channel, state in states.items()),
        ("clew_snapshot_window_end_timestamp_seconds", {}, until.timestamp()),
        ("clew_snapshot_age_seconds", {}, (at - until).total_seconds()),
    ]


def _of_outbox(workspace: Workspace) -> list[Sample]:
    try:
        left = outbox.waiting(workspace)
    except StorageError:
        return []
    return [("clew_alerts_pending", {}, len(left)), ("clew_alerts_failed", {}, sum(letter.attempts > 0 for letter in left))]


def last_success(workspace: Workspace) -> dt.datetime | None:
    """When a nightly run last ended well, by its record."""
    for path in sorted(workspace.runs.glob("*-nightly.json"), reverse=True) if workspace.runs.is_dir() else ():
        try:
            record = files.read_json(path)
            if record.get("outcome") == "ok":
                return dt.datetime.fromisoformat(record["ended_at"])
        except (StorageError, AttributeError, KeyError, ValueError):
            continue  # half a record of a run that was killed
    return None


def lines(found: Iterable[Sample]) -> list[str]:
    """The text format 0.0.4: help and type before the samples of each metric, labels escaped."""
    by_name: dict[str, list[str]] = {}
    for name, labels, value in found:
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in sorted(labels.items()))
        by_name.setdefault(name, []).append(f"{name}{{{inside}}} {value:.17g}\n" if inside else f"{name} {value:.17g}\n")
    head = {name: [f"# HELP {name} {text}\n", f"# TYPE {name} gauge\n"] for name, text in _HELP.items()}
    return [line for name in head if name in by_name for line in (*head[name], *sorted(by_name[name]))]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
