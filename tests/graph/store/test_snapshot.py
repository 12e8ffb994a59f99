"""Nights are published whole, and what a killed run left of one goes."""

from pathlib import Path

from graph.store import snapshot
from tests.factory import a_snapshot, a_workspace


def test_the_next_night_sweeps_what_a_killed_one_left(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    first = a_snapshot(workspace)
    half = workspace.snapshots / ".20260818T000000Z-0a1b2c3d.00ff00ff.tmp"
    half.mkdir()
    (half / "members.parquet").write_bytes(b"PAR1")
    (workspace.snapshots / ".CURRENT.00ff00ff.tmp").write_bytes(b"2026")
    second = a_snapshot(workspace, seed=2)
    assert sorted(path.name for path in workspace.snapshots.iterdir()) == sorted([first.snapshot_id, second.snapshot_id, "CURRENT"])
    assert snapshot.latest(workspace).snapshot_id == second.snapshot_id
