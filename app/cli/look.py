"""clusters, show, explain, serve, doctor: reading what a run found."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import click
import polars as pl

from app.cli.options import WORKSPACE, ClewCommand
from graph.doctor import examine
from graph.errors import StorageError, UsageError
from graph.explain import explain, printed
from graph.store import files, snapshot
from graph.store.snapshot import Snapshot
from graph.store.workspace import open_workspace
from graph.text import visible

_TABLE = ("cluster_id", "kind", "flagged", "score", "accounts", "exchanges", "first_seen", "last_seen", "change")


@click.command("clusters", cls=ClewCommand)
@WORKSPACE
@click.option("--format", "shape", type=click.Choice(["table", "json", "csv"]), default="table")
@click.option("--out", type=click.Path(path_type=Path), help="Write there instead of printing.")
@click.option("--members", type=click.Path(path_type=Path), help="Also write one row per membership: FILE.parquet or FILE.csv.")
def clusters_command(workspace: Path, shape: str, out: Path | None, members: Path | None) -> None:
    """List the clusters of the newest snapshot, best first."""
    snap = snapshot.latest(open_workspace(workspace))
    text = {"json": _as_json, "csv": _as_csv, "table": _as_table}[shape](snap.clusters())
    if out:
        files.write_bytes(out, text.encode())
    else:
        click.echo(text, nl=False)
    if members:
        _write_members(snap, members)


def _as_json(clusters: list[dict[str, Any]]) -> str:
    return files.json_bytes(clusters).decode()


def _as_csv(clusters: list[dict[str, Any]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*_TABLE, "parent_id", "channels", "reasons"])
    for cluster in clusters:
        packed = [json.dumps(cluster[key], ensure_ascii=False, sort_keys=True) for key in ("channels", "reasons")]
        writer.writerow([*(cluster.get(key) for key in _TABLE), cluster["parent_id"], *packed])
    return buffer.getvalue()


def _as_table(clusters: list[dict[str, Any]]) -> str:
    shown = [[visible(str(cluster.get(key, ""))) for key in _TABLE] for cluster in clusters]
    widths = [max(len(row[i]) for row in [list(_TABLE), *shown]) for i in range(len(_TABLE))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in [list(_TABLE), *shown]]
    return "\n".join([*lines, f"{len(clusters)} clusters"]) + "\n"


def _write_members(snap: Snapshot, path: Path) -> None:
    frame = snap.frame("members").sort("cluster_id", "account_id").collect()
    if path.suffix == ".parquet":
        files.write_parquet(path, frame)
    elif path.suffix == ".csv":
        files.write_bytes(path, frame.write_csv().encode())
    else:
        raise UsageError(f"{path}: members are written as .parquet or .csv. Give the file one of these endings.")


@click.command("show", cls=ClewCommand)
@WORKSPACE
@click.argument("identifier")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text")
def show_command(workspace: Path, identifier: str, shape: str) -> None:
    """Show one cluster or one account."""
    snap = snapshot.latest(open_workspace(workspace))
    found = _cluster(snap, identifier) or _account(snap, identifier)
    if not found:
        raise UsageError(
            f"{identifier}: no cluster or account of that name in snapshot {snap.snapshot_id}. See `clew clusters {workspace}`."
        )
    click.echo(files.json_bytes(found).decode() if shape == "json" else _as_text(found), nl=False)


def _cluster(snap: Snapshot, identifier: str) -> dict[str, Any] | None:
    cluster = next((c for c in snap.clusters() if c["cluster_id"] == identifier), None)
    if cluster is None:
        return None
    entities = (
        snap.frame("cluster_entities")
        .filter(pl.col("cluster_id") == identifier)
        .join(snap.frame("entities").select("entity_id", "channel", "kind", "label", "accounts"), on="entity_id")
        .sort(["bits", "entity_id"], descending=[True, False])
        .drop("cluster_id")
    )
    asked = snap.frame("capabilities").filter(pl.col("cluster_id") == identifier).drop("cluster_id")
    top = entities.head(20).collect()
    total = entities.select(pl.len()).collect().item()
    return {
        **cluster,
        "capabilities": _capabilities(asked.collect()),
        "entities": top.to_dicts(),
        "entities_shown": f"showing {top.height} of {total}",
    }


def _capabilities(asked: pl.DataFrame) -> list[dict[str, Any]] | str:
    """What members ask for, most over-represented first, ready for JSON."""
    if asked.is_empty():
        return "not available: no raw texts of members' prompts are kept"
    ranked = asked.sort(["q_value", "lift", "capability"], descending=[False, True, False])
    return ranked.with_columns(pl.col("since").cast(pl.String)).to_dicts()


def _account(snap: Snapshot, identifier: str) -> dict[str, Any] | None:
    facts = snap.frame("accounts").filter(pl.col("account_id") == identifier).collect().to_dicts()
    if not facts:
        return None
    return {
        **json.loads(json.dumps(facts[0], default=str)),
        "memberships": snap.frame("members").filter(pl.col("account_id") == identifier).collect().to_dicts(),
    }


def _as_text(found: dict[str, Any]) -> str:
    lines: list[str] = []
    for key, value in found.items():
        if isinstance(value, list):
            lines.append(f"{key}:")
            lines += [f"  - {visible(_inline(item))}" for item in value]
        else:
            lines.append(f"{key}: {visible(_inline(value))}")
    return "\n".join(lines) + "\n"


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={round(item, 4) if isinstance(item, float) else item}" for key, item in value.items() if item is not None)
    return str(value)


@click.command("explain", cls=ClewCommand)
@WORKSPACE
@click.argument("account")
@click.argument("other")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text")
def explain_command(workspace: Path, account: str, other: str, shape: str) -> None:
    """Why ACCOUNT is linked to OTHER (an account or a cluster), or why not: bits of evidence, term by term, down to raw rows."""
    space = open_workspace(workspace)
    explanation = explain(space, snapshot.latest(space), account, other)
    click.echo(
        files.json_bytes(explanation.as_dict()).decode() if shape == "json" else "\n".join(printed.lines(explanation)) + "\n", nl=False
    )


@click.command("serve", cls=ClewCommand)
@WORKSPACE
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8050, show_default=True, type=click.IntRange(0, 65535))
@click.option("--demo", is_flag=True, help="Users of a demonstration sign in by one click; on the loopback address only.")
def serve_command(workspace: Path, host: str, port: int, demo: bool) -> None:
    """Serve the app in a browser."""
    from app.main import serve  # Dash takes a second to import; the other verbs do not wait for it

    serve(open_workspace(workspace), host, port, demo)


@click.command("doctor", cls=ClewCommand)
@WORKSPACE
def doctor_command(workspace: Path) -> None:
    """Check every stored file against its recorded size and hash."""
    report = examine(open_workspace(workspace))
    for fault in report.faults:
        click.echo(f"damaged: {visible(fault)}")
    if report.faults:
        raise StorageError(f"{workspace}: {len(report.faults)} of {report.checked} stored files are damaged. Restore them from a backup.")
    click.echo(f"{report.checked} stored files hold")


COMMANDS = (clusters_command, show_command, explain_command, serve_command, doctor_command)
