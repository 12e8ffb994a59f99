import datetime as dt
import shutil
from pathlib import Path

import polars as pl
import pytest

from graph.bundle.export import export_bundle
from graph.bundle.redaction import Redaction
from graph.detect import detect
from graph.errors import DataRefused
from graph.progress import Silent
from graph.replay import replay
from graph.store.workspace import open_workspace
from ingest.load import ingest


@pytest.fixture(scope="module")
def made(small_case, tmp_path_factory):
    """A small simulated world as `clew ingest` stores it, a night of most of its days, and that night's bundle at each level."""
    folder = tmp_path_factory.mktemp("replay")
    workspace = open_workspace(Path(shutil.copytree(small_case, folder / "workspace")))
    shutil.rmtree(workspace.snapshots)
    snap = detect(workspace, until=None, window_days=6, seed=3, progress=Silent())
    cluster = snap.clusters()[0]["cluster_id"]
    return (
        workspace,
        snap,
        {level: export_bundle(workspace, snap, cluster, folder / f"{level}.zip", redaction=level) for level in Redaction},
    )


@pytest.mark.parametrize("level", [Redaction.FULL, Redaction.PUBLIC])
def test_a_night_is_run_again_identical_and_the_workspace_only_read(made, level):
    workspace, snap, bundles = made

    def listing():
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(workspace.root.rglob("*"))}

    before = listing()
    outcome = replay(bundles[level], workspace, Silent())
    assert outcome.identical and outcome.got == snap.snapshot_id and outcome.files > 10, outcome.differs
    assert listing() == before


def test_a_broken_bundle_is_not_replayed(made, tmp_path):
    path = tmp_path / "b.zip"
    path.write_bytes(made[2][Redaction.FULL].read_bytes()[:-1])
    with pytest.raises(DataRefused, match="cut short"):
        replay(path, made[0], Silent())


def test_other_data_is_told(made, tmp_path):
    """Last of this file: it adds to the workspace."""
    workspace, snap, bundles = made
    late = dt.datetime.fromisoformat(snap.manifest["window"]["first"]) + dt.timedelta(hours=1)
    pl.DataFrame({"account_id": ["new"], "occurred_at": [late]}).write_parquet(tmp_path / "late.parquet")
    ingest(workspace, {"exchanges": [str(tmp_path / "late.parquet")]}, None, Silent())
    outcome = replay(bundles[Redaction.PSEUDONYMOUS], workspace, Silent())
    assert not outcome.identical and any("inputs: differs in exchanges" in sentence for sentence in outcome.differs), outcome.differs
