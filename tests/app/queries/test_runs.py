from pathlib import Path

import pytest

from app.queries import runs
from app.queries.night import Nights
from graph.store import files
from graph.store.workspace import Workspace
from tests.factory import a_snapshot, a_workspace


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    made = a_workspace(tmp_path)
    a_snapshot(made, days=14)
    a_snapshot(made, days=15, clusters=2)
    return made


def test_snapshots_are_listed_newest_first_and_the_shown_one_is_marked(space: Workspace) -> None:
    rows = runs.listed(Nights(space))
    assert [(row["window"], row["clusters"], row["current"]) for row in rows] == [
        ("3 Aug – 17 Aug 2026", 2, True), ("3 Aug – 16 Aug 2026", 3, False),
    ]  # fmt: skip
    assert rows[0]["parameters"] == "window days 60 · seed 1"
    assert (rows[0]["rows"], rows[0]["by_chance"]) == (1000, 0)


def test_a_damaged_night_hides_no_other(space: Workspace) -> None:
    (space.snapshots / runs.listed(Nights(space))[1]["snapshot_id"] / "manifest.json").write_text("{")
    assert len(runs.listed(Nights(space))) == 1


def test_the_last_ingest_is_the_newest_record_that_counts_rows(space: Workspace) -> None:
    assert runs.last_ingest(space) == {}
    for name, quarantined in (("20260801T000000000000Z-ingest", 1), ("20260802T000000000000Z-ingest", 2)):
        files.write_json(space.runs / f"{name}.json", {"accounting": {"payments": {"quarantined": quarantined}}})
    files.write_json(space.runs / "20260803T000000000000Z-detect.json", {"outcome": "ok"})
    (space.runs / "20260804T000000000000Z-ingest.json").write_text("{")
    assert runs.last_ingest(space) == {"payments": {"quarantined": 2}}
