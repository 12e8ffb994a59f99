"""Nothing outlives its retention, and nothing goes before."""

import datetime as dt
from pathlib import Path

import pytest

from graph.errors import DataRefused
from graph.progress import Silent
from graph.store import snapshot, tables
from graph.store.workspace import Workspace
from ingest.load import ingest
from ingest.retention import drop_old_rows, drop_old_snapshots
from tests.factory import START, a_snapshot, a_workspace

TODAY = dt.date(2026, 8, 20)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Ten days of one exchange each, 1 to 10 August, and a payment."""
    made = a_workspace(tmp_path)
    rows = [f"a1,2026-08-{day:02d}T10:00:00Z,prompt of a day {day}" for day in range(1, 11)]
    (tmp_path / "exchanges.csv").write_text("\n".join(["account_id,occurred_at,prompt", *rows, ""]))
    (tmp_path / "payments.csv").write_text("account_id,card_fingerprint,paid_at\na1,fp_1,2026-01-01T00:00:00Z\n")
    ingest(made, {table: [str(tmp_path / f"{table}.csv")] for table in ("exchanges", "payments")}, None, Silent())
    return made


def privacy(workspace: Workspace, text: str) -> None:
    workspace.settings_file.write_text(f"[detect]\nwindow_days = 5\n[privacy]\n{text}\n")


def test_days_go_when_they_are_older_than_set_and_not_before(workspace: Workspace) -> None:
    privacy(workspace, "keep_tables_days = 15\nkeep_prompts_days = 12")
    before = tables.current(workspace)
    kept = drop_old_rows(workspace, before, TODAY)
    assert tables.days(kept, "exchanges") == [f"2026-08-{day:02d}" for day in range(5, 11)]
    assert tables.days(kept, "prompts") == [f"2026-08-{day:02d}" for day in range(8, 11)]
    assert kept.of("payments") == before.of("payments")
    on_disk = {str(path.relative_to(workspace.root)) for path in workspace.root.rglob("*.parquet")}
    assert on_disk == {part.path for part in kept.parts}
    assert drop_old_rows(workspace, kept, TODAY) is kept


def test_tables_stay_for_ever_unless_a_number_is_set(workspace: Workspace) -> None:
    privacy(workspace, "keep_prompts_days = 36500")
    before = tables.current(workspace)
    assert drop_old_rows(workspace, before, dt.date(2099, 1, 1)) is before


def test_less_than_the_window_is_refused(workspace: Workspace) -> None:
    privacy(workspace, "keep_tables_days = 4")
    with pytest.raises(DataRefused, match="window of 5 days"):
        workspace.settings()


def test_snapshots_go_by_the_end_of_their_window_and_the_newest_stays(workspace: Workspace) -> None:
    names = [a_snapshot(workspace, clusters=1, accounts=6, days=days).snapshot_id for days in (1, 5, 9, 10)]
    assert drop_old_snapshots(workspace) == []
    privacy(workspace, "keep_snapshots_days = 5")
    assert drop_old_snapshots(workspace) == names[:1]
    assert snapshot.history(workspace) == names[1:]
    assert not list(workspace.snapshots.glob(".*.tmp"))
    assert drop_old_snapshots(workspace) == []


def test_the_snapshot_that_is_served_stays_however_old(workspace: Workspace) -> None:
    privacy(workspace, "keep_snapshots_days = 1")
    newer = a_snapshot(workspace, clusters=1, accounts=6, days=30).snapshot_id
    served = a_snapshot(workspace, clusters=1, accounts=6, days=2).snapshot_id
    assert drop_old_snapshots(workspace) == []
    assert snapshot.history(workspace) == sorted([served, newer])
    assert served.startswith(f"{START + dt.timedelta(days=2):%Y%m%d}")
